import {
  compareStacks,
  differencesBetween,
  isCompatible,
  networkErrorIn,
  reportOf,
  typeErrorsIn,
  withPackages,
} from '../src/compat-report'

const clean = { typeErrors: [], synthErrors: [] }

/** The comparison of one stack. */
const between = (before: unknown, after: unknown) => ({
  ...clean,
  stacks: compareStacks(new Map([['edge in dev', before]]), new Map([['edge in dev', after]])),
})

describe('the comparison of synthesized JSON', () => {
  it.each<[name: string, before: unknown, after: unknown, expected: unknown[]]>([
    ['equal values', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['another order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [
      'a value that is lost',
      { resource: { aws_wafv2_web_acl: { acl: { name: 'n', provider: 'aws.us_east_1' } } } },
      { resource: { aws_wafv2_web_acl: { acl: { name: 'n' } } } },
      [
        {
          path: 'resource.aws_wafv2_web_acl.acl.provider',
          before: 'aws.us_east_1',
          after: undefined,
        },
      ],
    ],
    [
      'another order of a list',
      { a: ['x', 'y'] },
      { a: ['y', 'x'] },
      [
        { path: 'a[0]', before: 'x', after: 'y' },
        { path: 'a[1]', before: 'y', after: 'x' },
      ],
    ],
    ['an empty list', { a: [], b: 1 }, { b: 1 }, [{ path: 'a', before: [], after: undefined }]],
    ['null', { a: null, b: 1 }, { b: 1 }, [{ path: 'a', before: null, after: undefined }]],
    ['another type', { a: '1' }, { a: 1 }, [{ path: 'a', before: '1', after: 1 }]],
    [
      'a scalar that becomes an object',
      { a: 1 },
      { a: { 'b.c': 1 } },
      [
        { path: 'a', before: 1, after: undefined },
        { path: 'a."b.c"', before: undefined, after: 1 },
      ],
    ],
    [
      'inherited names',
      { a: {} },
      { a: { toString: 0 } },
      [
        { path: 'a', before: {}, after: undefined },
        { path: 'a.toString', before: undefined, after: 0 },
      ],
    ],
  ])('finds %s', (_, before, after, expected) => {
    expect(differencesBetween(before, after)).toEqual(expected)
  })

  it('joins what differs alike in several stacks', () => {
    const of = (value: number) =>
      new Map(['data in dev', 'data in prod'].map((stack) => [stack, { a: value }]))
    expect(compareStacks(of(1), of(2)).differences).toEqual([
      { path: 'a', before: 1, after: 2, stacks: ['data in dev', 'data in prod'] },
    ])
  })

  it('accepts other provider versions and comments, and nothing else', () => {
    const version = (text: string) => ({
      terraform: { required_providers: { aws: { version: text } } },
    })
    expect(isCompatible(between(version('5.100.0'), version('6.25.0')))).toBe(true)
    expect(isCompatible(between({ '//': { metadata: 1 } }, { '//': { metadata: 2 } }))).toBe(true)
    expect(isCompatible(between({ a: { '//': { b: 1 } } }, { a: { '//': { c: [1] } } }))).toBe(true)
    expect(isCompatible(between({ a: 'https://a' }, { a: 'https://b' }))).toBe(false)
    const required = (text: string) => ({ terraform: { required_version: text } })
    expect(isCompatible(between(required('1'), required('2')))).toBe(false)
  })

  it.each([
    ['cannot be installed', { ...clean, installError: 'ERESOLVE' }],
    ['has type errors', { ...between(1, 1), typeErrors: ['a.ts(1,1): error TS1: no'] }],
    ['does not synthesize', { ...between(1, 1), synthErrors: ['edge in dev: no'] }],
    [
      'lacks a stack',
      { ...clean, stacks: compareStacks(new Map([['edge in dev', 1]]), new Map()) },
    ],
    ['was not compared', clean],
  ])('rejects an engine that %s', (_, comparison) => {
    expect(isCompatible(between(1, 1))).toBe(true)
    expect(isCompatible(comparison)).toBe(false)
  })

  it('prints a row for each engine, and what is wrong with it', () => {
    const table = reportOf(
      new Map([
        ['good', between({ '//': 1, a: 1 }, { '//': 2, a: 1 })],
        ['bad', { ...between({ a: 1 }, { a: 2 }), typeErrors: ['a.ts(1,2): error TS1: no'] }],
        ['absent', { ...clean, installError: 'ETARGET' }],
      ]),
    )
    expect(table).toBe(
      `
engine  typecheck          synthesis   values    provider versions  comments
good    ok                 ok, 1 of 1  equal     equal              1 differ
bad     1 errors           ok, 1 of 1  1 differ  equal              equal
absent  npm install fails

bad
  typecheck: a.ts(1,2): error TS1: no
  a: 1 -> 2 (edge in dev)

absent
  npm install: ETARGET`.slice(1),
    )
  })
})

describe('a copy with other packages', () => {
  const packages = {
    cdktf: ['cdktn', '2.0'],
    '@cdktf/provider-aws': ['@cdktn/provider-aws', '3.0'],
  } as const

  it('asks for their versions', () => {
    const manifest = { dependencies: { cdktf: '0.21.0', 'cdktf-x': '1', constructs: '10' } }
    expect(JSON.parse(withPackages(JSON.stringify(manifest, null, 2), packages))).toEqual({
      dependencies: { cdktn: '2.0', 'cdktf-x': '1', constructs: '10' },
    })
    const same = { '@cdktf/provider-aws': ['@cdktf/provider-aws', '21.22.1'] } as const
    expect(withPackages(`{ "@cdktf/provider-aws": "20.1.0" }`, same)).toBe(
      `{ "@cdktf/provider-aws": "21.22.1" }`,
    )
  })

  it.each([
    [`import { Fn } from 'cdktf'`, `import { Fn } from 'cdktn'`],
    [`import('cdktf/lib/synthesize')`, `import('cdktn/lib/synthesize')`],
    [`require("@cdktf/provider-aws/lib/lb")`, `require("@cdktn/provider-aws/lib/lb")`],
  ])('imports them: %s', (before, after) => {
    expect(withPackages(before, packages)).toBe(after)
  })

  it.each([`join('cdktf.out', name)`, `// cdktf's version`, `'cdktf-cli'`])(
    'leaves other text alone: %s',
    (source) => expect(withPackages(source, packages)).toBe(source),
  )

  it.each([
    ['npm error code ENOTFOUND\nnpm error network', 'ENOTFOUND'],
    ['npm warn x\nnpm error code ECONNREFUSED\n', 'ECONNREFUSED'],
    ['npm error code ERESOLVE\nnpm error could not resolve', undefined],
    ['npm error code ETARGET', undefined],
  ])('tells a network failure from others: %j', (output, expected) => {
    expect(networkErrorIn(output)).toBe(expected)
  })

  it('finds the errors of the compiler, or else shows its output', () => {
    expect(typeErrorsIn('fatal: out of memory\n')).toEqual(['fatal: out of memory'])
    const error = `apps/data/src/a b.ts(3,7): error TS2305: Module '"cdktf"' has no exported member.`
    expect(typeErrorsIn(`${error}\n  a second line\nFound 1 error.\n`)).toEqual([error])
  })
})
