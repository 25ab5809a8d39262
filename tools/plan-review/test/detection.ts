import { join } from 'node:path'
import { readPlan } from '../src/plan-file'
import { ordinaryCases } from './cases/ordinary'
import { ordinaryByHand } from './cases/ordinary-clouds'
import { handMade } from './cases/other-clouds'
import type { PlanCase } from './plan-case'
import { awsCases, plainCases } from './plan-cases'
import { planOf, reviewOf } from './plans'

export type Review = ReturnType<typeof reviewOf>

/** A review with exactly the findings that it must have: a rule, or a rule and an address. */
export type JudgedReview = readonly [name: string, review: Review, finds: readonly string[]]

export const plansFolder = join(__dirname, 'plans')

const reviews = new Map<string, Review>()

/** The review of a plan that Terraform made. */
export function reviewed(name: string): Review {
  const review = reviews.get(name) ?? reviewOf(readPlan(join(plansFolder, `${name}.json`)))
  reviews.set(name, review)
  return review
}

export const corpus = Object.entries<PlanCase>({ ...plainCases, ...awsCases })
export const ordinary = Object.entries<PlanCase>(ordinaryCases)

/** The plans by set, those that Terraform made and those written by hand. */
export const caseSets = (
  [
    ['corpus', corpus, handMade],
    ['ordinary changes', ordinary, ordinaryByHand],
  ] as const
).map(([name, made, byHand]) => ({
  name,
  reviews: (): JudgedReview[] => [
    ...made.map(([plan, { finds }]) => [plan, reviewed(plan), finds] as const),
    ...Object.entries(byHand).map(
      ([plan, { changes, finds }]) => [plan, reviewOf(planOf(changes)), finds] as const,
    ),
  ],
}))

/** Compares the findings of a review with the expected ones. */
export function judged([, { stacks }, expected]: JudgedReview) {
  const found = stacks.flatMap(({ findings }) =>
    findings.map(({ rule, address, details }) => ({ id: `${rule} ${address}`, rule, details })),
  )
  const isExpected = ({ id, rule }: { id: string; rule: string }) =>
    expected.includes(rule) || expected.includes(id)
  return {
    missing: expected.filter((each) => !found.some(({ id, rule }) => each === id || each === rule)),
    falseAlarms: found
      .filter((each) => !isExpected(each))
      .map(({ id, details }) => `${id}: ${details.join('; ')}`),
  }
}

/** How many findings a set of reviews must have, has, and has besides. */
export function detectionOf(set: readonly JudgedReview[]) {
  const results = set.map(judged)
  const sum = (of: (index: number) => number) =>
    set.reduce((total, _, index) => total + of(index), 0)
  const expected = sum((index) => set[index]?.[2].length ?? 0)
  return {
    plans: set.length,
    expected,
    found: expected - sum((index) => results[index]?.missing.length ?? 0),
    falseAlarms: sum((index) => results[index]?.falseAlarms.length ?? 0),
  }
}
