import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { Figure } from '@tideway/spot-simulator/figures'
import {
  type BenchName,
  benches,
  benchNames,
  benchOf,
  differences,
  evidenceFile,
  evidenceText,
  groups,
  inputsOf,
  outdated,
  readEvidence,
  type Stored,
  writeEvidence,
} from './evidence'

const workspace = resolve(__dirname, '../../..')

/** These compare the failover controller with other policies, by default or with one assumption changed at a time. */
export const comparisons = { policies: 'policyBench', robustness: 'robustnessBench' } as const

const names = [...new Set([...Object.keys(comparisons), ...benchNames])]

const usage = `npm run bench                      measures every part, prints the table and stores it in ${evidenceFile}
npm run bench -- --only PARTS      only some parts, or benches: ${groups.join(', ')}
npm run bench -- --deterministic   only the figures that do not depend on the machine
npm run bench -- --stored          prints what is stored, and what of it is out of date
npm run bench -- --check           measures the deterministic figures again, and fails where they differ from the stored ones
npm run bench -- NAME [OPTIONS]    one bench with its own output: ${names.join(', ')}
`

class BenchFailure extends Error {
  override readonly name = 'BenchFailure'
}

/** Runs benches one after the other. Their temporary files are removed with the end of this process. */
class Runner {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tideway-benches-'))
  private readonly started = performance.now()
  private child: ChildProcess | undefined

  constructor() {
    process.on('exit', () => rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 }))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        this.stop()
        process.stderr.write('\nstopped: the parts that were measured are stored\n')
        process.exit(130)
      })
    }
  }

  /** The figures of a bench, with a line of progress. */
  async run(
    name: BenchName,
    position: string,
    options: readonly string[],
  ): Promise<readonly Figure[]> {
    const title = `${position}  ${benches[name].groups.join(', ')}`.padEnd(24)
    const own = performance.now()
    const show = (state: string) => `${this.elapsed()}  ${title}  ${state}`
    const secondsOf = () => Math.round((performance.now() - own) / 1000)
    const expected = `about ${benches[name].seconds} s on two free cores`
    process.stderr.write(`${show(expected)}\n`)
    const timer = process.stderr.isTTY
      ? setInterval(() => process.stderr.write(`\r${show(`${secondsOf()} s`)}\x1b[K`), 1000)
      : undefined
    try {
      const figures = await this.figures(name, options)
      if (timer !== undefined) process.stderr.write('\r\x1b[K')
      process.stderr.write(`${show(`${figures.length} figures in ${secondsOf()} s`)}\n`)
      return figures
    } finally {
      clearInterval(timer)
    }
  }

  private async figures(name: BenchName, options: readonly string[]): Promise<readonly Figure[]> {
    // A process group of its own, so that a signal reaches all that it has started.
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', __filename, name, '--json', ...options],
      {
        cwd: workspace,
        detached: true,
        env: { ...process.env, TMPDIR: this.folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    this.child = child
    const [stdout, stderr, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((settle) => child.on('close', settle)),
    ])
    this.child = undefined
    const last = stdout.trim().split('\n').at(-1) ?? ''
    if (status !== 0 || last === '') {
      throw new BenchFailure(
        `npm run bench -- ${name}: exit code ${status}\n${stderr.trim().split('\n').slice(-15).join('\n')}`,
      )
    }
    return JSON.parse(last).figures
  }

  private stop(): void {
    const { pid } = this.child ?? {}
    if (pid === undefined) return
    try {
      // A bench that waits for a process of its own would handle SIGTERM only at its end.
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }

  private elapsed(): string {
    const seconds = Math.floor((performance.now() - this.started) / 1000)
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  const load = (loadavg()[0] ?? 0).toFixed(1)
  return `${model}, ${availableParallelism()} cores with a load of ${load} before it, Node ${process.version}`
}

const today = () => new Date().toISOString().slice(0, 10)

/** What a run replaces of the stored figures. The timings stay where it has none. */
function merged(
  stored: Stored | undefined,
  figures: readonly Figure[],
  rest: Omit<NonNullable<Stored['timings']>, 'figures'>,
  isWhole: boolean,
): Stored {
  const of = (kind: Figure['kind']) => figures.filter((figure) => figure.kind === kind)
  const [exact, timings] = [of('deterministic'), of('timing')]
  const { machine: where, ...when } = rest
  return {
    ...(exact.length > 0 && { deterministic: { ...when, figures: exact } }),
    ...(isWhole
      ? timings.length > 0 && { timings: { ...when, machine: where, figures: timings } }
      : stored?.timings && { timings: stored.timings }),
  }
}

/**
 * Runs benches one after the other.
 *
 * @param prepare is called before a bench runs, and returns what takes its figures
 * @returns why benches failed
 */
async function runAll(
  chosen: readonly BenchName[],
  isWhole: boolean,
  prepare: (name: BenchName) => (figures: readonly Figure[]) => void,
): Promise<string[]> {
  const runner = new Runner()
  const failed: string[] = []
  for (const [index, name] of chosen.entries()) {
    const take = prepare(name)
    try {
      const position = `[${index + 1}/${chosen.length}]`
      take(await runner.run(name, position, isWhole ? [] : ['--deterministic']))
    } catch (error) {
      if (!(error instanceof BenchFailure)) throw error
      failed.push(error.message)
      process.stderr.write(`${error.message}\n`)
    }
  }
  if (failed.length > 0) process.exitCode = 1
  return failed
}

/** Measures, stores each part as soon as it is measured, and prints the table. */
async function measure(chosen: readonly BenchName[], isWhole: boolean): Promise<void> {
  const failed = await runAll(chosen, isWhole, (name) => {
    // Before it runs: whoever changes the code meanwhile measures again.
    const rest = { date: today(), sha256: inputsOf(name), machine: machine() }
    return (figures) => {
      const before = readEvidence()
      writeEvidence({ ...before, [name]: merged(before[name], figures, rest, isWhole) })
    }
  })
  printStored()
  process.stdout.write(
    `stored in ${evidenceFile}. Run npm run docs to put it into the documents.\n`,
  )
  if (failed.length > 0)
    process.stdout.write(`FAILED, and not replaced: ${failed.length} of ${chosen.length}\n`)
}

function printStored(): void {
  const evidence = readEvidence()
  const old = outdated(evidence)
  process.stdout.write(`${evidenceText(evidence, old)}\n`)
  for (const { text } of old) process.stdout.write(`* ${text}\n`)
}

/** Measures the deterministic figures again. */
async function check(chosen: readonly BenchName[]): Promise<void> {
  const stored = readEvidence()
  let count = 0
  const problems: string[] = []
  const failed = await runAll(chosen, false, (name) => (figures) => {
    const expected = stored[name]?.deterministic?.figures ?? []
    count += expected.length
    const differing = differences(expected, figures)
    if (differing.length === 0) return
    problems.push(
      ...differing,
      `Find out which change of the code or of a stack moved them. If it was meant to: npm run bench -- --only ${name} --deterministic, then npm run docs.`,
    )
  })
  problems.push(...failed)
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.stdout.write(
    problems.length === 0 ? `all ${count} deterministic figures are as stored\n` : 'FAILED\n',
  )
  if (problems.length > 0) process.exitCode = 1
}

/** The benches of the named parts, or with these names. */
function chosen(only: readonly string[] | undefined): BenchName[] {
  const asked: readonly string[] = only?.flatMap((each) => each.split(',')) ?? groups
  const known: readonly string[] = [...new Set([...groups, ...benchNames])]
  for (const each of asked) {
    if (!known.includes(each)) {
      throw new RangeError(`--only: must be of ${known.join(', ')}; got ${each}.`)
    }
  }
  return benchNames.filter((name) =>
    [name, ...benches[name].groups].some((each: string) => asked.includes(each)),
  )
}

/** Those that have deterministic figures, or never ran. */
function withDeterministic(all: readonly BenchName[]): BenchName[] {
  const stored = readEvidence()
  return all.filter((name) => {
    const { deterministic, timings } = stored[name] ?? {}
    return deterministic !== undefined || timings === undefined
  })
}

function evidence(args: readonly string[]): void | Promise<void> {
  const { values } = parseOptions(args)
  if (values.help) return void process.stdout.write(usage)
  const all = chosen(values.only)
  if (values.stored) return printStored()
  if (values.check) return check(withDeterministic(all))
  return values.deterministic ? measure(withDeterministic(all), false) : measure(all, true)
}

export function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        deterministic: { type: 'boolean' },
        stored: { type: 'boolean' },
        check: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new RangeError(`${error instanceof Error ? error.message : error}\n${usage}`)
  }
}

async function compare(name: keyof typeof comparisons, options: readonly string[]): Promise<void> {
  // Loaded on demand, because the AWS SDK is slow to load.
  const bench = await import('@tideway/policy-bench')
  process.stdout.write(await bench[comparisons[name]](options))
}

function runScript(file: string, options: readonly string[]): void {
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(workspace, file), ...options],
    { cwd: workspace, stdio: 'inherit' },
  )
  process.exitCode = status ?? 1
}

const isOneOf = <Name extends string>(
  name: string,
  all: Readonly<Record<Name, unknown>>,
): name is Name => Object.hasOwn(all, name)

function main([name = '', ...options]: readonly string[]): void | Promise<void> {
  if (name === '') return evidence([])
  if (name.startsWith('-')) return evidence([name, ...options])
  if (isOneOf(name, comparisons)) {
    return compare(
      name,
      name === 'policies' ? options.filter((each) => each !== '--deterministic') : options,
    )
  }
  const script = isOneOf(name, benches) ? benchOf(name).script : undefined
  if (script !== undefined) return runScript(script, options)
  throw new RangeError(
    `bench: must be ${names.join(', ')}; got ${name}. Without a name, all parts of the table run.`,
  )
}

if (require.main === module) {
  Promise.resolve()
    .then(() => main(process.argv.slice(2)))
    .catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
      process.exitCode = 1
    })
}
