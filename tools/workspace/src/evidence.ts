import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type Figure, shownFigure } from '@tideway/spot-simulator/figures'
import { Code } from './evidence-inputs'
import { table } from './table'

const workspace = resolve(__dirname, '../../..')

/** A program that prints figures: `npm run bench -- NAME`. */
interface Bench {
  /** The parts of the table that its figures are in. The first is that of figures which name none. */
  readonly groups: readonly [string, ...string[]]
  /** Where its figures are explained. */
  readonly anchor: string
  /** About how long it takes on two cores. */
  readonly seconds: number
  /** It runs in a process of its own, so that nothing else affects the results. Undefined: a comparison of policies. */
  readonly script?: string
  /** The code that decides about its deterministic figures, with all that it imports. @default the script */
  readonly code?: readonly string[]
  /** Files and folders that are read, and not imported. */
  readonly data?: readonly string[]
  /**
   * It takes minutes, or nearly every change touches what it is made from: older figures are named, and do not fail
   * `npm test`. The nightly run computes them again.
   */
  readonly isNightly?: true
}

/** The benches of the table, by name. */
export const benches = {
  policies: {
    groups: ['failover', 'cost'],
    anchor: 'tools/policy-bench/README.md#a-run',
    seconds: 140,
    code: [
      'tools/policy-bench/src/deployed.ts',
      'tools/policy-bench/src/figures.ts',
      'tools/policy-bench/src/job.ts',
    ],
    isNightly: true,
  },
  requests: {
    groups: ['requests'],
    anchor: 'tools/local-cloud/README.md#the-load',
    seconds: 130,
    script: 'tools/local-cloud/bench/requests.ts',
    isNightly: true,
  },
  'failover-cost': {
    groups: ['cost'],
    anchor: 'packages/ecs-spot/README.md#costs',
    seconds: 10,
    script: 'tools/workspace/bench/failover-cost.ts',
    isNightly: true,
  },
  scale: {
    groups: ['scale'],
    anchor: 'docs/failover.md#scale',
    seconds: 65,
    script: 'packages/failover-lambda/bench/scale.ts',
    isNightly: true,
  },
  synth: {
    groups: ['synthesis'],
    anchor: 'docs/architecture.md#from-source-to-aws',
    seconds: 25,
    script: 'tools/workspace/bench/synth.ts',
    isNightly: true,
  },
  review: {
    groups: ['review'],
    anchor: 'docs/plan-review.md#rules',
    seconds: 40,
    script: 'tools/plan-review/bench/review.ts',
    data: ['tools/plan-review/test/plans'],
  },
  lambda: {
    groups: ['function'],
    anchor: 'docs/failover.md#the-function',
    seconds: 60,
    script: 'packages/failover-lambda/bench/lambda.ts',
    code: ['packages/failover-lambda/src/handler.ts', 'packages/failover-lambda/build.cjs'],
    data: ['packages/failover-lambda/package.json'],
  },
  console: {
    groups: ['console'],
    anchor: 'tools/local-cloud/README.md#the-console',
    seconds: 130,
    script: 'tools/local-cloud/bench/console.ts',
    isNightly: true,
  },
} as const satisfies Record<string, Bench>

export type BenchName = keyof typeof benches

export const benchNames = Object.keys(benches) as BenchName[]

/** The parts of the table, in its order. */
export const groups = [
  'failover',
  'requests',
  'cost',
  'scale',
  'synthesis',
  'review',
  'function',
  'console',
] as const

export const benchOf = (name: BenchName): Bench => benches[name]

/** Figures that were measured together. */
interface Measurement {
  readonly date: string
  /** Of the code and the data that decide about the figures. */
  readonly sha256: string
  readonly figures: readonly Figure[]
}

export interface Stored {
  /** Undefined: the bench has only timings. */
  readonly deterministic?: Measurement
  /** Undefined: it has none. */
  readonly timings?: Measurement & { readonly machine: string }
}

export type Evidence = Readonly<Partial<Record<BenchName, Stored>>>

export const evidenceFile = 'docs/evidence.json'

export function readEvidence(root = workspace): Evidence {
  const path = join(root, evidenceFile)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

/** Replaces the file as a whole, so that an interrupted run leaves the old one or the new one. */
export function writeEvidence(evidence: Evidence, root = workspace): void {
  const path = join(root, evidenceFile)
  const ordered = Object.fromEntries(benchNames.map((name) => [name, evidence[name]]))
  // A line for each figure, so that differences are readable.
  const text = JSON.stringify(ordered, null, 2).replace(
    /^( {8}\{)\n([^}]*?)\n {8}\}/gm,
    (_, start, inner) => `${start}${inner.trim().replace(/\n */g, ' ')}}`,
  )
  writeFileSync(`${path}.new`, `${text}\n`)
  renameSync(`${path}.new`, path)
}

/** The hash of what decides about the figures of a bench now. */
export function inputsOf(name: BenchName, code = new Code(workspace)): string {
  return code.hash(codeOf(name), benchOf(name).data)
}

export function codeOf(name: BenchName): readonly string[] {
  const { script = '', code = [script] } = benchOf(name)
  return code
}

interface Outdated {
  readonly name: BenchName
  readonly kind: Figure['kind']
  /** Whether `npm test` fails for it. */
  readonly fails: boolean
  readonly text: string
}

/** The measurements that were made from other code or data than now, or that are missing. */
export function outdated(
  evidence: Evidence,
  now = (name: BenchName) => inputsOf(name),
): Outdated[] {
  return benchNames.flatMap((name) => {
    const { deterministic, timings } = evidence[name] ?? {}
    const { groups: own, isNightly } = benchOf(name)
    const command = `npm run bench -- --only ${name}`
    const isMeasured = deterministic !== undefined || timings !== undefined
    const of = (kind: Figure['kind'], state: string): Outdated => ({
      name,
      kind,
      fails: isMeasured && kind === 'deterministic' && isNightly !== true,
      text: `${own.join(' and ')} (${kind} figures of ${name}): ${state}. Run ${command}${kind === 'deterministic' ? ' --deterministic' : ''}, then npm run docs.`,
    })
    if (!isMeasured) return [of('deterministic', 'not measured yet')]
    const current = now(name)
    const isOlder = (measurement?: Measurement) =>
      measurement !== undefined && measurement.sha256 !== current
    return [
      ...(isOlder(deterministic)
        ? [of('deterministic', `of older code or data, ${deterministic?.date}`)]
        : []),
      ...(isOlder(timings) ? [of('timing', `of older code or data, ${timings?.date}`)] : []),
    ]
  })
}

/** What differs between stored deterministic figures and those of a new run. */
export function differences(expected: readonly Figure[], got: readonly Figure[]): string[] {
  const names = new Set([...expected, ...got].map(({ name }) => name))
  const shownIn = (figures: readonly Figure[], name: string) => {
    const figure = figures.find((each) => each.name === name)
    if (figure === undefined) return 'no such figure'
    return figure.goal === undefined
      ? shownFigure(figure)
      : `${shownFigure(figure)} (goal: ${figure.goal})`
  }
  return [...names].flatMap((name) => {
    const [then, now] = [shownIn(expected, name), shownIn(got, name)]
    return then === now ? [] : [`${name}: got ${now}, expected ${then}`]
  })
}

interface Row {
  readonly group: string
  readonly bench: BenchName
  readonly figure: Figure
}

/** All stored figures, in the order of the table. */
export function rowsOf(evidence: Evidence): Row[] {
  const all = benchNames.flatMap((bench) => {
    const { deterministic, timings } = evidence[bench] ?? {}
    return [...(deterministic?.figures ?? []), ...(timings?.figures ?? [])].map((figure) => ({
      group: figure.group ?? benchOf(bench).groups[0],
      bench,
      figure,
    }))
  })
  return groups.flatMap((group) => all.filter((row) => row.group === group))
}

function verdict({ goal, met }: Figure, missed: string): string {
  return goal === undefined ? '-' : `${goal}: ${met ? 'met' : missed}`
}

/** The table for a terminal. A `*` marks figures of older code. */
export function evidenceText(evidence: Evidence, old: readonly Outdated[]): string {
  const lines = rowsOf(evidence).map(({ group, bench, figure }) => {
    const isOld = old.some(({ name, kind }) => name === bench && kind === figure.kind)
    return [
      group,
      figure.name,
      `${shownFigure(figure)}${isOld ? ' *' : ''}`,
      verdict(figure, 'MISSED'),
      benchOf(bench).anchor,
    ]
  })
  const header = ['part', 'figure', 'value', 'goal', 'explained in']
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((cells) => cells[column]?.length ?? 0)),
  )
  const shown = [header, ...lines].map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return shown.join('\n')
}

/** The whole table, and when and where each part was measured. */
export function evidenceTable(document: string, evidence = readEvidence()): string {
  const rows = rowsOf(evidence).map(({ group, bench, figure }) => [
    group,
    figure.name,
    shownFigure(figure),
    verdict(figure, '**missed**'),
    linkTo(benchOf(bench).anchor, document),
  ])
  return `${table(['part', 'figure', 'value', 'goal', 'explained in'], rows)}\n\n${measurementTable(evidence)}`
}

function measurementTable(evidence: Evidence): string {
  const rows = benchNames.flatMap((name) => {
    const { deterministic, timings } = evidence[name] ?? {}
    const command = `\`npm run bench -- ${name}\``
    return [
      ...(deterministic ? [[command, 'deterministic', deterministic.date, 'any']] : []),
      ...(timings ? [[command, 'timings', timings.date, timings.machine]] : []),
    ]
  })
  return table(['command', 'figures', 'measured on', 'machine'], rows)
}

function linkTo(anchor: string, document: string, text = nameOf(anchor)): string {
  const [path = '', heading] = anchor.split('#')
  const target = relative(dirname(document), path)
  return `[${text}](${target}${heading === undefined ? '' : `#${heading}`})`
}

/** `docs/failover.md#scale` is `failover`. */
function nameOf(anchor: string): string {
  return basename((anchor.split('#')[0] ?? '').replace(/\/README\.md$|\.md$/, ''))
}

/** The rows of the short table: by bench the figure, and what it says to somebody who knows nothing of the bench. */
const short: Readonly<Partial<Record<BenchName, Readonly<Record<string, string>>>>> = {
  policies: {
    'failed requests, tasks serve until drained: tideway':
      'requests that fail in droughts, with Tideway',
    'failed requests, tasks serve until drained: ecs-only': 'the same, with ECS alone',
    'failed requests, tasks serve until drained: base-50':
      'the same, with half of the tasks on demand at all times',
    'failed requests, tasks serve, but ECS deregisters them at the notice: tideway':
      'with Tideway, if ECS deregisters tasks at their notice',
    'failed requests, tasks leave at once: tideway':
      'with Tideway, where tasks end at their notice',
    'scenarios and combinations in which the goal is met: failed requests':
      'droughts and kinds of tasks in which that goal is met',
    'cost, tasks serve until drained: tideway': 'the bill with Tideway',
    'cost, tasks serve until drained: base-50':
      'the bill with half of the tasks on demand at all times',
  },
  requests: {
    'a drought of 10 minutes, serves until drained, with the controller: failed requests':
      'requests through CDN, firewall and load balancer that fail in a drought, with Tideway',
    'a drought of 10 minutes, serves until drained, without it: failed requests':
      'the same, without the controller',
  },
  'failover-cost': {
    'the failover of 100 services, a month without a shortage':
      'the failover of 100 services, a month',
  },
  scale: {
    '100 pairs: all covered after': '100 services without Spot at once: all covered after',
    '10,000 pairs: of the time that the calls take at 5 writes and 20 reads a second':
      '10,000 services: that time, in relation to the limits of the ECS API',
  },
  synth: {
    'synthesis of every stack, nothing cached, no daemon': 'synthesis of all stacks',
  },
  review: {
    'corpus: findings': 'risky plans: findings of the review',
    'ordinary changes: false alarms': 'ordinary plans: false alarms',
  },
  lambda: {
    'zip of the controller': 'the controller, as a zip',
    'cold start, import to the end of the first decision (median of 7)': 'its cold start',
  },
  console: {
    'a drought, from its button to a standby on the page, at 60 times real time':
      'the console, from a drought to a standby',
  },
}

/** The figures that decide whether to read on. */
export function shortEvidenceTable(document: string, evidence = readEvidence()): string {
  const all = rowsOf(evidence)
  const wanted = benchNames.flatMap((bench) =>
    Object.entries(short[bench] ?? {}).map(([name, text]) => ({ bench, name, text })),
  )
  const rows = wanted.flatMap(({ bench, name, text }) => {
    const row = all.find((each) => each.bench === bench && each.figure.name === name)
    // A machine without a browser, or with other work, has no timings.
    if (row === undefined && evidence[bench]?.timings === undefined) return []
    if (row === undefined) {
      throw new Error(
        `tools/workspace/src/evidence.ts: the short table has "${name}" of ${bench}, which ${evidenceFile} does not have. Run npm run bench -- --only ${bench}, or name another figure.`,
      )
    }
    return [
      [
        linkTo(benchOf(bench).anchor, document, text),
        shownFigure(row.figure),
        verdict(row.figure, '**missed**'),
        `\`npm run bench -- ${bench}\``,
      ],
    ]
  })
  return table(['figure', 'value', 'goal', 'command'], rows)
}
