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
