/** One result of a bench: a line of its output, and a row of the table in docs/evidence.md. */
export interface Figure {
  /** The part of the table. @default the name of the bench */
  readonly group?: string
  readonly name: string
  readonly value: number | boolean
  readonly unit: string
  /** Deterministic figures are the same in each run of the same code. */
  readonly kind: 'deterministic' | 'timing'
  /** @default there is none */
  readonly goal?: string
  readonly met?: boolean
}

interface Goal {
  readonly text: string
  readonly isMetBy: (value: number | boolean) => boolean
}

interface Measured {
  readonly group?: string
  /** Of a number, after the point. @default 0 */
  readonly digits?: number
  readonly goal?: Goal
}

const inWords = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 3 })

export const under = (max: number): Goal => ({
  text: `under ${inWords(max)}`,
  isMetBy: (value) => Number(value) < max,
})
export const atMost = (max: number): Goal => ({
  text: `at most ${inWords(max)}`,
  isMetBy: (value) => Number(value) <= max,
})
export const over = (min: number): Goal => ({
  text: `over ${inWords(min)}`,
  isMetBy: (value) => Number(value) > min,
})
export const exactly = (expected: number | boolean): Goal => ({
  text: shownValue(expected),
  isMetBy: (value) => value === expected,
})

/** A goal is compared with the exact value. The figure has as many digits as are shown and stored. */
function figure(
  kind: Figure['kind'],
  name: string,
  value: number | boolean,
  unit: string,
  { group, digits = 0, goal }: Measured,
): Figure {
  return {
    ...(group !== undefined && { group }),
    name,
    value: typeof value === 'number' ? Number(value.toFixed(digits)) : value,
    unit,
    kind,
    ...(goal && { goal: goal.text, met: goal.isMetBy(value) }),
  }
}

export const deterministic = (
  name: string,
  value: number | boolean,
  unit: string,
  measured: Measured = {},
) => figure('deterministic', name, value, unit, measured)

export const timing = (name: string, value: number, unit: string, measured: Measured = {}) =>
  figure('timing', name, value, unit, measured)

function shownValue(value: number | boolean): string {
  return typeof value === 'number' ? inWords(value) : value ? 'yes' : 'no'
}

export function shownFigure({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  return `${shownValue(value)} ${unit}`.trim()
}

/** Prints the figures of a bench: for people, or with `--json` as one line. */
export function printFigures(
  figures: readonly Figure[],
  args: readonly string[],
  note?: string,
): void {
  if (args.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ figures, note })}\n`)
    return
  }
  const width = Math.max(...figures.map(({ name }) => name.length))
  for (const figure of figures) {
    const { name, goal, met } = figure
    const verdict = goal === undefined ? '' : `  (goal: ${goal}; ${met ? 'met' : 'MISSED'})`
    process.stdout.write(`${name.padEnd(width)}  ${shownFigure(figure).padStart(18)}${verdict}\n`)
  }
  if (note !== undefined) process.stdout.write(`${note}\n`)
}

/** Whether a bench leaves out what depends on the machine: `--deterministic`. */
export const isDeterministicOnly = (args: readonly string[]) => args.includes('--deterministic')
