import { type Contract, string } from '../contract'

export const edge = {
  site_url: string('URL of the site'),
  distribution_id: string('CloudFront distribution, for cache invalidations'),
  distribution_arn: string('ARN of that distribution'),
  distribution_domain_name: string('CloudFront host name of that distribution'),
  zone_ds_record: string(
    'DS record of the public zone, for the parent zone. Empty while the zone is not signed',
  ),
} as const satisfies Contract
