import { DataAwsEc2ManagedPrefixList } from '@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list'
import type { Lb } from '@cdktf/provider-aws/lib/lb'
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener'
import { ShieldProtection } from '@cdktf/provider-aws/lib/shield-protection'
import { Wafv2WebAclAssociation } from '@cdktf/provider-aws/lib/wafv2-web-acl-association'
import { allowIngress, Firewall, securityGroup, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { type OriginHeader, OriginSecret } from '../origin-secret'
import type { ExternalAlbSettings } from '../settings'
import { type AlbProps, LoadBalancer } from './load-balancer'

export interface ExternalAlbProps extends AlbProps, ExternalAlbSettings {
  readonly logKeyArn: string
  readonly secretsKeyArn: string
}

/**
 * The origin of the CDN. Its security groups allow the addresses of CloudFront only, and its rules require a secret
 * header, which only the distribution of this platform sends.
 */
export class ExternalAlb extends Construct {
  readonly loadBalancer: Lb
  readonly hostName: string
  /** The group of the load balancer. Targets must allow it: see AllowTraffic. */
  readonly securityGroupId: string
  readonly httpsListenerArn: string
  /** Every rule that forwards must require it: see OriginRule. */
  readonly originHeader: OriginHeader
  readonly originSecretArn: string

  constructor(scope: Construct, id: string, props: ExternalAlbProps) {
    super(scope, id)
    this.hostName = `origin.${tidewayStackOf(this).environment.domain}`

    const cloudfront = new DataAwsEc2ManagedPrefixList(this, 'cloudfront', {
      name: 'com.amazonaws.global.cloudfront.origin-facing',
    })
    // The list counts as 55 of the 60 rules of a group, so each port has its own group.
    const groupFor = (port: number) => {
      const { id: groupId } = securityGroup(this, `from-cloudfront-${port}`, {
        name: `external-alb-${port}`,
        description: `External load balancer: port ${port}, from CloudFront only`,
        vpcId: props.vpcId,
      })
      allowIngress(this, `cloudfront-in-${port}`, {
        groupId,
        description: 'From CloudFront',
        prefixListId: cloudfront.id,
        port,
      })
      return groupId
    }
    this.securityGroupId = groupFor(443)

    const alb = new LoadBalancer(this, 'alb', {
      ...props,
      kind: 'external',
      securityGroupIds: [this.securityGroupId, groupFor(80)],
      hostName: this.hostName,
      defaultResponse: { status: 403, message: 'Forbidden' },
    })
    this.loadBalancer = alb.resource
    this.httpsListenerArn = alb.httpsListenerArn
    new LbListener(this, 'http', {
      loadBalancerArn: this.loadBalancer.arn,
      port: 80,
      protocol: 'HTTP',
      defaultAction: [
        {
          type: 'redirect',
          redirect: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' },
        },
      ],
    })
    if (props.shieldAdvanced === 'on') {
      new ShieldProtection(this, 'shield', {
        name: `${this.hostName} load balancer`,
        resourceArn: this.loadBalancer.arn,
      })
    }
    const secret = new OriginSecret(this, 'origin-secret', {
      generation: props.originSecretGeneration,
      keyArn: props.secretsKeyArn,
    })
    this.originHeader = secret.header
    this.originSecretArn = secret.arn
    // The firewall of the CDN limits the rate of each viewer.
    const firewall = new Firewall(this, 'firewall', {
      protects: 'external-alb',
      from: 'cloudfront',
      logKeyArn: props.logKeyArn,
      secretHeaders: [secret.header.name],
    })
    new Wafv2WebAclAssociation(this, 'firewall-association', {
      resourceArn: this.loadBalancer.arn,
      webAclArn: firewall.arn,
    })
  }
}
