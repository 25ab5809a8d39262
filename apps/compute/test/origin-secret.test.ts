import {
  referenceAt,
  resourceAt,
  resourcesOf,
  type Synthesized,
  soleResource,
} from '@tideway/constructs/testing'
import { compute, keyRef } from './fixture'

const generation = (number: number) =>
  compute({}, { externalAlb: { originSecretGeneration: number } })
const valueRef = (json: Synthesized, number: number) =>
  referenceAt(
    json,
    'terraform_data',
    `origin-secret/generation-${number}`,
    'output["value"]',
  ).replace(/^\$\{(.*)\}$/, '${sensitive($1)}')
const letIn = (json: Synthesized): string[] =>
  resourceAt(json, 'aws_lb_listener_rule', 'web-fleet/rule/rule').condition.flatMap(
    ({ http_header }: { http_header?: { values: string[] } }) => http_header?.values ?? [],
  )

describe('the secret of the origin header', () => {
  const json = generation(1)
  const version = soleResource(json, 'aws_secretsmanager_secret_version')

  it('is made once, and hidden in plans', () => {
    expect(soleResource(json, 'terraform_data')).toMatchObject({
      input: { value: '${sensitive(uuid())}' },
      lifecycle: { ignore_changes: ['input'] },
    })
  })

  it('is where the CDN can read it, and no second time in the state', () => {
    expect(version).toMatchObject({
      secret_id: referenceAt(json, 'aws_secretsmanager_secret', 'origin-secret/secret'),
      secret_string_wo: valueRef(json, 1),
      secret_string_wo_version: 1,
    })
    expect(version).not.toHaveProperty('secret_string')
    expect(soleResource(json, 'aws_secretsmanager_secret').kms_key_id).toBe(keyRef(json, 'secrets'))
    expect(json.output?.origin_secret_arn?.value).toBe(
      referenceAt(json, 'aws_secretsmanager_secret_version', 'origin-secret/value', 'arn'),
    )
  })

  it('is the one that lets in', () => {
    expect(letIn(json)).toEqual([valueRef(json, 1)])
  })

  it('lets the one before in too, since the CDN changes after this stack', () => {
    const third = generation(3)
    expect(letIn(third)).toEqual([valueRef(third, 3), valueRef(third, 2)])
    expect(Object.keys(resourcesOf(third, 'terraform_data'))).toHaveLength(2)
    expect(soleResource(third, 'aws_secretsmanager_secret_version')).toMatchObject({
      secret_string_wo: valueRef(third, 3),
      secret_string_wo_version: 3,
    })
  })

  it('keeps a value from one generation to the next', () => {
    expect(valueRef(generation(2), 1)).toBe(valueRef(generation(1), 1))
  })

  it.each([
    [true, 30],
    [false, 0],
  ])('with protectData %s: can be had back for %i days', (protectData, days) => {
    const secret = soleResource(compute({ protectData }), 'aws_secretsmanager_secret')
    expect(secret.recovery_window_in_days).toBe(days)
  })
})
