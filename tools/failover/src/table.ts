import type { Values, VerbContext } from './verb'

/** A column of a table. Numbers stand on the right. */
interface Column {
  readonly title: string
  readonly align?: 'right'
  /** Whether it is shortened where a line is too long. The first such column goes first. */
  readonly shrinks?: boolean
}

const minShrunk = 12

/** Lines of a table, at most `width` long where that is given. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  let excess = widths.reduce((sum, each) => sum + each + 2, -2) - width
  for (const [index, { shrinks }] of columns.entries()) {
    const before = widths[index] ?? 0
    if (!shrinks || excess <= 0 || before <= minShrunk) continue
    widths[index] = Math.max(minShrunk, before - excess)
    excess -= before - (widths[index] ?? 0)
  }
  return [columns.map(({ title }) => title), ...rows].map((row) =>
    columns
      .map(({ align }, index) => {
        const text = shorten(row[index] ?? '', widths[index] ?? 0)
        return align === 'right'
          ? text.padStart(widths[index] ?? 0)
          : text.padEnd(widths[index] ?? 0)
      })
      .join('  ')
      .trimEnd(),
  )
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** Text in lines, indented after the first one. A word that is too long has a line of its own. */
export function wrap(text: string, indent = '', width = 80): string[] {
  const lines: string[] = []
  const start = /^ */.exec(text)?.[0] ?? ''
  let line = start
  for (const word of text.trim().split(' ')) {
    const next = line.trim() === '' ? `${line}${word}` : `${line} ${word}`
    if (line.trim() !== '' && next.length > width - (lines.length > 0 ? indent.length : 0)) {
      lines.push(line)
      line = word
    } else {
      line = next
    }
  }
  return [...lines, line].map((each, index) => (index === 0 ? each : `${indent}${each}`))
}

/** `1 call`, `2 calls`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** Prints a result as JSON or as lines of text. */
export function printFound(
  { print }: Pick<VerbContext, 'print'>,
  { json }: Values,
  found: object,
  linesOf: () => readonly string[],
): void {
  for (const line of json === true ? [JSON.stringify(found, null, 2)] : linesOf()) print(line)
}
