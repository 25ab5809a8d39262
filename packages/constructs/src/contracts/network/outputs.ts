import type { Contract } from '../contract'

export const network = {
  vpc_id: { type: 'string', description: 'The VPC' },
  vpc_cidr: { type: 'string', description: 'Address range of the VPC' },
  public_subnet_ids: {
    type: 'list',
    description: 'Subnets with a route to the internet gateway, one a zone: load balancers',
  },
  private_subnet_ids: {
    type: 'list',
    description: 'Subnets that reach the internet through NAT, one a zone: tasks and instances',
  },
  isolated_subnet_ids: {
    type: 'list',
    description: 'Subnets with no way out, one a zone: databases and caches',
  },
  endpoint_security_group_id: {
    type: 'string',
    description: 'Security group of the interface endpoints, for egress rules to them',
  },
  s3_prefix_list_id: {
    type: 'string',
    description: 'Prefix list of the S3 gateway endpoint, for egress rules to it',
  },
  dynamodb_prefix_list_id: {
    type: 'string',
    description: 'Prefix list of the DynamoDB gateway endpoint, for egress rules to it',
  },
  nat_public_ips: {
    type: 'list',
    description: 'Addresses that the private subnets are seen from outside as',
  },
  public_zone_id: { type: 'string', description: 'Public hosted zone of the domain' },
  private_zone_id: { type: 'string', description: 'Hosted zone that only the VPC sees' },
} as const satisfies Contract
