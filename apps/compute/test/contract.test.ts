import { contracts } from '@tideway/constructs'
import { referenceAt } from '@tideway/constructs/testing'
import { compute, groupRef } from './fixture'

describe('the contract of compute', () => {
  it('is published whole, under plain names, and each output is what it says', () => {
    const json = compute()
    const outputs = Object.entries(json.output ?? {})
    const values = Object.fromEntries(outputs.map(([name, { value }]) => [name, value]))
    const ofCluster = (attribute: string) =>
      referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', attribute)
    const ofAlb = (attribute: string) =>
      referenceAt(json, 'aws_lb', 'external-alb/alb/balancer', attribute)
    expect(values).toEqual({
      cluster_name: ofCluster('name'),
      cluster_arn: ofCluster('arn'),
      origin_host_name: 'origin.test.example',
      origin_header_name: 'x-tideway-origin',
      // Named by its value: who reads it finds one.
      origin_secret_arn: referenceAt(
        json,
        'aws_secretsmanager_secret_version',
        'external-alb/origin-secret/value',
        'arn',
      ),
      external_alb_arn: ofAlb('arn'),
      external_alb_arn_suffix: ofAlb('arn_suffix'),
      external_alb_dns_name: ofAlb('dns_name'),
      external_alb_zone_id: ofAlb('zone_id'),
      external_alb_security_group_id: groupRef(json, 'external-alb/from-cloudfront-443'),
      external_alb_https_listener_arn: referenceAt(
        json,
        'aws_lb_listener',
        'external-alb/alb/https',
        'arn',
      ),
    })
    expect(Object.keys(values).sort()).toEqual(Object.keys(contracts.compute).sort())
  })

  it('is made of what network and data publish in the same environment', () => {
    const state = compute().data?.terraform_remote_state ?? {}
    expect(Object.keys(state).sort()).toEqual(['data', 'network'])
    expect(state.network?.config.key).toBe('test/network.tfstate')
    expect(state.data?.config.key).toBe('test/data.tfstate')
  })
})
