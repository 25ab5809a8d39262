import { evaluate } from '../src/control'
import { controls } from '../src/controls'
import type { Exceptions } from '../src/exceptions'
import { Platform, type StackJson } from '../src/platform'
import { report } from '../src/report'
import { verdictOf } from '../src/verdict'

const none: Exceptions = { notApplicable: {}, accepted: [] }
const keys = (...rotating: boolean[]): StackJson => ({
  resource: {
    aws_kms_key: Object.fromEntries(
      rotating.map((enable_key_rotation, index) => [`k${index}`, { enable_key_rotation }]),
    ),
  },
})
const rotation = controls.filter(({ id }) => id === 'CKV_AWS_7')

function outcomesOf(json: StackJson, exceptions = none, isComplete = true) {
  return rotation.map((control) => {
    const result = evaluate(control, new Platform({ s: json }))
    return { result, verdict: verdictOf(result, exceptions, isComplete) }
  })
}
const verdict = (...args: Parameters<typeof outcomesOf>) => outcomesOf(...args)[0]?.verdict
const accepting = (...resources: string[]): Exceptions => ({
  ...none,
  accepted: [{ control: 'CKV_AWS_7', resources, reason: 'it is old', since: '2026-01-31' }],
})
const notApplicable: Exceptions = {
  ...none,
  notApplicable: { CKV_AWS_7: 'no keys' },
}

describe('a control', () => {
  it('passes if all resources comply', () => {
    expect(verdict(keys(true, true))).toEqual({ kind: 'pass', reasons: [] })
  })

  it('fails if a resource violates it, and names the resource', () => {
    expect(verdict(keys(true, false))).toEqual({
      kind: 'FAIL',
      reasons: ['s: aws_kms_key.k1: enable_key_rotation is off'],
    })
  })

  it('fails without resources', () => {
    expect(verdict({})).toMatchObject({
      kind: 'FAIL',
      reasons: [expect.stringContaining('there is no aws_kms_key: add one')],
    })
    // A part of the stacks may have no resources for a control.
    expect(verdict({}, none, false)).toEqual({ kind: 'no resources', reasons: [] })
  })

  it('is not applicable if an exception lists it and there are no resources', () => {
    expect(verdict({}, notApplicable)).toEqual({ kind: 'not applicable', reasons: ['no keys'] })
    expect(verdict(keys(true), notApplicable)).toMatchObject({
      kind: 'FAIL',
      reasons: [expect.stringContaining('applies to 1: remove the exception')],
    })
  })

  it('is accepted for the resources of an exception only', () => {
    expect(verdict(keys(false), accepting('s: aws_kms_key.k0'))).toMatchObject({
      kind: 'accepted',
      since: '2026-01-31',
    })
    expect(verdict(keys(false, false), accepting('s: aws_kms_key.k0'))).toEqual({
      kind: 'FAIL',
      reasons: ['s: aws_kms_key.k1: enable_key_rotation is off'],
    })
  })

  it('is accepted for the resources of a pattern, which the platform may not have', () => {
    const ofAny = accepting('s: aws_kms_key.k0', 'a/*/key')
    expect(verdict(keys(false), ofAny)?.kind).toBe('accepted')
    expect(verdict(keys(false), accepting('*/key'))?.kind).toBe('FAIL')
    expect(verdict(keys(false), accepting('*'))?.kind).toBe('accepted')
    expect(verdict(keys(true), accepting('*'))?.kind).toBe('pass')
  })

  it('fails if an accepted resource complies', () => {
    expect(verdict(keys(true), accepting('s: aws_kms_key.k0'))).toMatchObject({
      kind: 'FAIL',
      reasons: [expect.stringContaining('complies: remove the exception')],
    })
    expect(verdict(keys(true), accepting('s: aws_kms_key.k0'), false)).toEqual({
      kind: 'pass',
      reasons: [],
    })
  })
})

describe('the report', () => {
  it('lists each control, the reasons and a summary', () => {
    const lines = report(outcomesOf(keys(true, false))).split('\n')
    expect(lines[0]).toMatch(/^control +title +resources +verdict$/)
    expect(lines[1]).toMatch(/^CKV_AWS_7 +KMS keys rotate every year +2 +FAIL$/)
    expect(lines).toContain('  CKV_AWS_7: FAIL: s: aws_kms_key.k1: enable_key_rotation is off')
    expect(lines.at(-1)).toBe('Controls: 0 passed, 1 failed')
  })

  it('does not count accepted, not applicable and absent controls as passed', () => {
    const last = (...args: Parameters<typeof outcomesOf>) =>
      report(outcomesOf(...args))
        .split('\n')
        .slice(-2)
    expect(last(keys(false), accepting('s: aws_kms_key.k0'))).toEqual([
      '1 controls, of which 1 accepted',
      'Controls: 0 passed, 0 failed',
    ])
    expect(last({}, notApplicable)[0]).toBe('1 controls, of which 1 not applicable')
    expect(last({}, none, false)[0]).toBe('1 controls, of which 1 no resources')
  })
})
