import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { documentIn, isList, isObject, type Json, type JsonObject } from '../src/json'
import { parsePlan } from '../src/plan-file'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { type Entry, resource, reviewOf } from './plans'
import { samples } from './rule-samples'

type Path = readonly (string | number)[]

/** Values that are not text, and names that plain objects inherit. */
const hostile: readonly Json[] = [
  { toString: 0 },
  [{ valueOf: [], toString: null, toJSON: 1 }],
  { ['__proto__']: { toString: 'x' }, constructor: [], length: -1 },
  'constructor',
  '{"Statement":[{"Effect":"Allow","Action":{"toString":0},"Principal":{"toString":{"valueOf":1}}}]}',
  7,
]

/** Values that no sample of a rule has: prices, target groups of a forward action, unknown values. */
const others: readonly Entry[] = [
  {
    type: 'aws_ecs_service',
    after: {
      task_definition: 'family:1',
      desired_count: 2,
      launch_type: 'FARGATE',
      capacity_provider_strategy: [{ capacity_provider: 'FARGATE', base: 1, weight: 1 }],
    },
  },
  { type: 'aws_ecs_task_definition', after: { arn: 'a', family: 'family', cpu: 256, memory: 512 } },
  { type: 'aws_elasticache_replication_group', after: { node_type: 'cache.t4g.micro' } },
  {
    type: 'aws_lb_listener',
    before: { default_action: [{ forward: [{ target_group: [{ arn: 'a' }] }] }] },
    after: { default_action: [{ forward: [{ target_group: [{ arn: 'b' }] }] }] },
  },
  {
    type: 'aws_thing',
    before: { list: [{ name: 'a' }], constructor: [1] },
    after: { list: [{ name: 'b', deep: { x: 1 } }], other: { known: 1 } },
    unknown: {
      constructor: {},
      toString: {},
      list: [{ id: true }],
      other: { id: true, constructor: {} },
    },
  },
]

/** The paths of all nested values, including those in JSON documents in text. */
function pathsIn(value: Json, path: Path = [], found: Path[] = []): Path[] {
  const parsed = documentIn(value) ?? value
  const inner = isList(parsed) || isObject(parsed) ? Object.entries(parsed) : []
  found.push(path)
  for (const [key, item] of inner) pathsIn(item, [...path, key], found)
  return found
}

/** A copy of a value, with another value or another key at a path. */
function withValue(value: Json, [key, ...rest]: Path, other: Json, renamed = false): Json {
  if (key === undefined) return other
  const document = documentIn(value)
  if (document !== undefined)
    return JSON.stringify(withValue(document, [key, ...rest], other, renamed))
  if (isList(value)) {
    return value.map((item, index) => (`${index}` === key ? withValue(item, rest, other) : item))
  }
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, item]) => {
      if (name !== key) return [name, item]
      return renamed && rest.length === 0
        ? [`${other}`, item]
        : [name, withValue(item, rest, other, renamed)]
    }),
  )
}

const unreadable = /\[object |native code|\bNaN\b|\bundefined\b/

function expectReadable(json: Json): void {
  const review = reviewOf(parsePlan('hostile.json', Buffer.from(JSON.stringify(json))))
  for (const output of [toMarkdown(review), toHtml(review), toJson(review)]) {
    // Expectations of Jest cost more than the search.
    if (unreadable.test(output)) expect(output).not.toMatch(unreadable)
  }
}

describe('a plan with hostile values', () => {
  const entries = Object.entries(samples).map(([id, { finds, ignores }]) => {
    const all = [...finds.map(([entry]) => entry), ...ignores]
    return [id, all.flatMap((one) => ('type' in one ? [one] : one))] as const
  })
  const places = new Set<string>()
  const isNew = (...place: readonly (string | number)[]) => {
    const text = JSON.stringify(place)
    return !places.has(text) && places.add(text)
  }
  /** The values to try at a place: it is the same in all samples of a type, which differ in the values replaced here. */
  const valuesFor = ({ type }: Entry, path: Path): readonly Json[] => {
    // Everything around the values of a resource is read in the same way for all types.
    const isOfType = path[0] === 'change' && /^(before|after|after_unknown)$/.test(`${path[1]}`)
    const isFirst = isNew(...path)
    if (!isOfType) return isFirst ? hostile : []
    if (!isNew(type, ...path)) return []
    // Of what is no object, rules see nothing.
    return path.length > 2 || isFirst ? hostile : hostile.slice(0, 1)
  }

  it.each([...entries, ['the rest of the review', others] as const])(
    'is reviewed with one in every place that %s reads',
    (_, all) => {
      for (const entry of all) {
        const good = resource(entry)
        const changes = pathsIn(good).flatMap((path) =>
          valuesFor(entry, path).flatMap((value) => [
            withValue(good, path, value),
            ...(typeof value === 'string' ? [withValue(good, path, value, true)] : []),
          ]),
        )
        // In small plans: the policies of one role, or the rules of one group, are compared with each other.
        for (let from = 0; from < changes.length; from += 40)
          expectReadable({
            format_version: '1.2',
            resource_changes: changes.slice(from, from + 40),
          })
      }
    },
  )

  const folder = join(__dirname, 'plans')
  const plans = readdirSync(folder).map((file): Json => {
    return JSON.parse(readFileSync(join(folder, file), 'utf8'))
  })

  it('is reviewed with some in any place of a real plan', () => {
    const edit = fc.tuple(fc.nat(), fc.constantFrom(...hostile), fc.boolean())
    fc.assert(
      fc.property(fc.constantFrom(...plans), fc.array(edit, { minLength: 1 }), (plan, edits) => {
        let edited = plan
        for (const [nth, value, renames] of edits) {
          // A part of the plan with another shape is rejected: test/malformed.ts.
          const paths = pathsIn(edited).filter(({ length }) => length > 1)
          const path = paths[nth % paths.length] ?? []
          edited = withValue(edited, path, value, renames && typeof value === 'string')
        }
        expectReadable(edited)
      }),
      { numRuns: 200 },
    )
  })
})
