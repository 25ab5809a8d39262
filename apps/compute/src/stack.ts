import {
  type Environment,
  Monitoring,
  publish,
  read,
  stacks,
  TidewayStack,
} from '@tideway/constructs'
import type { Construct } from 'constructs'
import { Cluster } from './cluster'
import { ExternalAlb, InternalAlb } from './load-balancers'
import { type ComputeSettings, checkSettings } from './settings'
import { WorkQueue } from './work-queue'

export interface ComputeStackProps {
  readonly environment: Environment
  readonly settings: ComputeSettings
}

export class ComputeStack extends TidewayStack<'compute'> {
  constructor(scope: Construct, { environment, settings }: ComputeStackProps) {
    super(scope, 'compute', { environment, owner: stacks.compute.owner })
    checkSettings(settings, environment)

    const network = read(this, 'network')
    const data = read(this, 'data')
    const monitoring = new Monitoring(this, 'monitoring')
    const cluster = new Cluster(this, 'cluster', { logKeyArn: monitoring.keyArn })

    const externalAlb = new ExternalAlb(this, 'external-alb', {
      vpcId: network.vpc_id,
      subnetIds: network.public_subnet_ids,
      publicZoneId: network.public_zone_id,
      logsBucketName: data.logs_bucket_name,
      ...settings.externalAlb,
    })
    new InternalAlb(this, 'internal-alb', {
      vpcId: network.vpc_id,
      subnetIds: network.private_subnet_ids,
      publicZoneId: network.public_zone_id,
      logsBucketName: data.logs_bucket_name,
    })
    new WorkQueue(this, 'work-queue', { secondsToProcess: 120 })

    publish(this, {
      cluster_name: cluster.name,
      cluster_arn: cluster.arn,
      origin_host_name: externalAlb.hostName,
      origin_header_name: externalAlb.originHeader.name,
      origin_secret_arn: externalAlb.originSecretArn,
      external_alb_arn: externalAlb.arn,
      external_alb_arn_suffix: externalAlb.arnSuffix,
      external_alb_dns_name: externalAlb.dnsName,
      external_alb_zone_id: externalAlb.zoneId,
      external_alb_security_group_id: externalAlb.securityGroupId,
      external_alb_https_listener_arn: externalAlb.httpsListenerArn,
    })
  }
}
