import { Lb } from '@cdktf/provider-aws/lib/lb'
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener'
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record'
import { Certificate, resourceName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface AlbProps {
  readonly vpcId: string
  readonly subnetIds: string[]
  readonly publicZoneId: string
  readonly logsBucketName: string
}

export interface LoadBalancerProps extends AlbProps {
  readonly kind: 'external' | 'internal'
  readonly securityGroupIds: string[]
  /** A name in the public zone, or a wildcard. */
  readonly hostName: string
  /** For requests that match no rule. */
  readonly defaultResponse: { readonly status: number; readonly message: string }
}

/** An application load balancer with a TLS listener, a DNS record and access logs. Listener rules are added separately. */
export class LoadBalancer extends Construct {
  readonly resource: Lb
  readonly httpsListenerArn: string

  constructor(scope: Construct, id: string, props: LoadBalancerProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { kind, hostName, publicZoneId: zoneId, defaultResponse } = props
    this.resource = new Lb(this, 'balancer', {
      name: resourceName(this, 'aws_lb', kind),
      loadBalancerType: 'application',
      internal: kind === 'internal',
      subnets: props.subnetIds,
      securityGroups: props.securityGroupIds,
      // Servers parse invalid headers in different ways, which enables request smuggling.
      dropInvalidHeaderFields: true,
      enableDeletionProtection: environment.protectData,
      accessLogs: { enabled: true, bucket: props.logsBucketName, prefix: `alb/${kind}` },
    })
    const certificate = new Certificate(this, 'certificate', { domainName: hostName, zoneId })
    this.httpsListenerArn = new LbListener(this, 'https', {
      loadBalancerArn: this.resource.arn,
      port: 443,
      protocol: 'HTTPS',
      // TLS 1.3, or 1.2 with forward secrecy.
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      certificateArn: certificate.arn,
      defaultAction: [
        {
          type: 'fixed-response',
          fixedResponse: {
            contentType: 'text/plain',
            statusCode: `${defaultResponse.status}`,
            messageBody: defaultResponse.message,
          },
        },
      ],
    }).arn
    new Route53Record(this, 'name', {
      zoneId,
      name: hostName,
      type: 'A',
      alias: {
        name: this.resource.dnsName,
        zoneId: this.resource.zoneId,
        // There is no alternative target.
        evaluateTargetHealth: false,
      },
    })
  }
}
