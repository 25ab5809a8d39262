import { publish, type StackProps, stacks, TidewayStack } from '@tideway/constructs'
import type { Construct } from 'constructs'
import { Endpoints } from './endpoints'
import { FlowLogs } from './flow-logs'
import { checkSettings, type NetworkSettings } from './settings'
import { Subnets } from './subnets'
import { NetworkVpc } from './vpc'
import { Zones } from './zones'

export class NetworkStack extends TidewayStack<'network'> {
  constructor(scope: Construct, { environment, settings }: StackProps<NetworkSettings>) {
    super(scope, 'network', { environment, owner: stacks.network.owner })
    checkSettings(settings, environment)

    const { vpcId, internetGatewayId } = new NetworkVpc(this, 'vpc')
    const subnets = new Subnets(this, 'subnets', { vpcId, internetGatewayId, ...settings })
    const endpoints = new Endpoints(this, 'endpoints', { vpcId, ...subnets, ...settings })
    new FlowLogs(this, 'flow-logs', { vpcId })
    const zones = new Zones(this, 'zones', { vpcId, ...settings })

    publish(this, {
      vpc_id: vpcId,
      vpc_cidr: environment.vpcCidr,
      public_subnet_ids: subnets.publicIds,
      private_subnet_ids: subnets.privateIds,
      isolated_subnet_ids: subnets.isolatedIds,
      endpoint_security_group_id: endpoints.securityGroupId,
      s3_prefix_list_id: endpoints.s3PrefixListId,
      dynamodb_prefix_list_id: endpoints.dynamodbPrefixListId,
      nat_public_ips: subnets.natPublicIps,
      public_zone_id: zones.publicId,
      public_zone_name_servers: zones.publicNameServers,
      private_zone_id: zones.privateId,
    })
  }
}
