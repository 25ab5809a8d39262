import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { environments } from '@tideway/constructs/environments'
import {
  type Comparison,
  compareStacks,
  isCompatible,
  networkErrorIn,
  type Packages,
  reportOf,
  type StackValues,
  typeErrorsIn,
  withPackages,
} from './compat-report'

/** What is installed in place of today's packages. */
interface Engine {
  readonly name: string
  readonly packages: Packages
  /** npm forces these versions on packages that ask for another. */
  readonly overrides?: Readonly<Record<string, string>>
}

const alias = 'npm:cdktn@0.24.0'
const provider = '@cdktf/provider-aws'

const engines: readonly Engine[] = [
  {
    name: 'cdktn 0.24.0 as cdktf',
    packages: { cdktf: ['cdktf', alias] },
    // Today's provider package asks for cdktf ^0.21, and there must not be two copies of the core.
    overrides: { cdktf: alias },
  },
  { name: `${provider} 21.22.1`, packages: { [provider]: [provider, '21.22.1'] } },
  {
    name: 'cdktn 0.24.0 and @cdktn/provider-aws 25.7.0',
    packages: { cdktf: ['cdktn', '0.24.0'], [provider]: ['@cdktn/provider-aws', '25.7.0'] },
  },
]

const workspace = resolve(__dirname, '../../..')
const modules = join(workspace, 'node_modules')

class CompatError extends Error {
  override readonly name = 'CompatError'
}

let running: ChildProcess | undefined
let isStopped = false

function stop(): void {
  isStopped = true
  if (running?.pid !== undefined) process.kill(-running.pid, 'SIGKILL')
}

/** Runs a command to its end. After a stop, no command starts. */
async function run(cwd: string, command: string, ...args: readonly string[]) {
  if (isStopped) throw new CompatError('stopped')
  const env = {
    ...process.env,
    CDKTF_OUTDIR: '',
    // cdktn rejects write-only attributes for Terraform before 1.11. cdktf ignores this.
    CDKTF_CONTEXT_JSON: JSON.stringify({ targetVersions: { terraform: '>=1.11.0' } }),
  }
  // Detached, so that a stop ends everything that it started.
  const child = spawn(command, args, { cwd, env, detached: true })
  running = child
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done))
  running = undefined
  if (isStopped) throw new CompatError('stopped')
  return { isSuccess: code === 0, output }
}

/** Calls the work with a copy of the sources, without dependencies, and removes the copy. */
async function inCopy<T>(work: (copy: string) => Promise<T>): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), 'tideway-compat-'))
  const leftOut = /(^|\/)(node_modules|\.git|\.nx|\.tideway|\.tf|cdktf\.out|coverage)$/
  const filter = (path: string) => !leftOut.test(relative(workspace, path))
  try {
    await cp(workspace, copy, { recursive: true, filter })
    return await work(copy)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** Installs an engine in a copy. Returns why npm failed, or undefined. */
async function install(copy: string, { name, packages, overrides }: Engine) {
  for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !/\.(ts|cjs)$|^package\.json$/.test(entry.name)) continue
    writeFileSync(file, withPackages(readFileSync(file, 'utf8'), packages))
  }
  rewriteJson(join(copy, 'package.json'), (manifest) => ({ ...manifest, overrides }))
  // With the old entries npm ignores the overrides, and installs a second core next to the provider.
  rewriteJson(join(copy, 'package-lock.json'), (lock) => {
    const entries = Object.entries(lock.packages ?? {})
    const kept = entries.filter(([path]) => !/\/@?cdktf(\/|$)/.test(path))
    return { ...lock, packages: Object.fromEntries(kept) }
  })
  // npm downloads only what differs. It writes into its folder, so links to the installed files would not do.
  const isKept = (path: string) => packages[relative(modules, path)] === undefined
  const options = { recursive: true, verbatimSymlinks: true, filter: isKept }
  await cp(modules, join(copy, 'node_modules'), options)
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  const { isSuccess, output } = await run(copy, 'npm', 'install', ...flags)
  if (isSuccess) return undefined
  const networkError = networkErrorIn(output)
  if (networkError === undefined) return output.replace(/^npm (warn|notice).*\n/gm, '').trim()
  throw new CompatError(
    `npm must reach its registry to install ${name}; got ${networkError}. Check the connection and npm config get registry, then run npm run compat again.`,
  )
}

function rewriteJson(file: string, change: (json: { packages?: object }) => object): void {
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))))
}

async function typecheck(copy: string): Promise<string[]> {
  const errors: string[] = []
  for (const project of ['.', 'tools/workspace']) {
    const tsc = 'node_modules/typescript/bin/tsc'
    const { isSuccess, output } = await run(copy, process.execPath, tsc, '-p', project)
    if (!isSuccess) errors.push(...typeErrorsIn(output))
  }
  return errors
}

/** The JSON of every stack in every environment, and why the others have none. */
async function synthesize(copy: string): Promise<{ stacks: StackValues; errors: string[] }> {
  const names = Object.keys(environments)
  const stacks = new Map<string, unknown>()
  const errors: string[] = []
  const script = join(copy, 'tools/terraform/src/synthesize-environments.cjs')
  const projects = ['apps', 'tools']
    .flatMap((kind) => readdirSync(join(copy, kind)).map((name) => join(copy, kind, name)))
    .filter((project) => existsSync(join(project, 'cdktf.json')))
  for (const project of projects) {
    const stack = basename(project)
    const node = [process.execPath, '--require', 'tsx/cjs', script] as const
    const { output } = await run(copy, ...node, names.join(','), project)
    const missing = names.filter((name) => {
      const file = join(project, 'cdktf.out', name, 'stacks', stack, 'cdk.tf.json')
      if (existsSync(file))
        stacks.set(`${stack} in ${name}`, JSON.parse(readFileSync(file, 'utf8')))
      return !existsSync(file)
    })
    const reason = /^\w*Error: .*$/m.exec(output)?.[0] ?? output.trim()
    if (missing.length > 0) errors.push(`${stack} in ${missing.join(', ')}: ${reason}`)
  }
  return { stacks, errors }
}

async function valuesToday(): Promise<StackValues> {
  process.stdout.write('today: synthesizing\n')
  return inCopy(async (copy) => {
    await symlink(modules, join(copy, 'node_modules'))
    const { stacks, errors } = await synthesize(copy)
    if (errors.length === 0) return stacks
    throw new CompatError(`every stack must synthesize today; got:\n${errors.join('\n')}`)
  })
}

async function compare(engine: Engine, today: StackValues): Promise<Comparison> {
  const progress = (what: string) => process.stdout.write(`${engine.name}: ${what}\n`)
  return inCopy(async (copy) => {
    progress('installing')
    const installError = await install(copy, engine)
    if (installError !== undefined) return { installError, typeErrors: [], synthErrors: [] }
    progress('checking the types')
    const typeErrors = await typecheck(copy)
    progress('synthesizing')
    const { stacks, errors } = await synthesize(copy)
    return { typeErrors, synthErrors: errors, stacks: compareStacks(today, stacks) }
  })
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  const today = await valuesToday()
  const comparisons = new Map<string, Comparison>()
  // One at a time: the types of a provider take gigabytes of memory.
  for (const engine of engines) comparisons.set(engine.name, await compare(engine, today))
  process.stdout.write(`\n${reportOf(comparisons)}\n`)
  process.exitCode = [...comparisons.values()].every(isCompatible) ? 0 : 1
}

main().catch((error: Error) => {
  process.exitCode = isStopped ? 130 : 1
  if (isStopped) return
  process.stderr.write(`compat: ${error instanceof CompatError ? error.message : error.stack}\n`)
})
