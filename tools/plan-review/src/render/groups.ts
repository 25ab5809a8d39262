import type { Finding, StackReview } from '../review'
import { rank, rules, type Severity } from '../rules'

/** A finding, and the stack that it is in. */
export interface Found {
  readonly stack: StackReview
  readonly finding: Finding
}

/** The findings of one rule, which need one decision. */
export interface Group {
  readonly rule: string
  readonly severity: Severity
  readonly why: string
  readonly next: string
  readonly found: readonly Found[]
  readonly stacks: readonly StackReview[]
  /** The findings with the same details, the most frequent first. */
  readonly causes: readonly { readonly details: readonly string[]; readonly found: Found[] }[]
}

export const isOpen = ({ finding }: Found) => finding.accepted === undefined

/** The findings of all stacks by severity. */
export function worstFirst(stacks: readonly StackReview[]): Found[] {
  return stacks
    .flatMap((stack) => stack.findings.map((finding) => ({ stack, finding })))
    .sort((one, other) => rank(other.finding.severity) - rank(one.finding.severity))
}

/** The open findings by severity, then in the order of the rules. */
export function groupsOf(stacks: readonly StackReview[]): Group[] {
  const open = worstFirst(stacks).filter(isOpen)
  return byKey(open, ({ finding }) => `${finding.severity} ${finding.rule}`)
    .map((found): Group => {
      const [{ finding }] = found
      const { why = '', next = '' } = rules.find(({ id }) => id === finding.rule) ?? {}
      return {
        rule: finding.rule,
        severity: finding.severity,
        why,
        next,
        found,
        stacks: [...new Set(found.map(({ stack }) => stack))],
        causes: byKey(found, (each) => JSON.stringify(each.finding.details))
          .map((same) => ({ details: same[0].finding.details, found: same }))
          .sort((one, other) => other.found.length - one.found.length),
      }
    })
    .sort(
      (one, other) => rank(other.severity) - rank(one.severity) || placeOf(one) - placeOf(other),
    )
}

export const countIn = (groups: readonly Group[]) =>
  groups.reduce((sum, { found }) => sum + found.length, 0)

const placeOf = ({ rule }: Group) => rules.findIndex(({ id }) => id === rule)

function byKey(found: readonly Found[], keyOf: (found: Found) => string): [Found, ...Found[]][] {
  const groups = new Map<string, [Found, ...Found[]]>()
  for (const each of found) {
    const key = keyOf(each)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [each])
    else group.push(each)
  }
  return [...groups.values()]
}
