import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint'
import { allowIngress, securityGroup, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { NetworkSettings } from './settings'

export interface EndpointsProps {
  readonly vpcId: string
  readonly privateIds: readonly string[]
  readonly privateRouteTableIds: readonly string[]
  readonly endpoints: NetworkSettings['endpoints']
  readonly endpointZones: number
}

/** Private endpoints of AWS services. */
export class Endpoints extends Construct {
  readonly securityGroupId: string
  readonly s3PrefixListId: string
  readonly dynamodbPrefixListId: string

  constructor(scope: Construct, id: string, props: EndpointsProps) {
    super(scope, id)
    const { name, region, vpcCidr } = tidewayStackOf(this).environment
    const { vpcId } = props
    const common = (service: string) => ({
      vpcId,
      serviceName: `com.amazonaws.${region}.${service}`,
      tags: { Name: `tideway-${name}-${service}` },
    })

    const gateway = (service: string) =>
      new VpcEndpoint(this, service, {
        ...common(service),
        vpcEndpointType: 'Gateway',
        routeTableIds: [...props.privateRouteTableIds],
      }).prefixListId
    this.s3PrefixListId = gateway('s3')
    this.dynamodbPrefixListId = gateway('dynamodb')

    this.securityGroupId = securityGroup(this, 'security-group', {
      name: 'endpoints',
      description: 'Interface endpoints: reached by HTTPS from inside the VPC, reaching nothing',
      vpcId,
    }).id
    allowIngress(this, 'https-from-vpc', {
      groupId: this.securityGroupId,
      description: 'HTTPS from the VPC',
      cidrIpv4: vpcCidr,
      port: 443,
    })
    for (const service of props.endpoints) {
      new VpcEndpoint(this, service.replace('.', '-'), {
        ...common(service),
        vpcEndpointType: 'Interface',
        // Clients keep using the public host names of the services.
        privateDnsEnabled: true,
        subnetIds: props.privateIds.slice(0, props.endpointZones),
        securityGroupIds: [this.securityGroupId],
      })
    }
  }
}
