import { check } from '../src/control'
import { controls } from '../src/controls'
import type { Exceptions } from '../src/exceptions'
import { Platform, type StackJson } from '../src/platform'
import { report } from '../src/report'
import { judge } from '../src/verdict'

const none: Exceptions = { notApplicable: [], accepted: [] }
const keys = (...rotating: boolean[]): StackJson => ({
  resource: {
    aws_kms_key: Object.fromEntries(
      rotating.map((enable_key_rotation, index) => [`k${index}`, { enable_key_rotation }]),
    ),
  },
})
const rotation = controls.filter(({ id }) => id === 'CKV_AWS_7')

function judged(json: StackJson, exceptions = none, isWhole = true) {
  return rotation.map((control) => {
    const result = check(control, new Platform({ s: json }))
    return { result, verdict: judge(result, exceptions, isWhole) }
  })
}
const verdictOf = (...args: Parameters<typeof judged>) => judged(...args)[0]?.verdict
const accepting = (...resources: string[]): Exceptions => ({
  ...none,
  accepted: [{ control: 'CKV_AWS_7', resources, because: 'it is old', since: '2026-01-31' }],
})
const notApplicable: Exceptions = {
  ...none,
  notApplicable: [{ control: 'CKV_AWS_7', because: 'no keys' }],
}

describe('a control', () => {
  it('passes with resources and without faults', () => {
    expect(verdictOf(keys(true, true))).toEqual({ kind: 'pass' })
  })

  it('fails with a fault, and names the resource', () => {
    expect(verdictOf(keys(true, false))).toEqual({
      kind: 'FAIL',
      because: ['s: aws_kms_key.k1: enable_key_rotation is off'],
    })
  })

  it('does not pass without resources to check', () => {
    expect(verdictOf({})).toMatchObject({
      kind: 'FAIL',
      because: [expect.stringContaining('there is no aws_kms_key to check')],
    })
    // A single stack does not need resources for every control.
    expect(verdictOf({}, none, false)).toMatchObject({ kind: 'nothing' })
  })

  it('is not applicable if listed and without resources', () => {
    expect(verdictOf({}, notApplicable)).toEqual({ kind: 'not applicable', because: 'no keys' })
    expect(verdictOf(keys(true), notApplicable)).toMatchObject({
      kind: 'FAIL',
      because: [expect.stringContaining('applies to 1 resources: remove it from the list')],
    })
  })

  it('is accepted for the listed resources only', () => {
    expect(verdictOf(keys(false), accepting('s: aws_kms_key.k0'))).toMatchObject({
      kind: 'accepted',
      since: '2026-01-31',
    })
    expect(verdictOf(keys(false, false), accepting('s: aws_kms_key.k0'))).toEqual({
      kind: 'FAIL',
      because: ['s: aws_kms_key.k1: enable_key_rotation is off'],
    })
  })

  it('fails with an exception that is no longer needed', () => {
    expect(verdictOf(keys(true), accepting('s: aws_kms_key.k0'))).toMatchObject({
      kind: 'FAIL',
      because: [expect.stringContaining('remove it from the list')],
    })
    expect(verdictOf(keys(true), accepting('s: aws_kms_key.k0'), false)).toEqual({ kind: 'pass' })
  })
})

describe('the report', () => {
  it('has a line for each control, the reasons and the totals', () => {
    const lines = report(judged(keys(true, false))).split('\n')
    expect(lines[0]).toMatch(/^control +requires +resources +verdict$/)
    expect(lines[1]).toMatch(/^CKV_AWS_7 +KMS keys rotate +2 +FAIL$/)
    expect(lines).toContain('  CKV_AWS_7: FAIL: s: aws_kms_key.k1: enable_key_rotation is off')
    expect(lines.at(-1)).toBe('Controls: 0 passed, 1 failed')
  })

  it('does not count accepted, inapplicable and empty controls as passed', () => {
    const last = (...args: Parameters<typeof judged>) =>
      report(judged(...args))
        .split('\n')
        .slice(-2)
    expect(last(keys(false), accepting('s: aws_kms_key.k0'))).toEqual([
      '1 controls, of which 1 accepted',
      'Controls: 0 passed, 0 failed',
    ])
    expect(last({}, notApplicable)[0]).toBe('1 controls, of which 1 not applicable')
    expect(last({}, none, false)[0]).toBe('1 controls, of which 1 with nothing to check')
  })
})
