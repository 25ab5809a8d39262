import { pricesOf } from '@tideway/constructs/prices'
import type { Review } from '../assemble'
import type { Difference } from '../compare'
import type { ShownChange, StackReview } from '../review'
import type { Severity } from '../rules'
import { dollars, formatCounts, formatValue, isEmpty, titleOf } from './words'

/** How an output writes each kind of text. Every value of a plan goes through one of these. */
export interface Format {
  readonly text: (value: string) => string
  readonly code: (value: string) => string
  readonly strong: (value: string) => string
  readonly severity: (severity: Severity) => string
  /** How many names or values one line lists. */
  readonly maxListed: number
}

/** One list of the review: Markdown and HTML show the same lines. */
export interface Section {
  readonly title: string
  readonly lines: readonly string[]
}

export function verdictOf(review: Review): string {
  if (review.failures.length > 0) return 'Plan review: failed'
  return review.stacks.every(isEmpty) ? 'Plan review: no changes' : 'Plan review'
}

export const verdictColumns = ['stack', 'changes', 'highest risk', 'monthly cost', 'approvers']

export function verdictRow(stack: StackReview, { text, code, severity }: Format): string[] {
  const { before, after } = stack.cost
  return [
    text(titleOf(stack)),
    formatCounts(stack.counts),
    stack.highest === undefined ? 'none' : severity(stack.highest),
    before === after ? dollars(after) : `${dollars(before)} → ${dollars(after)}`,
    stack.owners.map(code).join(' ') || '-',
  ]
}

export function notesOf({ stacks }: Review, format: Format): string[] {
  const { text, strong } = format
  return stacks.flatMap((stack) => {
    const title = strong(`${text(titleOf(stack))}:`)
    const notes = [
      ...(stack.usesSamples
        ? [
            'planned with sample values, because a stack that it reads is not deployed yet. This plan cannot be deployed.',
          ]
        : []),
      ...stack.warnings,
      ...stack.failedChecks.map((check) => `a check fails: ${check}`),
    ].map(text)
    return [...notes, ...unknownTypesOf(stack, format)].map((note) => `${title} ${note}`)
  })
}

/** One line about the types that no rule knows, if a change has one. */
export function unknownTypesOf({ unknownTypes }: StackReview, { code }: Format): string[] {
  if (unknownTypes.length === 0) return []
  const total = unknownTypes.reduce((sum, { count }) => sum + count, 0)
  const listed = unknownTypes.slice(0, 5).map(({ type, count }) => `${code(type)} (${count})`)
  const more = unknownTypes.length - listed.length
  return [
    `no rule knows the type of ${total} changed resource${total === 1 ? '' : 's'}: ${listed.join(', ')}${more > 0 ? ` and ${more} more types` : ''}. Only their destroys are judged, by the words in the type; read the rest yourself.`,
  ]
}

export function consequencesOf(review: Review, format: Format): string[] {
  const { text, code, strong, maxListed } = format
  return review.consequences.map(({ producer, outputs, consumers, provisional }) => {
    const names = outputs.slice(0, maxListed).map(code).join(', ')
    const more = outputs.length > maxListed ? ` and ${outputs.length - maxListed} more` : ''
    const note =
      provisional.length > 0
        ? ` ${strong(`The plan of ${provisional.join(' and ')} is provisional`)}: it uses the current values.`
        : ''
    return `${text(producer)} publishes new values: ${names}${more}. Read by ${consumers.join(', ')}.${note}`
  })
}

/** Drift, moves, imports and likely renames of a stack. */
export function sideSectionsOf(stack: StackReview, format: Format): Section[] {
  const { code, maxListed } = format
  return [
    {
      title: 'Changed outside Terraform',
      lines: stack.drift.map(({ path, action, differences }) => {
        const changes = differences.slice(0, maxListed).map((each) => differenceIn(each, format))
        return `${code(path)}: ${action === 'delete' ? 'was deleted' : changes.join('; ')}`
      }),
    },
    {
      title: 'Moved',
      lines: stack.moves.map(({ from, to }) => `${code(from)} → ${code(to)}`),
    },
    {
      title: 'Imported',
      lines: stack.imports.map(({ address, id }) => `${code(address)} as ${code(id)}`),
    },
    {
      title: 'Likely renames (destroyed and created with similar values)',
      lines: stack.renames.map(({ from, to }) => code(`moved { from = ${from}, to = ${to} }`)),
    },
  ]
}

export function unusedOf({ unused }: Review, { code }: Format): string[] {
  return unused.map(
    ({ rule, address, until }) =>
      `unused acceptance (until ${until}): ${rule} of ${code(address)}. Remove it.`,
  )
}

export function costsOf({ stacks }: Review, { text, code }: Format): string[] {
  return stacks.flatMap(({ stack, cost }) => [
    ...cost.largest.map(
      ({ path, difference }) => `${code(path)}: ${difference > 0 ? '+' : ''}${dollars(difference)}`,
    ),
    ...(cost.spotSavings > 0
      ? [
          `${text(stack)}: Spot saves ${dollars(cost.spotSavings)} a month compared with the same tasks on demand`,
        ]
      : []),
    ...Object.entries(cost.unpriced).map(
      ([type, count]) => `${text(stack)}: not priced: ${count} ${text(type)}`,
    ),
  ])
}

export const priceNote = `List prices of ${pricesOf.region}, ${pricesOf.date}, without traffic.`

export function unlistedOf({ minor: { tagsOnly, versionOnly } }: StackReview): string {
  const parts = [
    ...(tagsOnly > 0 ? [`${tagsOnly} change tags only`] : []),
    ...(versionOnly > 0 ? [`${versionOnly} change a version only`] : []),
  ]
  return parts.length > 0 ? `Not listed: ${parts.join(', ')}.` : ''
}

export function noteOf({ isDeposed, forcedBy, reason }: ShownChange): string {
  return [
    isDeposed ? 'left over from a replacement' : '',
    forcedBy.length > 0 ? `forced by ${forcedBy.join(', ')}` : '',
    reason ?? '',
  ]
    .filter((note) => note !== '')
    .join('; ')
}

export function differenceIn(
  { path, before, after }: Difference,
  { code }: Format,
  isNew = false,
): string {
  const value = code(formatValue(after))
  return `${code(path || 'value')}: ${isNew ? value : `${code(formatValue(before))} → ${value}`}`
}
