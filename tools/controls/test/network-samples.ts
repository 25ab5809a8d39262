import { only, type Sample, variants } from './samples'

const rule = variants('aws_vpc_security_group_ingress_rule', {
  description: 'From the office',
  cidr_ipv4: '192.0.2.0/24',
  ip_protocol: 'tcp',
  from_port: 22,
  to_port: 22,
})
const egress = variants('aws_vpc_security_group_egress_rule', {
  description: 'AWS',
  cidr_ipv4: '0.0.0.0/0',
  ip_protocol: 'tcp',
  from_port: 443,
  to_port: 443,
})
const group = variants('aws_security_group', { description: 'Of the tasks' })
const inVpc = { vpc_id: '${aws_vpc.main.id}' }
const balancer = variants('aws_lb', {
  enable_deletion_protection: true,
  access_logs: { enabled: true, bucket: 'logs' },
})
const http = variants('aws_lb_listener', {
  protocol: 'HTTP',
  default_action: [{ type: 'redirect', redirect: { protocol: 'HTTPS' } }],
})
const https = variants('aws_lb_listener', {
  protocol: 'HTTPS',
  ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
})
const zone = { aws_route53_zone: { main: { name: 'a.example' } } }
const inZone = '${aws_route53_zone.main.zone_id}'

const route = variants('aws_route', {
  destination_cidr_block: '0.0.0.0/0',
  nat_gateway_id: 'nat',
})
const record = variants('aws_route53_record', { type: 'A' })
const endpointSample = (service: string): Sample => {
  const endpoint = (name: string) => ({
    aws_vpc: { main: {} },
    aws_vpc_endpoint: { it: { ...inVpc, service_name: `com.amazonaws.eu-west-1.${name}` } },
  })
  return {
    violations: [[endpoint('kms'), `no endpoint for ${service}`]],
    compliant: [endpoint(service)],
  }
}

export const networkSamples: Readonly<Record<string, Sample>> = {
  CKV2_AWS_11: {
    violations: [
      [{ aws_vpc: { main: {} } }, 'no aws_flow_log'],
      [
        { aws_vpc: { main: {}, other: {} }, aws_flow_log: { main: inVpc } },
        'aws_vpc.other: no aws_flow_log',
      ],
    ],
    compliant: [{ aws_vpc: { main: {} }, aws_flow_log: { main: inVpc } }],
  },
  CKV2_AWS_12: {
    violations: [
      [{ aws_vpc: { main: {} } }, 'the rules that AWS creates'],
      [
        {
          aws_vpc: { main: {} },
          aws_default_security_group: { main: { ...inVpc, ingress: [{ self: true }], egress: [] } },
        },
        'has ingress',
      ],
    ],
    compliant: [
      {
        aws_vpc: { main: {} },
        aws_default_security_group: { main: { ...inVpc, ingress: [], egress: [] } },
      },
    ],
  },
  CKV_AWS_23: {
    violations: [
      [rule({ description: undefined }), 'no description'],
      [group({ description: 'Managed by Terraform' }), 'no description'],
      [group({ ingress: [{ from_port: 443 }] }), 'no description'],
    ],
    compliant: [rule(), group(), group({ ingress: [{ from_port: 443, description: 'All' }] })],
  },
  CKV_AWS_24: {
    violations: [
      [rule({ cidr_ipv4: '0.0.0.0/0' }), 'port 22'],
      [rule({ cidr_ipv4: undefined, cidr_ipv6: '::/0', from_port: 0, to_port: 65535 }), 'port 22'],
      [rule({ cidr_ipv4: '0.0.0.0/0', ip_protocol: '-1' }), 'port 22'],
      [
        group({
          ingress: { protocol: 'tcp', from_port: 22, to_port: 22, cidr_blocks: ['0.0.0.0/0'] },
        }),
        'port 22',
      ],
      [
        only('aws_security_group_rule', {
          type: 'ingress',
          protocol: 'tcp',
          from_port: 20,
          to_port: 30,
          ipv6_cidr_blocks: ['::/0'],
        }),
        'port 22',
      ],
    ],
    compliant: [rule(), rule({ cidr_ipv4: '0.0.0.0/0', from_port: 443, to_port: 443 }), egress()],
  },
  CKV_AWS_382: {
    violations: [
      [egress({ ip_protocol: '-1' }), 'every protocol'],
      [
        group({
          egress: [{ protocol: '-1', from_port: 0, to_port: 0, cidr_blocks: ['0.0.0.0/0'] }],
        }),
        'every protocol',
      ],
    ],
    compliant: [egress(), egress({ ip_protocol: '-1', cidr_ipv4: '10.0.0.0/8' })],
  },
  CKV2_AWS_20: {
    violations: [
      [http({ default_action: [{ type: 'forward' }] }), 'plain HTTP'],
      [
        http({ default_action: [{ type: 'redirect', redirect: [{ protocol: 'HTTP' }] }] }),
        'plain HTTP',
      ],
    ],
    compliant: [http()],
  },
  CKV_AWS_103: {
    violations: [
      [https({ ssl_policy: 'ELBSecurityPolicy-2016-08' }), '2016-08'],
      [https({ ssl_policy: 'ELBSecurityPolicy-TLS13-1-1-2021-06' }), 'TLS13-1-1'],
      [https({ ssl_policy: undefined }), 'undefined'],
    ],
    compliant: [https(), https({ ssl_policy: 'ELBSecurityPolicy-FS-1-2-Res-2020-10' })],
  },
  CKV_AWS_91: {
    violations: [
      [balancer({ access_logs: undefined }), 'no access_logs'],
      [balancer({ access_logs: { enabled: false, bucket: 'logs' } }), 'no access_logs'],
    ],
    compliant: [balancer()],
  },
  CKV_AWS_150: {
    violations: [[balancer({ enable_deletion_protection: false }), 'enable_deletion_protection']],
    compliant: [balancer()],
  },
  CKV_AWS_328: {
    violations: [[balancer({ desync_mitigation_mode: 'monitor' }), 'monitor']],
    compliant: [balancer(), balancer({ desync_mitigation_mode: 'strictest' })],
  },
  CKV2_AWS_28: {
    violations: [[balancer({ internal: false }), 'no aws_wafv2_web_acl_association']],
    compliant: [
      {
        ...balancer({ internal: false }),
        aws_wafv2_web_acl_association: { it: { resource_arn: '${aws_lb.it.arn}' } },
      },
    ],
  },
  CKV2_AWS_39: {
    violations: [[zone, 'no aws_route53_query_log']],
    compliant: [{ ...zone, aws_route53_query_log: { it: { zone_id: inZone } } }],
  },
  CKV2_AWS_38: {
    violations: [
      [zone, 'not signed'],
      [
        {
          ...zone,
          aws_route53_hosted_zone_dnssec: {
            it: { hosted_zone_id: inZone, signing_status: 'NOT_SIGNING' },
          },
        },
        'not signed',
      ],
    ],
    compliant: [
      {
        ...zone,
        aws_route53_key_signing_key: { it: { hosted_zone_id: inZone } },
        aws_route53_hosted_zone_dnssec: {
          it: { hosted_zone_id: '${aws_route53_key_signing_key.it.hosted_zone_id}' },
        },
      },
    ],
  },

  'FSBP EC2.55': endpointSample('ecr.api'),
  'FSBP EC2.56': endpointSample('ecr.dkr'),
  'FSBP EC2.57': endpointSample('ssm'),
  'FSBP EC2.18': {
    violations: [
      [rule({ cidr_ipv4: '0.0.0.0/0' }), 'other than 80 and 443'],
      [rule({ cidr_ipv4: '0.0.0.0/0', from_port: 80, to_port: 443 }), 'other than 80 and 443'],
      [rule({ cidr_ipv4: undefined, cidr_ipv6: '::/0', ip_protocol: '-1' }), 'other than'],
    ],
    compliant: [
      rule(),
      rule({ cidr_ipv4: '0.0.0.0/0', from_port: 443, to_port: 443 }),
      rule({ cidr_ipv4: '0.0.0.0/0', from_port: '80', to_port: '80' }),
    ],
  },
  CKV_AWS_130: {
    violations: [
      [only('aws_subnet', { map_public_ip_on_launch: true }), 'map_public_ip_on_launch is on'],
    ],
    compliant: [only('aws_subnet', {}), only('aws_subnet', { map_public_ip_on_launch: false })],
  },
  CKV2_AWS_19: {
    violations: [[only('aws_eip', { domain: 'vpc' }), 'nothing uses it']],
    compliant: [
      only('aws_eip', { instance: 'i-1' }),
      {
        aws_eip: { it: {} },
        aws_nat_gateway: { it: { allocation_id: '${aws_eip.it.id}' } },
      },
    ],
  },
  CKV2_AWS_5: {
    violations: [
      [group(), 'nothing uses it'],
      [
        {
          ...group(),
          ...only('aws_security_group_rule', { security_group_id: '${aws_security_group.it.id}' }),
        },
        'nothing uses it',
      ],
    ],
    compliant: [
      { ...group(), aws_lb: { it: { security_groups: ['${aws_security_group.it.id}'] } } },
      {
        ...group(),
        aws_ecs_service: {
          it: { network_configuration: { security_groups: ['${aws_security_group.it.id}'] } },
        },
      },
    ],
  },
  CKV2_AWS_35: {
    violations: [
      [route({ nat_gateway_id: undefined, network_interface_id: 'eni' }), 'leads to an instance'],
      [
        only('aws_route', { destination_ipv6_cidr_block: '::/0', vpc_peering_connection_id: 'p' }),
        'peering',
      ],
    ],
    compliant: [
      route(),
      route({ nat_gateway_id: undefined, gateway_id: 'igw' }),
      only('aws_route', { destination_cidr_block: '10.0.0.0/8', network_interface_id: 'eni' }),
    ],
  },
  CKV2_AWS_44: {
    violations: [[route({ vpc_peering_connection_id: 'pcx' }), 'leads to a peering']],
    compliant: [
      route(),
      only('aws_route', { destination_cidr_block: '10.0.0.0/8', vpc_peering_connection_id: 'p' }),
    ],
  },
  'FSBP ELB.17': {
    violations: [
      [https({ ssl_policy: 'ELBSecurityPolicy-FS-1-2-Res-2020-10' }), 'FS-1-2'],
      [https({ ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06' }), 'Ext2'],
    ],
    compliant: [
      https(),
      https({ ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06' }),
      https({ ssl_policy: 'ELBSecurityPolicy-TLS13-1-3-PQ-2025-09' }),
    ],
  },
  CKV_AWS_131: {
    violations: [[balancer(), 'drop_invalid_header_fields is off']],
    compliant: [balancer({ drop_invalid_header_fields: true })],
  },
  'FSBP ELB.13': {
    violations: [
      [balancer({ subnets: ['one'] }), '1 subnets'],
      [balancer(), '0 subnets'],
    ],
    compliant: [
      balancer({ subnets: ['one', 'other'] }),
      balancer({ subnet_mapping: [{ subnet_id: 'one' }, { subnet_id: 'other' }] }),
    ],
  },
  CKV_AWS_261: {
    violations: [
      [only('aws_lb_target_group', { protocol: 'HTTP' }), 'no health_check'],
      [only('aws_lb_target_group', { protocol: 'HTTP', health_check: {} }), 'with a path'],
      [only('aws_lb_target_group', { health_check: { path: '/', enabled: false } }), 'no health'],
    ],
    compliant: [
      only('aws_lb_target_group', { protocol: 'HTTP', health_check: { path: '/health' } }),
      only('aws_lb_target_group', { protocol: 'TCP', health_check: [{ protocol: 'TCP' }] }),
    ],
  },
  CKV2_AWS_23: {
    violations: [
      [record({ records: ['192.0.2.7'] }), 'points to 192.0.2.7'],
      [record({ alias: { name: 'old.elb.amazonaws.com' } }), 'points to old.elb'],
    ],
    compliant: [
      record({ alias: { name: '${aws_lb.it.dns_name}' } }),
      record({ type: 'AAAA', records: ['${aws_eip.it.public_ip}'] }),
    ],
  },
  CKV_AWS_233: {
    violations: [[only('aws_acm_certificate', {}), 'create_before_destroy is off']],
    compliant: [only('aws_acm_certificate', { lifecycle: { create_before_destroy: true } })],
  },
  CKV_AWS_234: {
    violations: [
      [
        only('aws_acm_certificate', {
          options: { certificate_transparency_logging_preference: 'DISABLED' },
        }),
        'DISABLED',
      ],
    ],
    compliant: [only('aws_acm_certificate', {})],
  },
  'FSBP ACM.2': {
    violations: [[only('aws_acm_certificate', { key_algorithm: 'RSA_1024' }), 'RSA_1024']],
    compliant: [
      only('aws_acm_certificate', {}),
      only('aws_acm_certificate', { key_algorithm: 'EC_prime256v1' }),
    ],
  },
}
