import { pricesOf } from '@tideway/constructs/prices'
import type { Review } from '../assemble'
import type { Difference } from '../compare'
import type { ShownChange, StackReview } from '../review'
import { type Severity, severities } from '../rules'
import { countIn, type Group, worstFirst } from './groups'
import {
  countOf,
  dollars,
  firstOf,
  formatCounts,
  formatValue,
  isEmpty,
  plain,
  titleOf,
} from './words'

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

/** The title of the review: what a reader must know if they read nothing else. */
export function verdictOf({ failures, stacks }: Review): string {
  return `Plan review: ${failures.length > 0 ? 'failed' : stateOf(stacks)}`
}

function stateOf(stacks: readonly StackReview[]): string {
  const hasNotes = stacks.some(
    ({ warnings, failedChecks }) => warnings.length + failedChecks.length,
  )
  if (stacks.length === 0) return 'nothing was planned'
  if (stacks.every(isEmpty)) return hasNotes ? 'no changes, with warnings' : 'no changes'
  const unknown = stacks.flatMap(({ unknownTypes }) => unknownTypes.map(({ count }) => count))
  const unjudged = unknown.reduce((sum, count) => sum + count, 0)
  const worst = severities.findLast((severity) =>
    stacks.some(({ highest }) => highest === severity),
  )
  if (hasNotes || worst === 'critical' || worst === 'high') return 'needs a decision'
  const found = worst === undefined ? 'no findings' : `no finding above ${worst}`
  return unjudged > 0 ? `${found}, and ${countOf(unjudged, 'change')} of unknown types` : found
}

/** The findings and the changes of all stacks, in one line. */
export function summaryOf({ stacks }: Review, { strong }: Format): string {
  const open = stacks.flatMap(({ findings }) => findings.filter(({ accepted }) => !accepted))
  const found = severities.toReversed().flatMap((severity) => {
    const count = open.filter((finding) => finding.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const counts: { [action: string]: number } = {}
  for (const [action, count] of stacks.flatMap((stack) => Object.entries(stack.counts)))
    counts[action] = (counts[action] ?? 0) + count
  const findings = strong(`Findings: ${found.length === 0 ? 'none' : found.join(', ')}.`)
  return `${findings} Changes of ${countOf(stacks.length, 'stack')}: ${formatCounts(counts)}.`
}

export const verdictColumns = ['stack', 'changes', 'highest risk', 'monthly cost', 'approvers']

export function verdictRow(stack: StackReview, { text, code, severity }: Format): string[] {
  const { before, after, unknown } = stack.cost
  const more = Object.keys(unknown).length > 0 ? ' or more' : ''
  return [
    text(titleOf(stack)),
    formatCounts(stack.counts),
    stack.highest === undefined ? 'none' : severity(stack.highest),
    `${before === after ? '' : `${dollars(before)} → `}${dollars(after)}${more}`,
    stack.owners.map(code).join(' ') || '-',
  ]
}

/** How much of each group of findings an output shows. */
export interface Detail {
  readonly causes: number
  /** The details of each cause. */
  readonly details: number
  readonly addresses: number
}

/** A group of findings: the first line names the rule, the owners and the number; the last says why, and what to do. */
export function groupLines(
  { rule, severity, why, next, found, stacks, causes }: Group,
  { text, code, strong, ...format }: Format,
  detail: Detail,
): { title: string; lines: string[] } {
  const owners = [...new Set(stacks.flatMap((stack) => stack.owners))]
  const isOneStack = stacks.length === 1
  const places = firstOf(
    stacks.map((stack) => text(titleOf(stack))),
    4,
  )
  const lines = causes.slice(0, detail.causes).map((cause) => {
    // Only those that are shown are formatted: a cause can have thousands.
    const addresses = cause.found
      .slice(0, detail.addresses)
      .map(({ stack, finding }) =>
        isOneStack ? code(finding.path) : `${code(finding.path)} (${text(stack.stack)})`,
      )
    const more = cause.found.length - addresses.length
    const rest = more > 0 ? ` and ${more} more` : ''
    return `${firstOf(cause.details.map(code), detail.details, '; ')}: ${addresses.join(', ')}${rest}`
  })
  const left = causes.slice(detail.causes)
  const others = left.reduce((sum, cause) => sum + cause.found.length, 0)
  return {
    title: `${format.severity(severity)} ${strong(rule)}, ${countOf(found.length, 'resource')} of ${places}${owners.length === 0 ? '' : `, approval of ${firstOf(owners.map(code), 4)}`}`,
    lines: [
      ...lines,
      ...(others > 0
        ? [`and ${countOf(others, 'more resource')}, for ${countOf(left.length, 'other reason')}`]
        : []),
      `${why} ${strong('Next:')} ${next}`,
    ],
  }
}

const leastDetail: Detail = { causes: 1, details: 1, addresses: 1 }
const moreDetail: readonly Detail[] = [
  { causes: 5, details: 3, addresses: 2 },
  { causes: 3, details: 3, addresses: 2 },
  { causes: 3, details: 2, addresses: 1 },
  { causes: 2, details: 1, addresses: 1 },
]
/** One screen of a desktop has about this many lines of this many characters. */
const screen = { lines: 28, characters: 105 }

export interface Decisions {
  readonly shown: readonly { readonly group: Group; readonly detail: Detail }[]
  /** The number of findings that are not shown, in words. */
  readonly more: string
}

/** What to decide first, in one screen: the worst rules get the room that the others leave. */
export function decisionsOf(groups: readonly Group[], maxGroups = 5): Decisions {
  const [first, rest] = [groups.slice(0, maxGroups), groups.slice(maxGroups)]
  let room = screen.lines - first.reduce((sum, group) => sum + heightOf(group, leastDetail), 0)
  const shown = first.map((group) => {
    const least = heightOf(group, leastDetail)
    const fits = moreDetail.find((detail) => heightOf(group, detail) - least <= room)
    const detail = fits ?? leastDetail
    room -= heightOf(group, detail) - least
    return { group, detail }
  })
  const findings = countOf(countIn(rest), 'more finding')
  const more = rest.length === 0 ? '' : `and ${findings} of ${countOf(rest.length, 'other rule')}`
  return { shown, more }
}

const bare: Format = {
  ...{ text: plain, code: plain, strong: plain, severity: plain },
  maxListed: Number.POSITIVE_INFINITY,
}

function heightOf(group: Group, detail: Detail): number {
  const { title, lines } = groupLines(group, bare, detail)
  return [title, ...lines].reduce(
    (sum, line) => sum + Math.ceil(line.length / screen.characters),
    0,
  )
}

/** Where several stacks are reviewed, a line begins with the name of its stack. */
export function labelled(
  review: Review,
  stack: StackReview,
  line: string,
  { text }: Format,
): string {
  return review.stacks.length === 1 ? line : `${text(titleOf(stack))}: ${line}`
}

/** What limits the review as a whole: sample values, warnings, failed checks, types that no rule knows. */
export function notesOf({ stacks, failures }: Review, format: Format): string[] {
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
    ]
      .filter((note) => !failures.includes(`${stack.stack}: ${note}`))
      .map(text)
    return [...notes, ...unknownTypesOf(stack, format)].map((note) => `${title} ${note}`)
  })
}

/** One line about the types that no rule knows, if a change has one. */
function unknownTypesOf({ unknownTypes }: StackReview, { code }: Format): string[] {
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
    const note =
      provisional.length > 0
        ? ` ${strong(`The plan of ${provisional.map(text).join(' and ')} is provisional`)}: it uses the current values.`
        : ''
    return `${text(producer)} publishes new values: ${firstOf(outputs.map(code), maxListed)}. Read by ${consumers.map(text).join(', ')}.${note}`
  })
}

/** Drift, moves, imports and likely renames of all stacks. */
export function sideSectionsOf(review: Review, format: Format): Section[] {
  const { code, maxListed } = format
  const section = (title: string, linesOf: (stack: StackReview) => readonly string[]) => ({
    title,
    lines: review.stacks.flatMap((stack) =>
      linesOf(stack).map((line) => labelled(review, stack, line, format)),
    ),
  })
  return [
    section('Changed outside Terraform', ({ drift }) =>
      drift.map(({ path, action, differences }) => {
        const changes = differences.map((each) => differenceIn(each, format))
        return `${code(path)}: ${action === 'delete' ? 'was deleted' : firstOf(changes, maxListed, '; ')}`
      }),
    ),
    section('Moved', ({ moves }) => moves.map(({ from, to }) => `${code(from)} → ${code(to)}`)),
    section('Imported', ({ imports }) =>
      imports.map(({ address, id }) => `${code(address)} as ${code(id)}`),
    ),
    section('Likely renames (destroyed and created with similar values)', ({ renames }) =>
      renames.map(({ from, to }) => code(`moved { from = ${from}, to = ${to} }`)),
    ),
  ].filter(({ lines }) => lines.length > 0)
}

export function acceptedOf(review: Review, format: Format): string[] {
  const { code } = format
  return worstFirst(review.stacks).flatMap(({ stack, finding: { rule, path, accepted } }) =>
    accepted === undefined
      ? []
      : [
          labelled(
            review,
            stack,
            `until ${code(accepted.until)}: ${rule} of ${code(path)}: ${code(accepted.because)}`,
            format,
          ),
        ],
  )
}

export function unusedOf({ unused }: Review, { code }: Format): string[] {
  return unused.map(
    ({ rule, address, until }) =>
      `unused acceptance (until ${code(until)}): ${code(rule)} of ${code(address)}. Remove it.`,
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
    ...Object.entries(cost.unknown).map(
      ([type, count]) =>
        `${text(stack)}: known after the apply: ${count} ${text(type)}, counted as before, or as the least if new`,
    ),
    ...Object.entries(cost.unpriced).map(
      ([type, count]) => `${text(stack)}: not priced: ${count} ${code(type)}`,
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
