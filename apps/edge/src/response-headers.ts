import { CloudfrontResponseHeadersPolicy } from '@cdktf/provider-aws/lib/cloudfront-response-headers-policy'
import { resourceName } from '@tideway/constructs'
import { Construct } from 'constructs'

/** The default policy. A service can send its own. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  'upgrade-insecure-requests',
].join('; ')

const aYear = 365 * 24 * 3600

/** The security headers of every response. */
export class ResponseHeaders extends Construct {
  readonly policyId: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.policyId = new CloudfrontResponseHeadersPolicy(this, 'policy', {
      name: resourceName(this, 'aws_cloudfront_response_headers_policy', 'security'),
      comment: 'Security headers of every answer',
      securityHeadersConfig: {
        strictTransportSecurity: {
          accessControlMaxAgeSec: aYear,
          // Every name below the domain must support TLS.
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
      // These headers disclose server software.
      removeHeadersConfig: { items: [{ header: 'server' }, { header: 'x-powered-by' }] },
    }).id
  }
}
