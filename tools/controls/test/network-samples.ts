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
}
