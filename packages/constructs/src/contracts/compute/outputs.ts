import type { Contract } from '../contract'

export const compute = {
  cluster_name: { type: 'string', description: 'The ECS cluster' },
  cluster_arn: { type: 'string', description: 'ARN of that cluster' },
  origin_host_name: {
    type: 'string',
    description:
      'Public name of the external load balancer, which its certificate is for: the origin of the CDN, over HTTPS only',
  },
  origin_header_name: {
    type: 'string',
    description: 'Header that the CDN sends; without it the external load balancer answers 403',
  },
  origin_secret_arn: {
    type: 'string',
    description: 'Secret with the value of that header, as plain text',
  },
  external_alb_arn: { type: 'string', description: 'External load balancer' },
  external_alb_arn_suffix: {
    type: 'string',
    description: 'What its metrics are named by, for alarms and dashboards',
  },
  external_alb_dns_name: { type: 'string', description: 'Its name at AWS' },
  external_alb_zone_id: {
    type: 'string',
    description: 'Hosted zone of that name, for alias records',
  },
  external_alb_security_group_id: {
    type: 'string',
    description: 'Security group that lets CloudFront in to its HTTPS listener',
  },
  external_alb_https_listener_arn: { type: 'string', description: 'Its HTTPS listener' },
} as const satisfies Contract
