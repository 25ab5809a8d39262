import { type Block, referenceAt, resourcesOf, type Synthesized } from '@tideway/constructs/testing'
import { dataTier, networkOutput } from './fixture'

const json = dataTier()
const ruleTypes = ['aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule']

/** A rule without its description. */
function rulesOf(tier: Synthesized, type: string, group: string): Block[] {
  return Object.values(resourcesOf(tier, type))
    .filter(({ security_group_id }) => security_group_id === group)
    .map(({ '//': _, description: __, security_group_id: ___, ...rule }) => rule)
}

describe.each([
  ['database', 5432],
  ['cache', 6379],
])('the security groups of the %s', (store, port) => {
  const storeGroup = referenceAt(json, 'aws_security_group', `${store}/access/${store}`)
  const clientGroup = referenceAt(json, 'aws_security_group', `${store}/access/${store}-clients`)
  const toGroup = (group: string) => [
    {
      referenced_security_group_id: group,
      ip_protocol: 'tcp',
      from_port: port,
      to_port: port,
    },
  ]

  it('accept traffic from clients only, on its port', () => {
    expect(rulesOf(json, 'aws_vpc_security_group_ingress_rule', storeGroup)).toEqual(
      toGroup(clientGroup),
    )
    expect(rulesOf(json, 'aws_vpc_security_group_ingress_rule', clientGroup)).toEqual([])
  })

  it('allow clients to reach the store only', () => {
    expect(rulesOf(json, 'aws_vpc_security_group_egress_rule', clientGroup)).toEqual(
      toGroup(storeGroup),
    )
    expect(rulesOf(json, 'aws_vpc_security_group_egress_rule', storeGroup)).toEqual([])
  })
})

describe('the security groups', () => {
  it('are in the VPC of the network, without inline rules', () => {
    const groups = Object.values(resourcesOf(json, 'aws_security_group'))
    expect(groups).toHaveLength(4)
    for (const group of groups) {
      expect(group.vpc_id).toBe(networkOutput('vpc_id'))
      expect(group).not.toHaveProperty('ingress')
      expect(group).not.toHaveProperty('egress')
    }
  })

  it('refer to security groups, never to address ranges', () => {
    for (const type of ruleTypes) {
      for (const rule of Object.values(resourcesOf(json, type))) {
        expect(Object.keys(rule).filter((key) => /cidr|prefix_list/.test(key))).toEqual([])
      }
    }
    expect(resourcesOf(json, 'aws_security_group_rule')).toEqual({})
  })
})

describe('the contract of the network', () => {
  it('belongs to the same environment', () => {
    expect(json.data?.terraform_remote_state?.network).toMatchObject({
      backend: 's3',
      config: {
        bucket: json.terraform.backend.s3.bucket,
        key: 'test/network.tfstate',
        region: 'eu-central-1',
      },
    })
  })
})
