import type { Json } from '../json'
import type { Counts, Finding, StackReview } from '../review'
import { rank } from '../rules'
import { hidden, unknown } from '../secrets'

/** Text on one line. Line breaks, control characters and direction marks are replaced by visible characters. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (character === '\n') return '⏎'
    if (character === '\t') return ' '
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

/** A value on one line, shortened if it is long. */
export function formatValue(value: Json | undefined, maxLength = 160): string {
  if (value === undefined || value === null) return 'none'
  const text = plain(value === hidden || value === unknown ? value : JSON.stringify(value))
  const more = text.length - maxLength
  return more > 0 ? `${text.slice(0, maxLength)}… (${more} more)` : text
}

export function formatCounts(counts: Counts): string {
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
    const count = counts[action as keyof Counts]
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

/** The findings of all stacks by severity. */
export function worstFirst(
  stacks: readonly StackReview[],
): { stack: StackReview; finding: Finding }[] {
  return stacks
    .flatMap((stack) => stack.findings.map((finding) => ({ stack, finding })))
    .sort((one, other) => rank(other.finding.severity) - rank(one.finding.severity))
}

export function dollars(amount: number): string {
  return `${amount < 0 ? '-' : ''}$${Math.abs(amount)
    .toFixed(2)
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',')}`
}

export function titleOf({ stack, environment }: StackReview): string {
  return environment === undefined ? stack : `${stack} in ${environment}`
}
