import { Eip } from '@cdktf/provider-aws/lib/eip'
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway'
import { Route } from '@cdktf/provider-aws/lib/route'
import { RouteTable } from '@cdktf/provider-aws/lib/route-table'
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association'
import { Subnet } from '@cdktf/provider-aws/lib/subnet'
import { type TidewayStack, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { subnetCidr, type Tier } from './address-plan'
import type { NetworkSettings } from './settings'

export interface SubnetsProps {
  readonly vpcId: string
  readonly internetGatewayId: string
  readonly natGateways: NetworkSettings['natGateways']
}

/** A public, a private and an isolated subnet in each zone, with their routes. */
export class Subnets extends Construct {
  readonly publicIds: string[]
  readonly privateIds: string[]
  readonly isolatedIds: string[]
  /** The route tables for gateway endpoints. */
  readonly privateRouteTableIds: string[]
  readonly natPublicIps: string[]

  private readonly stack: TidewayStack

  constructor(scope: Construct, id: string, props: SubnetsProps) {
    super(scope, id)
    this.stack = tidewayStackOf(this)
    const zones = this.stack.environment.availabilityZones

    const publicTable = this.routeTable('public', props.vpcId)
    const toInternet = new Route(this, 'public-to-internet', {
      routeTableId: publicTable,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: props.internetGatewayId,
    })
    this.publicIds = this.tier('public', props.vpcId, () => publicTable)

    const nats = this.publicIds
      .slice(0, props.natGateways === 'one' ? 1 : zones.length)
      .map((subnetId, index) => this.nat(`nat-${letter(zones[index])}`, subnetId, toInternet))
    this.natPublicIps = nats.map(({ publicIp }) => publicIp)

    const privateTables = zones.map((zone, index) => {
      const table = this.routeTable(`private-${letter(zone)}`, props.vpcId)
      new Route(this, `private-${letter(zone)}-to-nat`, {
        routeTableId: table,
        destinationCidrBlock: '0.0.0.0/0',
        natGatewayId: (nats[index] ?? nats[0])?.id,
      })
      return table
    })
    this.privateIds = this.tier('private', props.vpcId, (index) => privateTables[index] as string)

    // Only the local route of the VPC: no traffic to or from the internet.
    const isolatedTable = this.routeTable('isolated', props.vpcId)
    this.isolatedIds = this.tier('isolated', props.vpcId, () => isolatedTable)
    this.privateRouteTableIds = privateTables
  }

  private tier(tier: Tier, vpcId: string, tableOf: (zoneIndex: number) => string): string[] {
    const { name, availabilityZones, vpcCidr } = this.stack.environment
    return availabilityZones.map((availabilityZone, index) => {
      const id = `${tier}-${letter(availabilityZone)}`
      const subnet = new Subnet(this, id, {
        vpcId,
        availabilityZone,
        cidrBlock: subnetCidr(vpcCidr, tier, index),
        // Load balancers and NAT gateways bring their own addresses. Nothing else gets a public one.
        mapPublicIpOnLaunch: false,
        tags: { Name: `tideway-${name}-${id}`, tier },
      })
      new RouteTableAssociation(this, `${id}-association`, {
        subnetId: subnet.id,
        routeTableId: tableOf(index),
      })
      return subnet.id
    })
  }

  private nat(id: string, subnetId: string, toInternet: Route): { id: string; publicIp: string } {
    const { name } = this.stack.environment
    const tags = { Name: `tideway-${name}-${id}` }
    const address = new Eip(this, `${id}-address`, { domain: 'vpc', tags })
    const gateway = new NatGateway(this, id, {
      subnetId,
      allocationId: address.id,
      tags,
      // AWS rejects a NAT gateway before the VPC has a route to the internet, and nothing refers to that route.
      dependsOn: [toInternet],
    })
    return { id: gateway.id, publicIp: address.publicIp }
  }

  private routeTable(id: string, vpcId: string): string {
    const { name } = this.stack.environment
    return new RouteTable(this, `${id}-routes`, { vpcId, tags: { Name: `tideway-${name}-${id}` } })
      .id
  }
}

/** The `a` of `us-east-1a`, for construct ids. */
function letter(zone: string | undefined): string {
  return zone?.at(-1) ?? ''
}
