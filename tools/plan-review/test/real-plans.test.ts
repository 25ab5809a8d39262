import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readPlan } from '../src/plan-file'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { ordinaryCases } from './cases/ordinary'
import { ordinaryByHand } from './cases/ordinary-clouds'
import { handMade } from './cases/other-clouds'
import type { PlanCase } from './plan-case'
import { awsCases, plainCases } from './plan-cases'
import { planOf, reviewOf } from './plans'

type Review = ReturnType<typeof reviewOf>

const place = join(__dirname, 'plans')
const corpus = Object.entries<PlanCase>({ ...plainCases, ...awsCases })
const ordinary = Object.entries<PlanCase>(ordinaryCases)
const cases = [...corpus, ...ordinary]

/** Compares the findings of a review with the expected ones: a rule, or a rule and an address. */
function judged(review: Review, expected: readonly string[]) {
  const found = review.stacks.flatMap(({ findings }) =>
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

const none = { missing: [], falseAlarms: [] }

/** Prints how many plans of a set were reviewed, and asserts that each has exactly the expected findings. */
function expectExactly(
  set: string,
  reviews: readonly (readonly [name: string, Review, finds: readonly string[]])[],
): void {
  const results = reviews.map(([name, review, finds]) => [name, judged(review, finds)] as const)
  const expected = reviews.reduce((sum, [, , finds]) => sum + finds.length, 0)
  const missing = results.reduce((sum, [, each]) => sum + each.missing.length, 0)
  const falseAlarms = results.reduce((sum, [, each]) => sum + each.falseAlarms.length, 0)
  process.stdout.write(
    `${set}: ${reviews.length} plans, ${expected} findings expected and ${expected - missing} found, ${falseAlarms} false alarms\n`,
  )
  expect(Object.fromEntries(results)).toEqual(
    Object.fromEntries(results.map(([name]) => [name, none])),
  )
}

describe('the plans that Terraform made', () => {
  const reviews = new Map<string, Review>()
  const reviewed = (name: string) => {
    const review = reviews.get(name) ?? reviewOf(readPlan(join(place, `${name}.json`)))
    reviews.set(name, review)
    return review
  }

  it('exist for each case, at least 170', () => {
    expect(cases.length).toBeGreaterThanOrEqual(170)
    expect(readdirSync(place).sort()).toEqual(cases.map(([name]) => `${name}.json`).sort())
  })

  it.each([
    ['corpus', corpus, handMade],
    ['ordinary changes', ordinary, ordinaryByHand],
  ])('and those written by hand have exactly the expected findings: %s', (set, made, byHand) => {
    expectExactly(set, [
      ...made.map(([name, { finds }]) => [name, reviewed(name), finds] as const),
      ...Object.entries(byHand).map(
        ([name, { changes, finds }]) => [name, reviewOf(planOf(changes)), finds] as const,
      ),
    ])
  })

  it.each(cases)('%s has the expected comment', (name, { counts, contains = [], hides = [] }) => {
    const review = reviewed(name)
    const [stack] = review.stacks
    const real = Object.entries(stack?.counts ?? {}).filter(
      ([action, number]) => number > 0 && action !== 'read',
    )
    if (counts !== undefined) expect(Object.fromEntries(real)).toEqual(counts)
    const markdown = toMarkdown(review)
    for (const text of contains) expect(markdown).toContain(text)
    expect(stack?.warnings).toEqual([])
    // The secret of the cases.
    for (const output of [markdown, toHtml(review), toJson(review)])
      for (const text of ['hunter2', ...hides]) expect(output).not.toContain(text)
  })
})
