import { readdirSync } from 'node:fs'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { caseSets, corpus, detectionOf, judged, ordinary, plansFolder, reviewed } from './detection'

const cases = [...corpus, ...ordinary]

const none = { missing: [], falseAlarms: [] }

describe('the plans that Terraform made', () => {
  it('exist for each case, at least 170', () => {
    expect(cases.length).toBeGreaterThanOrEqual(170)
    expect(readdirSync(plansFolder).sort()).toEqual(cases.map(([name]) => `${name}.json`).sort())
  })

  it.each(caseSets)(
    'and those written by hand have exactly the expected findings: $name',
    (set) => {
      const reviews = set.reviews()
      const { plans, expected, found, falseAlarms } = detectionOf(reviews)
      process.stdout.write(
        `${set.name}: ${plans} plans, ${expected} findings expected and ${found} found, ${falseAlarms} false alarms\n`,
      )
      const results = Object.fromEntries(reviews.map((each) => [each[0], judged(each)]))
      expect(results).toEqual(Object.fromEntries(reviews.map(([name]) => [name, none])))
    },
  )

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
