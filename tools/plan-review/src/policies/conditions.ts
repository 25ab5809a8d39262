import { isObject, type Json, textOf, textsOf } from '../json'
import { covers, everything, hasWildcard, overlaps, pattern } from './patterns'
import { addressesOf, compared, isEverything, isWithin, outside, type Range } from './ranges'

/** What the value of a key must be. */
type Test =
  | {
      readonly kind: 'text'
      readonly isNot: boolean
      readonly ignoresCase: boolean
      readonly patterns: readonly string[]
    }
  | { readonly kind: 'range'; readonly isNot: boolean; readonly ranges: readonly Range[] }
  | { readonly kind: 'presence'; readonly isPresent: boolean }

/** One key of a condition. All clauses of a statement must hold. */
export interface Clause {
  readonly key: string
  /** As in the policy, for a person. */
  readonly text: string
  /** Whether it holds for a request without the key. */
  readonly holdsWithoutKey: boolean
  /** Which values of a key with several must pass. */
  readonly quantifier: 'ForAllValues' | 'ForAnyValue' | undefined
  /** Undefined for an operator, or a value, whose meaning is unknown. */
  readonly test: Test | undefined
}

/** The clauses of a condition: for each of them one clause for each value, where one value suffices. */
export function clausesIn(condition: Json | undefined): Clause[][] {
  if (condition === undefined || condition === null) return []
  if (!isObject(condition)) return [[unclear('', textOf(condition))]]
  return Object.entries(condition).flatMap(([operator, keys]) =>
    isObject(keys)
      ? Object.entries(keys).flatMap(([key, values]) => clauses(operator, key, textsOf(values)))
      : [[unclear('', `${operator} ${textOf(keys)}`)]],
  )
}

const unclear = (key: string, text: string): Clause => ({
  key: key.toLowerCase(),
  text,
  holdsWithoutKey: true,
  quantifier: undefined,
  test: undefined,
})

function clauses(operator: string, key: string, values: readonly string[]): Clause[][] {
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/i.exec(operator) ?? []
  const isNot = /Not/i.test(name)
  const clause = (some: readonly string[]): Clause => ({
    key: key.toLowerCase(),
    text: `${operator} ${key} ${[...some].sort().join(', ')}`,
    holdsWithoutKey:
      quantifier === undefined
        ? ifExists !== undefined || isNot || (/^Null$/i.test(name) && some.every(isTrue))
        : /^ForAllValues$/i.test(quantifier),
    quantifier:
      quantifier === undefined
        ? undefined
        : /^ForAllValues$/i.test(quantifier)
          ? 'ForAllValues'
          : 'ForAnyValue',
    test: testOf(name, isNot, some),
  })
  const isSplit = !isNot && !/^ForAllValues$/i.test(quantifier ?? '') && values.length > 1
  return [isSplit ? [...new Set(values)].map((value) => clause([value])) : [clause(values)]]
}

const isTrue = (value: string) => /^true$/i.test(value)

function testOf(operator: string, isNot: boolean, values: readonly string[]): Test | undefined {
  const name = operator.replace(/Not/i, '').toLowerCase()
  const text = (patterns: readonly string[], ignoresCase = false): Test => ({
    kind: 'text',
    isNot,
    ignoresCase,
    patterns,
  })
  if (name === 'null' || operator.toLowerCase() === 'null')
    return values.length === 1
      ? { kind: 'presence', isPresent: !isTrue(values[0] ?? '') }
      : undefined
  if (name === 'stringequals' || name === 'binaryequals') return text(values)
  if (name === 'stringlike' || name === 'arnlike' || name === 'arnequals')
    return text(values.map(pattern))
  if (name === 'stringequalsignorecase' || name === 'bool')
    return text(
      values.map((value) => value.toLowerCase()),
      true,
    )
  const ranges = values.map((value) => rangeOf(name, value))
  const known = ranges.filter((range) => range !== undefined)
  return known.length === ranges.length ? { kind: 'range', isNot, ranges: known } : undefined
}

const comparisons: Readonly<Record<string, string>> = {
  equals: 'Equals',
  lessthan: 'LessThan',
  lessthanequals: 'LessThanEquals',
  greaterthan: 'GreaterThan',
  greaterthanequals: 'GreaterThanEquals',
}

function rangeOf(operator: string, value: string): Range | undefined {
  if (operator === 'ipaddress') return addressesOf(value)
  const [, kind, comparison = ''] = /^(numeric|date)(\w+)$/.exec(operator) ?? []
  const isNumber = /^-?\d+(\.\d+)?$/.test(value)
  // A date is a time in seconds, or a text.
  const number =
    kind === 'date' && !isNumber ? Date.parse(value) / 1000 : isNumber ? Number(value) : Number.NaN
  return Number.isNaN(number) ? undefined : compared(comparisons[comparison] ?? '', number)
}

/** Whether a clause holds only where another one does. */
export function implies(inner: Clause, outer: Clause): boolean {
  if (inner.key !== outer.key) return false
  if (inner.text === outer.text) return true
  if (inner.test === undefined || outer.test === undefined) return false
  if (inner.holdsWithoutKey && !outer.holdsWithoutKey) return false
  if (inner.quantifier !== outer.quantifier && inner.quantifier === 'ForAnyValue') return false
  return testImplies(inner.test, outer.test, outer.holdsWithoutKey)
}

function testImplies(inner: Test, outer: Test, holdsWithoutKey: boolean): boolean {
  if (outer.kind === 'presence')
    return outer.isPresent || (inner.kind === 'presence' && !inner.isPresent)
  if (inner.kind === 'presence') return inner.isPresent ? isAnyValue(outer) : holdsWithoutKey
  if (isAnyValue(outer)) return true
  if (inner.kind === 'range' && outer.kind === 'range')
    return isWithin(rangesOf(inner), rangesOf(outer))
  if (inner.kind !== 'text' || outer.kind !== 'text') return false
  const fold = (text: string) => (outer.ignoresCase ? text.toLowerCase() : text)
  const [inners, outers] = [inner.patterns.map(fold), outer.patterns.map(fold)]
  const isExact = !inner.ignoresCase || outer.ignoresCase
  if (!inner.isNot && !outer.isNot)
    return isExact && inners.every((each) => outers.some((other) => covers(other, each)))
  if (inner.isNot && outer.isNot) {
    const isWider = inner.ignoresCase || !outer.ignoresCase
    return (
      isWider &&
      outer.patterns.every((each) =>
        inner.patterns.some((other) =>
          inner.ignoresCase ? covers(other, each.toLowerCase()) : covers(other, each),
        ),
      )
    )
  }
  const low = (texts: readonly string[]) => texts.map((text) => text.toLowerCase())
  const [folded, others] = inner.ignoresCase ? [low(inners), low(outers)] : [inners, outers]
  return outer.isNot && folded.every((each) => !others.some((other) => overlaps(other, each)))
}

const rangesOf = ({ isNot, ranges }: { isNot: boolean; ranges: readonly Range[] }) =>
  isNot ? outside(ranges) : ranges

function isAnyValue(test: Test): boolean {
  if (test.kind === 'text')
    return test.isNot ? test.patterns.length === 0 : test.patterns.includes(everything)
  return test.kind === 'range' && isEverything(rangesOf(test))
}

/** Keys that any caller can satisfy: they do not say who calls. */
const anyonesKeys =
  /^(aws:(securetransport|referer|useragent|currenttime|epochtime|requestedregion|viaawsservice|tokenissuetime|multifactorauth\w*|requesttag\/.*|tagkeys)|s3:(prefix|delimiter|max-keys|tlsversion|authtype|signature\w*|versionid|x-amz-.*|existingobjecttag\/.*|requestobjecttag.*)|sns:(protocol|endpoint)|sts:(externalid|rolesessionname)|kms:(encryption.*|grant.*))$/

const theInternet: readonly Range[] = ['0.0.0.0/0', '::/0'].flatMap(
  (text) => addressesOf(text) ?? [],
)

/** Whether the alternatives of a clause limit who can call. */
export function limitsCallers(alternatives: readonly Clause[]): boolean {
  const ranges = alternatives.flatMap(({ test }) =>
    test?.kind === 'range' && !test.isNot ? test.ranges : [],
  )
  return (
    alternatives.length > 0 &&
    alternatives.every(limitsCaller) &&
    !theInternet.some((range) => isWithin([range], ranges))
  )
}

function limitsCaller({ key, test, holdsWithoutKey }: Clause): boolean {
  if (anyonesKeys.test(key) || holdsWithoutKey || test?.kind === 'presence') return false
  if (test === undefined) return true
  return test.kind === 'range'
    ? !test.isNot
    : !test.isNot && test.patterns.every((each) => /[^\u{E000}\u{E001}]/u.test(each))
}

/** Whether a subject of an OIDC token is free: `*`, `repo:*`. */
export function limitsSubject({ key, test, holdsWithoutKey }: Clause): boolean {
  if (holdsWithoutKey || test?.kind !== 'text' || test.isNot) return false
  if (
    !/:(sub|repository|repository_owner|repository_id|repository_owner_id|job_workflow_ref|namespace_path|project_path)$/.test(
      key,
    )
  )
    return false
  return test.patterns.every((each) => {
    const [fixed = ''] = each.split(/[\u{E000}\u{E001}]/u)
    return !hasWildcard(each) || (/:sub$/.test(key) ? /:./.test(fixed) : fixed !== '')
  })
}
