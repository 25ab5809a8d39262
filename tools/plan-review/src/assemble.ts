import { stackNames, stacks } from '@tideway/constructs/stacks'
import { type Acceptance, expired } from './acceptances'
import type { PlanFile } from './plan-file'
import { type PlanOrigin, reviewPlan, type StackReview } from './review'
import { rank, type Severity } from './rules'

export type FailOn = Severity | 'none'

/** Published outputs that will change, and the stacks that read them. */
export interface Consequence {
  readonly producer: string
  readonly outputs: readonly string[]
  readonly consumers: readonly string[]
  /** The consumers with a plan in this review, which uses the current values. */
  readonly provisional: readonly string[]
}

export interface Review {
  /** The day that decides which acceptances apply. */
  readonly today: string
  readonly failOn: FailOn
  readonly stacks: readonly StackReview[]
  readonly consequences: readonly Consequence[]
  readonly expired: readonly Acceptance[]
  readonly unused: readonly Acceptance[]
  /** The reasons why the review fails, one line each. */
  readonly failures: readonly string[]
}

export interface ReviewOptions {
  readonly acceptances: readonly Acceptance[]
  readonly today: string
  readonly failOn: FailOn
}

/** Reviews several plans as one, in deployment order. */
export function assemble(
  plans: readonly { plan: PlanFile; origin: PlanOrigin }[],
  options: ReviewOptions,
): Review {
  const { acceptances, today, failOn } = options
  const ended = expired(acceptances, today)
  const valid = acceptances.filter((entry) => !ended.includes(entry))
  const reviews = plans
    .map(({ plan, origin }) => reviewPlan(plan, origin, valid))
    .sort(
      (one, other) =>
        placeOf(one.stack) - placeOf(other.stack) || (one.stack < other.stack ? -1 : 1),
    )
  const used = new Set(reviews.flatMap(({ findings }) => findings.map(({ accepted }) => accepted)))
  const reviewed = new Set(reviews.map(({ stack }) => stack))
  return {
    today,
    failOn,
    stacks: reviews,
    consequences: consequencesOf(reviews),
    expired: ended,
    // For a stack without a plan in this review, it is unknown whether the acceptance is used.
    unused: valid.filter(
      (entry) => !used.has(entry) && entry.stack !== undefined && reviewed.has(entry.stack),
    ),
    failures: [
      ...ended.map(
        ({ rule, address, until }) => `the acceptance of ${rule} for ${address} ended on ${until}`,
      ),
      ...reviews.flatMap((review) => failuresOf(review, failOn)),
    ],
  }
}

function placeOf(stack: string): number {
  const place = (stackNames as readonly string[]).indexOf(stack)
  return place === -1 ? stackNames.length : place
}

function failuresOf(
  { stack, findings, failedChecks, warnings }: StackReview,
  failOn: FailOn,
): string[] {
  if (failOn === 'none') return []
  const bad = findings.filter(
    ({ accepted, severity }) => accepted === undefined && rank(severity) >= rank(failOn),
  )
  return [
    ...(bad.length > 0
      ? [`${stack}: ${bad.length} finding${bad.length === 1 ? '' : 's'} of ${failOn} or worse`]
      : []),
    ...failedChecks.map((check) => `${stack}: a check fails: ${check}`),
    ...warnings
      .filter((warning) => warning.startsWith('Terraform ended with an error'))
      .map((warning) => `${stack}: ${warning}`),
  ]
}

function consequencesOf(reviews: readonly StackReview[]): Consequence[] {
  const reviewed = new Set(reviews.map(({ stack }) => stack))
  return reviews.flatMap(({ stack, outputs }) => {
    if (outputs.length === 0 || !Object.hasOwn(stacks, stack)) return []
    const consumers = stackNames.filter((name) =>
      (stacks[name].reads as readonly string[]).includes(stack),
    )
    if (consumers.length === 0) return []
    return [
      {
        producer: stack,
        outputs: outputs.map(({ name }) => name),
        consumers,
        provisional: consumers.filter((name) => reviewed.has(name)),
      },
    ]
  })
}
