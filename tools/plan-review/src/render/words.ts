import type { Json } from '../json'
import type { Counts, StackReview } from '../review'
import { hidden, unknown } from '../secrets'

/** Characters that are invisible, look like a space, or change the direction of the text beside them. */
const invisible =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu

/** Text on one line. What a reader cannot see is replaced by visible characters. */
export function plain(text: string): string {
  // Most texts are ASCII, and a page can have a hundred thousand.
  if (/^[ -~]*$/.test(text)) return text
  return text.replace(invisible, (character) => {
    if (character === '\n') return '⏎'
    if (character === '\t') return ' '
    const hex = (character.codePointAt(0) ?? 0).toString(16)
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`
  })
}

/** Shortens a text that is long, never inside a character. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const kept = text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}… (${text.length - kept.length} more)`
}

/** A value on one line, shortened if it is long. */
export function formatValue(value: Json | undefined, maxLength = 160): string {
  if (value === undefined || value === null) return 'none'
  return clip(
    plain(value === hidden || value === unknown ? value : JSON.stringify(value)),
    maxLength,
  )
}

/** A number of things: `1 resource`, `2 resources`. */
export const countOf = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** The first items of a list, and the number of the others. */
export function listed(items: readonly string[], max: number): readonly string[] {
  return items.length > max ? [...items.slice(0, max), `and ${items.length - max} more`] : items
}

/** The same in one line. */
export const firstOf = (items: readonly string[], max: number, separator = ', ') =>
  listed(items, max).join(separator)

export function formatCounts(counts: Readonly<Partial<Counts>>): string {
  const words = Object.entries({
    create: 'to create',
    update: 'to change',
    replace: 'to replace',
    delete: 'to destroy',
    forget: 'to forget',
    unknown: 'with an unknown action',
    move: 'moved',
    import: 'imported',
  } as const).flatMap(([action, word]) => {
    const count = counts[action as keyof Counts] ?? 0
    return count > 0 ? [`${count} ${word}`] : []
  })
  return words.length === 0 ? 'no changes' : words.join(', ')
}

/** Whether a plan changes nothing, outputs included. */
export function isEmpty({ counts, outputs, findings }: StackReview): boolean {
  const { read: _, ...real } = counts
  return (
    Object.values(real).every((number) => number === 0) &&
    outputs.length === 0 &&
    findings.length === 0
  )
}

export function dollars(amount: number): string {
  return `${amount < 0 ? '-' : ''}$${Math.abs(amount)
    .toFixed(2)
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',')}`
}

export function titleOf({ stack, environment }: StackReview): string {
  return environment === undefined ? stack : `${stack} in ${environment}`
}
