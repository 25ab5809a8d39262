import { mustBeReferencedBy } from '../checks'
import { controlsFor } from '../control'
import type { Resource } from '../platform'
import { blocks } from '../values'

const isPublic = ({ values }: Resource) => blocks(values, 'vpc').length === 0

export const dnsControls = controlsFor(['aws_route53_zone'], {
  CKV2_AWS_39: {
    title: 'Public zones have query logs',
    appliesTo: isPublic,
    check: mustBeReferencedBy('aws_route53_query_log', 'zone_id'),
  },
  CKV2_AWS_38: {
    title: 'Public zones are signed with DNSSEC',
    appliesTo: isPublic,
    check: (zone, platform) =>
      !platform
        .referrers(zone, 'aws_route53_hosted_zone_dnssec', 'hosted_zone_id')
        .some(({ values }) => (values.signing_status ?? 'SIGNING') === 'SIGNING') && 'not signed',
  },
})
