import { type Difference, differencesIn, type Sides } from '../src/compare'
import type { Json } from '../src/json'

const between = (before: Json, after: Json, sides: Partial<Sides> = {}): Difference[] =>
  differencesIn({ before, after, beforeMarks: {}, afterMarks: {}, unknownMarks: {}, ...sides })
const paths = (...args: Parameters<typeof between>) => between(...args).map(({ path }) => path)

describe('two values', () => {
  it('differ at the deepest path possible', () => {
    expect(between({ a: { b: [{ c: 1 }] }, same: 2 }, { a: { b: [{ c: 3 }] }, same: 2 })).toEqual([
      { path: 'a.b[0].c', before: 1, after: 3 },
    ])
  })

  it('are equal in any order of keys, and with any form of a missing value', () => {
    expect(between({ a: 1, b: null, c: [], d: '' }, { d: null, a: 1 })).toEqual([])
  })

  it('are marked when they are not known yet', () => {
    expect(between({ a: 1 }, {}, { unknownMarks: { a: true, b: true } })).toEqual([
      { path: 'a', before: 1, after: '(known after apply)' },
      { path: 'b', before: undefined, after: '(known after apply)' },
    ])
  })

  it('are marked in part when a part is not known yet', () => {
    expect(
      between({}, { rule: [{ port: 1 }] }, { unknownMarks: { rule: [{ id: true }] } }),
    ).toEqual([
      { path: 'rule', before: undefined, after: [{ port: 1, id: '(known after apply)' }] },
    ])
  })
})

describe('lists', () => {
  it('report only a new order', () => {
    expect(paths({ a: ['x', 'y'] }, { a: ['y', 'x'] })).toEqual(['a (order)'])
  })

  it('report added and removed items', () => {
    expect(between({ a: ['x', 'y'] }, { a: ['z', 'y'] })).toEqual([
      { path: 'a[0]', before: 'x', after: undefined },
      { path: 'a[0]', before: undefined, after: 'z' },
    ])
  })

  it('match items by name in any position', () => {
    const rule = (name: string, limit: number) => ({ name, limit })
    expect(
      between({ rule: [rule('a', 1), rule('b', 2)] }, { rule: [rule('b', 3), rule('a', 1)] }),
    ).toEqual([{ path: 'rule[name=b].limit', before: 2, after: 3 }])
  })

  it('count equal items', () => {
    expect(paths({ a: ['x', 'x'] }, { a: ['x'] })).toEqual(['a[1]'])
  })
})

describe('long values', () => {
  // With a time that grows with the square of their length, each of these takes minutes.
  it.each<[string, (index: number) => Json, (index: number) => Json]>([
    ['scalars', (index) => index, (index) => -index - 1],
    ['objects without a name', (index) => ({ index }), (index) => ({ index: -index - 1 })],
    [
      'objects with a name',
      (index) => ({ name: `${index}`, size: 1 }),
      (index) => ({ name: `${index}`, size: 2 }),
    ],
  ])(
    'are compared in seconds: %s',
    (_, before, after) => {
      const listOf = (item: (index: number) => Json) =>
        Array.from({ length: 30_000 }, (__, index) => item(index))
      expect(between(listOf(before), listOf(after)).length).toBeGreaterThanOrEqual(30_000)
    },
    10_000,
  )
})

describe('documents in texts', () => {
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: statement })

  it('are compared by content, not by formatting', () => {
    const one = policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: ['a', 'b'] })
    const other = `\n${JSON.stringify({ Statement: [{ Resource: ['b', 'a'], Action: ['s3:GetObject'], Effect: 'Allow' }], Version: '2012-10-17' }, null, 2)}`
    expect(paths({ policy: one }, { policy: other })).toEqual([
      'policy.Statement[0].Resource (order)',
    ])
  })

  it('show the statement that changes, by its Sid', () => {
    const of = (Action: string[]) =>
      policy([{ Sid: 'Read', Effect: 'Allow', Action, Resource: 'x' }])
    expect(between({ policy: of(['a:Get']) }, { policy: of(['a:Get', 'a:Put']) })).toEqual([
      { path: 'policy.Statement[Sid=Read].Action[1]', before: undefined, after: 'a:Put' },
    ])
  })

  it('show the container that changes, by its name', () => {
    const of = (image: string) =>
      JSON.stringify([
        { name: 'side', image: 'x' },
        { name: 'app', image },
      ])
    expect(paths({ container_definitions: of('1') }, { container_definitions: of('2') })).toEqual([
      'container_definitions[name=app].image',
    ])
  })
})

describe('a sensitive value', () => {
  it('is listed and hidden', () => {
    expect(
      between({ p: 'old' }, { p: 'new' }, { beforeMarks: { p: true }, afterMarks: { p: true } }),
    ).toEqual([{ path: 'p', before: '(sensitive)', after: '(sensitive)' }])
  })

  it('is hidden when only one side is marked', () => {
    expect(between({ p: 'old' }, { p: 'new' }, { afterMarks: { p: true } })).toEqual([
      { path: 'p', before: '(sensitive)', after: '(sensitive)' },
    ])
    expect(between({ p: 'same' }, { p: 'same' }, { afterMarks: { p: true } })).toEqual([
      { path: 'p (sensitivity)', before: false, after: true },
    ])
  })

  it('is every value when the marks are missing or invalid', () => {
    for (const marks of [undefined, null, 'yes', 7] as const) {
      expect(
        between({ p: 'old' }, { p: 'new' }, { beforeMarks: marks, afterMarks: marks }),
      ).toEqual([{ path: '', before: '(sensitive)', after: '(sensitive)' }])
    }
  })
})
