import {
  CloudfrontDistribution,
  type CloudfrontDistributionConfig,
  type CloudfrontDistributionOrderedCacheBehavior,
  type CloudfrontDistributionOrigin,
} from '@cdktf/provider-aws/lib/cloudfront-distribution'
import { CloudfrontOriginAccessControl } from '@cdktf/provider-aws/lib/cloudfront-origin-access-control'
import { DataAwsSecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/data-aws-secretsmanager-secret-version'
import { ShieldProtection } from '@cdktf/provider-aws/lib/shield-protection'
import { resourceName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { assetBehavior, assetPaths, frontPage, serviceBehavior } from './behaviors'
import { ResponseHeaders } from './response-headers'
import type { EdgeSettings } from './settings'

export interface DistributionProps extends Pick<EdgeSettings, 'priceClass' | 'shieldAdvanced'> {
  readonly domain: string
  /** A certificate for that domain, in us-east-1. */
  readonly certificateArn: string
  readonly firewallArn: string
  readonly assets: { readonly hostName: string }
  readonly services: {
    /** Host name of the external load balancer, as in its certificate. */
    readonly hostName: string
    /** The header that it requires (403 otherwise), and the secret with its value. */
    readonly secretHeader: string
    readonly secretArn: string
  }
}

/** The settings of every distribution. */
export function distributionBase({
  priceClass,
  firewallArn,
  certificateArn,
}: Pick<DistributionProps, 'priceClass' | 'firewallArn' | 'certificateArn'>) {
  return {
    enabled: true,
    isIpv6Enabled: true,
    // gRPC requires HTTP/2.
    httpVersion: 'http2and3',
    priceClass,
    webAclId: firewallArn,
    viewerCertificate: {
      acmCertificateArn: certificateArn,
      sslSupportMethod: 'sni-only',
      minimumProtocolVersion: 'TLSv1.2_2021',
    },
    restrictions: { geoRestriction: { restrictionType: 'none' } },
  } satisfies Partial<CloudfrontDistributionConfig>
}

/** The CDN: static assets from the bucket, everything else from the services. */
export class Distribution extends Construct {
  readonly resource: CloudfrontDistribution
  readonly servicesOrigin: CloudfrontDistributionOrigin
  readonly responseHeadersPolicyId: string

  constructor(scope: Construct, id: string, props: DistributionProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { domain, assets, services } = props
    const access = new CloudfrontOriginAccessControl(this, 'assets-access', {
      name: resourceName(this, 'aws_cloudfront_origin_access_control', 'assets'),
      description: 'Signs what is asked of the assets bucket, which answers nothing else',
      originAccessControlOriginType: 's3',
      signingBehavior: 'always',
      signingProtocol: 'sigv4',
    })
    const secret = new DataAwsSecretsmanagerSecretVersion(this, 'origin-secret', {
      secretId: services.secretArn,
    })
    const { policyId } = new ResponseHeaders(this, 'response-headers')
    this.responseHeadersPolicyId = policyId
    this.servicesOrigin = {
      originId: 'services',
      domainName: services.hostName,
      customHeader: [{ name: services.secretHeader, value: secret.secretString }],
      customOriginConfig: {
        httpPort: 80,
        httpsPort: 443,
        originProtocolPolicy: 'https-only',
        originSslProtocols: ['TLSv1.2'],
        // Below the idle timeout of the load balancer (60 s). Otherwise CloudFront may reuse a connection
        // while the load balancer closes it, and the viewer gets a 502.
        originKeepaliveTimeout: 55,
        originReadTimeout: 60,
      },
    }

    this.resource = new CloudfrontDistribution(this, 'distribution', {
      ...distributionBase(props),
      comment: `Tideway ${environment.name}`,
      aliases: [domain],
      origin: [
        {
          originId: 'assets',
          domainName: assets.hostName,
          originAccessControlId: access.id,
        },
        this.servicesOrigin,
      ],
      defaultRootObject: frontPage,
      orderedCacheBehavior: assetPaths.map(
        (pathPattern): CloudfrontDistributionOrderedCacheBehavior => ({
          pathPattern,
          targetOriginId: 'assets',
          responseHeadersPolicyId: policyId,
          ...assetBehavior,
        }),
      ),
      defaultCacheBehavior: {
        targetOriginId: 'services',
        responseHeadersPolicyId: policyId,
        ...serviceBehavior,
      },
    })
    if (props.shieldAdvanced === 'on') {
      new ShieldProtection(this, 'shield', {
        name: `${domain} distribution`,
        resourceArn: this.resource.arn,
      })
    }
  }
}
