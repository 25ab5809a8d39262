import type { CloudfrontDistribution } from '@cdktf/provider-aws/lib/cloudfront-distribution'
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record'
import { Construct } from 'constructs'

export interface SiteRecordsProps {
  readonly zoneId: string
  readonly domain: string
  readonly distribution: CloudfrontDistribution
}

/** The IPv4 and IPv6 records of the site. */
export class SiteRecords extends Construct {
  constructor(scope: Construct, id: string, { zoneId, domain, distribution }: SiteRecordsProps) {
    super(scope, id)
    for (const type of ['A', 'AAAA']) {
      new Route53Record(this, type.toLowerCase(), {
        zoneId,
        name: domain,
        type,
        alias: {
          name: distribution.domainName,
          zoneId: distribution.hostedZoneId,
          // Route 53 does not support it for CloudFront.
          evaluateTargetHealth: false,
        },
      })
    }
  }
}
