import type { Json } from '../json'
import type { Counts, Finding, StackReview } from '../review'
import { severities } from '../rules'

/**
 * A text on one line that shows what is in it and does nothing: no line breaks, no control characters, and none
 * that turn the direction of writing round.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (character === '\n') return '⏎'
    if (character === '\t') return ' '
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

/** A value in a line. */
export function valueInWords(value: Json | undefined, longest = 160): string {
  if (value === undefined || value === null) return 'none'
  const text = plain(
    typeof value === 'string'
      ? /^\((sensitive|known after apply)\)$/.test(value)
        ? value
        : JSON.stringify(value)
      : JSON.stringify(value),
  )
  if (text.length <= longest) return text
  return `${text.slice(0, longest)}… (${text.length - longest} more)`
}

export function countsInWords(counts: Counts): string {
  const words = (
    [
      ['create', 'to create'],
      ['update', 'to change'],
      ['replace', 'to replace'],
      ['delete', 'to destroy'],
      ['forget', 'to forget'],
      ['move', 'moved'],
      ['import', 'imported'],
    ] as const
  )
    .filter(([action]) => counts[action] > 0)
    .map(([action, word]) => `${counts[action]} ${word}`)
  return words.length === 0 ? 'no changes' : words.join(', ')
}

/** Whether a plan would do nothing at all, its outputs included. */
export function isEmpty({ counts, outputs, findings }: StackReview): boolean {
  const { read: _, ...real } = counts
  return (
    Object.values(real).every((number) => number === 0) &&
    outputs.length === 0 &&
    findings.length === 0
  )
}

/** Of all stacks, the worst first. */
export function worstFirst(
  stacks: readonly StackReview[],
): { stack: StackReview; finding: Finding }[] {
  return stacks
    .flatMap((stack) => stack.findings.map((finding) => ({ stack, finding })))
    .sort(
      (one, other) =>
        severities.indexOf(other.finding.severity) - severities.indexOf(one.finding.severity),
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

export const icons = { critical: '🟥', high: '🟧', medium: '🟨', low: '🟦' } as const
