import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { terraformVariables } from '@tideway/terraform/cli-configuration'
import { workspace } from '@tideway/terraform/folders'
import { elapsed } from '@tideway/terraform/progress'
import { end, runningFile, runningIn } from '@tideway/terraform/running'
import { LocalCloud } from '../local-cloud'
import { account } from '../patches/account'
import { startChildProcess } from '../process/child-process'
import { commandsOf, type DocumentCommand, mark, missingLine, scriptOf } from './document-script'
import { runDrill } from './drill'
import { localVariables } from './nx'
import { copyRepository } from './repository-copy'
import type { Stop } from './stop'

/** Simulated seconds per second. */
const speed = 600

type Print = (line: string) => void

/**
 * Runs the commands of a document in a copy of the repository, which is deleted at the end. An example runs in its folder,
 * on an AWS of its own; another document runs at the root, and starts the local cloud by `npm start`.
 *
 * @returns whether all commands succeeded, and printed what the document shows
 */
export async function runDocument(path: string, stop: Stop, print: Print): Promise<boolean> {
  const file = relative(workspace, resolve(workspace, path))
  if (file.startsWith('..') || !file.endsWith('.md') || !existsSync(join(workspace, file)))
    throw new RangeError(`FILE: must be a document of this repository; got "${path}".`)
  const commands = commandsOf(readFileSync(join(workspace, file), 'utf8'))
  if (commands.length === 0)
    throw new RangeError(`${file}: must have a block in the language sh; got none.`)
  const folder = mkdtempSync(join(tmpdir(), 'tideway-docs-'))
  const copy = join(folder, 'tideway')
  const isExample = file.startsWith('examples/')
  let cloud: LocalCloud | undefined
  try {
    copyRepository(copy)
    if (isExample) cloud = await startCloud(folder, stop)
    const run = new DocumentRun(file, commands, print)
    const env = { ...ownVariables(), ...(cloud && exampleVariables(cloud.url, folder)) }
    const cwd = isExample ? join(copy, dirname(file)) : copy
    const hasPassed = await runScript(run, { cwd, env, folder, copy, stop })
    print(hasPassed ? `${file} PASSED` : `${file} FAILED${run.problem}`)
    return hasPassed
  } finally {
    await cloud?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The commands that run, one after the other, with what they print. */
class DocumentRun {
  /** Why it failed. */
  problem = ''
  private current: DocumentCommand | undefined
  private startedAt = performance.now()
  private output: string[] = []

  constructor(
    private readonly file: string,
    readonly commands: readonly DocumentCommand[],
    private readonly print: Print,
  ) {}

  /** Takes a line of the script: output, or the start of a command. */
  take(line: string): void {
    const [text = '', next] = line.split(mark)
    if (text !== '' || next === undefined) {
      this.output.push(text)
      this.print(text)
    }
    if (next !== undefined) this.start(this.commands[Number(next)])
  }

  /** Returns whether the command passed that ran last. */
  end(code: number | null): boolean {
    const { current, file } = this
    if (code === 0) this.finish()
    else if (current !== undefined) {
      this.problem = `: ${file}:${current.line}: exit code ${code ?? 'none'} (${this.elapsed()})`
    }
    return code === 0 && this.problem === ''
  }

  private start(command: DocumentCommand | undefined): void {
    this.finish()
    this.current = command
    this.startedAt = performance.now()
    this.print(`$ ${command?.text.trimEnd()}`)
  }

  private finish(): void {
    const { current, file } = this
    if (current === undefined) return
    this.print(`(${file}:${current.line} took ${this.elapsed()})`)
    if (current.output === undefined) return
    const missing = missingLine(current.output.text, this.output.join('\n'))
    this.output = []
    if (missing === undefined) return
    const problem = `: ${file}:${current.output.line}: no command printed "${missing.trim()}" there`
    this.problem += problem
    this.print(`FAILED${problem}`)
  }

  private elapsed(): string {
    return elapsed(performance.now() - this.startedAt)
  }
}

interface ScriptProps {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** For the script. */
  readonly folder: string
  /** The repository whose local cloud it may start. */
  readonly copy: string
  readonly stop: Stop
}

async function runScript(
  run: DocumentRun,
  { cwd, env, folder, copy, stop }: ScriptProps,
): Promise<boolean> {
  const script = join(folder, 'commands.sh')
  writeFileSync(script, scriptOf(run.commands))
  const command = ['bash', '-c', 'exec bash "$0" 2>&1', script]
  const running = startChildProcess('SIGINT', command, { cwd, env })
  for (const stream of [running.stdout, running.stderr]) {
    createInterface(stream).on('line', (line) => run.take(line))
  }
  stop.onStop(() => running.stdin.end())
  const closed = new Promise<number | null>((done) => running.on('close', done))
  await new Promise((done) => running.on('exit', done))
  // What runs beside the script keeps its output open.
  const left = await runningIn(join(copy, relative(workspace, runningFile)))
  if (left !== undefined) await end(left)
  return run.end(await closed)
}

/** Neither the AWS of the user, nor what `npm run` sets for its own script. */
function ownVariables(): NodeJS.ProcessEnv {
  const own = Object.entries(localVariables(undefined)).filter(
    ([name]) => !/^(npm_|INIT_CWD$)/.test(name),
  )
  return {
    ...Object.fromEntries(own),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
  }
}

function exampleVariables(url: string, folder: string): NodeJS.ProcessEnv {
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
  }
}

async function startCloud(folder: string, stop: Stop): Promise<LocalCloud> {
  const cloud = await LocalCloud.start({
    journal: join(folder, 'journal'),
    onExit: (reason) => stop.request(`moto exited: ${reason}`),
  })
  cloud.gateway.handleBrowser = (request, _, response) => respond(cloud, stop, request, response)
  return cloud
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
