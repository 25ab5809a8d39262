import { CloudfrontResponseHeadersPolicy } from '@cdktf/provider-aws/lib/cloudfront-response-headers-policy'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

/** What a page may load and who may frame it, unless the service answers with a policy of its own. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  'upgrade-insecure-requests',
].join('; ')

const aYear = 365 * 24 * 3600

/** The headers that tell browsers how little to trust a page. */
export class ResponseHeaders extends Construct {
  readonly policyId: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    this.policyId = new CloudfrontResponseHeadersPolicy(this, 'policy', {
      name: nameOf(
        environment,
        'aws_cloudfront_response_headers_policy',
        'security',
        this.node.path,
      ),
      comment: 'Security headers of every answer',
      securityHeadersConfig: {
        strictTransportSecurity: {
          accessControlMaxAgeSec: aYear,
          // Every name below the domain is served over TLS alone.
          includeSubdomains: true,
          preload: true,
          override: true,
        },
        contentSecurityPolicy: { contentSecurityPolicy, override: false },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: 'DENY', override: false },
        referrerPolicy: { referrerPolicy: 'strict-origin-when-cross-origin', override: false },
      },
      customHeadersConfig: {
        items: [
          {
            header: 'permissions-policy',
            value: 'camera=(), geolocation=(), microphone=()',
            override: false,
          },
        ],
      },
      // What serves a page helps nobody but an attacker.
      removeHeadersConfig: { items: [{ header: 'server' }, { header: 'x-powered-by' }] },
    }).id
  }
}
