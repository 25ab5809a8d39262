import type { Contract } from '../contract'

export const edge = {
  site_url: { type: 'string', description: 'Where the site is' },
  distribution_id: {
    type: 'string',
    description: 'CloudFront distribution, for the invalidation of a release',
  },
  distribution_arn: { type: 'string', description: 'ARN of that distribution' },
  distribution_domain_name: { type: 'string', description: 'Its name at CloudFront' },
  zone_ds_record: {
    type: 'string',
    description:
      'DS record of the public zone, for the zone above it; empty while the zone is not signed',
  },
} as const satisfies Contract
