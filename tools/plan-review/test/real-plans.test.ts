import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readPlan } from '../src/plan-file'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { awsCases, plainCases } from './plan-cases'
import { reviewOf } from './plans'

const place = join(__dirname, 'plans')
const cases = Object.entries({ ...plainCases, ...awsCases })

describe('the plans that Terraform made', () => {
  it('exist for each case, at least forty', () => {
    expect(cases.length).toBeGreaterThanOrEqual(40)
    expect(readdirSync(place).sort()).toEqual(cases.map(([name]) => `${name}.json`).sort())
  })

  it.each(cases)(
    '%s has exactly the expected findings',
    (name, { finds, counts, contains = [] }) => {
      const file = join(place, `${name}.json`)
      expect(existsSync(file)).toBe(true)
      const review = reviewOf(readPlan(file))
      const [stack] = review.stacks
      const real = Object.entries(stack?.counts ?? {}).filter(
        ([action, number]) => number > 0 && action !== 'read',
      )
      expect(Object.fromEntries(real)).toEqual(counts)
      expect([...new Set(stack?.findings.map(({ rule }) => rule))].sort()).toEqual(
        [...finds].sort(),
      )
      const markdown = toMarkdown(review)
      for (const text of contains) expect(markdown).toContain(text)
      expect(stack?.warnings).toEqual([])
      // The secret of the cases.
      for (const output of [markdown, toHtml(review), toJson(review)])
        expect(output).not.toContain('hunter2')
    },
  )
})
