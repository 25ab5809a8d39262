import { type Control, mustBeNamedBy } from '../control'
import type { Resource } from '../platform'
import { blocks } from '../values'

const isPublic = ({ values }: Resource) => blocks(values, 'vpc').length === 0

export const dnsControls: readonly Control[] = [
  {
    id: 'CKV2_AWS_39',
    requires: 'Public zones have query logs',
    types: ['aws_route53_zone'],
    where: isPublic,
    fault: mustBeNamedBy('aws_route53_query_log', 'zone_id'),
  },
  {
    id: 'CKV2_AWS_38',
    requires: 'Public zones have DNSSEC',
    types: ['aws_route53_zone'],
    where: isPublic,
    fault: (zone, platform) =>
      !platform
        .about(zone, 'aws_route53_hosted_zone_dnssec', 'hosted_zone_id')
        .some(({ values }) => (values.signing_status ?? 'SIGNING') === 'SIGNING') && 'not signed',
  },
]
