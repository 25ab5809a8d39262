import { Lb } from '@cdktf/provider-aws/lib/lb'
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener'
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record'
import { Certificate, nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface LoadBalancerProps {
  readonly kind: 'external' | 'internal'
  readonly subnetIds: string[]
  readonly securityGroupIds: string[]
  /** Its own name, or one with a star. */
  readonly hostName: string
  /** The public zone that the name is in. */
  readonly zoneId: string
  readonly logsBucketName: string
  /** What a request is told that no rule is for. */
  readonly otherwise: { readonly status: number; readonly message: string }
}

/** What both load balancers have: TLS with a certificate for their name, access logs, and no answer but to those whom a rule knows. */
export class LoadBalancer extends Construct {
  readonly arn: string
  readonly arnSuffix: string
  readonly dnsName: string
  readonly zoneId: string
  readonly httpsListenerArn: string

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const balancer = new Lb(this, 'balancer', {
      name: nameOf(environment, 'aws_lb', props.kind, this.node.path),
      loadBalancerType: 'application',
      internal: props.kind === 'internal',
      subnets: props.subnetIds,
      securityGroups: props.securityGroupIds,
      // Headers that servers read in different ways are how requests are smuggled past a check.
      dropInvalidHeaderFields: true,
      enableDeletionProtection: environment.protectData,
      accessLogs: {
        enabled: true,
        bucket: props.logsBucketName,
        prefix: `alb/${props.kind}`,
      },
    })
    const certificate = new Certificate(this, 'certificate', {
      domainName: props.hostName,
      zoneId: props.zoneId,
    })
    const listener = new LbListener(this, 'https', {
      loadBalancerArn: balancer.arn,
      port: 443,
      protocol: 'HTTPS',
      // TLS 1.3, or 1.2 with ciphers that keep past traffic secret.
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      certificateArn: certificate.arn,
      defaultAction: [
        {
          type: 'fixed-response',
          fixedResponse: {
            contentType: 'text/plain',
            statusCode: `${props.otherwise.status}`,
            messageBody: props.otherwise.message,
          },
        },
      ],
    })
    new Route53Record(this, 'name', {
      zoneId: props.zoneId,
      name: props.hostName,
      type: 'A',
      alias: {
        name: balancer.dnsName,
        zoneId: balancer.zoneId,
        // There is nowhere else to go.
        evaluateTargetHealth: false,
      },
    })
    this.arn = balancer.arn
    this.arnSuffix = balancer.arnSuffix
    this.dnsName = balancer.dnsName
    this.zoneId = balancer.zoneId
    this.httpsListenerArn = listener.arn
  }
}
