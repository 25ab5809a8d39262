import { Route53HealthCheck } from '@cdktf/provider-aws/lib/route53-health-check'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface HealthCheckProps {
  readonly domain: string
}

/** Checks the site from several regions, end to end: DNS, certificate, CDN, load balancer, service. */
export class HealthCheck extends Construct {
  readonly id: string

  constructor(scope: Construct, id: string, { domain }: HealthCheckProps) {
    super(scope, id)
    const { name } = tidewayStackOf(this).environment
    this.id = new Route53HealthCheck(this, 'check', {
      type: 'HTTPS',
      fqdn: domain,
      port: 443,
      // Every service serves this path, and the CDN forwards it to a service.
      resourcePath: '/health',
      enableSni: true,
      measureLatency: true,
      requestInterval: 30,
      failureThreshold: 3,
      tags: { Name: `tideway-${name}-site` },
    }).id
  }
}
