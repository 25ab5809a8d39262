import { contracts } from '@tideway/constructs'
import type { Synthesized } from '@tideway/constructs/testing'
import { referenceAt } from '@tideway/constructs/testing'
import { network, subnetRef, twoZones } from './fixture'

function valuesOf({ output = {} }: Synthesized) {
  return Object.fromEntries(Object.entries(output).map(([name, { value }]) => [name, value]))
}

describe('the contract of the network', () => {
  it('publishes each output under its own name, with the right value', () => {
    const json = network()
    const subnets = (tier: string) => ['a', 'b', 'c'].map((letter) => subnetRef(json, tier, letter))
    const values = valuesOf(json)
    expect(values).toEqual({
      vpc_id: referenceAt(json, 'aws_vpc', 'vpc/vpc'),
      vpc_cidr: '10.0.0.0/16',
      public_subnet_ids: subnets('public'),
      private_subnet_ids: subnets('private'),
      isolated_subnet_ids: subnets('isolated'),
      endpoint_security_group_id: referenceAt(
        json,
        'aws_security_group',
        'endpoints/security-group',
      ),
      s3_prefix_list_id: referenceAt(json, 'aws_vpc_endpoint', 'endpoints/s3', 'prefix_list_id'),
      dynamodb_prefix_list_id: referenceAt(
        json,
        'aws_vpc_endpoint',
        'endpoints/dynamodb',
        'prefix_list_id',
      ),
      nat_public_ips: ['a', 'b', 'c'].map((letter) =>
        referenceAt(json, 'aws_eip', `subnets/nat-${letter}-address`, 'public_ip'),
      ),
      public_zone_id: referenceAt(json, 'aws_route53_zone', 'zones/public', 'zone_id'),
      public_zone_name_servers: referenceAt(
        json,
        'aws_route53_zone',
        'zones/public',
        'name_servers',
      ),
      private_zone_id: referenceAt(json, 'aws_route53_zone', 'zones/private', 'zone_id'),
    })
    expect(Object.keys(values).sort()).toEqual(Object.keys(contracts.network).sort())
  })

  it('publishes one NAT address and two subnets per tier with one NAT gateway and two zones', () => {
    const json = network({ natGateways: 'one', endpointZones: 1 }, { availabilityZones: twoZones })
    const values = valuesOf(json)
    expect(values.nat_public_ips).toEqual([
      referenceAt(json, 'aws_eip', 'subnets/nat-a-address', 'public_ip'),
    ])
    expect(values.private_subnet_ids).toEqual([
      subnetRef(json, 'private', 'a'),
      subnetRef(json, 'private', 'b'),
    ])
  })
})
