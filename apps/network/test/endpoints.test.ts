import {
  type Block,
  referenceAt,
  resourcesOf,
  type Synthesized,
  soleResource,
} from '@tideway/constructs/testing'
import { network, subnetRef, tableOf } from './fixture'

function endpointsOf(json: Synthesized, kind: 'Gateway' | 'Interface'): Block[] {
  const all = Object.values(resourcesOf(json, 'aws_vpc_endpoint'))
  return all.filter(({ vpc_endpoint_type }) => vpc_endpoint_type === kind)
}

const tablesOf = (json: Synthesized, tier: string) =>
  ['a', 'b', 'c'].map((letter) => tableOf(json, subnetRef(json, tier, letter)))

describe('the gateway endpoints', () => {
  it('are those of S3 and DynamoDB in the VPC', () => {
    const json = network()
    const gateways = endpointsOf(json, 'Gateway')
    expect(gateways.map(({ service_name }) => service_name).sort()).toEqual([
      'com.amazonaws.eu-central-1.dynamodb',
      'com.amazonaws.eu-central-1.s3',
    ])
    for (const { vpc_id } of gateways) expect(vpc_id).toBe(referenceAt(json, 'aws_vpc', 'vpc/vpc'))
  })

  it('are in the route tables of the private subnets only', () => {
    const json = network()
    const inward = new Set(tablesOf(json, 'private'))
    for (const { route_table_ids } of endpointsOf(json, 'Gateway')) {
      expect(new Set(route_table_ids)).toEqual(inward)
    }
  })

  it('are not in the route table of the public subnets', () => {
    const json = network()
    const [gateway] = endpointsOf(json, 'Gateway')
    for (const table of tablesOf(json, 'public')) {
      expect(gateway?.route_table_ids).not.toContain(table)
    }
  })
})

describe('the interface endpoints', () => {
  it('are the services that tasks need', () => {
    const services = endpointsOf(network(), 'Interface').map(({ service_name }) => service_name)
    expect(services.sort()).toEqual([
      'com.amazonaws.eu-central-1.ecr.api',
      'com.amazonaws.eu-central-1.ecr.dkr',
      'com.amazonaws.eu-central-1.ecs',
      'com.amazonaws.eu-central-1.ecs-agent',
      'com.amazonaws.eu-central-1.ecs-telemetry',
      'com.amazonaws.eu-central-1.logs',
      'com.amazonaws.eu-central-1.secretsmanager',
      'com.amazonaws.eu-central-1.sqs',
      'com.amazonaws.eu-central-1.ssm',
      'com.amazonaws.eu-central-1.sts',
    ])
  })

  it('are only those of the settings, and the group and the gateway endpoints stay', () => {
    const some = network({ endpoints: ['ecr.api', 'logs'] })
    const none = network({ endpoints: [] })
    expect(endpointsOf(some, 'Interface').map(({ service_name }) => service_name)).toEqual([
      'com.amazonaws.eu-central-1.ecr.api',
      'com.amazonaws.eu-central-1.logs',
    ])
    expect(endpointsOf(none, 'Interface')).toEqual([])
    expect(endpointsOf(none, 'Gateway')).toHaveLength(2)
    expect(none.output?.endpoint_security_group_id?.value).toBe(
      referenceAt(none, 'aws_security_group', 'endpoints/security-group'),
    )
  })

  it('keep their ids in Terraform', () => {
    expect(Object.keys(resourcesOf(network(), 'aws_vpc_endpoint')).sort()).toEqual([
      'endpoints_dynamodb_7DA385A4',
      'endpoints_ecr-api_7E5A1F17',
      'endpoints_ecr-dkr_13D062EC',
      'endpoints_ecs-agent_D7075930',
      'endpoints_ecs-telemetry_094B31F1',
      'endpoints_ecs_FA0F65B2',
      'endpoints_logs_7D54C327',
      'endpoints_s3_6279BB42',
      'endpoints_secretsmanager_AE7E3BA3',
      'endpoints_sqs_DC847514',
      'endpoints_ssm_4044DB33',
      'endpoints_sts_3937C745',
    ])
  })

  it.each([
    [1, ['a']],
    [2, ['a', 'b']],
    [3, ['a', 'b', 'c']],
  ])('have addresses in the private subnets of %i zones', (endpointZones, letters) => {
    const json = network({ endpointZones })
    for (const { subnet_ids } of endpointsOf(json, 'Interface')) {
      expect(subnet_ids).toEqual(letters.map((letter) => subnetRef(json, 'private', letter)))
    }
  })

  it('have private DNS and their security group, in the VPC', () => {
    const json = network()
    for (const endpoint of endpointsOf(json, 'Interface')) {
      expect(endpoint.private_dns_enabled).toBe(true)
      expect(endpoint.security_group_ids).toEqual([
        referenceAt(json, 'aws_security_group', 'endpoints/security-group'),
      ])
      expect(endpoint.vpc_id).toBe(referenceAt(json, 'aws_vpc', 'vpc/vpc'))
    }
  })
})

describe('the security group of the endpoints', () => {
  it('allows HTTPS from the VPC only', () => {
    const json = network({}, { vpcCidr: '172.16.0.0/18' })
    const {
      '//': _,
      description: __,
      ...rule
    } = soleResource(json, 'aws_vpc_security_group_ingress_rule')
    expect(rule).toEqual({
      security_group_id: referenceAt(json, 'aws_security_group', 'endpoints/security-group'),
      cidr_ipv4: '172.16.0.0/18',
      ip_protocol: 'tcp',
      from_port: 443,
      to_port: 443,
    })
  })

  it('has no other rules', () => {
    const json = network()
    const group = soleResource(json, 'aws_security_group')
    expect(group.vpc_id).toBe(referenceAt(json, 'aws_vpc', 'vpc/vpc'))
    expect(group).not.toHaveProperty('ingress')
    expect(group).not.toHaveProperty('egress')
    expect(resourcesOf(json, 'aws_vpc_security_group_egress_rule')).toEqual({})
    expect(resourcesOf(json, 'aws_security_group_rule')).toEqual({})
  })
})
