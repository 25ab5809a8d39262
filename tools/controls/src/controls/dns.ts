import type { Control } from '../control'
import type { Resource } from '../platform'
import { blocks } from '../values'

const isPublic = ({ values }: Resource) => blocks(values, 'vpc').length === 0

export const dnsControls: readonly Control[] = [
  {
    id: 'CKV2_AWS_39',
    asks: 'What public zones are asked is written down',
    looksAt: ['aws_route53_zone'],
    where: isPublic,
    fault: (zone, platform) =>
      platform.about(zone, 'aws_route53_query_log', 'zone_id').length === 0 &&
      'no aws_route53_query_log names it',
  },
  {
    id: 'CKV2_AWS_38',
    asks: 'Public zones are signed',
    looksAt: ['aws_route53_zone'],
    where: isPublic,
    fault: (zone, platform) =>
      !platform
        .about(zone, 'aws_route53_hosted_zone_dnssec', 'hosted_zone_id')
        .some(({ values }) => (values.signing_status ?? 'SIGNING') === 'SIGNING') && 'not signed',
  },
]
