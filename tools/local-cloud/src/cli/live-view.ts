import { elapsed } from '@tideway/terraform/progress'
import type { Position, Session } from '../console/session'
import type { ConsoleState, RequestSample, Update } from '../console/state'
import type { TimelineEntry } from '../drought/timeline'
import { clock } from './drill'

const redrawMilliseconds = 500
const maxEntries = 200
const sparkSamples = 30
const bars = '▁▂▃▄▅▆▇█'
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

export interface LiveViewProps {
  readonly session: Pick<Session, 'position' | 'state' | 'updateSince'>
  /** The address of the console. */
  readonly url: string
  /** @default standard output */
  readonly out?: NodeJS.WriteStream
}

/** What the view has received so far. */
interface Received {
  readonly current: Update
  readonly entries: readonly TimelineEntry[]
  readonly requests: readonly RequestSample[]
}

interface Screen {
  readonly columns: number
  readonly rows: number
  readonly hasColors: boolean
}

/** The console in a terminal, which is redrawn in place. Prints a line for each event where there is no terminal. */
export class LiveView {
  private readonly out: NodeJS.WriteStream
  private position: Position | undefined
  private received: Received | undefined
  private shownLines = 0
  private plainStatus = ''
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly props: LiveViewProps) {
    this.out = props.out ?? process.stdout
  }

  start(): void {
    this.timer ??= setInterval(() => this.update(), redrawMilliseconds)
    this.out.on('resize', this.redrawAll)
    this.update()
  }

  /** Leaves the last view on the screen. */
  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
    this.out.off('resize', this.redrawAll)
    this.shownLines = 0
  }

  /** Prints a line above the view. */
  print(line: string): void {
    this.clear()
    this.out.write(`${line}\n`)
    if (this.isTerminal) this.draw()
  }

  update(): void {
    const { session } = this.props
    const update = this.position && session.updateSince(this.position)
    this.position = session.position
    const added = update ?? session.state()
    const { entries = [], requests = [] } = (update && this.received) ?? {}
    this.received = {
      current: { ...added, samples: [], timeline: [], comparisonSamples: [], requests: [] },
      entries: [...entries, ...added.timeline].slice(-maxEntries),
      requests: [...requests, ...added.requests].slice(-sparkSamples),
    }
    if (this.isTerminal) this.draw()
    else this.printPlain(added)
  }

  private get isTerminal(): boolean {
    return this.out.isTTY && process.env.TERM !== 'dumb'
  }

  /** After a resize, the lines on the screen may have been wrapped. */
  private readonly redrawAll = () => {
    if (!this.isTerminal) return
    this.out.write('\u001b[2J\u001b[H')
    this.shownLines = 0
    this.draw()
  }

  private draw(): void {
    if (this.received === undefined) return
    const { columns = 80, rows = 24 } = this.out
    const hasColors = (process.env.NO_COLOR ?? '') === ''
    const lines = viewLines(this.received, this.props.url, { columns, rows, hasColors })
    const up = this.shownLines > 0 ? `\u001b[${this.shownLines}A` : ''
    // One write, which clears the rest of each line: nothing flickers.
    this.out.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`)
    this.shownLines = lines.length
  }

  private clear(): void {
    if (this.isTerminal && this.shownLines > 0) this.out.write(`\u001b[${this.shownLines}A\u001b[J`)
    this.shownLines = 0
  }

  private printPlain(added: Update | ConsoleState): void {
    const counts = new Map<string, number>()
    for (const entry of added.timeline) {
      const line = entryLine(entry)
      counts.set(line, (counts.get(line) ?? 0) + 1)
    }
    for (const [line, count] of counts) {
      this.out.write(`${line}${count > 1 ? ` (${count} times)` : ''}\n`)
    }
    const status = [statusOf(added), ...stackStatuses(added)].join('; ')
    if (status !== this.plainStatus) this.out.write(`${status}\n`)
    this.plainStatus = status
  }
}

/** The view, with no line longer than the screen, and one line less than it. */
function viewLines(received: Received, url: string, screen: Screen): string[] {
  const { current, entries } = received
  const { at, speed, phase, droughts, problems } = current
  const width = Math.max(screen.columns - 1, 1)
  const lines: Line[] = [
    [
      ['bold', 'Tideway on this machine'],
      ['', `  ${url}  ${clock(at)} at ${speed}x, ${phase} stacks`],
    ],
    [[droughts.length > 0 ? 'yellow' : 'green', statusOf(current)]],
    ...placeLines(current),
    ...deploymentLines(current),
    [],
    ...tableLines(serviceRows(received), width),
    ...comparisonLines(current, width),
    ...problems
      .filter(({ isPast }) => !isPast)
      .slice(0, 3)
      .map(({ part, message }): Line => [['red', `problem: ${part}: ${message}`]]),
    [],
  ]
  const room = Math.max(screen.rows - 1 - lines.length, 0)
  // slice(-0) would take all of them.
  const last = room === 0 ? [] : entries.slice(-Math.min(room, 12))
  lines.push(
    ...last.map((entry): Line => [[entry.kind === 'decision' ? 'cyan' : 'dim', entryLine(entry)]]),
  )
  return lines
    .slice(0, Math.max(screen.rows - 1, 1))
    .map((line) => rendered(line, width, screen.hasColors))
}

type Style = keyof typeof codes | ''
/** Texts with their styles. */
type Line = readonly (readonly [style: Style, text: string])[]

function rendered(line: Line, width: number, hasColors: boolean): string {
  let left = width
  return line
    .map(([style, text]) => {
      // A control character would move the cursor.
      const shown = text.replace(/\p{Cc}/gu, ' ').slice(0, left)
      left -= shown.length
      return hasColors && style !== '' && shown !== ''
        ? `\u001b[${codes[style]}m${shown}\u001b[0m`
        : shown
    })
    .join('')
}

function statusOf({ droughts, services }: Update): string {
  const covered = services.filter(({ standby }) => standby > 0).map(({ name }) => name)
  const market =
    droughts.length === 0 ? 'Spot has capacity' : `Drought on ${droughts.join(' and ')}`
  const cover =
    covered.length === 0 ? 'no standby is needed' : `standbys cover ${covered.join(', ')}`
  return `${market}; ${cover}`
}

function stackStatuses({ deployment }: Update): string[] {
  return deployment?.stacks.map(({ name, status }) => `${name} ${status}`) ?? []
}

function placeLines({ edge, programs }: Update): Line[] {
  const parts = [
    edge === undefined ? '' : `the site: curl ${edge}/`,
    programs === undefined ? '' : `tasks are ${programs.kind}: ${programs.reason}`,
  ]
  const text = parts.filter((part) => part !== '').join('; ')
  return text === '' ? [] : [[['dim', text]]]
}

function deploymentLines({ deployment }: Update): Line[] {
  if (deployment === undefined) return []
  const { stacks, seconds, status, error } = deployment
  const total = (name: 'done' | 'all') => stacks.reduce((sum, each) => sum + each[name], 0)
  if (status === 'deployed') {
    return [[['green', `${total('all')} resources deployed in ${elapsed(seconds * 1000)}`]]]
  }
  if (status === 'failed') return [[['red', `the deployment failed: ${error ?? ''}`]]]
  const waits = stacks.flatMap(({ waitsFor }) => waitsFor.slice(0, 2))
  const longest = waits.map(
    ({ address, seconds: waited }) => `${address} ${elapsed(waited * 1000)}`,
  )
  return [
    [
      [
        '',
        `deploying ${bar(total('done'), total('all'))} ${total('done')} of ${total('all')} resources, ${elapsed(seconds * 1000)}`,
      ],
      ['dim', longest.length === 0 ? '' : `; waits for ${longest.join(', ')}`],
    ],
  ]
}

interface Cell {
  readonly text: string
  readonly style?: Style
}

const headings = ['service', 'tasks', 'Spot', 'standby', 'req/s', 'failed/s', 'slow/s', 'answered']

function serviceRows({ current, requests }: Received): Cell[][] {
  const hasRequests = requests.length > 0
  const rows = current.services.map(({ name, desired, serving, spot, standby }) => {
    const { rate = 0, failed = 0, slow = 0 } = requests.at(-1)?.services[name] ?? {}
    const answered = requests.map(({ services }) => {
      const each = services[name]
      return each === undefined ? 0 : each.rate - each.failed
    })
    const cells: Cell[] = [
      { text: name },
      { text: `${serving}/${desired}`, ...(serving < desired && { style: 'red' as const }) },
      { text: String(spot) },
      { text: String(standby), ...(standby > 0 && { style: 'yellow' as const }) },
    ]
    if (hasRequests) {
      cells.push(
        { text: amount(rate) },
        { text: amount(failed), ...(failed > 0 && { style: 'red' as const }) },
        { text: amount(slow), ...(slow > 0 && { style: 'yellow' as const }) },
        { text: spark(answered), style: 'green' },
      )
    }
    return cells
  })
  const names = hasRequests ? headings : headings.slice(0, 4)
  return [names.map((text) => ({ text, style: 'dim' as const })), ...rows]
}

const policyNames = {
  tideway: 'with Tideway',
  without: 'without Tideway',
  'on-demand': 'all on demand',
}

function comparisonLines({ comparison }: Update, width: number): Line[] {
  if (comparison.length === 0) return []
  const head = ['policy', 'failed', 'longest loss of tasks', 'cost']
  const rows = comparison.map(({ policy, failed, longestLossSeconds, dollars }) => [
    { text: policyNames[policy] },
    { text: amount(failed), ...(failed > 0 && { style: 'red' as const }) },
    { text: elapsed(longestLossSeconds * 1000) },
    { text: `$${dollars.toFixed(2)}` },
  ])
  return [[], ...tableLines([head.map((text): Cell => ({ text, style: 'dim' })), ...rows], width)]
}

/** Pads columns, and leaves out the last ones that do not fit. */
function tableLines(rows: readonly (readonly Cell[])[], width: number): Line[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.text.length ?? 0)),
  )
  let used = 0
  const shown = widths.filter((each, column) => {
    used += each + 2
    return column === 0 || used - 2 <= width
  }).length
  return rows.map((row) =>
    row
      .slice(0, shown)
      .map(({ text, style = '' }, column): readonly [Style, string] => [
        style,
        column === 0 ? text.padEnd(widths[column] ?? 0) : `  ${text.padStart(widths[column] ?? 0)}`,
      ]),
  )
}

function entryLine({ at, kind, text }: TimelineEntry): string {
  return `${clock(at).padStart(8)}  ${kind.padEnd(8)}  ${text}`
}

function spark(values: readonly number[]): string {
  const max = Math.max(...values, 1)
  return values
    .map((value) => bars[Math.round((Math.max(value, 0) / max) * (bars.length - 1))])
    .join('')
}

function bar(done: number, all: number): string {
  const full = Math.round((done / Math.max(all, 1)) * 20)
  return `[${'#'.repeat(full)}${'.'.repeat(20 - full)}]`
}

function amount(value: number): string {
  return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
}
