import { Route53HealthCheck } from '@cdktf/provider-aws/lib/route53-health-check'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface HealthCheckProps {
  readonly domain: string
}

/** Asks for the site from several parts of the world, all the way: name, certificate, CDN, load balancer, service. */
export class HealthCheck extends Construct {
  readonly id: string

  constructor(scope: Construct, id: string, { domain }: HealthCheckProps) {
    super(scope, id)
    const { name } = tidewayStackOf(this).environment
    this.id = new Route53HealthCheck(this, 'check', {
      type: 'HTTPS',
      fqdn: domain,
      port: 443,
      // What every service answers, and what the CDN asks the services for.
      resourcePath: '/health',
      enableSni: true,
      measureLatency: true,
      requestInterval: 30,
      failureThreshold: 3,
      tags: { Name: `tideway-${name}-site` },
    }).id
  }
}
