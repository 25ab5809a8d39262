import {
  CloudfrontDistribution,
  type CloudfrontDistributionOrigin,
} from '@cdktf/provider-aws/lib/cloudfront-distribution'
import { CloudwatchLogDelivery } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery'
import { CloudwatchLogDeliverySource } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-source'
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record'
import { ShieldProtection } from '@cdktf/provider-aws/lib/shield-protection'
import { resourceName, tidewayStackOf } from '@tideway/constructs'
import { TerraformIterator } from 'cdktf'
import { Construct } from 'constructs'
import { edgeAlarm, serverErrors } from '../alarms'
import { serviceBehavior } from '../behaviors'
import { distributionBase } from '../distribution'
import type { EdgeSettings } from '../settings'
import { attributeOf, type HostList } from './host-list'

export interface HostDistributionProps extends Pick<EdgeSettings, 'priceClass' | 'shieldAdvanced'> {
  /** Names the resources. */
  readonly part: string
  readonly hosts: HostList
  readonly protocol: 'http' | 'grpc'
  /** A certificate for the hosts, in us-east-1. */
  readonly certificateArn: string
  readonly zoneId: string
  readonly firewallArn: string
  readonly origin: CloudfrontDistributionOrigin
  readonly responseHeadersPolicyId: string
  readonly logDestinationArn: string
  readonly topicArn: string
}

/** The CDN of hosts, with their records, log and alarm. All paths go to the services: the assets are those of the site. */
export class HostDistribution extends Construct {
  constructor(scope: Construct, id: string, props: HostDistributionProps) {
    super(scope, id)
    const { part, hosts, origin, responseHeadersPolicyId } = props
    const { count } = hosts
    const distribution = new CloudfrontDistribution(this, 'distribution', {
      ...distributionBase(props),
      count,
      comment: `Tideway ${tidewayStackOf(this).environment.name}: ${part} of services`,
      aliases: hosts.values,
      origin: [origin],
      defaultCacheBehavior: {
        targetOriginId: origin.originId,
        responseHeadersPolicyId,
        ...serviceBehavior,
        ...(props.protocol === 'grpc' && { grpcConfig: { enabled: true } }),
      },
    })
    const host = TerraformIterator.fromList(hosts.values)
    for (const type of ['A', 'AAAA']) {
      new Route53Record(this, type.toLowerCase(), {
        forEach: host,
        zoneId: props.zoneId,
        name: host.value,
        type,
        alias: {
          name: attributeOf(distribution, 'domain_name'),
          zoneId: attributeOf(distribution, 'hosted_zone_id'),
          // Route 53 does not support it for CloudFront.
          evaluateTargetHealth: false,
        },
      })
    }
    const source = new CloudwatchLogDeliverySource(this, 'log-source', {
      count,
      name: resourceName(this, 'aws_cloudwatch_log_delivery_source', part),
      logType: 'ACCESS_LOGS',
      resourceArn: attributeOf(distribution, 'arn'),
    })
    new CloudwatchLogDelivery(this, 'log-delivery', {
      count,
      deliverySourceName: attributeOf(source, 'name'),
      deliveryDestinationArn: props.logDestinationArn,
    })
    edgeAlarm(this, 'server-errors', {
      ...serverErrors(attributeOf(distribution, 'id')),
      count,
      name: `${part}-server-errors`,
      topicArn: props.topicArn,
    })
    if (props.shieldAdvanced === 'on') {
      new ShieldProtection(this, 'shield', {
        count,
        name: `${part} distribution`,
        resourceArn: attributeOf(distribution, 'arn'),
      })
    }
  }
}
