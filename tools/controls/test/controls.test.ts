import { evaluate } from '../src/control'
import { controls } from '../src/controls'
import { exceptions } from '../src/exceptions'
import leftOut from '../src/left-out.json'
import { notAdopted } from '../src/not-adopted'
import { Platform } from '../src/platform'
import { computeSamples } from './compute-samples'
import { dataSamples } from './data-samples'
import { edgeAndIdentitySamples } from './edge-and-identity-samples'
import { networkSamples } from './network-samples'
import { type Sample, stackOf } from './samples'

const samples: Readonly<Record<string, Sample>> = {
  ...networkSamples,
  ...computeSamples,
  ...dataSamples,
  ...edgeAndIdentitySamples,
}

const resultOf = (id: string, resources: Parameters<typeof stackOf>[0]) => {
  const control = controls.find((other) => other.id === id)
  if (control === undefined) throw new Error(`there is no control ${id}`)
  return evaluate(control, new Platform({ sample: stackOf(resources) }))
}

describe('the list of controls', () => {
  it('has unique ids and samples for each control', () => {
    const ids = controls.map(({ id }) => id)
    expect(ids).toHaveLength(163)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(samples).sort()).toEqual([...ids].sort())
  })

  it('has every control of the exceptions, and at most 3 accepted ones of a platform with all parts', () => {
    const ids = controls.map(({ id }) => id)
    const { notApplicable, accepted } = exceptions
    expect(ids).toEqual(expect.arrayContaining(Object.keys(notApplicable)))
    expect(ids).toEqual(expect.arrayContaining(accepted.map(({ control }) => control)))
    expect(accepted.length - leftOut.accepted.length).toBeLessThanOrEqual(3)
    for (const { since } of accepted) expect(since).toMatch(/^\d{4}-\d\d-\d\d$/)
  })
})

describe('the list of what is not adopted', () => {
  const ids = notAdopted.flatMap((entry) => entry.ids)

  it('has each control once, and none that is checked', () => {
    const checked = controls.map(({ id }) => id)
    expect(ids).toEqual([...new Set(ids)])
    expect(ids.filter((id) => checked.includes(id))).toEqual([])
  })

  it('refers only to controls that are checked', () => {
    const checked = controls.map(({ id }) => id)
    const named = notAdopted.flatMap(
      ({ reason }) => reason.match(/\bCKV2?_AWS_\d+|\bFSBP \w+\.\d+|\bAWS-\d+/g) ?? [],
    )
    expect(named.filter((id) => !checked.includes(id))).toEqual([])
  })
})

const violations = Object.entries(samples).flatMap(([id, sample]) =>
  sample.violations.map(
    ([resources, message], index) => [id, index + 1, resources, message] as const,
  ),
)
const compliant = Object.entries(samples).flatMap(([id, sample]) =>
  sample.compliant.map((resources, index) => [id, index + 1, resources] as const),
)

describe('a violation', () => {
  it.each(violations)('is reported by %s (%d)', (id, _, resources, message) => {
    const { findings } = resultOf(id, resources)
    expect(
      findings.map(({ resource, violation }) => `${resource.path}: ${violation}`).join('\n'),
    ).toContain(message)
  })
})

describe('a compliant resource', () => {
  it.each(compliant)('passes %s (%d)', (id, _, resources) => {
    const { resources: checked, findings } = resultOf(id, resources)
    expect(checked.length).toBeGreaterThan(0)
    expect(findings).toEqual([])
  })
})

describe('a resource that a control does not apply to', () => {
  it.each([
    ['CKV2_AWS_39', { aws_route53_zone: { inside: { vpc: [{ vpc_id: 'vpc' }] } } }],
    ['CKV2_AWS_28', { aws_lb: { inside: { internal: true } } }],
    ['CKV_AWS_7', { aws_kms_key: { signs: { customer_master_key_spec: 'ECC_NIST_P256' } } }],
    ['CKV_AWS_103', { aws_lb_listener: { http: { protocol: 'HTTP' } } }],
    ['CKV_AWS_363', { aws_lambda_function: { image: { package_type: 'Image' } } }],
    ['FSBP RDS.24', { aws_rds_cluster: { replica: { replication_source_identifier: 'arn' } } }],
    ['CKV2_AWS_20', { aws_lb_listener: { https: { protocol: 'HTTPS' } } }],
  ])('is ignored by %s', (id, resources) => {
    expect(resultOf(id, resources).resources).toEqual([])
  })
})
