import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '../src/json'
import { parsePlan } from '../src/plan-file'
import { hidden } from '../src/secrets'
import { type Entry, resource, reviewOf } from './plans'

/** Secrets of each kind: short and long, numbers, words, addresses, documents, keys of several lines. */
const secrets: readonly Json[] = [
  ...['k9', 'a1b', 'owl', '4821', 'k9!x2', 'Sw0rdfish-77', 'correct-horse-battery', 'wonderland'],
  ...[5432, 443, 70_123_456, true, 3, 'prod', 'admin', 'm\u00fcller-2'],
  'postgres://admin:w0nder-land@db.internal:5432/orders',
  '{"username":"admin","password":"w0nder-land","engine":"postgres","port":5432,"host":"db.internal"}',
  `-----BEGIN TEST KEY-----\n${'c2VjcmV0IG9mIHRoZSB0ZXN0cw=='.repeat(3)}\n-----END TEST KEY-----\n`,
]

/** The values of a review by their paths. */
function valuesIn(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map([[path, value]])
  return new Map(
    Object.entries(value).flatMap(([key, item]) => [...valuesIn(item, `${path}/${key}`)]),
  )
}

describe('a plan with secrets', () => {
  const folder = process.env.TIDEWAY_PLANS ?? join(__dirname, 'plans')
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'))

  it('stays readable: at least 95 % of the other values are shown', () => {
    let [all, shown] = [0, 0]
    for (const file of files) {
      const plan: JsonObject = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      const changes = plan.resource_changes as readonly Json[]
      const reviewed = (resources: readonly Json[]) =>
        reviewOf(
          parsePlan(
            file,
            Buffer.from(JSON.stringify({ ...plan, resource_changes: [...changes, ...resources] })),
          ),
        ).stacks[0]
      // The secrets are only in the state, so that the reviews differ in nothing else.
      const entry: Entry = { type: 'a_thing', after: { secrets }, actions: ['no-op'] }
      const [open, withSecrets] = [{ secrets: false }, { secrets: true }].map((afterSensitive) =>
        valuesIn(reviewed([resource({ ...entry, afterSensitive })])),
      )
      for (const [path, value] of open ?? []) {
        if (typeof value !== 'string' || value === hidden || /sha256$/.test(path)) continue
        all++
        if (withSecrets?.get(path) === value) shown++
        else if (process.env.TIDEWAY_PLANS !== undefined)
          process.stdout.write(`${file}${path}: ${value} => ${withSecrets?.get(path)}\n`)
      }
    }
    process.stdout.write(
      `${shown} of ${all} values that are no secrets are shown (${((100 * shown) / all).toFixed(1)} %)\n`,
    )
    expect(all).toBeGreaterThan(500)
    expect(shown / all).toBeGreaterThan(0.95)
  })
})
