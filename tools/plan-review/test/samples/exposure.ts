import type { JsonObject } from '../../src/json'
import { type Entry, replaced } from '../plans'
import { at, both, create, destroy, type SingleChanges, update } from './changes'

const policy = (statement: JsonObject) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::b/*',
      ...statement,
    },
  })

/** A rule of its own, of a group that exists. */
const rule = (changes: JsonObject = {}): JsonObject => ({
  security_group_id: 'sg-own',
  cidr_ipv4: '10.0.0.0/8',
  ip_protocol: 'tcp',
  from_port: 443,
  to_port: 443,
  ...changes,
})
const ownRule = 'aws_vpc_security_group_ingress_rule'
const inline = (...ingress: JsonObject[]): JsonObject => ({
  id: 'sg-own',
  ingress: ingress.map((entry) => ({ protocol: 'tcp', from_port: 22, to_port: 22, ...entry })),
})
const group = (before: JsonObject[], after: JsonObject[]): Entry =>
  update('aws_security_group', inline(...before), inline(...after))
const cidrs = (...ranges: string[]): JsonObject => ({ cidr_blocks: ranges })

const acl = (...ingress: JsonObject[]): JsonObject => ({
  ingress: ingress.map((entry, index) => ({
    rule_no: 100 + index,
    action: 'allow',
    protocol: 'tcp',
    from_port: 443,
    to_port: 443,
    cidr_block: '10.0.0.0/8',
    ...entry,
  })),
})
const azure = (changes: JsonObject = {}): JsonObject => ({
  resource_group_name: 'g',
  network_security_group_name: 'n',
  direction: 'Inbound',
  access: 'Allow',
  priority: 200,
  protocol: 'Tcp',
  source_address_prefix: '10.0.0.0/8',
  destination_address_prefix: '*',
  destination_port_range: '22',
  ...changes,
})
const azureRule = 'azurerm_network_security_rule'
const azureGroup = (...rules: JsonObject[]): JsonObject => ({
  resource_group_name: 'g',
  name: 'n',
  security_rule: rules.map(azure),
})
const google = (changes: JsonObject = {}): JsonObject => ({
  network: 'default',
  direction: 'INGRESS',
  source_ranges: ['10.0.0.0/8'],
  allow: [{ protocol: 'tcp', ports: ['22'] }],
  ...changes,
})
const sql = (start_ip_address: string, end_ip_address: string): JsonObject => ({
  server_id: 'server',
  start_ip_address,
  end_ip_address,
})
const service = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  metadata: [metadata],
  spec: [{ port: [{ port: 5432, protocol: 'TCP' }], ...spec }],
})
const binding = (role: string, ...subject: JsonObject[]): JsonObject => ({
  role_ref: [{ kind: 'ClusterRole', name: role }],
  subject,
})
const account = (name: string): JsonObject => ({ kind: 'ServiceAccount', namespace: 'a', name })
const eks = (endpoint_public_access: boolean, ...public_access_cidrs: string[]): JsonObject => ({
  vpc_config: [{ endpoint_public_access, public_access_cidrs }],
})
const bucketBlock = 'aws_s3_bucket_public_access_block'
const isPublicTask = (value: boolean): JsonObject => ({
  network_configuration: [{ assign_public_ip: value, subnets: ['a'] }],
})
const stateMachine = (value: string): JsonObject => ({
  definition: JSON.stringify({
    States: {
      Run: {
        Parameters: { NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: value } } },
      },
    },
  }),
})
const tokens = (http_tokens: string, http_endpoint = 'enabled'): JsonObject => ({
  metadata_options: [{ http_tokens, http_endpoint }],
})
const listener = (...types: string[]): JsonObject => ({
  default_action: types.map((type) => ({ type })),
})

export const exposureSamples: Readonly<Record<string, SingleChanges>> = {
  'open-to-world': {
    finds: [
      [create(ownRule, rule({ cidr_ipv4: '0.0.0.0/0' })), 'port 443 from 0.0.0.0/0'],
      [
        update(ownRule, rule(), rule({ cidr_ipv4: null, cidr_ipv6: '::/0' })),
        'port 443 from ::/0, before: port 443 from 10.0.0.0/8',
      ],
      [
        group([], [{ protocol: '-1', from_port: 0, to_port: 0, ...cidrs('0.0.0.0/0') }]),
        'every port',
      ],
      [
        create('aws_security_group_rule', {
          type: 'ingress',
          protocol: 'tcp',
          from_port: 0,
          to_port: 65535,
          ...cidrs('0.0.0.0/1', '128.0.0.0/1'),
        }),
        'ports 0-65535 from 128.0.0.0/1',
      ],
      // All of the internet in other words.
      [group([], [cidrs('0.0.0.0/0')]), 'port 22 from 0.0.0.0/0'],
      [group([], [cidrs('8.0.0.0/5')]), '8.0.0.0/5'],
      [group([], [{ ipv6_cidr_blocks: ['2000::/3'] }]), '2000::/3'],
      [group([], [cidrs('11.0.0.0/8', '12.0.0.0/8')]), 'port 22 from 12.0.0.0/8'],
      // The same source gets more ports, or another protocol.
      [
        group([cidrs('0.0.0.0/0')], [{ ...cidrs('0.0.0.0/0'), to_port: 25 }]),
        'ports 22-25 from 0.0.0.0/0, before: port 22 from 0.0.0.0/0',
      ],
      [group([cidrs('0.0.0.0/0')], [{ ...cidrs('0.0.0.0/0'), protocol: 'udp' }]), 'UDP port 22'],
      [group([cidrs('0.0.0.0/1')], [cidrs('0.0.0.0/0')]), 'from 0.0.0.0/0'],
      [
        {
          ...update('aws_security_group', inline(), inline(cidrs('0.0.0.0/0'))),
          actions: replaced,
        },
        'port 22',
      ],
      [
        update('aws_default_security_group', inline(), inline(cidrs('0.0.0.0/0'))),
        'port 22 from 0.0.0.0/0',
      ],
      [
        update('aws_eks_cluster', eks(true, '192.0.2.0/24'), eks(true, '0.0.0.0/0')),
        'port 443 from 0.0.0.0/0',
      ],
      [create('aws_eks_cluster', eks(true, '0.0.0.0/0')), 'port 443'],
      [
        both(
          'aws_lightsail_instance_public_ports',
          'port_info',
          [{ protocol: 'tcp', from_port: 22, to_port: 22, cidrs: ['192.0.2.1/32'] }],
          [{ protocol: 'tcp', from_port: 22, to_port: 22, cidrs: ['0.0.0.0/0'] }],
        ),
        'port 22 from 0.0.0.0/0',
      ],
      [create(azureRule, azure({ source_address_prefix: '*' })), 'port 22 from every address'],
      [
        update(
          azureRule,
          azure(),
          azure({
            source_address_prefix: null,
            source_address_prefixes: ['10.0.0.0/8', 'Internet'],
          }),
        ),
        'port 22 from Internet',
      ],
      [
        update(
          'azurerm_network_security_group',
          azureGroup({}),
          azureGroup(
            {},
            { priority: 300, source_address_prefix: '0.0.0.0/0', destination_port_range: '*' },
          ),
        ),
        'every TCP port from 0.0.0.0/0',
      ],
      // What denied it is gone, or comes later.
      [
        update(
          'azurerm_network_security_group',
          azureGroup(
            { access: 'Deny', priority: 100, source_address_prefix: '*' },
            { source_address_prefix: '*' },
          ),
          azureGroup({ source_address_prefix: '*' }),
        ),
        'port 22 from every address',
      ],
      [
        update(
          'azurerm_network_security_group',
          azureGroup(
            { access: 'Deny', priority: 100, source_address_prefix: '*' },
            { source_address_prefix: '*' },
          ),
          azureGroup(
            { access: 'Deny', priority: 300, source_address_prefix: '*' },
            { source_address_prefix: '*' },
          ),
        ),
        'port 22 from every address',
      ],
      [
        create('azurerm_mssql_firewall_rule', sql('0.0.0.0', '255.255.255.255')),
        '0.0.0.0-255.255.255.255',
      ],
      [
        both(
          'azurerm_storage_account',
          'network_rules',
          [{ default_action: 'Deny', ip_rules: [] }],
          [{ default_action: 'Allow', ip_rules: [] }],
        ),
        'from every address',
      ],
      [
        both('azurerm_key_vault', 'network_acls', [{ default_action: 'Deny' }], []),
        'from every address',
      ],
      [
        both(
          'azurerm_kubernetes_cluster',
          'api_server_access_profile',
          [{ authorized_ip_ranges: ['192.0.2.0/24'] }],
          [],
        ),
        'port 443 from every address',
      ],
      [
        create('google_compute_firewall', google({ source_ranges: ['0.0.0.0/0'] })),
        'port 22 from 0.0.0.0/0',
      ],
      [
        update(
          'google_compute_firewall',
          google(),
          google({ source_ranges: ['0.0.0.0/0'], allow: [{ protocol: 'all' }] }),
        ),
        'every port from 0.0.0.0/0',
      ],
      [
        update(
          'google_compute_firewall',
          google({ source_ranges: ['0.0.0.0/0'], target_tags: ['bastion'] }),
          google({ source_ranges: ['0.0.0.0/0'], target_tags: [] }),
        ),
        'port 22',
      ],
      [
        update(
          'google_compute_firewall',
          google({ source_ranges: ['0.0.0.0/0'], disabled: true }),
          google({ source_ranges: ['0.0.0.0/0'], disabled: false }),
        ),
        'port 22',
      ],
      [create('google_compute_firewall', google({ source_ranges: null })), 'from every address'],
      [
        update(
          'google_sql_database_instance',
          at('settings.ip_configuration.authorized_networks', [{ value: '192.0.2.1' }]),
          at('settings.ip_configuration.authorized_networks', [{ value: '0.0.0.0/0' }]),
        ),
        'from 0.0.0.0/0',
      ],
      [
        update(
          'google_container_cluster',
          at('master_authorized_networks_config.cidr_blocks', [{ cidr_block: '192.0.2.0/24' }]),
          { master_authorized_networks_config: [] },
        ),
        'port 443 from every address',
      ],
      [
        update(
          'kubernetes_service',
          service({ type: 'ClusterIP' }),
          service({ type: 'LoadBalancer' }),
        ),
        'port 5432 from every address',
      ],
      [
        create('kubernetes_manifest', {
          manifest: {
            kind: 'Service',
            spec: {
              type: 'LoadBalancer',
              ports: [{ port: 22 }],
              loadBalancerSourceRanges: ['0.0.0.0/0'],
            },
          },
        }),
        'port 22 from 0.0.0.0/0',
      ],
      // A provider without an entry.
      [
        create('digitalocean_firewall', {
          inbound_rule: [
            { protocol: 'tcp', port_range: '22', source_addresses: ['0.0.0.0/0', '::/0'] },
          ],
        }),
        '::/0',
      ],
      [
        create('openstack_networking_secgroup_rule_v2', {
          direction: 'ingress',
          remote_ip_prefix: '0.0.0.0/0',
        }),
        '0.0.0.0/0',
      ],
    ],
    ignores: [
      create(ownRule, rule()),
      create('aws_vpc_security_group_egress_rule', rule({ cidr_ipv4: '0.0.0.0/0' })),
      create('aws_security_group_rule', { type: 'egress', protocol: '-1', ...cidrs('0.0.0.0/0') }),
      update(
        ownRule,
        rule({ cidr_ipv4: '0.0.0.0/0', description: 'a' }),
        rule({ cidr_ipv4: '0.0.0.0/0', description: 'b' }),
      ),
      // Narrowed: the range, the ports, the protocol, the family.
      group([cidrs('0.0.0.0/0')], [cidrs('0.0.0.0/1')]),
      group([cidrs('0.0.0.0/0')], [cidrs('10.0.0.0/8')]),
      group([{ protocol: '-1', ...cidrs('0.0.0.0/0') }], [cidrs('0.0.0.0/0')]),
      group([{ ...cidrs('0.0.0.0/0'), from_port: 0, to_port: 65535 }], [cidrs('0.0.0.0/0')]),
      group([{ ...cidrs('0.0.0.0/0'), ipv6_cidr_blocks: ['::/0'] }], [cidrs('0.0.0.0/0')]),
      // The same in another form.
      group([cidrs('0.0.0.0/0')], [cidrs('0.0.0.0/1', '128.0.0.0/1')]),
      group(
        [{ ...cidrs('0.0.0.0/0'), to_port: 25 }],
        [
          { ...cidrs('0.0.0.0/0'), to_port: 23 },
          { ...cidrs('0.0.0.0/0'), from_port: 24, to_port: 25 },
        ],
      ),
      group([cidrs('0.0.0.0/0', '10.0.0.0/8')], [cidrs('10.0.0.0/8', '0.0.0.0/0')]),
      // Networks, not the internet.
      group([], [cidrs('203.0.113.0/24', '52.0.0.0/8', '10.0.0.0/7', '224.0.0.0/3')]),
      group([], [{ ipv6_cidr_blocks: ['fc00::/7', '2001:db8::/32'] }]),
      group([cidrs('0.0.0.0/0')], []),
      destroy('aws_security_group', inline(cidrs('0.0.0.0/0'))),
      update('aws_network_acl', acl(), acl({ cidr_block: '0.0.0.0/0' })),
      create('aws_network_acl', acl({ cidr_block: '0.0.0.0/0' })),
      update('aws_eks_cluster', eks(false, '0.0.0.0/0'), eks(false, '0.0.0.0/0', '::/0')),
      create('aws_eks_cluster', eks(true)),
      create(azureRule, azure({ source_address_prefix: '*', direction: 'Outbound' })),
      create(azureRule, azure({ source_address_prefix: '*', access: 'Deny' })),
      create(azureRule, azure({ source_address_prefix: 'VirtualNetwork' })),
      update(
        'azurerm_network_security_group',
        azureGroup({ source_address_prefix: '*' }),
        azureGroup({ source_address_prefix: '*', description: 'b', priority: 210 }),
      ),
      update(
        'azurerm_network_security_group',
        azureGroup({}),
        azureGroup(
          { access: 'Deny', priority: 100, source_address_prefix: '*', protocol: '*' },
          { source_address_prefix: '*' },
        ),
      ),
      create('azurerm_mssql_firewall_rule', sql('203.0.113.7', '203.0.113.7')),
      create('azurerm_storage_account', {
        network_rules: [{ default_action: 'Deny', ip_rules: ['203.0.113.7'] }],
      }),
      create(
        'google_compute_firewall',
        google({ source_ranges: ['0.0.0.0/0'], direction: 'EGRESS' }),
      ),
      create(
        'google_compute_firewall',
        google({ source_ranges: ['0.0.0.0/0'], allow: [], deny: [{ protocol: 'all' }] }),
      ),
      create('google_compute_firewall', google({ source_ranges: null, source_tags: ['web'] })),
      create(
        'google_compute_firewall',
        google({ source_ranges: ['35.191.0.0/16', '130.211.0.0/22'] }),
      ),
      create(
        'kubernetes_service',
        service({ type: 'LoadBalancer', load_balancer_source_ranges: ['192.0.2.0/24'] }),
      ),
      create(
        'kubernetes_service',
        service(
          { type: 'LoadBalancer' },
          { annotations: { 'service.beta.kubernetes.io/aws-load-balancer-internal': 'true' } },
        ),
      ),
      create('digitalocean_firewall', {
        inbound_rule: [{ source_addresses: ['192.0.2.0/24'] }],
        outbound_rule: [{ destination_addresses: ['0.0.0.0/0'] }],
      }),
      create('openstack_networking_secgroup_rule_v2', {
        direction: 'egress',
        remote_ip_prefix: '0.0.0.0/0',
      }),
    ],
  },
  'web-public': {
    finds: [
      [
        create('kubernetes_service', service({ type: 'LoadBalancer', port: [{ port: 443 }] })),
        'port 443 from every address',
      ],
    ],
    ignores: [
      create('kubernetes_service', service({ type: 'LoadBalancer', port: [{ port: 22 }] })),
      create(ownRule, rule({ cidr_ipv4: '0.0.0.0/0' })),
    ],
  },
  'group-widened': {
    finds: [
      [group([], [{ security_groups: ['sg-1'] }]), 'port 22 from sg-1'],
      [create(ownRule, rule()), 'port 443 from 10.0.0.0/8'],
      [create(ownRule, rule({ cidr_ipv4: null, prefix_list_id: 'pl-1' })), 'from pl-1'],
      [
        create(ownRule, rule({ cidr_ipv4: null }), {
          unknown: { referenced_security_group_id: true },
        }),
        'port 443 from a source that is known after apply',
      ],
      [
        group([cidrs('10.0.0.0/16')], [cidrs('10.0.0.0/15')]),
        'from 10.0.0.0/15, before: port 22 from 10.0.0.0/16',
      ],
      [group([cidrs('10.0.0.0/8')], [{ ...cidrs('10.0.0.0/8'), to_port: 23 }]), 'ports 22-23'],
      [group([cidrs('10.0.0.0/8')], [{ ...cidrs('10.0.0.0/8'), protocol: '-1' }]), 'every port'],
      [group([cidrs('10.0.0.0/8')], [cidrs('10.0.0.0/8', '192.168.0.0/16')]), '192.168.0.0/16'],
      [
        group([{ security_groups: ['sg-1'] }], [{ security_groups: ['sg-1'], self: true }]),
        'the group itself',
      ],
      [
        update('aws_network_acl', acl(), acl({ cidr_block: '0.0.0.0/0' })),
        'port 443 from 0.0.0.0/0',
      ],
      [
        update('aws_network_acl', acl({ action: 'deny', cidr_block: '10.9.0.0/16' }, {}), acl({})),
        'port 443 from 10.0.0.0/8',
      ],
      [
        create('aws_network_acl_rule', {
          network_acl_id: 'acl-1',
          egress: false,
          rule_number: 1,
          rule_action: 'allow',
          protocol: '6',
          from_port: 22,
          to_port: 22,
          cidr_block: '10.0.0.0/8',
        }),
        'port 22 from 10.0.0.0/8',
      ],
      [both('aws_ec2_managed_prefix_list', 'entry', [], [{ cidr: '0.0.0.0/0' }]), '0.0.0.0/0'],
      [create('azurerm_mssql_firewall_rule', sql('0.0.0.0', '0.0.0.0')), 'all of Azure'],
      [update(azureRule, azure(), azure({ destination_port_range: '20-30' })), 'ports 20-30'],
      [
        update(azureRule, azure({ destination_address_prefix: '10.0.0.4' }), azure()),
        'port 22 from 10.0.0.0/8',
      ],
      [update('google_compute_firewall', google(), google({ source_tags: ['web'] })), 'from web'],
    ],
    ignores: [
      group([{ security_groups: ['sg-1', 'sg-2'] }], [{ security_groups: ['sg-1'] }]),
      group([{ security_groups: ['sg-1', 'sg-2'] }], [{ security_groups: ['sg-2', 'sg-1'] }]),
      group([cidrs('10.0.0.0/15')], [cidrs('10.0.0.0/16', '10.1.0.0/16')]),
      group([cidrs('0.0.0.0/0')], [{ security_groups: ['sg-1'] }]),
      // The addresses of a group in the VPC had access already.
      group([cidrs('10.0.0.0/16')], [{ security_groups: ['sg-1'] }]),
      group([cidrs('10.0.0.1')], [cidrs('10.0.0.1/32')]),
      group([{ ipv6_cidr_blocks: ['2001:DB8:0::/48'] }], [{ ipv6_cidr_blocks: ['2001:db8::/48'] }]),
      group([{ protocol: '6', ...cidrs('10.0.0.0/8') }], [cidrs('10.0.0.0/8')]),
      create(ownRule, rule({ security_group_id: null }), { unknown: { security_group_id: true } }),
      create('aws_security_group', inline(cidrs('10.0.0.0/8'))),
      update('aws_network_acl', acl({}), acl({ rule_no: 90 })),
      update('aws_network_acl', acl({}), acl({ action: 'deny', cidr_block: '10.9.0.0/16' }, {})),
      create('aws_network_acl_rule', {
        network_acl_id: 'acl-1',
        egress: true,
        rule_action: 'allow',
        protocol: '-1',
        cidr_block: '0.0.0.0/0',
      }),
      update(azureRule, azure({ destination_port_range: '20-30' }), azure()),
      update(azureRule, azure(), azure({ destination_address_prefix: '10.0.0.4' })),
      update('google_compute_firewall', google(), google({ target_tags: ['web'] })),
      create('google_compute_firewall', google()),
    ],
  },
  'public-data': {
    finds: [
      [both(bucketBlock, 'block_public_acls', true, false), 'block_public_acls is turned off'],
      [both(bucketBlock, 'restrict_public_buckets', true, null), 'restrict_public_buckets'],
      [
        both('aws_s3_account_public_access_block', 'ignore_public_acls', true, false),
        'ignore_public_acls',
      ],
      [destroy(bucketBlock), 'deleted'],
      [
        create(bucketBlock, { block_public_acls: true, block_public_policy: false }),
        'block_public_policy is off',
      ],
      [destroy('aws_ebs_snapshot_block_public_access'), 'deleted'],
      [
        both('aws_ec2_image_block_public_access', 'state', 'block-new-sharing', 'unblocked'),
        'state',
      ],
      [
        both(
          'aws_s3_access_point',
          'public_access_block_configuration.block_public_acls',
          true,
          false,
        ),
        'block_public_acls',
      ],
      [both('aws_s3_bucket_acl', 'acl', 'private', 'public-read'), 'public-read'],
      [create('aws_s3_object', { acl: 'public-read-write' }), 'public-read-write'],
      [both('aws_s3_bucket', 'acl', 'private', 'authenticated-read'), 'authenticated-read'],
      [
        create('aws_s3_bucket_acl', {
          access_control_policy: [
            {
              grant: [
                {
                  permission: 'READ',
                  grantee: [{ uri: 'http://acs.amazonaws.com/groups/global/AllUsers' }],
                },
              ],
            },
          ],
        }),
        'AllUsers as READ',
      ],
      [
        both(
          'aws_s3_bucket_policy',
          'policy',
          policy({ Principal: { AWS: 'a' } }),
          policy({ Principal: '*' }),
        ),
        'allows public access',
      ],
      [both('aws_rds_cluster_instance', 'publicly_accessible', false, true), 'publicly_accessible'],
      [
        create('aws_redshift_cluster', { publicly_accessible: true }),
        'publicly_accessible is true',
      ],
      [both('aws_db_snapshot', 'shared_accounts', [], ['all']), 'every AWS account'],
      [
        create('aws_ami_launch_permission', { image_id: 'ami-1', group: 'all' }),
        'every AWS account',
      ],
      [
        both('aws_ssm_document', 'permissions', {}, { type: 'Share', account_ids: 'All' }),
        'every AWS account',
      ],
      [both('azurerm_storage_account', 'allow_nested_items_to_be_public', false, true), 'public'],
      [
        both('azurerm_storage_container', 'container_access_type', 'private', 'blob'),
        'private -> blob',
      ],
      [create('azurerm_storage_container', { container_access_type: 'container' }), 'container'],
      [
        both('google_storage_bucket', 'public_access_prevention', 'enforced', 'inherited'),
        'inherited',
      ],
      [
        create('google_storage_bucket_iam_member', {
          role: 'roles/storage.objectViewer',
          member: 'allUsers',
        }),
        'allUsers as roles/storage.objectViewer',
      ],
      [
        both(
          'google_kms_crypto_key_iam_binding',
          'members',
          ['user:a@example.com'],
          ['user:a@example.com', 'allAuthenticatedUsers'],
        ),
        'allAuthenticatedUsers',
      ],
      [
        create('google_pubsub_topic_iam_policy', {
          policy_data: JSON.stringify({
            bindings: [{ role: 'roles/pubsub.subscriber', members: ['allUsers'] }],
          }),
        }),
        'allUsers as roles/pubsub.subscriber',
      ],
      [
        create('google_storage_bucket_acl', { role_entity: ['READER:allUsers'] }),
        'allUsers as READER',
      ],
      [
        create('google_bigquery_dataset', {
          access: [{ role: 'READER', special_group: 'allAuthenticatedUsers' }],
        }),
        'allAuthenticatedUsers as READER',
      ],
    ],
    ignores: [
      create('aws_s3_bucket_policy', { policy: policy({ Effect: 'Deny', Principal: '*' }) }),
      create('aws_s3_bucket_policy', {
        policy: policy({
          Principal: '*',
          Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
        }),
      }),
      both(bucketBlock, 'block_public_acls', false, true),
      create(bucketBlock, { block_public_acls: true, block_public_policy: true }),
      both(bucketBlock, 'bucket', 'a', 'b'),
      both('aws_s3_bucket_acl', 'acl', 'public-read', 'private'),
      both('aws_s3_bucket_acl', 'acl', 'public-read', 'public-read'),
      create('aws_s3_bucket_acl', {
        access_control_policy: [
          {
            grant: [
              {
                permission: 'WRITE',
                grantee: [{ uri: 'http://acs.amazonaws.com/groups/s3/LogDelivery' }],
              },
            ],
          },
        ],
      }),
      create('aws_vpc_endpoint', {
        policy: policy({ Principal: '*', Action: '*', Resource: '*' }),
      }),
      both('aws_db_instance', 'publicly_accessible', true, false),
      create('aws_ami_launch_permission', { image_id: 'ami-1', account_id: '123456789012' }),
      create('azurerm_storage_account', { allow_nested_items_to_be_public: true }),
      create('azurerm_storage_container', { container_access_type: 'private' }),
      create('google_storage_bucket_iam_member', {
        role: 'roles/storage.objectViewer',
        member: 'user:a@example.com',
      }),
      create('google_cloud_run_service_iam_member', {
        role: 'roles/run.invoker',
        member: 'allUsers',
      }),
      both('google_storage_bucket', 'public_access_prevention', 'inherited', 'enforced'),
    ],
  },
  'data-shared': {
    finds: [
      [both('aws_db_cluster_snapshot', 'shared_accounts', [], ['123456789012']), '123456789012'],
      [
        create('aws_snapshot_create_volume_permission', {
          snapshot_id: 's',
          account_id: '123456789012',
        }),
        '123456789012',
      ],
      [
        create('aws_ami_launch_permission', {
          organization_arn: 'arn:aws:organizations::123456789012:organization/o-1',
        }),
        'o-1',
      ],
      [
        both('aws_ram_resource_share', 'allow_external_principals', false, true),
        'outside the organization',
      ],
    ],
    ignores: [
      both(
        'aws_db_snapshot',
        'shared_accounts',
        ['123456789012', '210987654321'],
        ['210987654321'],
      ),
      destroy('aws_ami_launch_permission', { account_id: '123456789012' }),
      create('aws_ram_resource_share', { allow_external_principals: false }),
      create('aws_db_snapshot', { shared_accounts: null }),
    ],
  },
  'endpoint-public': {
    finds: [
      [
        { ...both('aws_lb', 'internal', true, false), actions: replaced },
        'internal: true -> false',
      ],
      [both('aws_eks_cluster', 'vpc_config.endpoint_public_access', false, true), 'false -> true'],
      [
        both('aws_api_gateway_rest_api', 'endpoint_configuration.types', ['PRIVATE'], ['REGIONAL']),
        'REGIONAL',
      ],
      [both('aws_transfer_server', 'endpoint_type', 'VPC', 'PUBLIC'), 'VPC -> PUBLIC'],
      [
        both(
          'aws_msk_cluster',
          'broker_node_group_info.connectivity_info.public_access.type',
          'DISABLED',
          'SERVICE_PROVIDED_EIPS',
        ),
        'SERVICE_PROVIDED_EIPS',
      ],
      [both('aws_opensearch_domain', 'vpc_options', [{ subnet_ids: ['a'] }], []), 'vpc_options'],
      [both('azurerm_key_vault', 'public_network_access_enabled', false, true), 'false -> true'],
      [both('azurerm_data_factory', 'public_network_access', 'Disabled', 'Enabled'), 'Enabled'],
      [
        both('google_sql_database_instance', 'settings.ip_configuration.ipv4_enabled', false, true),
        'ipv4_enabled',
      ],
      [
        both(
          'google_cloud_run_v2_service',
          'ingress',
          'INGRESS_TRAFFIC_INTERNAL_ONLY',
          'INGRESS_TRAFFIC_ALL',
        ),
        'ALL',
      ],
      [both('kubernetes_service', 'spec.type', 'ClusterIP', 'NodePort'), 'ClusterIP -> NodePort'],
    ],
    ignores: [
      both('aws_lb', 'internal', false, true),
      create('aws_lb', { internal: false }),
      create('azurerm_key_vault', { public_network_access_enabled: true }),
      both('aws_api_gateway_rest_api', 'endpoint_configuration.types', ['EDGE'], ['REGIONAL']),
      update('aws_lb', { internal: true }, {}, { unknown: { internal: true } }),
      both('aws_opensearch_domain', 'vpc_options.subnet_ids', ['a'], ['b']),
      both('kubernetes_service', 'spec.type', 'LoadBalancer', 'ClusterIP'),
    ],
  },
  'public-address': {
    finds: [
      [
        update('aws_ecs_service', isPublicTask(false), isPublicTask(true)),
        'network_configuration.assign_public_ip',
      ],
      [create('aws_ecs_service', isPublicTask(true)), 'assign_public_ip is turned on'],
      [both('aws_subnet', 'map_public_ip_on_launch', false, true), 'map_public_ip_on_launch'],
      [
        create('aws_instance', { associate_public_ip_address: true }),
        'associate_public_ip_address',
      ],
      [
        both(
          'aws_launch_template',
          'network_interfaces.associate_public_ip_address',
          'false',
          'true',
        ),
        'associate_public_ip_address',
      ],
      [
        update('aws_sfn_state_machine', stateMachine('DISABLED'), stateMachine('ENABLED')),
        'AssignPublicIp',
      ],
      [
        both(
          'aws_scheduler_schedule',
          'target.ecs_parameters.network_configuration.assign_public_ip',
          false,
          true,
        ),
        'assign_public_ip',
      ],
      [create('aws_eip_association', { instance_id: 'i-1', allocation_id: 'a' }), 'public address'],
      [both('aws_eip', 'instance', null, 'i-1'), 'public address'],
      [
        both('google_compute_instance', 'network_interface.access_config', [], [{ nat_ip: '' }]),
        'access_config',
      ],
      [
        both('azurerm_network_interface', 'ip_configuration.public_ip_address_id', null, '/id'),
        'public_ip_address_id',
      ],
      [
        both(
          'google_container_cluster',
          'private_cluster_config.enable_private_nodes',
          true,
          false,
        ),
        'private_nodes',
      ],
    ],
    ignores: [
      update('aws_ecs_service', isPublicTask(true), isPublicTask(false)),
      update('aws_ecs_service', isPublicTask(true), { ...isPublicTask(true), desired_count: 2 }),
      create('aws_subnet', { map_public_ip_on_launch: false }),
      create('aws_eip', { domain: 'vpc' }),
      create('google_compute_instance', at('network_interface.access_config', [])),
      update('aws_sfn_state_machine', stateMachine('ENABLED'), stateMachine('DISABLED')),
      create('aws_vpc', { map_public_ip_on_launch: true }),
    ],
  },
  'auth-off': {
    finds: [
      [
        create('aws_lambda_function_url', { authorization_type: 'NONE' }),
        'authorization_type is NONE',
      ],
      [both('aws_lambda_function_url', 'authorization_type', 'AWS_IAM', 'NONE'), 'AWS_IAM -> NONE'],
      [both('aws_api_gateway_method', 'authorization', 'CUSTOM', 'NONE'), 'CUSTOM -> NONE'],
      [both('aws_apigatewayv2_route', 'authorization_type', 'JWT', null), 'JWT -> none'],
      [
        update('aws_lb_listener', listener('authenticate-oidc', 'forward'), listener('forward')),
        'sign in',
      ],
      [
        both('aws_cognito_identity_pool', 'allow_unauthenticated_identities', false, true),
        'unauthenticated',
      ],
      [both('azurerm_linux_web_app', 'auth_settings_v2.auth_enabled', true, false), 'auth_enabled'],
      [
        create('google_cloud_run_service_iam_member', {
          role: 'roles/run.invoker',
          member: 'allUsers',
        }),
        'allUsers',
      ],
      [
        create(
          'kubernetes_cluster_role_binding',
          binding('view', { kind: 'User', name: 'system:anonymous' }),
        ),
        'system:anonymous as view',
      ],
    ],
    ignores: [
      create('aws_lambda_function_url', { authorization_type: 'AWS_IAM' }),
      both('aws_lambda_function_url', 'authorization_type', 'NONE', 'AWS_IAM'),
      create('aws_api_gateway_method', { http_method: 'OPTIONS', authorization: 'NONE' }),
      both('aws_api_gateway_method', 'authorization', 'AWS_IAM', 'CUSTOM'),
      create('aws_apigatewayv2_route', { authorization_type: 'NONE' }),
      update(
        'aws_lb_listener',
        listener('authenticate-oidc', 'forward'),
        listener('authenticate-cognito', 'forward'),
      ),
      create('kubernetes_cluster_role_binding', binding('view', account('b'))),
    ],
  },
  'cluster-admin': {
    finds: [
      [
        create('kubernetes_cluster_role_binding', binding('cluster-admin', account('ci'))),
        'ServiceAccount a ci',
      ],
      [
        update(
          'kubernetes_role_binding_v1',
          binding('cluster-admin', account('a')),
          binding('cluster-admin', account('a'), account('b')),
        ),
        'ServiceAccount a b',
      ],
      [
        create('kubernetes_manifest', {
          manifest: {
            kind: 'ClusterRoleBinding',
            roleRef: { name: 'cluster-admin' },
            subjects: [account('ci')],
          },
        }),
        'ci',
      ],
    ],
    ignores: [
      create('kubernetes_cluster_role_binding', binding('view', account('ci'))),
      update(
        'kubernetes_cluster_role_binding',
        binding('cluster-admin', account('a'), account('b')),
        binding('cluster-admin', account('b')),
      ),
      destroy('kubernetes_cluster_role_binding', binding('cluster-admin', account('ci'))),
    ],
  },
  'firewall-detached': {
    finds: [
      [destroy('aws_wafv2_web_acl_association'), 'detached'],
      [both('aws_cloudfront_distribution', 'web_acl_id', 'arn:a', ''), 'web_acl_id: arn:a -> none'],
      [both('aws_cloudfront_distribution', 'web_acl_id', 'arn:a', null), 'web_acl_id'],
      [both('google_compute_backend_service', 'security_policy', 'a', ''), 'security_policy'],
      [both('azurerm_application_gateway', 'waf_configuration.enabled', true, false), 'enabled'],
    ],
    ignores: [
      both('aws_cloudfront_distribution', 'web_acl_id', 'arn:a', 'arn:b'),
      both('aws_cloudfront_distribution', 'web_acl_id', '', 'arn:b'),
      update(
        'aws_cloudfront_distribution',
        { web_acl_id: 'arn:a' },
        {},
        { unknown: { web_acl_id: true } },
      ),
      create('aws_cloudfront_distribution', { web_acl_id: null }),
      destroy('aws_cloudfront_distribution', { web_acl_id: 'arn:a' }),
    ],
  },
  'metadata-v1': {
    finds: [
      [update('aws_instance', tokens('required'), tokens('optional')), 'required -> optional'],
      [
        update('aws_launch_template', tokens('required'), { metadata_options: [] }),
        'required -> none',
      ],
      [create('aws_launch_template', tokens('optional')), 'is optional'],
      [
        both('aws_ec2_instance_metadata_defaults', 'http_tokens', 'required', 'no-preference'),
        'no-preference',
      ],
    ],
    ignores: [
      update('aws_instance', tokens('optional'), tokens('required')),
      update('aws_instance', tokens('required'), tokens('optional', 'disabled')),
      update('aws_instance', tokens('required'), {}, { unknown: { metadata_options: true } }),
      create('aws_launch_template', { name: 'a' }),
      create('aws_launch_template', tokens('required')),
    ],
  },
}
