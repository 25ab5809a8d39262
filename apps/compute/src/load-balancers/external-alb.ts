import { DataAwsEc2ManagedPrefixList } from '@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list'
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener'
import { ShieldProtection } from '@cdktf/provider-aws/lib/shield-protection'
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule'
import { Wafv2WebAclAssociation } from '@cdktf/provider-aws/lib/wafv2-web-acl-association'
import { Firewall, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { type OriginHeader, OriginSecret } from '../origin-secret'
import { securityGroup } from '../security-group'
import type { ExternalAlbSettings } from '../settings'
import { LoadBalancer } from './load-balancer'

export interface ExternalAlbProps extends ExternalAlbSettings {
  readonly vpcId: string
  readonly subnetIds: string[]
  readonly publicZoneId: string
  readonly logsBucketName: string
  readonly logKeyArn: string
  readonly secretsKeyArn: string
}

/**
 * What the CDN has as its origin. CloudFront alone reaches it, by its addresses; and this platform's own
 * distribution alone is answered, by a header that the others do not know.
 */
export class ExternalAlb extends Construct {
  readonly arn: string
  readonly arnSuffix: string
  readonly dnsName: string
  readonly zoneId: string
  readonly hostName: string
  /** To be let in by its targets, on whose port it lets itself out: see Passage. */
  readonly securityGroupId: string
  readonly httpsListenerArn: string
  /** Every rule that forwards must ask for it: OriginRule does. */
  readonly originHeader: OriginHeader
  readonly originSecretArn: string

  constructor(scope: Construct, id: string, props: ExternalAlbProps) {
    super(scope, id)
    const { vpcId, publicZoneId } = props
    this.hostName = `origin.${tidewayStackOf(this).environment.domain}`

    const cloudfront = new DataAwsEc2ManagedPrefixList(this, 'cloudfront', {
      name: 'com.amazonaws.global.cloudfront.origin-facing',
    })
    // The list counts as 55 of the 60 rules that a group may have: a group for each port.
    const [https, http] = [443, 80].map((port) => {
      const group = securityGroup(this, `from-cloudfront-${port}`, {
        name: `external-alb-${port}`,
        description: `External load balancer: port ${port}, from CloudFront only`,
        vpcId,
      })
      new VpcSecurityGroupIngressRule(this, `cloudfront-in-${port}`, {
        securityGroupId: group.id,
        description: 'From CloudFront',
        prefixListId: cloudfront.id,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
      })
      return group.id
    }) as [string, string]

    const balancer = new LoadBalancer(this, 'alb', {
      kind: 'external',
      subnetIds: props.subnetIds,
      securityGroupIds: [https, http],
      hostName: this.hostName,
      zoneId: publicZoneId,
      logsBucketName: props.logsBucketName,
      otherwise: { status: 403, message: 'Forbidden' },
    })
    new LbListener(this, 'http', {
      loadBalancerArn: balancer.arn,
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
        resourceArn: balancer.arn,
      })
    }
    const secret = new OriginSecret(this, 'origin-secret', {
      generation: props.originSecretGeneration,
      keyArn: props.secretsKeyArn,
    })
    // Behind the one that the CDN has for the world.
    const firewall = new Firewall(this, 'firewall', {
      protects: 'external-alb',
      requestsComeFrom: 'cloudfront',
      requestsPerAddress: props.requestsPerAddress,
      logKeyArn: props.logKeyArn,
      secretHeaders: [secret.header.name],
    })
    new Wafv2WebAclAssociation(this, 'firewall-association', {
      resourceArn: balancer.arn,
      webAclArn: firewall.arn,
    })

    this.arn = balancer.arn
    this.arnSuffix = balancer.arnSuffix
    this.dnsName = balancer.dnsName
    this.zoneId = balancer.zoneId
    this.securityGroupId = https
    this.httpsListenerArn = balancer.httpsListenerArn
    this.originHeader = secret.header
    this.originSecretArn = secret.arn
  }
}
