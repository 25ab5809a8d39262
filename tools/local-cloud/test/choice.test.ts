import { type ChoiceRule, isMatch } from '../src/clock/choice'

const input = {
  s: 'a*b',
  n: 2,
  t: '2026-01-05T00:00:00Z',
  u: '2026-01-05T01:00:00+01:00',
  b: false,
  z: null,
  m: 2,
}
const rule = (Variable: string, operator: string, value: unknown) =>
  ({ Variable: `$.${Variable}`, [operator]: value }) as ChoiceRule
const match = (choice: ChoiceRule) => isMatch(choice, { input, context: { x: { n: 2 } } })

it.each<[ChoiceRule, boolean]>([
  [rule('s', 'StringEquals', 'a*b'), true],
  [rule('s', 'StringLessThan', 'b'), true],
  [rule('s', 'StringMatches', 'a*'), true],
  [rule('s', 'StringMatches', 'a\\*b'), true],
  [rule('s', 'StringMatches', 'a\\*'), false],
  [rule('s', 'StringMatches', '.*'), false],
  [rule('n', 'NumericGreaterThanEquals', 2), true],
  [rule('n', 'NumericGreaterThan', 2), false],
  [rule('n', 'NumericEqualsPath', '$.m'), true],
  [rule('n', 'NumericEqualsPath', '$$.x.n'), true],
  [rule('n', 'StringEquals', '2'), false],
  [rule('t', 'TimestampEqualsPath', '$.u'), true],
  [rule('t', 'TimestampLessThan', '2026-01-05T00:00:01Z'), true],
  [rule('s', 'TimestampLessThan', '2026-01-05T00:00:01Z'), false],
  [rule('b', 'BooleanEquals', false), true],
  [rule('z', 'IsNull', true), true],
  [rule('z', 'IsPresent', true), true],
  [rule('none', 'IsPresent', false), true],
  [rule('s', 'IsNumeric', false), true],
  [rule('u', 'IsTimestamp', true), true],
  [{ Not: rule('b', 'IsBoolean', true) }, false],
  [{ And: [rule('n', 'IsNumeric', true), rule('s', 'IsString', true)] }, true],
  [{ Or: [rule('n', 'IsString', true), rule('s', 'IsNull', true)] }, false],
])('%j matches: %s', (choice, expected) => {
  expect(match(choice)).toBe(expected)
})

it.each([
  [rule('none', 'StringEquals', 'a'), "Invalid path '$.none'"],
  [rule('none', 'IsNull', true), "Invalid path '$.none'"],
  [rule('s', 'StringSounds', 'a'), 'operator StringSounds'],
])('rejects %j', (choice, message) => {
  expect(() => match(choice)).toThrow(message)
})
