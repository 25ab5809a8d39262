import { type Block, referenceAt, resourcesOf, soleResource } from '@tideway/constructs/testing'
import { network, routesOf, subnetRef, tableOf, twoZones } from './fixture'

const everywhere = '0.0.0.0/0'
const letters = ['a', 'b', 'c']

function shapeOf({ cidr_block, availability_zone, tags }: Block) {
  return [tags.tier, availability_zone, cidr_block]
}

describe('the subnets', () => {
  it('are one of each tier in each of three zones', () => {
    const json = network()
    const subnets = Object.values(resourcesOf(json, 'aws_subnet'))
    expect(subnets.map(shapeOf).sort()).toEqual([
      ['isolated', 'eu-central-1a', '10.0.208.0/22'],
      ['isolated', 'eu-central-1b', '10.0.212.0/22'],
      ['isolated', 'eu-central-1c', '10.0.216.0/22'],
      ['private', 'eu-central-1a', '10.0.0.0/18'],
      ['private', 'eu-central-1b', '10.0.64.0/18'],
      ['private', 'eu-central-1c', '10.0.128.0/18'],
      ['public', 'eu-central-1a', '10.0.192.0/22'],
      ['public', 'eu-central-1b', '10.0.196.0/22'],
      ['public', 'eu-central-1c', '10.0.200.0/22'],
    ])
  })

  it('are the same in two zones, without the third', () => {
    const inTwo = Object.values(
      resourcesOf(network({ endpointZones: 2 }, { availabilityZones: twoZones }), 'aws_subnet'),
    )
    const inThree = Object.values(resourcesOf(network(), 'aws_subnet'))
    expect(inTwo.map(shapeOf)).toEqual(
      inThree.map(shapeOf).filter(([, zone]) => twoZones.includes(zone)),
    )
    expect(inTwo).toHaveLength(6)
  })

  it('are in the VPC and assign no public addresses', () => {
    const json = network()
    for (const subnet of Object.values(resourcesOf(json, 'aws_subnet'))) {
      expect(subnet.vpc_id).toBe(referenceAt(json, 'aws_vpc', 'vpc/vpc'))
      expect(subnet.map_public_ip_on_launch).toBe(false)
    }
  })

  it('have route tables in the VPC', () => {
    const json = network()
    for (const table of Object.values(resourcesOf(json, 'aws_route_table'))) {
      expect(table.vpc_id).toBe(referenceAt(json, 'aws_vpc', 'vpc/vpc'))
    }
  })
})

describe('the routes', () => {
  it.each(letters)('of public subnet %s point to the internet gateway', (letter) => {
    const json = network()
    expect(routesOf(json, subnetRef(json, 'public', letter))).toEqual([
      {
        destination_cidr_block: everywhere,
        gateway_id: referenceAt(json, 'aws_internet_gateway', 'vpc/internet-gateway'),
      },
    ])
    expect(soleResource(json, 'aws_internet_gateway').vpc_id).toBe(
      referenceAt(json, 'aws_vpc', 'vpc/vpc'),
    )
  })

  it.each(letters)('of private subnet %s point to the NAT gateway of its zone', (letter) => {
    const json = network({ natGateways: 'one-per-zone' })
    const routes = routesOf(json, subnetRef(json, 'private', letter))
    const own = Object.entries(resourcesOf(json, 'aws_nat_gateway')).filter(
      ([, { subnet_id }]) => subnet_id === subnetRef(json, 'public', letter),
    )
    expect(own).toHaveLength(1)
    expect(routes).toEqual([
      {
        destination_cidr_block: everywhere,
        nat_gateway_id: `\${aws_nat_gateway.${own[0]?.[0]}.id}`,
      },
    ])
  })

  it.each(letters)(
    'of private subnet %s lead to the only NAT gateway where it is one',
    (letter) => {
      const json = network({ natGateways: 'one' })
      const [id, ...others] = Object.keys(resourcesOf(json, 'aws_nat_gateway'))
      expect(others).toEqual([])
      expect(routesOf(json, subnetRef(json, 'private', letter))).toEqual([
        { destination_cidr_block: everywhere, nat_gateway_id: `\${aws_nat_gateway.${id}.id}` },
      ])
    },
  )

  it.each(letters)('of isolated subnet %s are local only', (letter) => {
    const json = network()
    expect(routesOf(json, subnetRef(json, 'isolated', letter))).toEqual([])
  })

  it('of private subnets are in one table per zone', () => {
    const json = network({ natGateways: 'one' })
    const tables = letters.map((letter) => tableOf(json, subnetRef(json, 'private', letter)))
    expect(new Set(tables).size).toBe(3)
  })
})

describe('the NAT gateways', () => {
  it.each([
    ['one', 3, ['a']],
    ['one-per-zone', 3, ['a', 'b', 'c']],
    ['one', 2, ['a']],
    ['one-per-zone', 2, ['a', 'b']],
  ] as const)(
    '%s in %i zones: they are in the public subnets %j',
    (natGateways, zones, expected) => {
      const availabilityZones = letters.slice(0, zones).map((letter) => `eu-central-1${letter}`)
      const json = network({ natGateways, endpointZones: 1 }, { availabilityZones })
      const subnets = Object.values(resourcesOf(json, 'aws_nat_gateway')).map(
        (nat) => nat.subnet_id,
      )
      expect(subnets).toEqual(expected.map((letter) => subnetRef(json, 'public', letter)))
    },
  )

  it('have their own address each', () => {
    const json = network()
    const used = Object.values(resourcesOf(json, 'aws_nat_gateway')).map((nat) => nat.allocation_id)
    const made = Object.keys(resourcesOf(json, 'aws_eip')).map((id) => `\${aws_eip.${id}.id}`)
    expect(used.sort()).toEqual(made.sort())
    expect(new Set(used).size).toBe(3)
    for (const address of Object.values(resourcesOf(json, 'aws_eip'))) {
      expect(address.domain).toBe('vpc')
    }
  })

  it('depend on the route to the internet', () => {
    const json = network()
    const [route, ...others] = Object.entries(resourcesOf(json, 'aws_route')).filter(
      ([, { gateway_id }]) => gateway_id !== undefined,
    )
    expect(others).toEqual([])
    for (const nat of Object.values(resourcesOf(json, 'aws_nat_gateway'))) {
      expect(nat.depends_on).toContain(`aws_route.${route?.[0]}`)
    }
  })
})
