import type { JsonObject } from '../../src/json'
import type { PlanCase } from '../plan-case'
import { changed, changesOf, configuration, type Resources, without } from './configurations'

const vpc: Resources = { aws_vpc: { it: { cidr_block: '10.0.0.0/16' } } }
const inVpc = { vpc_id: '${aws_vpc.it.id}' }
const ingress = (
  cidr_blocks: readonly string[],
  from_port = 443,
  to_port = from_port,
): JsonObject => ({
  cidr_blocks,
  from_port,
  to_port,
  protocol: 'tcp',
  description: 'clients',
  ipv6_cidr_blocks: [],
  prefix_list_ids: [],
  security_groups: [],
  self: false,
})
const group: Resources = {
  ...vpc,
  aws_security_group: {
    it: { name: 'it', ...inVpc, ingress: [ingress(['10.0.0.0/8'], 443, 8443)] },
  },
}
const admits = (...rules: readonly JsonObject[]) =>
  changed(group, 'aws_security_group', { ingress: rules })
const ruled = (values: JsonObject): Resources => ({
  ...vpc,
  aws_security_group: { it: { name: 'it', ...inVpc } },
  aws_vpc_security_group_ingress_rule: {
    old: {
      security_group_id: '${aws_security_group.it.id}',
      cidr_ipv4: '10.0.0.0/8',
      ip_protocol: 'tcp',
      from_port: 443,
      to_port: 443,
    },
    ...(Object.keys(values).length > 0 && {
      it: { security_group_id: '${aws_security_group.it.id}', ip_protocol: 'tcp', ...values },
    }),
  },
})

const groupCases = {
  ...changesOf(group, {
    'group-halves': [
      admits(ingress(['0.0.0.0/1', '128.0.0.0/1'])),
      'open-to-world aws_security_group.it',
    ],
    'group-ports-wider': [
      admits(ingress(['10.0.0.0/8'], 0, 65535)),
      'group-widened aws_security_group.it',
    ],
    'group-narrower': [admits(ingress(['10.1.0.0/16'], 443))],
    'group-split-and-reordered': [
      admits(
        ingress(['10.128.0.0/9', '10.0.0.0/9'], 1000, 8443),
        ingress(['10.0.0.0/8'], 443, 999),
      ),
    ],
    'group-egress-only': [
      changed(group, 'aws_security_group', {
        egress: [{ ...ingress(['0.0.0.0/0'], 0), protocol: '-1' }],
      }),
    ],
  }),
  ...changesOf(ruled({}), {
    'group-new-rule': [
      ruled({ cidr_ipv4: '10.0.0.0/8', from_port: 22, to_port: 22 }),
      'group-widened aws_vpc_security_group_ingress_rule.it',
    ],
    'group-new-rule-inside': [ruled({ cidr_ipv4: '10.1.0.0/16', from_port: 443, to_port: 443 })],
    'group-new-rule-v6': [
      ruled({ cidr_ipv6: '::/0', from_port: 5432, to_port: 5432 }),
      'open-to-world aws_vpc_security_group_ingress_rule.it',
    ],
  }),
}

const subnet: Resources = {
  ...vpc,
  aws_subnet: { it: { ...inVpc, cidr_block: '10.0.1.0/24' } },
}
const template: Resources = {
  aws_launch_template: {
    it: {
      name: 'instances',
      image_id: 'ami-12c6146b',
      metadata_options: { http_endpoint: 'enabled', http_tokens: 'required' },
      network_interfaces: { associate_public_ip_address: 'false' },
    },
  },
}
const addressCases = {
  ...changesOf(subnet, {
    'subnet-public-addresses': [
      changed(subnet, 'aws_subnet', { map_public_ip_on_launch: true }),
      'public-address aws_subnet.it',
    ],
    'subnet-tagged': [changed(subnet, 'aws_subnet', { tags: { tier: 'private' } })],
  }),
  ...changesOf(template, {
    'instances-public-addresses': [
      changed(template, 'aws_launch_template', {
        network_interfaces: { associate_public_ip_address: 'true' },
      }),
      'public-address aws_launch_template.it',
    ],
    'instances-metadata-v1': [
      changed(template, 'aws_launch_template', {
        metadata_options: { http_endpoint: 'enabled', http_tokens: 'optional' },
      }),
      'metadata-v1 aws_launch_template.it',
    ],
    'instances-new-image': [
      changed(template, 'aws_launch_template', {
        image_id: 'ami-785db401',
        user_data: 'IyEvYmluL3No',
      }),
    ],
  }),
}

const volume: Resources = {
  aws_ebs_volume: { it: { availability_zone: 'us-east-1a', size: 8, encrypted: true } },
  aws_ebs_snapshot: { it: { volume_id: '${aws_ebs_volume.it.id}' } },
}
const imageCases = {
  ...changesOf(volume, {
    'snapshot-shared': [
      {
        ...volume,
        aws_snapshot_create_volume_permission: {
          it: { snapshot_id: '${aws_ebs_snapshot.it.id}', account_id: '111122223333' },
        },
      },
      'data-shared aws_snapshot_create_volume_permission.it',
    ],
    'snapshot-destroyed': [
      without(volume, 'aws_ebs_snapshot'),
      'data-destroyed aws_ebs_snapshot.it',
    ],
    'volume-grown': [changed(volume, 'aws_ebs_volume', { size: 16, type: 'gp3' })],
  }),
  'image-public': {
    after: configuration({
      aws_ami_launch_permission: { it: { image_id: 'ami-12c6146b', group: 'all' } },
    }),
    finds: ['public-data aws_ami_launch_permission.it'],
  },
} satisfies Record<string, PlanCase>

const origin = { domain_name: 'origin.example', origin_id: 'o' }
const distribution: Resources = {
  aws_cloudfront_distribution: {
    it: {
      enabled: true,
      web_acl_id:
        'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/11111111-2222-3333-4444-555555555555',
      origin: {
        ...origin,
        custom_origin_config: {
          http_port: 80,
          https_port: 443,
          origin_protocol_policy: 'https-only',
          origin_ssl_protocols: ['TLSv1.2'],
        },
      },
      default_cache_behavior: {
        allowed_methods: ['GET', 'HEAD'],
        cached_methods: ['GET', 'HEAD'],
        target_origin_id: 'o',
        viewer_protocol_policy: 'redirect-to-https',
        forwarded_values: { query_string: false, cookies: { forward: 'none' } },
      },
      restrictions: { geo_restriction: { restriction_type: 'none' } },
      viewer_certificate: { cloudfront_default_certificate: true },
    },
  },
}
const distributionCases = changesOf(distribution, {
  'distribution-firewall-off': [
    changed(distribution, 'aws_cloudfront_distribution', { web_acl_id: '' }),
    'firewall-detached aws_cloudfront_distribution.it',
  ],
  'distribution-comment': [
    changed(distribution, 'aws_cloudfront_distribution', {
      comment: 'shop',
      price_class: 'PriceClass_100',
    }),
  ],
})

/** What becomes reachable or public. */
export const exposureCases: Readonly<Record<string, PlanCase>> = {
  ...groupCases,
  ...addressCases,
  ...imageCases,
  ...distributionCases,
}
