import { check } from '../src/control'
import { controls } from '../src/controls'
import { exceptions } from '../src/exceptions'
import { Platform } from '../src/platform'
import { type Sample, stackOf } from './samples'
import { computeSamples } from './samples-of-compute'
import { dataSamples } from './samples-of-data'
import { edgeAndIdentitySamples } from './samples-of-edge-and-identity'
import { networkSamples } from './samples-of-networks'

const samples: Readonly<Record<string, Sample>> = {
  ...networkSamples,
  ...computeSamples,
  ...dataSamples,
  ...edgeAndIdentitySamples,
}

const resultOf = (id: string, resources: Parameters<typeof stackOf>[0]) => {
  const control = controls.find((other) => other.id === id)
  if (control === undefined) throw new Error(`there is no control ${id}`)
  return check(control, new Platform({ sample: stackOf(resources) }))
}

describe('the list of controls', () => {
  it('has each id once, and a sample that breaks each', () => {
    const ids = controls.map(({ id }) => id)
    expect(ids).toHaveLength(82)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.keys(samples).sort()).toEqual([...ids].sort())
  })

  it('contains the controls of the exceptions, of which at most three are accepted', () => {
    const ids = controls.map(({ id }) => id)
    const { notApplicable, accepted } = exceptions
    expect(ids).toEqual(expect.arrayContaining(notApplicable.map(({ control }) => control)))
    expect(ids).toEqual(expect.arrayContaining(accepted.map(({ control }) => control)))
    expect(accepted.length).toBeLessThanOrEqual(3)
    for (const { since } of accepted) expect(since).toMatch(/^\d{4}-\d\d-\d\d$/)
  })
})

const broken = Object.entries(samples).flatMap(([id, { breaks }]) =>
  breaks.map(([resources, says], index) => [id, index + 1, resources, says] as const),
)
const right = Object.entries(samples).flatMap(([id, { holds }]) =>
  holds.map((resources, index) => [id, index + 1, resources] as const),
)

describe('a resource that breaks a control', () => {
  it.each(broken)('is found by %s (%d)', (id, _, resources, says) => {
    const { findings } = resultOf(id, resources)
    expect(
      findings.map(({ resource, fault }) => `${resource.path}: ${fault}`).join('\n'),
    ).toContain(says)
  })
})

describe('a resource that does not break it', () => {
  it.each(right)('passes %s (%d)', (id, _, resources) => {
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
  ])('%s', (id, resources) => {
    expect(resultOf(id, resources).resources).toEqual([])
  })
})
