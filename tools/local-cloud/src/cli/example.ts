import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { terraformVariables } from '@tideway/terraform/cli-configuration'
import { workspace } from '@tideway/terraform/folders'
import { LocalCloud } from '../local-cloud'
import { account } from '../patches/account'
import { startChildProcess } from '../process/child-process'
import { runDrill } from './drill'
import { localVariables } from './nx'
import type { Stop } from './stop'

const example = join(workspace, 'examples/existing-cluster')

/** Simulated seconds per second. */
const speed = 600

/** A shell script of the blocks of a document in the language `sh`. It prints each command before its output. */
export function scriptOf(markdown: string): string {
  const blocks = markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)
  return [...blocks]
    .flatMap(([, block = '']) => commandsIn(block))
    .map((command) => `cat <<'README'\n$ ${command}README\n${command}`)
    .join('')
}

/** A command continues in lines that are indented, or that close what it has opened. */
function commandsIn(block: string): string[] {
  return block.split(/^(?![\s})]|done\b|fi\b)/m).filter((command) => command.trim() !== '')
}

/**
 * Runs the commands of the example's README on an AWS of its own. Returns whether all of them succeeded: the README has
 * the comparisons.
 */
export async function runExample(stop: Stop, print: (line: string) => void): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-example-'))
  const cloud = await LocalCloud.start({
    journal: join(folder, 'journal'),
    onExit: (reason) => stop.request(`moto exited: ${reason}`),
  })
  cloud.gateway.handleBrowser = (request, _, response) => respond(cloud, stop, request, response)
  try {
    const script = join(folder, 'readme.sh')
    writeFileSync(script, scriptOf(readFileSync(join(example, 'README.md'), 'utf8')))
    rmSync(join(example, 'out'), { recursive: true, force: true })
    const hasPassed = await runScript(script, variables(cloud.url, folder), stop, print)
    print(hasPassed ? 'the example PASSED' : 'the example FAILED: see the last command above')
    return hasPassed
  } finally {
    await cloud.close()
    for (const each of [folder, join(example, 'out')])
      rmSync(each, { recursive: true, force: true })
  }
}

/** Stops at the first failure. */
function runScript(
  script: string,
  env: NodeJS.ProcessEnv,
  stop: Stop,
  print: (line: string) => void,
): Promise<boolean> {
  const command = ['bash', '-c', 'exec bash -euo pipefail "$0" 2>&1', script]
  const running = startChildProcess('SIGINT', command, { cwd: example, env })
  createInterface(running.stdout).on('line', print)
  createInterface(running.stderr).on('line', print)
  stop.onStop(() => running.stdin.end())
  return new Promise((resolve) => running.on('close', (code) => resolve(code === 0)))
}

function variables(url: string, folder: string): NodeJS.ProcessEnv {
  const manifest = join(workspace, 'node_modules/@cdktf/provider-aws/package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')).cdktf.provider
  return {
    ...terraformVariables(
      [{ source: 'hashicorp/aws', version }],
      join(folder, 'terraform.rc'),
      localVariables(url),
    ),
    AWS_REGION: account.region,
    // Version 1 of the AWS CLI reads this one.
    AWS_DEFAULT_REGION: account.region,
    AWS_PAGER: '',
  }
}

/** `POST /drill?standbys=cluster/name,...` runs a drill, in which the functions may change these standbys only. */
async function respond(
  cloud: LocalCloud,
  stop: Stop,
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, cloud.url)
  if (method !== 'POST' || pathname !== '/drill') {
    response.writeHead(404).end('the only page here is POST /drill\n')
    return
  }
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  const standbys = searchParams.get('standbys')?.split(',') ?? []
  const hasPassed = await drill(cloud, stop, standbys, print).catch((error: Error) => {
    lines.push(error.message)
    return false
  })
  response.writeHead(hasPassed ? 200 : 500, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${lines.join('\n')}\n`)
}

async function drill(
  cloud: LocalCloud,
  stop: Stop,
  standbys: readonly string[],
  print: (line: string) => void,
): Promise<boolean> {
  const simulation = await cloud.startSimulation(1)
  const isStopped = () => stop.isRequested
  const { hasPassed } = await runDrill({ simulation, speed, print, isStopped })
  const updates = [...simulation.updates]
  cloud.stopSimulation()
  print(
    `the functions changed ${updates.map(([name, count]) => `${name} (${count} times)`).join(', ')}`,
  )
  return hasPassed && updates.every(([name]) => standbys.includes(name))
}
