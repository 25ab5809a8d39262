import { type Contract, optionalList, string } from '../contract'

export const compute = {
  cluster_name: string('Name of the ECS cluster'),
  cluster_arn: string('ARN of the ECS cluster'),
  origin_host_name: string('Host name of the external load balancer: the HTTPS origin of the CDN'),
  origin_header_name: string(
    'Header that the CDN sends. Without it the external load balancer returns 403',
  ),
  origin_secret_arn: string('Secret with the value of that header, as plain text'),
  external_alb_arn: string('ARN of the external load balancer'),
  external_alb_arn_suffix: string('ARN suffix of the external load balancer, for its metrics'),
  external_alb_dns_name: string('AWS host name of the external load balancer'),
  external_alb_zone_id: string('Hosted zone of that host name, for alias records'),
  external_alb_security_group_id: string(
    'Security group that allows CloudFront to reach the HTTPS listener',
  ),
  external_alb_https_listener_arn: string('HTTPS listener of the external load balancer'),
  external_hosts: optionalList('Host names of services, for the CDN. Absent without any'),
  external_grpc_hosts: optionalList('Host names of gRPC services, for the CDN. Absent without any'),
} as const satisfies Contract
