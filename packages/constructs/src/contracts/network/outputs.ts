import { type Contract, list, string } from '../contract'

export const network = {
  vpc_id: string('ID of the VPC'),
  vpc_cidr: string('Address range of the VPC'),
  public_subnet_ids: list(
    'Subnets with a route to the internet gateway, one per zone: load balancers',
  ),
  private_subnet_ids: list(
    'Subnets that reach the internet through NAT, one per zone: tasks and instances',
  ),
  isolated_subnet_ids: list('Subnets without internet access, one per zone: databases and caches'),
  endpoint_security_group_id: string(
    'Security group of the interface endpoints, for egress rules to them',
  ),
  s3_prefix_list_id: string('Prefix list of the S3 gateway endpoint, for egress rules to it'),
  dynamodb_prefix_list_id: string(
    'Prefix list of the DynamoDB gateway endpoint, for egress rules to it',
  ),
  nat_public_ips: list('Public addresses of outgoing connections from the private subnets'),
  public_zone_id: string('Public hosted zone of the domain'),
  public_zone_name_servers: list(
    'Name servers of that zone, for the NS records of the domain in its parent zone',
  ),
  private_zone_id: string('Private hosted zone, which resolves inside the VPC only'),
} as const satisfies Contract
