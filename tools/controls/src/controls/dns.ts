import { referencesIn } from '@tideway/constructs/references'
import { mustBeOn, mustBeOneOf, mustBeReferencedBy } from '../checks'
import { controlsFor } from '../control'
import type { Resource } from '../platform'
import { block, blocks, strings, valueAt } from '../values'

const isPublic = ({ values }: Resource) => blocks(values, 'vpc').length === 0

export const dnsControls = [
  ...controlsFor(['aws_route53_zone'], {
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
  }),
  ...controlsFor(['aws_route53_record'], {
    CKV2_AWS_23: {
      title: 'Address records point to resources',
      appliesTo: ({ values }) => values.type === 'A' || values.type === 'AAAA',
      // A literal address may belong to somebody else by now.
      check: ({ values }) =>
        referencesIn([block(values, 'alias'), values.records]).length === 0 &&
        `points to ${strings(valueAt(values, 'alias.name') ?? values.records).join(', ')}`,
    },
  }),
  ...controlsFor(['aws_acm_certificate'], {
    CKV_AWS_233: {
      title: 'Certificates are replaced before they are destroyed',
      check: mustBeOn('lifecycle.create_before_destroy'),
    },
    CKV_AWS_234: {
      title: 'Certificates are in the transparency logs',
      check: mustBeOneOf(
        'options.certificate_transparency_logging_preference',
        ['ENABLED'],
        'ENABLED',
      ),
    },
    'FSBP ACM.2': {
      title: 'Certificates have keys of at least 2048 bits',
      check: mustBeOneOf(
        'key_algorithm',
        ['RSA_2048', 'RSA_3072', 'RSA_4096', 'EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1'],
        'RSA_2048',
      ),
    },
  }),
]
