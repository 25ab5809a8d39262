import type { Recording, Sample, Totals } from './record'

/** The colours of the pages of Tideway, for drawings that cannot use their style sheet. */
export const schemes = {
  light: {
    card: '#ffffff',
    line: '#d8dee4',
    ink: '#1b1f24',
    soft: '#57606a',
    drought: '#fdf0d5',
    onDemand: '#9db4cf',
    spot: '#58a879',
    standby: '#2f6fb5',
    without: '#b42318',
  },
  dark: {
    card: '#161b22',
    line: '#30363d',
    ink: '#e6edf3',
    soft: '#9aa5b1',
    drought: '#33290f',
    onDemand: '#566b84',
    spot: '#3d8a5c',
    standby: '#58a0ee',
    without: '#ff8f87',
  },
} as const

export type Scheme = keyof typeof schemes

interface Panel {
  readonly top: number
  readonly height: number
  readonly max: number
  readonly ticks: readonly number[]
}

type Colour = keyof (typeof schemes)['light']
type Read = (sample: Sample) => number

const width = 850
const height = 640
const left = 54
const right = 24

/** Draws a recording as an SVG. The same recording gives the same text. */
export function draw(recording: Recording, scheme: Scheme): string {
  const drawing = new Drawing(recording, schemes[scheme])
  const font = `system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${descriptionOf(recording)}" font-family="${font}" font-size="17" fill="${schemes[scheme].ink}">`,
    ...drawing.frame(),
    ...drawing.tasks(),
    ...drawing.failures(),
    ...drawing.minutes(),
    '</svg>',
    '',
  ].join('\n')
}

class Drawing {
  private readonly end: number

  constructor(
    private readonly recording: Recording,
    private readonly colours: Record<Colour, string>,
  ) {
    this.end = recording.samples.at(-1)?.at ?? 1
  }

  frame(): string[] {
    const { card, line } = this.colours
    return [
      `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10" fill="${card}" stroke="${line}"/>`,
      text(24, 40, titleOf(this.recording), 'font-size="24" font-weight="600"'),
      text(24, 68, resultOf(this.recording)),
      text(24, 616, sourceOf(this.recording), this.soft),
    ]
  }

  tasks(): string[] {
    const { samples, droughtAt, droughtEndsAt } = this.recording
    const counts = samples.flatMap((each) => [each.desired, running(each), each.without])
    const panel = panelOf(176, 190, Math.max(...counts))
    const middle = round((this.x(droughtAt) + this.x(droughtEndsAt)) / 2)
    return [
      text(24, 108, 'Tasks that serve', 'font-weight="600"'),
      this.box(24, 136, 'onDemand', 'on demand'),
      this.box(162, 136, 'spot', 'on Spot'),
      this.box(280, 136, 'standby', 'standbys of Tideway'),
      this.dash(502, 136, 'ink', 'wanted', '5 4'),
      this.dash(616, 136, 'without', 'all, without Tideway'),
      text(middle, 169, 'no Spot capacity', `text-anchor="middle" ${this.soft}`),
      ...this.background(panel),
      this.area(
        panel,
        () => 0,
        ({ onDemand }) => onDemand,
        'onDemand',
      ),
      this.area(
        panel,
        ({ onDemand }) => onDemand,
        ({ onDemand, spot }) => onDemand + spot,
        'spot',
      ),
      this.area(panel, ({ onDemand, spot }) => onDemand + spot, running, 'standby'),
      this.line(panel, ({ without }) => without, 'without'),
      this.line(panel, ({ desired }) => desired, 'ink', '7 5'),
    ]
  }

  failures(): string[] {
    const rates = this.recording.samples.flatMap(({ failed, failedWithout }) => [
      failed,
      failedWithout,
    ])
    const panel = panelOf(464, 96, Math.max(1, ...rates))
    return [
      text(24, 416, 'Requests that fail, per second', 'font-weight="600"'),
      this.dash(24, 444, 'standby', 'with Tideway'),
      this.dash(182, 444, 'without', 'without Tideway'),
      ...this.background(panel),
      this.line(panel, ({ failedWithout }) => failedWithout, 'without'),
      this.line(panel, ({ failed }) => failed, 'standby'),
    ]
  }

  minutes(): string[] {
    const { droughtAt } = this.recording
    const marks = Array.from({ length: Math.floor((this.end - droughtAt) / 300) + 1 }, (_, index) =>
      text(
        this.x(droughtAt + 300 * index),
        586,
        `${5 * index}`,
        `text-anchor="middle" ${this.soft}`,
      ),
    )
    const title = text(
      width - right,
      616,
      'minutes since Spot ran dry',
      `text-anchor="end" ${this.soft}`,
    )
    return [...marks, title]
  }

  private get soft(): string {
    return `fill="${this.colours.soft}"`
  }

  private x(at: number): number {
    return round(left + ((width - left - right) * at) / this.end)
  }

  private box(x: number, y: number, colour: Colour, label: string): string {
    const shape = `<rect x="${x}" y="${y - 14}" width="20" height="16" rx="3" fill="${this.colours[colour]}"/>`
    return shape + text(x + 27, y, label)
  }

  private dash(x: number, y: number, colour: Colour, label: string, dashes = ''): string {
    return this.stroke(`${x} ${y - 6}h20`, colour, dashes) + text(x + 27, y, label)
  }

  private line(panel: Panel, read: Read, colour: Colour, dashes = ''): string {
    return this.stroke(this.steps(this.recording.samples, panel, read), colour, dashes)
  }

  private stroke(path: string, colour: Colour, dashes: string): string {
    const dashed = dashes && ` stroke-dasharray="${dashes}"`
    return `<path d="M${path}" fill="none" stroke="${this.colours[colour]}" stroke-width="3"${dashed}/>`
  }

  private area(panel: Panel, from: Read, to: Read, colour: Colour): string {
    const { samples } = this.recording
    const back = this.steps([...samples].reverse(), panel, from)
    return `<path d="M${this.steps(samples, panel, to)}L${back}Z" fill="${this.colours[colour]}"/>`
  }

  /** The drought, the lines of the axis, and their numbers. */
  private background({ top, height: size, max, ticks }: Panel): string[] {
    const [from, to] = [this.x(this.recording.droughtAt), this.x(this.recording.droughtEndsAt)]
    return [
      `<rect x="${from}" y="${top}" width="${round(to - from)}" height="${size}" fill="${this.colours.drought}"/>`,
      ...ticks.flatMap((tick) => {
        const y = round(top + size - (size * tick) / max)
        return [
          `<path d="M${left} ${y}H${width - right}" stroke="${this.colours.line}"/>`,
          text(left - 10, y + 6, `${tick}`, `text-anchor="end" ${this.soft}`),
        ]
      }),
    ]
  }

  /** A line with a step at each change. A sample is what was until its time. In the reverse order, it is drawn back. */
  private steps(samples: readonly Sample[], { top, height: size, max }: Panel, read: Read): string {
    const [first, second] = samples
    if (first === undefined) return ''
    const y = (sample: Sample) => round(top + size - (size * read(sample)) / max)
    const isReverse = second !== undefined && second.at < first.at
    const parts = [`${this.x(isReverse ? first.at : 0)} ${y(first)}`]
    for (const [index, sample] of samples.entries()) {
      const next = samples[index + 1]
      if (next !== undefined && y(next) === y(sample)) continue
      parts.push(`H${this.x(isReverse ? (next?.at ?? 0) : sample.at)}`)
      if (next !== undefined) parts.push(`V${y(next)}`)
    }
    return parts.join('')
  }
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${content}</text>`
}

/** For readers who do not see the picture. */
export function descriptionOf(recording: Recording): string {
  const { samples } = recording
  const worst = Math.min(...samples.map(({ without }) => without))
  const most = Math.max(...samples.map(({ standby }) => standby))
  return `${titleOf(recording)}, as a chart. With Tideway, up to ${most} standby tasks on demand replace those on Spot. Without it, ${worst} of ${samples[0]?.desired} tasks are left. ${resultOf(recording)}`
}

function titleOf({ droughtAt, droughtEndsAt }: Recording): string {
  return `A Spot drought of ${(droughtEndsAt - droughtAt) / 60} minutes, with Tideway and without it`
}

function sourceOf({ tideway, samples }: Recording): string {
  const seconds = samples.at(-1)?.at ?? 1
  return `simulated, ${Math.round(tideway.requests / seconds)} requests a second`
}

function resultOf({ tideway, without }: Recording): string {
  const failures = ({ failed, requests }: Totals) => `${count(failed)} of ${count(requests)}`
  return `${failures(tideway)} requests fail with Tideway, ${failures(without)} without it.`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function running({ onDemand, spot, standby }: Sample): number {
  return onDemand + spot + standby
}

/** Four lines at most, at round numbers. */
function panelOf(top: number, size: number, highest: number): Panel {
  const power = 10 ** Math.floor(Math.log10(highest / 2))
  const distance =
    [1, 2, 5, 10].map((each) => each * power).find((each) => highest / each <= 4) ?? highest
  const max = distance * Math.ceil(highest / distance)
  const ticks = Array.from({ length: max / distance + 1 }, (_, index) => index * distance)
  return { top, height: size, max, ticks }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
