import type { Json, JsonObject } from '../src/json'
import { type Entry, replaced } from './plans'
import { availabilitySamples } from './samples/availability'
import { exposureSamples, type SingleChanges } from './samples/exposure'

interface Sample {
  /** One change, or several of one plan. */
  readonly finds: readonly (readonly [Entry | readonly Entry[], string])[]
  readonly ignores: readonly (Entry | readonly Entry[])[]
}

const update = (
  type: string,
  before: JsonObject,
  after: JsonObject,
  more: Partial<Entry> = {},
): Entry => ({ type, before, after, ...more })
const destroy = (
  type: string,
  before: JsonObject = { id: 'x' },
  more: Partial<Entry> = {},
): Entry => ({ type, before, after: null, ...more })
const create = (type: string, after: JsonObject, more: Partial<Entry> = {}): Entry => ({
  type,
  before: null,
  after,
  ...more,
})
const replace = (type: string, before: JsonObject, after: JsonObject, forced: string): Entry =>
  update(type, before, after, { actions: replaced, replacePaths: [[forced]] })
const newFirst = (type: string, forced: string): Entry =>
  update(type, {}, {}, { actions: ['create', 'delete'], replacePaths: [[forced]] })
const destroyAmong = (type: string, before: JsonObject, ...others: Entry[]): Entry =>
  destroy(type, before, { others })
/** A resource that stays as it is. */
const kept = (type: string, values: JsonObject): Entry =>
  update(type, values, values, { address: `${type}.kept`, actions: ['no-op'] })
const role = { id: 'app', name: 'app', arn: 'arn:aws:iam::123456789012:role/app' }
const instance = { id: 'a-1', cluster_identifier: 'a' }
const bucket = { id: 'b', bucket: 'b', arn: 'arn:aws:s3:::b' }
const zone = { id: 'Z1', zone_id: 'Z1', name: 'plans.example' }
const forget = (type: string): Entry => ({
  type,
  actions: ['forget'],
  before: { id: 'x' },
  after: null,
})

const policy = (statement: JsonObject | JsonObject[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statement })
const allow = (more: JsonObject): JsonObject => ({ Effect: 'Allow', ...more })
const read = allow({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' })
const deny = (more: JsonObject): JsonObject => ({ Effect: 'Deny', ...more })
const trust = (condition: JsonObject | undefined, principal: JsonObject = github) =>
  allow({
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: principal,
    ...(condition && { Condition: condition }),
  })
const subject = 'token.actions.githubusercontent.com:sub'
const github = {
  Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
}
const main = { StringEquals: { [subject]: 'repo:org/app:ref:refs/heads/main' } }
const ofTrust = (before: JsonObject, after: JsonObject) =>
  update(
    'aws_iam_role',
    { assume_role_policy: policy(before) },
    { assume_role_policy: policy(after) },
  )
const onBucket = (before: JsonObject | JsonObject[], after: JsonObject | JsonObject[]) =>
  update('aws_s3_bucket_policy', { policy: policy(before) }, { policy: policy(after) })
const tls = deny({
  Principal: '*',
  Action: 's3:*',
  Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
})
const reader = { ...read, Principal: { AWS: 'arn:aws:iam::123456789012:role/a' } }
const invoke = {
  action: 'lambda:InvokeFunction',
  function_name: 'f',
  principal: '111122223333',
}
const ofRole = (before: Json, after: Json) =>
  update('aws_iam_role_policy', { policy: before }, { policy: after })

const strategy = (...items: [provider: string, base: number, weight: number][]): JsonObject => ({
  capacity_provider_strategy: items.map(([capacity_provider, base, weight]) => ({
    capacity_provider,
    base,
    weight,
  })),
})
const service = (before: JsonObject, after: JsonObject) => update('aws_ecs_service', before, after)
const mixed = (
  types: string[],
  distribution: JsonObject = {},
  zones = ['a', 'b', 'c'],
): JsonObject => ({
  vpc_zone_identifier: zones,
  mixed_instances_policy: [
    {
      launch_template: [{ override: types.map((instance_type) => ({ instance_type })) }],
      instances_distribution: [{ on_demand_percentage_above_base_capacity: 0, ...distribution }],
    },
  ],
})
const group = (before: JsonObject, after: JsonObject) =>
  update('aws_autoscaling_group', before, after)
const provider = (values: JsonObject): JsonObject => ({ auto_scaling_group_provider: [values] })
const mixedWith = (arn: string, percentage: number): JsonObject => ({
  ...mixed(['a'], { on_demand_percentage_above_base_capacity: percentage }),
  target_group_arns: [arn],
})
const slower = update(
  'aws_lb_target_group',
  { arn: 'tg', deregistration_delay: '90' },
  { arn: 'tg', deregistration_delay: '300' },
)
const targetsOf = (arn: string, ...items: Parameters<typeof strategy>): Entry => {
  const values = { ...strategy(...items), load_balancer: [{ target_group_arn: arn }] }
  return service(values, { ...values, desired_count: 3 })
}
const acl = (...rule: JsonObject[]): JsonObject => ({ default_action: [{ block: [{}] }], rule })
const blocking = (name: string, limit?: number): JsonObject => ({
  name,
  action: [{ block: [{}] }],
  statement: limit === undefined ? [] : [{ rate_based_statement: [{ limit }] }],
})
const counting = (name: string): JsonObject => ({ name, action: [{ count: [{}] }], statement: [] })
const standby = { tags: { 'tideway:standby-of': 'api' }, desired_count: 0 }

const images = (tagStatus: string, countNumber: number) =>
  JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus, countType: 'imageCountMoreThan', countNumber },
        action: { type: 'expire' },
      },
    ],
  })

/** One sample of each type: other tests put many values into each of them. */
function ofEachType({ finds, ignores }: SingleChanges): Sample {
  const isFirst = ({ type }: Entry, index: number, all: readonly Entry[]) =>
    all.findIndex((entry) => entry.type === type) === index
  const found = finds.map(([entry]) => entry)
  return {
    finds: finds.filter(([entry], index) => isFirst(entry, index, found)).slice(0, 8),
    ignores: ignores.filter(isFirst).slice(0, 3),
  }
}

export const samples: Readonly<Record<string, Sample>> = {
  ...Object.fromEntries(
    Object.entries({ ...exposureSamples, ...availabilitySamples }).map(([id, all]) => [
      id,
      ofEachType(all),
    ]),
  ),
  'change-unreadable': {
    finds: [
      [update('aws_sqs_queue', { a: 1 }, { a: 2 }, { actions: ['shred'] }), '["shred"]'],
      [destroy('aws_sqs_queue', { a: 1 }, { actions: ['delete', 'shred'] }), '["delete","shred"]'],
      [update('aws_sqs_queue', { a: 1 }, { a: 2 }, { more: { address: '' } }), 'no address'],
    ],
    ignores: [
      ...[['delete', 'create'], ['create', 'delete'], ['create', 'forget'], ['update']].map(
        (actions) => update('aws_sqs_queue', { a: 1 }, { a: 2 }, { actions }),
      ),
      destroy('aws_sqs_queue'),
      create('aws_sqs_queue', {}),
      { type: 'aws_sqs_queue', actions: ['delete'] },
      update('', { a: 1 }, { a: 2 }, { more: { address: 'module.a["b.c"].aws_sqs_queue.it[0]' } }),
    ],
  },
  'data-destroyed': {
    finds: [
      [destroy('aws_rds_cluster'), 'a database is destroyed: deleted'],
      [
        replace('aws_dynamodb_table', { hash_key: 'a' }, { hash_key: 'b' }, 'hash_key'),
        'a table is replaced: forced by hash_key',
      ],
      [
        destroy(
          'aws_kms_key',
          {},
          { more: { action_reason: 'delete_because_no_resource_config' } },
        ),
        'no longer in the code',
      ],
      [destroy('aws_subnet'), 'destroyed'],
      [replace('aws_vpc', {}, {}, 'cidr_block'), 'forced by cidr_block'],
      [destroy('aws_memorydb_cluster'), 'a database'],
      [destroy('aws_fsx_ontap_volume'), 'files'],
      [destroy('aws_elasticsearch_domain'), 'an index'],
      [destroy('aws_ebs_snapshot'), 'a snapshot'],
      [destroy('aws_backup_vault'), 'backups'],
      [newFirst('aws_db_instance', 'identifier'), 'created first: forced by identifier'],
      [destroy('azurerm_mssql_database'), 'a database'],
      [destroy('azurerm_storage_account'), 'a storage account'],
      [destroy('google_sql_database_instance'), 'a database'],
      [replace('google_storage_bucket', {}, {}, 'location'), 'forced by location'],
      [destroy('kubernetes_persistent_volume_claim_v1'), 'a volume'],
      [destroy('kubernetes_manifest', { manifest: { kind: 'PersistentVolumeClaim' } }), 'a volume'],
      [destroy('kubectl_manifest', { kind: 'Namespace' }), 'a namespace'],
      [destroy('awscc_s3_bucket'), 'a bucket'],
      [destroy('aws_cloudcontrolapi_resource', { type_name: 'AWS::DynamoDB::Table' }), 'a table'],
      [
        destroy('azapi_resource', { type: 'Microsoft.DBforMySQL/servers/databases@2023-01-01' }),
        'a database',
      ],
      // Types that no table has: the words of their names.
      [destroy('digitalocean_database_cluster'), 'by the words of its type'],
      [destroy('mongodbatlas_cluster'), 'by the words of its type'],
      [destroy('openstack_blockstorage_volume_v3'), 'a volume (by the words'],
      [destroy('alicloud_kms_key'), 'a key, and everything'],
      [destroy('cloudflare_zone'), 'a zone'],
      [destroy('vault_generic_secret'), 'a secret'],
      [destroy('aws_rds_future_database'), 'by the words of its type'],
    ],
    ignores: [
      destroy('aws_s3_bucket_policy'),
      destroy('aws_db_parameter_group'),
      destroy('aws_db_subnet_group'),
      destroy('digitalocean_database_firewall'),
      destroy('digitalocean_spaces_bucket_policy'),
      destroy('acme_database_backup_policy'),
      destroy('random_password'),
      destroy('null_resource'),
      destroy('terraform_data'),
      destroy('local_file'),
      destroy('time_sleep'),
      destroy('acme_widget'),
      destroy('aws_s3_bucket_versioning'),
      destroy('kubernetes_manifest', { manifest: { kind: 'Deployment' } }),
      destroy('kubernetes_manifest', { manifest: 1 }),
      update('aws_rds_cluster', { tags: {} }, { tags: { a: 'b' } }),
      destroy('aws_rds_cluster_instance'),
      destroy('aws_s3_bucket', {}, { more: { deposed: 'abc123' } }),
      forget('aws_s3_bucket'),
    ],
  },
  'address-destroyed': {
    finds: [
      [destroy('aws_lb'), 'a load balancer'],
      [replace('aws_nat_gateway', {}, {}, 'subnet_id'), 'forced by subnet_id'],
      [destroy('aws_eip'), 'a public address'],
      [destroy('aws_cloudwatch_log_group'), 'logs'],
      [destroy('aws_sns_topic'), 'a topic and its subscriptions'],
      [destroy('aws_secretsmanager_secret_version'), 'the value of a secret'],
      [
        destroyAmong('aws_route53_record', { zone_id: 'Z2' }, destroy('aws_route53_zone', zone)),
        'a DNS name',
      ],
      [
        // The zone is created again, without the record.
        destroyAmong(
          'aws_route53_record',
          { zone_id: 'Z1' },
          update('aws_route53_zone', zone, {}, { actions: replaced, replacePaths: [['name']] }),
        ),
        'a DNS name',
      ],
      [
        destroyAmong('aws_s3_object', { bucket: 'b' }, destroy('aws_ecr_repository', { id: 'b' })),
        'an object',
      ],
      [destroy('azurerm_public_ip'), 'a public address'],
      [destroy('google_compute_global_address'), 'a public address'],
      [destroy('kubernetes_service_v1'), 'a service and its address'],
      [destroy('hcloud_load_balancer'), 'by the words of its type'],
      [destroy('cloudflare_record'), 'by the words of its type'],
    ],
    ignores: [
      // The users of a certificate change to the new one before the old one goes.
      {
        ...replace('aws_acm_certificate', {}, {}, 'subject_alternative_names'),
        actions: ['create', 'delete'],
      },
      // Its content comes from the code.
      replace('aws_s3_object', { key: 'app-1.zip' }, { key: 'app-2.zip' }, 'key'),
      update('aws_lb', { idle_timeout: 60 }, { idle_timeout: 50 }),
      create('aws_eip', {}),
      destroy('aws_lb_listener'),
      destroyAmong('aws_route53_record', { zone_id: 'Z1' }, destroy('aws_route53_zone', zone)),
      destroyAmong('aws_s3_object', { bucket: 'b', key: 'k' }, destroy('aws_s3_bucket', bucket)),
      destroyAmong(
        'aws_secretsmanager_secret_version',
        { secret_id: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:s' },
        destroy('aws_secretsmanager_secret', {
          id: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:s',
        }),
      ),
      destroyAmong(
        'azurerm_dns_a_record',
        { zone_name: 'plans.example', name: 'www' },
        destroy('azurerm_dns_zone', { name: 'plans.example' }),
      ),
      // The provider changes the value of a secret so.
      replace('aws_secretsmanager_secret_version', {}, {}, 'secret_string'),
      destroy('azurerm_lb_rule'),
      destroy('acme_record_policy'),
    ],
  },
  'work-destroyed': {
    finds: [
      [destroy('aws_ecs_service'), 'a service is destroyed: deleted'],
      [
        replace('aws_ecs_service', {}, {}, 'name'),
        'a service is replaced, and is missing in between: the old one is destroyed first: forced by name',
      ],
      [destroy('aws_autoscaling_group'), 'a group of instances'],
      [destroy('aws_lambda_function'), 'a function'],
      [destroy('aws_ecs_capacity_provider'), 'capacity of a cluster'],
      [destroy('aws_rds_cluster_instance', instance), 'a database instance'],
      [
        destroyAmong(
          'aws_rds_cluster_instance',
          instance,
          {
            ...destroy('aws_rds_cluster_instance', instance),
            address: 'aws_rds_cluster_instance.b',
          },
          kept('aws_rds_cluster_instance', { id: 'c-1', cluster_identifier: 'c' }),
        ),
        'a database instance is destroyed',
      ],
      [destroy('azurerm_linux_web_app'), 'an app'],
      [destroy('google_cloud_run_v2_service'), 'a service'],
      [destroy('kubernetes_deployment'), 'pods'],
      [destroy('kubernetes_manifest', { manifest: { kind: 'Deployment' } }), 'pods'],
      [destroy('helm_release'), 'a release'],
      [destroy('nomad_job'), 'by the words of its type'],
    ],
    ignores: [
      update('aws_ecs_service', { name: 'a' }, { name: 'a', propagate_tags: 'SERVICE' }),
      create('aws_ecs_service', {}),
      newFirst('aws_ecs_service', 'name'),
      destroy('aws_ecs_service', {}, { more: { deposed: 'abc123' } }),
      replace('aws_ecs_task_definition', {}, {}, 'container_definitions'),
      destroy('aws_launch_template'),
      forget('aws_ecs_service'),
      destroyAmong(
        'aws_rds_cluster_instance',
        instance,
        kept('aws_rds_cluster_instance', instance),
      ),
      destroyAmong(
        'aws_rds_cluster_instance',
        instance,
        destroy('aws_rds_cluster', { id: 'a', cluster_identifier: 'a' }),
      ),
    ],
  },
  'traffic-destroyed': {
    finds: [
      [destroy('aws_lb_listener'), 'a listener is destroyed'],
      [
        destroyAmong(
          'aws_lb_listener',
          { load_balancer_arn: 'arn:a', certificate_arn: 'arn:c' },
          destroy('aws_acm_certificate', { arn: 'arn:c' }),
        ),
        'a listener is destroyed',
      ],
      [destroy('aws_lb_listener_rule'), 'a listener rule'],
      [destroy('aws_lb_target_group_attachment'), 'the targets of a load balancer'],
      [replace('aws_apigatewayv2_stage', {}, {}, 'name'), 'missing in between'],
      [destroy('azurerm_lb_backend_address_pool'), 'a rule of a load balancer'],
      [destroy('google_compute_url_map'), 'the route of a load balancer'],
      [destroy('kubernetes_ingress_v1'), 'the way in'],
    ],
    ignores: [
      newFirst('aws_lb_listener', 'port'),
      update('aws_lb_listener', { port: 80 }, { port: 81 }),
      replace('aws_lb_listener_certificate', {}, {}, 'certificate_arn'),
      destroy('aws_api_gateway_deployment'),
      destroyAmong(
        'aws_lb_listener',
        {
          load_balancer_arn:
            'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1',
        },
        destroy('aws_lb', {
          arn: 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/1',
        }),
      ),
    ],
  },
  'guard-destroyed': {
    finds: [
      [destroy('aws_wafv2_web_acl'), 'a web ACL'],
      [destroy('aws_backup_plan'), 'a schedule of backups'],
      [destroy('aws_networkfirewall_firewall'), 'a firewall'],
      [destroy('azurerm_management_lock'), 'a lock'],
      [destroy('google_compute_security_policy'), 'a firewall'],
      [destroy('kubernetes_network_policy_v1'), 'the filter of a network'],
      [destroy('digitalocean_firewall'), 'by the words of its type'],
    ],
    ignores: [
      newFirst('aws_wafv2_web_acl', 'name'),
      destroy('aws_wafv2_ip_set'),
      destroy('aws_security_group_rule'),
      create('aws_wafv2_web_acl', {}),
    ],
  },
  'replaced-new-first': {
    finds: [
      [newFirst('aws_ecs_service', 'name'), 'and the new one is created first: forced by name'],
      [newFirst('aws_lb_listener', 'port'), 'created first'],
      [
        destroyAmong(
          'aws_rds_cluster_instance',
          instance,
          kept('aws_rds_cluster_instance', instance),
        ),
        'a database instance is destroyed: deleted; 1 other stays',
      ],
    ],
    ignores: [
      replace('aws_ecs_service', {}, {}, 'name'),
      destroy('aws_ecs_service'),
      newFirst('aws_launch_configuration', 'image_id'),
      newFirst('aws_lb_listener_certificate', 'certificate_arn'),
    ],
  },
  'access-in-use': {
    finds: [
      [
        destroyAmong('aws_iam_role', role, kept('aws_lambda_function', { role: role.arn })),
        'a role is destroyed: deleted; aws_lambda_function.kept still names it',
      ],
      [
        destroyAmong('aws_iam_role', role, kept('aws_iam_instance_profile', { role: 'app' })),
        'still names it',
      ],
      [
        destroyAmong('aws_iam_role', role, {
          ...kept('aws_sfn_state_machine', { definition: `{"Role":"${role.arn}"}` }),
          actions: ['update'],
        }),
        'still names it',
      ],
    ],
    ignores: [
      destroy('aws_iam_role', role),
      // It gets another role in this plan.
      destroyAmong('aws_iam_role', role, {
        ...update(
          'aws_lambda_function',
          { role: role.arn },
          { role: 'arn:aws:iam::123456789012:role/b' },
        ),
      }),
      destroyAmong('aws_iam_role', role, kept('aws_ecs_service', { name: 'app' })),
      destroyAmong('aws_iam_role', role, destroy('aws_lambda_function', { role: role.arn })),
    ],
  },
  'access-destroyed': {
    finds: [
      [destroyAmong('aws_iam_role', role, kept('aws_ecs_service', { name: 'app' })), 'a role'],
      [
        destroyAmong(
          'aws_iam_role_policy',
          { role: 'app' },
          create('aws_iam_role_policy', { role: 'b' }),
        ),
        'permissions',
      ],
      [destroy('aws_iam_role'), 'a role is destroyed'],
      [destroy('aws_iam_policy'), 'a policy'],
      [destroy('aws_iam_role_policy', { role: 'a' }), 'permissions'],
      [destroy('azurerm_role_assignment'), 'permissions'],
      [destroy('google_service_account'), 'an account of a service'],
      [destroy('kubernetes_role_binding'), 'permissions'],
    ],
    ignores: [
      replace('aws_iam_role_policy_attachment', {}, {}, 'policy_arn'),
      // They go with what used them, or with the role; or the role gets others.
      destroyAmong('aws_iam_role', role, destroy('aws_lambda_function', { role: role.arn })),
      destroyAmong('aws_iam_role_policy', { role: 'app' }, destroy('aws_iam_role', role)),
      destroyAmong(
        'aws_iam_role_policy',
        { role: 'app' },
        create('aws_iam_role_policy', { role: 'app' }),
      ),
      destroyAmong(
        'google_storage_bucket_iam_member',
        { bucket: 'b' },
        destroy('google_storage_bucket', { name: 'b', id: 'b' }),
      ),
      update('aws_iam_role', { path: '/' }, { path: '/a/' }),
      create('aws_iam_role', {}),
    ],
  },
  'data-forgotten': {
    finds: [
      [forget('aws_s3_bucket'), 'a bucket stays, and is in no state'],
      [forget('azurerm_storage_account'), 'a storage account stays'],
    ],
    ignores: [forget('aws_iam_role'), destroy('aws_s3_bucket'), forget('aws_route')],
  },
  forgotten: {
    finds: [
      [forget('aws_iam_role'), 'a role stays, and is in no state'],
      [forget('aws_ecs_service'), 'a service stays'],
      [forget('google_compute_instance_group_manager'), 'a group of instances stays'],
    ],
    ignores: [
      forget('aws_s3_bucket'),
      forget('null_resource'),
      forget('aws_iam_account_alias'),
      destroy('aws_iam_role'),
    ],
  },
  'protection-off': {
    finds: [
      [
        update(
          'aws_cognito_user_pool',
          { deletion_protection: 'ACTIVE' },
          { deletion_protection: 'INACTIVE' },
        ),
        'deletion_protection',
      ],
      [
        update(
          'aws_networkfirewall_firewall',
          { delete_protection: true },
          { delete_protection: false },
        ),
        'delete_protection',
      ],
      [
        update(
          'aws_emr_cluster',
          { termination_protection: true },
          { termination_protection: false },
        ),
        'termination_protection',
      ],
      [
        update(
          'aws_ssmincidents_replication_set',
          { deletion_protected: true },
          { deletion_protected: false },
        ),
        'deletion_protected',
      ],
      [
        update(
          'google_sql_database_instance',
          { settings: [{ deletion_protection_enabled: true }] },
          { settings: [{ deletion_protection_enabled: false }] },
        ),
        'settings.deletion_protection_enabled',
      ],
      [
        update(
          'google_firestore_database',
          { delete_protection_state: 'DELETE_PROTECTION_ENABLED' },
          { delete_protection_state: 'DELETE_PROTECTION_DISABLED' },
        ),
        'delete_protection_state',
      ],
      [
        update(
          'google_spanner_database',
          { enable_drop_protection: true },
          { enable_drop_protection: false },
        ),
        'enable_drop_protection',
      ],
      [
        destroy('azurerm_management_lock', {
          scope: '/subscriptions/a/rg',
          lock_level: 'CanNotDelete',
        }),
        'the lock is deleted',
      ],
      [
        update(
          'aws_s3_bucket_object_lock_configuration',
          { rule: [{ default_retention: [{ mode: 'COMPLIANCE', days: 30 }] }] },
          { rule: [{ default_retention: [{ mode: 'GOVERNANCE', days: 30 }] }] },
        ),
        'COMPLIANCE -> GOVERNANCE',
      ],
      [
        update('aws_rds_cluster', { deletion_protection: true }, { deletion_protection: false }),
        'deletion_protection',
      ],
      [
        update(
          'aws_lb',
          { enable_deletion_protection: true },
          { enable_deletion_protection: null },
        ),
        'enable_deletion_protection',
      ],
    ],
    ignores: [
      update(
        'google_sql_database_instance',
        { deletion_protection: true },
        { deletion_protection: true, tags: 'x' },
      ),
      create('google_container_cluster', { deletion_protection: false }),
      update(
        'aws_s3_bucket_object_lock_configuration',
        { rule: [{ default_retention: [{ mode: 'GOVERNANCE' }] }] },
        { rule: [{ default_retention: [{ mode: 'COMPLIANCE' }] }] },
      ),
      update('aws_rds_cluster', { deletion_protection: false }, { deletion_protection: true }),
      update(
        'aws_rds_cluster',
        { deletion_protection: true },
        {},
        { unknown: { deletion_protection: true } },
      ),
      create('aws_rds_cluster', { deletion_protection: false }),
    ],
  },
  'snapshot-skipped': {
    finds: [
      [
        destroy('aws_rds_cluster', { skip_final_snapshot: true }),
        'destroyed with skip_final_snapshot',
      ],
      [
        replace(
          'aws_docdb_cluster',
          { skip_final_snapshot: true, x: 1 },
          { skip_final_snapshot: false, x: 2 },
          'x',
        ),
        'no copy stays',
      ],
      [destroy('aws_fsx_ontap_volume', { skip_final_backup: true }), 'skip_final_backup'],
      [destroy('aws_s3_bucket', { force_destroy: true }), 'all of its contents'],
      [destroy('aws_ecr_repository', { force_delete: true }), 'force_delete'],
      [
        update(
          'aws_elasticache_replication_group',
          { final_snapshot_identifier: 'last' },
          { final_snapshot_identifier: null },
        ),
        'final_snapshot_identifier',
      ],
      [
        update(
          'google_bigquery_dataset',
          { delete_contents_on_destroy: false },
          { delete_contents_on_destroy: true },
        ),
        'delete_contents_on_destroy',
      ],
      [
        update('google_project', { deletion_policy: 'PREVENT' }, { deletion_policy: 'DELETE' }),
        'PREVENT -> DELETE',
      ],
      [
        update(
          'kubernetes_persistent_volume',
          { spec: [{ persistent_volume_reclaim_policy: 'Retain' }] },
          { spec: [{ persistent_volume_reclaim_policy: 'Delete' }] },
        ),
        'Retain -> Delete',
      ],
      [
        update(
          'aws_instance',
          { root_block_device: [{ delete_on_termination: false }] },
          { root_block_device: [{ delete_on_termination: true }] },
        ),
        'delete_on_termination',
      ],
      [
        update('aws_cloudwatch_log_group', { skip_destroy: true }, { skip_destroy: false }),
        'skip_destroy is turned off',
      ],
      [
        update('aws_rds_cluster', { skip_final_snapshot: false }, { skip_final_snapshot: true }),
        'skip_final_snapshot',
      ],
      [update('aws_s3_bucket', { force_destroy: false }, { force_destroy: true }), 'force_destroy'],
      [
        update('aws_kms_key', { deletion_window_in_days: 30 }, { deletion_window_in_days: 7 }),
        '30 -> 7',
      ],
    ],
    ignores: [
      destroy('aws_rds_cluster', { skip_final_snapshot: false, final_snapshot_identifier: 'last' }),
      destroy('aws_db_instance', { skip_final_snapshot: true, replicate_source_db: 'main' }),
      destroy('aws_iam_user', { force_destroy: true }),
      update('aws_iam_user', { force_destroy: false }, { force_destroy: true }),
      update('aws_autoscaling_group', { force_delete: false }, { force_delete: true }),
      destroy('aws_s3_bucket', { force_destroy: false }),
      update('aws_s3_bucket', { force_destroy: true }, { force_destroy: false }),
      update('aws_kms_key', { deletion_window_in_days: 7 }, { deletion_window_in_days: 30 }),
    ],
  },
  'retention-lowered': {
    finds: [
      [
        update(
          'aws_s3_bucket_lifecycle_configuration',
          {
            rule: [
              {
                id: 'a',
                status: 'Enabled',
                filter: [{ prefix: 'tmp/' }],
                expiration: [{ days: 7 }],
              },
            ],
          },
          {
            rule: [
              { id: 'a', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: 7 }] },
            ],
          },
        ),
        'objects expire after 7 days',
      ],
      [
        update(
          'aws_s3_bucket_lifecycle_configuration',
          { rule: [{ id: 'a', status: 'Disabled', expiration: [{ days: 7 }] }] },
          { rule: [{ id: 'a', status: 'Enabled', expiration: [{ days: 7 }] }] },
        ),
        'objects expire after 7 days',
      ],
      [
        update(
          'aws_s3_bucket_lifecycle_configuration',
          { rule: [{ status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] }] },
          {
            rule: [
              { status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] },
              { status: 'Enabled', expiration: [{ days: 30 }], filter: [{ prefix: 'b/' }] },
            ],
          },
        ),
        'after 30 days, under b/',
      ],
      [
        update(
          'aws_s3_bucket_lifecycle_configuration',
          {
            rule: [
              {
                status: 'Enabled',
                noncurrent_version_expiration: [
                  { noncurrent_days: 30, newer_noncurrent_versions: 5 },
                ],
              },
            ],
          },
          {
            rule: [
              {
                status: 'Enabled',
                noncurrent_version_expiration: [
                  { noncurrent_days: 30, newer_noncurrent_versions: 2 },
                ],
              },
            ],
          },
        ),
        'the newest 2',
      ],
      [
        update(
          'aws_s3_bucket_lifecycle_configuration',
          {
            rule: [{ status: 'Enabled', noncurrent_version_expiration: [{ noncurrent_days: 90 }] }],
          },
          {
            rule: [{ status: 'Enabled', noncurrent_version_expiration: [{ noncurrent_days: 9 }] }],
          },
        ),
        'after 9 days, and none of them stay, not',
      ],
      [
        update(
          'aws_s3_bucket',
          { lifecycle_rule: [] },
          { lifecycle_rule: [{ enabled: true, prefix: '', expiration: [{ days: 5 }] }] },
        ),
        'after 5 days',
      ],
      [
        create('aws_s3_bucket_lifecycle_configuration', {
          bucket: 'old',
          rule: [{ status: 'Enabled', expiration: [{ days: 5 }] }],
        }),
        'after 5 days',
      ],
      [
        update(
          'aws_ecr_lifecycle_policy',
          { policy: images('any', 50) },
          { policy: images('any', 5) },
        ),
        'images beyond the newest 5 expire, not',
      ],
      [
        update(
          'aws_dynamodb_table',
          { ttl: [{ enabled: false, attribute_name: '' }] },
          { ttl: [{ enabled: true, attribute_name: 'until' }] },
        ),
        'TTL is turned on: items are deleted at the time in until',
      ],
      [
        update(
          'aws_dynamodb_table',
          { ttl: [{ enabled: true, attribute_name: 'a' }] },
          { ttl: [{ enabled: true, attribute_name: 'b' }] },
        ),
        'a -> b',
      ],
      [
        update('aws_kinesis_stream', { retention_period: 168 }, { retention_period: 24 }),
        '168 -> 24',
      ],
      [
        update(
          'aws_sqs_queue',
          { message_retention_seconds: 1209600 },
          { message_retention_seconds: 3600 },
        ),
        '1209600 -> 3600',
      ],
      [
        update(
          'aws_fsx_windows_file_system',
          { automatic_backup_retention_days: 30 },
          { automatic_backup_retention_days: 0 },
        ),
        '30 -> 0',
      ],
      [
        update(
          'aws_elasticache_replication_group',
          { snapshot_retention_limit: 7 },
          { snapshot_retention_limit: null },
        ),
        '7 -> none',
      ],
      [
        update(
          'aws_backup_plan',
          { rule: [{ rule_name: 'daily', lifecycle: [{ delete_after: 35 }] }] },
          { rule: [{ rule_name: 'daily', lifecycle: [{ delete_after: 7 }] }] },
        ),
        '35 -> 7',
      ],
      [
        update(
          'aws_backup_plan',
          { rule: [{ rule_name: 'daily' }] },
          { rule: [{ rule_name: 'daily', lifecycle: [{ delete_after: 7 }] }] },
        ),
        'forever -> 7',
      ],
      [
        update(
          'aws_backup_plan',
          { rule: [{ rule_name: 'daily' }, { rule_name: 'monthly' }] },
          { rule: [{ rule_name: 'daily' }] },
        ),
        'rule monthly is removed',
      ],
      [destroy('aws_backup_selection', { plan_id: 'p' }), 'nothing makes these backups'],
      [
        update(
          'aws_efs_backup_policy',
          { backup_policy: [{ status: 'ENABLED' }] },
          { backup_policy: [{ status: 'DISABLED' }] },
        ),
        'backup_policy.status is turned off',
      ],
      [
        update(
          'aws_dynamodb_table',
          { point_in_time_recovery: [{ enabled: true }] },
          { point_in_time_recovery: [] },
        ),
        'point_in_time_recovery.enabled',
      ],
      [
        update(
          'azurerm_postgresql_flexible_server',
          { backup_retention_days: 35, geo_redundant_backup_enabled: true },
          { backup_retention_days: 7, geo_redundant_backup_enabled: false },
        ),
        '35 -> 7; geo_redundant',
      ],
      [
        update(
          'azurerm_storage_account',
          { blob_properties: [{ delete_retention_policy: [{ days: 30 }] }] },
          { blob_properties: [{ delete_retention_policy: [] }] },
        ),
        'days: 30 -> none',
      ],
      [
        update(
          'azurerm_storage_management_policy',
          { rule: [] },
          {
            rule: [
              {
                name: 'a',
                enabled: true,
                filters: [{ prefix_match: ['logs/'] }],
                actions: [
                  { base_blob: [{ delete_after_days_since_modification_greater_than: 30 }] },
                ],
              },
            ],
          },
        ),
        'base blobs are deleted after 30 days, under logs/',
      ],
      [
        update(
          'google_storage_bucket',
          { lifecycle_rule: [] },
          {
            lifecycle_rule: [
              { action: [{ type: 'Delete' }], condition: [{ age: 30, with_state: 'ANY' }] },
            ],
          },
        ),
        'deleted after 30 days',
      ],
      [
        update(
          'google_sql_database_instance',
          {
            settings: [
              { backup_configuration: [{ enabled: true, point_in_time_recovery_enabled: true }] },
            ],
          },
          {
            settings: [
              { backup_configuration: [{ enabled: false, point_in_time_recovery_enabled: false }] },
            ],
          },
        ),
        'backup_configuration.enabled is turned off; settings.backup_configuration.point_in_time_recovery_enabled is turned off',
      ],
      [
        update(
          'google_pubsub_topic',
          { message_retention_duration: '604800s' },
          { message_retention_duration: '3600s' },
        ),
        '604800s -> 3600s',
      ],
      [
        update(
          'google_bigquery_dataset',
          { default_table_expiration_ms: null },
          { default_table_expiration_ms: 3600000 },
        ),
        'forever -> 3600000',
      ],
      [
        update('aws_rds_cluster', { backup_retention_period: 35 }, { backup_retention_period: 7 }),
        '35 -> 7',
      ],
      [
        update('aws_cloudwatch_log_group', { retention_in_days: 0 }, { retention_in_days: 30 }),
        'forever -> 30',
      ],
      [
        update('aws_cloudwatch_log_group', { retention_in_days: 365 }, { retention_in_days: 30 }),
        '365 -> 30',
      ],
      [
        update(
          'aws_dynamodb_table',
          { point_in_time_recovery: [{ enabled: true }] },
          { point_in_time_recovery: [{ enabled: false }] },
        ),
        'point_in_time',
      ],
      [
        update(
          'aws_s3_bucket_lifecycle_configuration',
          { rule: [{ id: 'a' }] },
          { rule: [{ id: 'a', expiration: [{ days: 30 }] }] },
        ),
        'after 30 days',
      ],
    ],
    ignores: [
      update(
        'aws_s3_bucket_lifecycle_configuration',
        {
          rule: [
            { id: 'a', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: 7 }] },
          ],
        },
        {
          rule: [
            { id: 'b', status: 'Enabled', filter: [{ prefix: 'tmp/' }], expiration: [{ days: 7 }] },
          ],
        },
      ),
      update(
        'aws_s3_bucket_lifecycle_configuration',
        {
          rule: [
            { status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] },
            { status: 'Enabled', expiration: [{ days: 9 }], filter: [{ prefix: 'b/' }] },
          ],
        },
        {
          rule: [
            { status: 'Enabled', expiration: [{ days: 9 }], filter: [{ prefix: 'b/' }] },
            { status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] },
          ],
        },
      ),
      update(
        'aws_s3_bucket_lifecycle_configuration',
        { rule: [] },
        {
          rule: [
            {
              status: 'Enabled',
              abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
            },
          ],
        },
      ),
      update(
        'aws_s3_bucket_lifecycle_configuration',
        { rule: [] },
        { rule: [{ status: 'Enabled', transition: [{ days: 7, storage_class: 'GLACIER' }] }] },
      ),
      update(
        'aws_s3_bucket_lifecycle_configuration',
        { rule: [] },
        { rule: [{ status: 'Disabled', expiration: [{ days: 7 }] }] },
      ),
      update(
        'aws_s3_bucket_lifecycle_configuration',
        { rule: [] },
        {
          rule: [
            { status: 'Enabled', expiration: [{ days: 0, expired_object_delete_marker: true }] },
          ],
        },
      ),
      create(
        'aws_s3_bucket_lifecycle_configuration',
        { rule: [{ status: 'Enabled', expiration: [{ days: 5 }] }] },
        { unknown: { bucket: true } },
      ),
      update(
        'aws_ecr_lifecycle_policy',
        { policy: images('any', 5) },
        { policy: images('untagged', 5) },
      ),
      update(
        'aws_backup_plan',
        { rule: [{ rule_name: 'a', lifecycle: [{ delete_after: 7 }] }] },
        { rule: [{ rule_name: 'a', lifecycle: [{ delete_after: null }] }] },
      ),
      update(
        'aws_dynamodb_table',
        { ttl: [{ enabled: true, attribute_name: 'a' }] },
        { ttl: [{ enabled: false, attribute_name: 'a' }] },
      ),
      update('aws_route53_record', { ttl: 300 }, { ttl: 60 }),
      update(
        'aws_cloudfront_distribution',
        { default_cache_behavior: [{ default_ttl: 300 }] },
        { default_cache_behavior: [{ default_ttl: 60 }] },
      ),
      update('aws_kinesis_stream', { retention_period: 24 }, { retention_period: 168 }),
      update(
        'aws_rds_cluster',
        { backup_retention_period: 7 },
        {},
        { unknown: { backup_retention_period: true } },
      ),
      update('aws_cloudwatch_log_group', { retention_in_days: 30 }, { retention_in_days: 0 }),
      update('aws_rds_cluster', { backup_retention_period: 7 }, { backup_retention_period: 35 }),
      update(
        'aws_s3_bucket_lifecycle_configuration',
        { rule: [{ expiration: [{ days: 30 }] }] },
        { rule: [{ expiration: [{ days: 60 }] }] },
      ),
    ],
  },
  'versioning-suspended': {
    finds: [
      [
        update('google_storage_bucket', { versioning: [{ enabled: true }] }, { versioning: [] }),
        'versioning.enabled',
      ],
      [
        update(
          'azurerm_storage_account',
          { blob_properties: [{ versioning_enabled: true }] },
          { blob_properties: [{ versioning_enabled: false }] },
        ),
        'versioning_enabled',
      ],
      [
        update(
          'aws_s3_bucket_versioning',
          { versioning_configuration: [{ status: 'Enabled' }] },
          { versioning_configuration: [{ status: 'Suspended' }] },
        ),
        'versioning_configuration.status is turned off',
      ],
      [
        destroy('aws_s3_bucket_versioning', { versioning_configuration: [{ status: 'Enabled' }] }),
        'versioning is deleted',
      ],
      [
        destroyAmong(
          'aws_s3_bucket_versioning',
          { bucket: 'c', versioning_configuration: [{ status: 'Enabled' }] },
          destroy('aws_s3_bucket', bucket),
        ),
        'versioning is deleted',
      ],
      [
        destroyAmong(
          'aws_s3_bucket_versioning',
          { bucket: 'b', versioning_configuration: [{ status: 'Enabled' }] },
          update('aws_s3_bucket', bucket, {}, { actions: replaced }),
        ),
        'versioning is deleted',
      ],
    ],
    ignores: [
      update('aws_thing', { versioned: true }, { versioned: false }),
      destroyAmong(
        'aws_s3_bucket_versioning',
        { bucket: 'b', versioning_configuration: [{ status: 'Enabled' }] },
        destroy('aws_s3_bucket', bucket),
      ),
      destroyAmong(
        'aws_s3_bucket_versioning',
        { versioning_configuration: [{ status: 'Enabled' }] },
        destroy('aws_s3_bucket', {}),
      ),
      update(
        'aws_s3_bucket_versioning',
        { versioning_configuration: [{ status: 'Suspended' }] },
        { versioning_configuration: [{ status: 'Enabled' }] },
      ),
    ],
  },
  'key-disabled': {
    finds: [
      [
        update('google_kms_crypto_key_version', { state: 'ENABLED' }, { state: 'DISABLED' }),
        'state',
      ],
      [update('aws_kms_external_key', { enabled: true }, { enabled: false }), 'enabled'],
      [update('aws_kms_key', { is_enabled: true }, { is_enabled: false }), 'is_enabled'],
    ],
    ignores: [
      update('aws_kms_key', { enable_key_rotation: true }, { enable_key_rotation: false }),
      update('aws_kms_key', { is_enabled: false }, { is_enabled: true }),
      update('aws_thing', { enabled: true }, { enabled: false }),
    ],
  },
  'tags-mutable': {
    finds: [
      [
        update(
          'aws_ecr_repository',
          { image_tag_mutability: 'IMMUTABLE' },
          { image_tag_mutability: 'MUTABLE' },
        ),
        'IMMUTABLE -> MUTABLE',
      ],
      [
        update(
          'aws_ecr_repository',
          { image_tag_mutability: 'IMMUTABLE' },
          { image_tag_mutability: 'IMMUTABLE_WITH_EXCLUSION' },
        ),
        'EXCLUSION',
      ],
      [
        update(
          'google_artifact_registry_repository',
          { docker_config: [{ immutable_tags: true }] },
          { docker_config: [{ immutable_tags: false }] },
        ),
        'immutable_tags',
      ],
    ],
    ignores: [
      update(
        'aws_ecr_repository',
        { image_tag_mutability: 'MUTABLE' },
        { image_tag_mutability: 'IMMUTABLE' },
      ),
      create('aws_ecr_repository', { image_tag_mutability: 'MUTABLE' }),
    ],
  },
  'rotation-off': {
    finds: [
      [
        update('aws_kms_key', { enable_key_rotation: true }, { enable_key_rotation: false }),
        'enable_key_rotation is turned off',
      ],
      [
        destroy('aws_secretsmanager_secret_rotation', { secret_id: 'arn:a' }),
        'rotation is deleted',
      ],
      [
        update('google_kms_crypto_key', { rotation_period: '7776000s' }, { rotation_period: null }),
        'rotation_period is removed',
      ],
      [
        update(
          'azurerm_key_vault_key',
          { rotation_policy: [{ expire_after: 'P90D' }] },
          { rotation_policy: [] },
        ),
        'rotation_policy is removed',
      ],
    ],
    ignores: [
      update('aws_kms_key', { enable_key_rotation: false }, { enable_key_rotation: true }),
      update(
        'google_kms_crypto_key',
        { rotation_period: '7776000s' },
        { rotation_period: '2592000s' },
      ),
    ],
  },
  'instance-shrunk': {
    finds: [
      [
        update('aws_instance', { instance_type: 'm5.xlarge' }, { instance_type: 'm5.large' }),
        'vCPUs 4 -> 2',
      ],
      [
        update(
          'aws_eks_node_group',
          { instance_types: ['m5.xlarge'] },
          { instance_types: ['t3.medium'] },
        ),
        'vCPUs 4 -> 2',
      ],
      [
        update(
          'azurerm_linux_virtual_machine',
          { size: 'Standard_E4s_v5' },
          { size: 'Standard_D4s_v5' },
        ),
        'GiB of memory 32 -> 16',
      ],
      [
        update(
          'google_compute_instance',
          { machine_type: 'n2-standard-8' },
          { machine_type: 'e2-standard-4' },
        ),
        'vCPUs 8 -> 4',
      ],
    ],
    ignores: [
      update('aws_instance', { instance_type: 'm5.large' }, { instance_type: 'm7g.large' }),
      update('aws_instance', { instance_type: 't3.micro' }, { instance_type: 'm5.large' }),
      update('aws_instance', { instance_type: 'm5.large' }, { instance_type: 'unheard.of1' }),
      update(
        'google_compute_instance',
        { machine_type: 'e2-medium' },
        { machine_type: 'e2-standard-2' },
      ),
    ],
  },
  'size-unknown': {
    finds: [
      [
        update('aws_instance', { instance_type: 'm5.large' }, { instance_type: 'm99.large' }),
        'cannot compare',
      ],
      [
        update(
          'aws_rds_cluster_instance',
          { instance_class: 'db.r5.large' },
          { instance_class: 'db.serverless' },
        ),
        'cannot compare',
      ],
      [update('azurerm_mssql_database', { sku_name: 'S3' }, { sku_name: 'S0' }), 'cannot compare'],
    ],
    ignores: [
      update('aws_instance', { instance_type: 'm5.large' }, { instance_type: 'm5.xlarge' }),
      create('aws_instance', { instance_type: 'm99.large' }),
      update('aws_codebuild_fleet', { machine_type: 'a1' }, { machine_type: 'b2' }),
    ],
  },
  'engine-major': {
    finds: [
      [
        update(
          'aws_db_instance',
          { engine: 'mysql', engine_version: '5.7.44' },
          { engine: 'mysql', engine_version: '8.0.35' },
        ),
        '5.7.44 -> 8.0.35',
      ],
      [
        update(
          'aws_db_instance',
          { engine: 'mysql', engine_version: '8.0.35' },
          { engine: 'mysql', engine_version: '8.4.3' },
        ),
        '8.0.35 -> 8.4.3',
      ],
      [
        update(
          'aws_db_instance',
          { engine: 'mariadb', engine_version: '10.5.20' },
          { engine: 'mariadb', engine_version: '10.6.14' },
        ),
        '10.6.14',
      ],
      [
        update(
          'aws_db_instance',
          { engine: 'postgres', engine_version: '9.5' },
          { engine: 'postgres', engine_version: '9.6.24' },
        ),
        '9.6.24',
      ],
      [
        update(
          'aws_db_instance',
          { engine: 'postgres', engine_version: '16.8' },
          { engine: 'postgres', engine_version: '16.3' },
        ),
        'a downgrade',
      ],
      [
        update(
          'aws_db_instance',
          { engine: 'oracle-ee', engine_version: '12.1.0.2.v10' },
          { engine: 'oracle-ee', engine_version: '12.2.0.1.ru-2020' },
        ),
        '12.2',
      ],
      [
        update(
          'aws_rds_cluster',
          { engine: 'aurora-mysql', engine_version: '5.7.mysql_aurora.2.11.3' },
          { engine: 'aurora-mysql', engine_version: '8.0.mysql_aurora.3.05.2' },
        ),
        '8.0',
      ],
      [
        update('aws_neptune_cluster', { engine_version: '1.2.1.0' }, { engine_version: '1.3.0.0' }),
        '1.3.0.0',
      ],
      [
        update('aws_docdb_cluster', { engine_version: '4.0.0' }, { engine_version: '5.0.0' }),
        '5.0.0',
      ],
      [
        update(
          'aws_elasticache_replication_group',
          { engine_version: '6.x' },
          { engine_version: '7.1' },
        ),
        '7.1',
      ],
      [
        update(
          'aws_opensearch_domain',
          { engine_version: 'OpenSearch_1.3' },
          { engine_version: 'OpenSearch_2.11' },
        ),
        'OpenSearch_2.11',
      ],
      [
        update(
          'aws_opensearch_domain',
          { engine_version: 'Elasticsearch_7.10' },
          { engine_version: 'OpenSearch_1.0' },
        ),
        'OpenSearch_1.0',
      ],
      [
        update(
          'aws_mq_broker',
          { engine_type: 'RabbitMQ', engine_version: '3.13' },
          { engine_type: 'RabbitMQ', engine_version: '4.2' },
        ),
        '4.2',
      ],
      [
        update(
          'aws_elasticsearch_domain',
          { elasticsearch_version: '6.8' },
          { elasticsearch_version: '7.10' },
        ),
        '7.10',
      ],
      [update('aws_msk_cluster', { kafka_version: '2.8.1' }, { kafka_version: '3.5.1' }), '3.5.1'],
      [update('aws_eks_cluster', { version: '1.28' }, { version: '1.29' }), '1.29'],
      [update('azurerm_postgresql_flexible_server', { version: '13' }, { version: '14' }), '14'],
      [
        update('azurerm_mysql_flexible_server', { version: '5.7' }, { version: '8.0.21' }),
        '8.0.21',
      ],
      [
        update(
          'azurerm_kubernetes_cluster',
          { kubernetes_version: '1.28.3' },
          { kubernetes_version: '1.29.0' },
        ),
        '1.29.0',
      ],
      [
        update(
          'google_sql_database_instance',
          { database_version: 'POSTGRES_13' },
          { database_version: 'POSTGRES_14' },
        ),
        'POSTGRES_14',
      ],
      [
        update(
          'google_sql_database_instance',
          { database_version: 'MYSQL_5_7' },
          { database_version: 'MYSQL_8_0' },
        ),
        'MYSQL_8_0',
      ],
      [
        update(
          'mongodbatlas_cluster',
          { mongo_db_major_version: '5.0' },
          { mongo_db_major_version: '6.0' },
        ),
        '6.0',
      ],
      [
        update('aws_rds_cluster', { engine_version: '15.8' }, { engine_version: '16.3' }),
        '15.8 -> 16.3',
      ],
      [
        update('aws_elasticache_replication_group', { engine: 'redis' }, { engine: 'valkey' }),
        'redis -> valkey',
      ],
    ],
    ignores: [
      update(
        'aws_db_instance',
        { engine: 'mysql', engine_version: '8.0.35' },
        { engine: 'mysql', engine_version: '8.0.36' },
      ),
      update(
        'aws_db_instance',
        { engine: 'mysql', engine_version: '8.0.35' },
        { engine: 'mysql', engine_version: '8.0' },
      ),
      update(
        'aws_db_instance',
        { engine: 'postgres', engine_version: '14' },
        { engine: 'postgres', engine_version: '14.9' },
      ),
      update(
        'aws_rds_cluster',
        { engine: 'aurora-mysql', engine_version: '5.7.mysql_aurora.2.07.2' },
        { engine: 'aurora-mysql', engine_version: '5.7.mysql_aurora.2.11.3' },
      ),
      update(
        'aws_elasticache_replication_group',
        { engine_version: '7.0' },
        { engine_version: '7.1' },
      ),
      update(
        'aws_elasticache_replication_group',
        { engine_version: '6.x' },
        { engine_version: '6.2' },
      ),
      update(
        'aws_opensearch_domain',
        { engine_version: 'OpenSearch_2.5' },
        { engine_version: 'OpenSearch_2.11' },
      ),
      update('aws_rds_cluster_instance', { engine_version: '15.8' }, { engine_version: '16.3' }),
      update('aws_msk_cluster', { kafka_version: '3.5.1' }, { kafka_version: '3.6.0' }),
      update(
        'google_sql_database_instance',
        { database_version: 'MYSQL_8_0_31' },
        { database_version: 'MYSQL_8_0_36' },
      ),
      update('helm_release', { version: '1.2.3' }, { version: '2.0.0' }),
      update('aws_backup_plan', { version: 'a1' }, { version: 'b2' }),
      update('aws_rds_cluster', { engine_version: '16.3' }, { engine_version: '16.8' }),
    ],
  },
  'apply-immediately': {
    finds: [
      [
        update(
          'aws_db_instance',
          { instance_class: 'a' },
          { instance_class: 'b', apply_immediately: true },
        ),
        'instance_class changes at once',
      ],
    ],
    ignores: [
      update(
        'aws_db_instance',
        { instance_class: 'a' },
        { instance_class: 'b', apply_immediately: false },
      ),
      update('aws_db_instance', { tags: {} }, { tags: { a: 'b' }, apply_immediately: true }),
    ],
  },
  'store-shrunk': {
    finds: [
      [
        update(
          'aws_db_instance',
          { instance_class: 'db.r6g.xlarge' },
          { instance_class: 'db.r6g.large' },
        ),
        'vCPUs 4 -> 2, GiB of memory 32 -> 16',
      ],
      [
        update(
          'aws_db_instance',
          { instance_class: 'db.r5.large' },
          { instance_class: 'db.c6gd.xlarge' },
        ),
        'GiB of memory 16 -> 8',
      ],
      [
        update(
          'aws_opensearch_domain',
          { cluster_config: [{ instance_type: 'r6g.large.search', instance_count: 3 }] },
          { cluster_config: [{ instance_type: 'm6g.large.search', instance_count: 2 }] },
        ),
        'instance_count: 3 -> 2',
      ],
      [
        update(
          'aws_msk_cluster',
          { broker_node_group_info: [{ instance_type: 'kafka.m5.xlarge' }] },
          { broker_node_group_info: [{ instance_type: 'kafka.m5.large' }] },
        ),
        'vCPUs 4 -> 2',
      ],
      [
        update(
          'aws_opensearch_domain',
          { cluster_config: [{ zone_awareness_enabled: true }] },
          { cluster_config: [{ zone_awareness_enabled: false }] },
        ),
        'zone_awareness_enabled',
      ],
      [
        update(
          'aws_memorydb_cluster',
          { num_replicas_per_shard: 2 },
          { num_replicas_per_shard: 0 },
        ),
        '2 -> 0',
      ],
      [update('aws_kinesis_stream', { shard_count: 4 }, { shard_count: 2 }), '4 -> 2'],
      [
        update('aws_redshift_cluster', { node_type: 'ra3.4xlarge' }, { node_type: 'ra3.xlplus' }),
        'vCPUs 12 -> 4',
      ],
      [
        update(
          'azurerm_postgresql_flexible_server',
          { sku_name: 'GP_Standard_D4s_v3' },
          { sku_name: 'B_Standard_B1ms' },
        ),
        'vCPUs 4 -> 1',
      ],
      [
        update(
          'azurerm_postgresql_flexible_server',
          { high_availability: [{ mode: 'ZoneRedundant' }] },
          { high_availability: [] },
        ),
        'high_availability.mode',
      ],
      [
        update('azurerm_redis_cache', { sku_name: 'Premium' }, { sku_name: 'Standard' }),
        'Premium -> Standard',
      ],
      [
        update(
          'google_sql_database_instance',
          { settings: [{ tier: 'db-custom-4-15360', availability_type: 'REGIONAL' }] },
          { settings: [{ tier: 'db-custom-2-15360', availability_type: 'ZONAL' }] },
        ),
        'REGIONAL -> ZONAL; settings.tier: db-custom-4-15360 -> db-custom-2-15360 (vCPUs 4 -> 2)',
      ],
      [
        update(
          'aws_elasticache_replication_group',
          { num_cache_clusters: 3 },
          { num_cache_clusters: 2 },
        ),
        '3 -> 2',
      ],
      [
        update(
          'aws_elasticache_replication_group',
          { node_type: 'cache.r7g.large' },
          { node_type: 'cache.t4g.micro' },
        ),
        'cache.t4g.micro',
      ],
      [
        update(
          'aws_rds_cluster',
          { serverlessv2_scaling_configuration: [{ max_capacity: 32 }] },
          { serverlessv2_scaling_configuration: [{ max_capacity: 8 }] },
        ),
        '32 -> 8',
      ],
      [update('aws_db_instance', { multi_az: true }, { multi_az: false }), 'multi_az'],
    ],
    ignores: [
      update(
        'aws_db_instance',
        { instance_class: 'db.r6g.large' },
        { instance_class: 'db.r6g.xlarge' },
      ),
      update(
        'aws_db_instance',
        { instance_class: 'db.t3.micro' },
        { instance_class: 'db.t4g.micro' },
      ),
      update(
        'aws_elasticache_replication_group',
        { node_type: 'cache.r5.large' },
        { node_type: 'cache.r7g.large' },
      ),
      update(
        'aws_elasticache_replication_group',
        { node_type: 'cache.t3.medium' },
        { node_type: 'cache.m6g.large' },
      ),
      update('aws_opensearch_domain', { x: 'a' }, { x: 'b' }),
      update(
        'azurerm_postgresql_flexible_server',
        { sku_name: 'GP_Standard_D2s_v3' },
        { sku_name: 'GP_Standard_D4ds_v5' },
      ),
      update(
        'google_sql_database_instance',
        { settings: [{ tier: 'db-n1-standard-2' }] },
        { settings: [{ tier: 'db-custom-2-8192' }] },
      ),
      update(
        'aws_dynamodb_table',
        { billing_mode: 'PROVISIONED', read_capacity: 5 },
        { billing_mode: 'PAY_PER_REQUEST', read_capacity: 0 },
      ),
      update(
        'aws_elasticache_replication_group',
        { num_cache_clusters: 2 },
        { num_cache_clusters: 3 },
      ),
      update('aws_lambda_function', { multi_az: true }, { multi_az: false }),
    ],
  },
  'iam-widened': {
    finds: [
      [
        ofRole(
          policy(read),
          policy([read, allow({ Action: 's3:*', Resource: 'arn:aws:s3:::b/*' })]),
        ),
        's3:* on arn',
      ],
      [ofRole(policy(read), policy({ ...read, Resource: '*' })), 's3:GetObject on *'],
      [
        update(
          'aws_iam_role',
          {
            assume_role_policy: policy(
              allow({ Action: 'sts:AssumeRole', Principal: { Service: 'a.amazonaws.com' } }),
            ),
          },
          {
            assume_role_policy: policy(
              allow({
                Action: 'sts:AssumeRole',
                Principal: { Service: 'a.amazonaws.com', AWS: 'arn:aws:iam::111122223333:root' },
              }),
            ),
          },
        ),
        'a new principal: AWS arn:aws:iam::111122223333:root',
      ],
      [
        create('aws_iam_policy', { policy: policy(allow({ Action: '*', Resource: '*' })) }),
        '* on *',
      ],
      [
        create('aws_iam_role_policy_attachment', {
          policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
        'AdministratorAccess',
      ],
      [
        ofRole(policy({ ...read, Condition: { Bool: { a: 'true' } } }), policy(read)),
        'without its condition',
      ],
      [
        ofRole(policy(read), policy(allow({ NotAction: ['iam:*'], Resource: '*' }))),
        'all but iam:*',
      ],
      [ofTrust(trust(main), trust({ StringLike: { [subject]: 'repo:*' } })), 'a weaker condition'],
      [ofTrust(trust(main), trust(main, { Federated: '*' })), 'a new principal: *'],
      [
        create('aws_iam_role', {
          assume_role_policy: policy(
            trust({
              StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
            }),
          ),
        }),
        'without a limit on the subject',
      ],
      [
        create('aws_iam_role', {
          assume_role_policy: policy(trust({ StringLike: { [subject]: 'repo:*' } })),
        }),
        'without a limit on the subject',
      ],
      [
        ofRole(policy(read), policy({ ...read, Action: 's3:Get*' })),
        's3:Get* on arn:aws:s3:::b/*, a wider pattern',
      ],
      [ofRole(policy(read), policy({ ...read, Resource: 'arn:aws:s3:::b*/*' })), 'a wider pattern'],
      ...[
        'iam:UpdateAssumeRolePolicy',
        'iam:createpolicyversion',
        'iam:SetDefaultPolicy*',
        'iam:PassRole',
        'lambda:UpdateFunctionCode',
        'ssm:SendCommand',
        'kms:CreateGrant',
        'sqs:AddPermission',
        'secretsmanager:PutResourcePolicy',
      ].map((action): readonly [Entry, string] => [
        ofRole(policy(read), policy([read, allow({ Action: action, Resource: 'arn:aws:x:::y' })])),
        `${action} on arn:aws:x:::y, which`,
      ]),
      [
        create('aws_iam_role_policy', {
          policy: policy(
            allow({ Action: 'iam:UpdateAssumeRolePolicy', Resource: 'arn:aws:x:::y' }),
          ),
        }),
        'control over permissions',
      ],
      [
        create('aws_iam_role_policy', {
          policy: policy(allow({ Action: 'iam:PassRole', Resource: '*' })),
        }),
        'iam:PassRole on *',
      ],
      ...[
        'arn:aws:iam::aws:policy/AmazonS3FullAccess',
        'arn:aws-cn:iam::aws:policy/AWSLambda_FullAccess',
        'arn:aws:iam::aws:policy/PowerUserAccess',
        'arn:aws:iam::aws:policy/CloudWatchFullAccessV2',
        'arn:aws:iam::aws:policy/job-function/SystemAdministrator',
      ].map((policy_arn): readonly [Entry, string] => [
        create('aws_iam_group_policy_attachment', { group: 'g', policy_arn }),
        'attaches',
      ]),
      [
        update(
          'aws_iam_role',
          { managed_policy_arns: [] },
          { managed_policy_arns: ['arn:aws:iam::aws:policy/AmazonEC2FullAccess'] },
        ),
        'attaches AmazonEC2FullAccess',
      ],
      [
        update(
          'aws_iam_policy_attachment',
          { roles: ['a'], policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
          { roles: ['a', 'b'], policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
        ),
        'attaches AdministratorAccess',
      ],
      [
        create('aws_ssoadmin_managed_policy_attachment', {
          permission_set_arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-1',
          managed_policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
        'attaches AdministratorAccess',
      ],
      [
        create('aws_ssoadmin_permission_set_inline_policy', {
          inline_policy: policy(allow({ Action: '*', Resource: '*' })),
        }),
        '* on *',
      ],
      [
        update(
          'aws_iam_user_group_membership',
          { user: 'u', groups: ['a'] },
          { user: 'u', groups: ['a', 'admins'] },
        ),
        'adds u to admins',
      ],
      [
        create('aws_iam_policy', {
          policy: policy(allow({ Action: 'sts:AssumeRole', Resource: 'arn:aws:iam::*:role/*' })),
        }),
        'sts:AssumeRole on',
      ],
      [
        create('aws_s3_bucket_policy', {
          policy: policy({
            ...read,
            Principal: { AWS: '*' },
            Condition: { IpAddress: { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } },
          }),
        }),
        'anyone may s3:GetObject',
      ],
      [
        create('awscc_iam_role', {
          policies: [{ policy_document: policy(allow({ Action: '*', Resource: '*' })) }],
        }),
        'policies.policy_document: * on *',
      ],
      [
        create('aws_vpc_endpoint_service_allowed_principal', { principal_arn: '*' }),
        'anyone may use',
      ],
      [
        create('aws_eks_access_policy_association', {
          policy_arn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
        }),
        'AmazonEKSClusterAdminPolicy',
      ],
      [
        create('aws_lambda_permission', {
          action: 'lambda:InvokeFunction',
          function_name: 'f',
          principal: '*',
        }),
        'anyone may lambda:InvokeFunction',
      ],
      [
        create('aws_lambda_permission', {
          action: 'lambda:InvokeFunction',
          function_name: 'f',
          principal: '111122223333',
        }),
        'a new principal: AWS 111122223333',
      ],
      [
        ['a', 'b'].map((name) =>
          create('aws_lambda_permission', invoke, { address: `aws_lambda_permission.${name}` }),
        ),
        'a new principal: AWS 111122223333; a new principal: AWS 111122223333',
      ],
      [
        [
          create('aws_lambda_permission', invoke),
          create('aws_lambda_alias', { function_name: 'f' }),
        ],
        'a new principal: AWS 111122223333',
      ],
      [
        create('aws_kms_grant', {
          key_id: 'k',
          grantee_principal: 'arn:aws:iam::111122223333:role/a',
          operations: ['Decrypt'],
        }),
        'a new principal',
      ],
      [
        update(
          'aws_vpc_endpoint',
          { policy: policy({ ...read, Principal: '*' }) },
          { policy: policy(allow({ Action: '*', Resource: '*', Principal: '*' })) },
        ),
        '* on *',
      ],
      [
        update(
          'aws_organizations_policy',
          { content: policy(allow({ Action: ['s3:*'], Resource: '*' })) },
          { content: policy(allow({ Action: ['s3:*', 'ec2:*'], Resource: '*' })) },
        ),
        'ec2:* on *',
      ],
      [
        onBucket(
          { ...reader, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/16' } } },
          { ...reader, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
        ),
        'a weaker condition',
      ],
      [
        onBucket(
          { ...reader, Condition: { StringEquals: { 'aws:PrincipalTag/a': 'b' } } },
          { ...reader, Condition: { StringEqualsIfExists: { 'aws:PrincipalTag/a': 'b' } } },
        ),
        'a weaker condition',
      ],
      [
        onBucket(
          { ...reader, Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'b' } } },
          { ...reader, Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': 'b' } } },
        ),
        'a weaker condition',
      ],
      [
        onBucket(
          { ...reader, Condition: { NumericLessThan: { 's3:max-keys': '10' } } },
          { ...reader, Condition: { NumericLessThanEquals: { 's3:max-keys': '10' } } },
        ),
        'a weaker condition',
      ],
    ],
    ignores: [
      ofRole(
        policy(read),
        policy([read, allow({ Action: 's3:PutObject', Resource: 'arn:aws:s3:::b/*' })]),
      ),
      ofRole(
        policy(allow({ Action: ['s3:Get*', 's3:Put*'], Resource: '*' })),
        policy(allow({ Action: 's3:GetObject', Resource: '*' })),
      ),
      ofRole(policy(read), policy([read, { Effect: 'Deny', Action: '*', Resource: '*' }])),
      create('aws_iam_role_policy', { policy: policy(read) }),
      // In a key policy `*` is the key itself; and some actions accept no narrower resource.
      create('aws_kms_key', {
        policy: policy(
          allow({
            Action: 'kms:*',
            Resource: '*',
            Principal: { AWS: 'arn:aws:iam::123456789012:root' },
          }),
        ),
      }),
      create('aws_iam_role_policy', {
        policy: policy(
          allow({ Action: ['ec2:DescribeImages', 'xray:PutTraceSegments'], Resource: '*' }),
        ),
      }),
      ofRole(
        policy(allow({ Action: ['a:B', 'c:D'], Resource: ['x'] })),
        policy(allow({ Action: ['c:D', 'a:B'], Resource: 'x' })),
      ),
      // The same, written in another way: split, joined, in another order, another form of the account.
      ofRole(
        policy(allow({ Action: ['s3:GetObject', 's3:PutObject'], Resource: ['b', 'c'] })),
        policy([
          allow({ Action: 's3:putobject', Resource: ['c', 'b'], Sid: 'a' }),
          allow({ Action: ['s3:GetObject'], Resource: 'b' }),
          allow({ Action: ['s3:GetObject', 's3:GetObject'], Resource: 'c' }),
        ]),
      ),
      onBucket(
        { ...reader, Principal: { AWS: '123456789012' } },
        { ...reader, Principal: { AWS: ['arn:aws:iam::123456789012:root'] } },
      ),
      onBucket({ ...reader, Condition: { StringEquals: { 'aws:SourceAccount': ['a', 'b'] } } }, [
        { ...reader, Condition: { StringEquals: { 'AWS:SourceAccount': 'b' } } },
        { ...reader, Condition: { StringLike: { 'aws:sourceaccount': ['a'] } } },
      ]),
      // Narrower, in each element.
      onBucket(
        { ...reader, Principal: { AWS: 'arn:aws:iam::123456789012:root' } },
        { ...reader, Principal: { AWS: 'arn:aws:iam::123456789012:role/a' } },
      ),
      ofTrust(trust({ StringLike: { [subject]: 'repo:org/*' } }), trust(main)),
      onBucket(
        { ...reader, Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/16' } } },
        {
          ...reader,
          Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/9', '10.128.0.0/9'] } },
        },
      ),
      onBucket(
        { ...reader, Condition: { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } } },
        { ...reader, Condition: { DateLessThan: { 'aws:CurrentTime': '2026-06-01T00:00:00Z' } } },
      ),
      ofRole(
        policy(allow({ NotAction: 'iam:*', Resource: '*' })),
        policy(allow({ NotAction: ['iam:*', 'sts:*'], Resource: '*' })),
      ),
      ofRole(
        policy(allow({ NotAction: 'iam:*', Resource: '*' })),
        policy(allow({ Action: 's3:*', Resource: '*' })),
      ),
      // What a Deny of the same policy takes away again.
      ofRole(
        policy(read),
        policy([
          read,
          allow({ Action: 's3:PutObject', Resource: '*' }),
          deny({ Action: 's3:Put*', Resource: '*' }),
        ]),
      ),
      create('aws_iam_role', { assume_role_policy: policy(trust(main)) }),
      create('aws_iam_role_policy', {
        policy: policy(
          allow({ Action: 'iam:PassRole', Resource: 'arn:aws:iam::123456789012:role/a' }),
        ),
      }),
      create('aws_iam_role_policy_attachment', {
        role: 'a',
        policy_arn: 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
      }),
      create('aws_iam_role_policy_attachment', {
        role: 'a',
        policy_arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      }),
      [
        create('aws_lambda_permission', invoke),
        create('aws_lambda_function', { function_name: 'f' }),
      ],
      create('aws_lambda_permission', {
        action: 'lambda:InvokeFunction',
        function_name: 'f',
        principal: 'events.amazonaws.com',
        source_arn: 'arn:aws:events:us-east-1:123456789012:rule/a',
      }),
      create('aws_vpc_endpoint', {
        policy: policy(allow({ Action: '*', Resource: '*', Principal: '*' })),
      }),
      create('aws_organizations_policy', {
        type: 'SERVICE_CONTROL_POLICY',
        content: policy([
          allow({ Action: '*', Resource: '*' }),
          deny({ Action: 'a:B', Resource: '*' }),
        ]),
      }),
      // What AWS allows only on every resource, or allows there in its own policies for tasks.
      create('aws_iam_role_policy', {
        policy: policy(
          allow({
            Action: [
              ...['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'logs:PutLogEvents'],
              ...['ssmmessages:*', 'cloudwatch:PutMetricData', 'logs:PutResourcePolicy'],
              ...['ec2:Describe*', 's3:ListAllMyBuckets', 'cloudwatch:Get*'],
            ],
            Resource: '*',
          }),
        ),
      }),
      create('aws_iam_policy', {
        policy: policy(
          allow({
            Action: 'iam:CreateAccessKey',
            Resource: 'arn:aws:iam::123456789012:user/${aws:username}',
          }),
        ),
      }),
      // The same beside narrower permissions that existed before.
      ofRole(
        policy(read),
        policy([read, allow({ Action: 'ecr:GetAuthorizationToken', Resource: '*' })]),
      ),
      // What is stored, not granted.
      create('aws_ssm_parameter', { value: policy(allow({ Action: '*', Resource: '*' })) }),
    ],
  },
  'deny-lost': {
    finds: [
      [onBucket([tls], []), 'no longer denies'],
      [onBucket([reader, tls], [reader]), 'no longer denies s3:*'],
      [
        onBucket([reader, tls], [reader, { ...tls, Resource: 'arn:aws:s3:::b/*' }]),
        'no longer denies',
      ],
      [onBucket(tls, { ...tls, Principal: { AWS: '123456789012' } }), 'no longer denies'],
      [
        onBucket(
          { ...tls, Condition: { StringNotEquals: { 'aws:PrincipalArn': 'a' } } },
          { ...tls, Condition: { StringNotEquals: { 'aws:PrincipalArn': ['a', 'b'] } } },
        ),
        'only with',
      ],
      [
        ofRole(
          policy(deny({ NotAction: 'iam:Get*', Resource: '*' })),
          policy(deny({ NotAction: ['iam:Get*', 's3:*'], Resource: '*' })),
        ),
        'no longer denies',
      ],
      [destroy('aws_s3_bucket_policy', { bucket: 'b', policy: policy(tls) }), 'no longer denies'],
      [
        update('aws_s3_bucket_policy', { policy: policy(tls) }, { policy: null }),
        'no longer denies',
      ],
      [
        destroy('aws_organizations_policy_attachment', { policy_id: 'p-1', target_id: 'ou-1' }),
        'the policy p-1 is detached from ou-1',
      ],
      [
        destroy('aws_organizations_policy', {
          name: 'guard',
          type: 'SERVICE_CONTROL_POLICY',
          content: policy(deny({ Action: 'iam:*', Resource: '*' })),
        }),
        'no longer denies iam:*',
      ],
      [
        update(
          'aws_organizations_organization',
          { enabled_policy_types: ['SERVICE_CONTROL_POLICY'] },
          { enabled_policy_types: [] },
        ),
        'SERVICE_CONTROL_POLICY',
      ],
      [
        destroy('aws_iam_user_policy_attachment', {
          user: 'u',
          policy_arn: 'arn:aws:iam::aws:policy/AWSDenyAll',
        }),
        'AWSDenyAll, which denies',
      ],
    ],
    ignores: [
      destroy(
        'aws_s3_bucket_policy',
        { bucket: 'b', policy: policy(tls) },
        { more: { deposed: 'a1' } },
      ),
      onBucket([reader, tls], [tls]),
      onBucket(
        [tls, reader],
        [
          { ...tls, Resource: 'arn:aws:s3:::b/*' },
          { ...tls, Resource: 'arn:aws:s3:::b' },
        ],
      ),
      onBucket(tls, { ...tls, Resource: '*' }),
      onBucket(tls, deny({ Principal: '*', Action: 's3:*', Resource: '*' })),
      destroy('aws_s3_bucket', { bucket: 'b', policy: policy(tls) }),
      destroy('aws_organizations_policy_attachment', {
        policy_id: 'p-FullAWSAccess',
        target_id: 'ou-1',
      }),
      update('aws_s3_bucket_policy', { policy: policy(tls) }, {}, { unknown: { policy: true } }),
    ],
  },
  'policy-unclear': {
    finds: [
      [
        ofRole(
          policy({ ...read, Condition: { FutureOperator: { a: 'b' } } }),
          policy({ ...read, Condition: { FutureOperator: { a: 'c' } } }),
        ),
        'was with FutureOperator',
      ],
      [ofRole(policy(read), policy([read, allow({ Resource: '*' })])), 'cannot read'],
      [ofRole(policy(read), '{'), 'no policy that this review can read'],
    ],
    ignores: [
      ofRole(
        policy({ ...read, Condition: { FutureOperator: { a: ['b', 'c'] } } }),
        policy({ ...read, Condition: { FutureOperator: { a: ['c', 'b'] } } }),
      ),
      create('aws_iam_role_policy', {
        policy: policy({ ...read, Condition: { FutureOperator: { a: 'b' } } }),
      }),
    ],
  },
  'invoke-unscoped': {
    finds: [
      [
        create('aws_lambda_permission', {
          action: 'lambda:InvokeFunction',
          principal: 's3.amazonaws.com',
        }),
        's3.amazonaws.com may lambda:InvokeFunction from any account',
      ],
    ],
    ignores: [
      create(
        'aws_lambda_permission',
        { action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com' },
        { unknown: { source_arn: true } },
      ),
      create('aws_lambda_permission', {
        action: 'lambda:InvokeFunction',
        principal: 's3.amazonaws.com',
        source_account: '123456789012',
      }),
    ],
  },
  'iam-added': {
    finds: [
      [
        ofRole(
          policy(read),
          policy([read, allow({ Action: 's3:PutObject', Resource: 'arn:aws:s3:::b/*' })]),
        ),
        's3:PutObject on arn:aws:s3:::b/*',
      ],
      [
        ofRole(
          policy(read),
          policy({ ...read, Resource: ['arn:aws:s3:::b/*', 'arn:aws:s3:::c/*'] }),
        ),
        's3:GetObject on arn:aws:s3:::c/*',
      ],
      [
        create('aws_iam_user_policy_attachment', {
          user: 'u',
          policy_arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
        }),
        'attaches ReadOnlyAccess to u',
      ],
      [
        update('aws_iam_group_membership', { group: 'g', users: [] }, { group: 'g', users: ['u'] }),
        'adds u to g',
      ],
    ],
    ignores: [
      create('aws_iam_role_policy', { policy: policy(read) }),
      ofRole(policy(read), policy({ ...read, Resource: 'arn:aws:s3:::b/x' })),
      update('aws_iam_group_membership', { group: 'g', users: ['u'] }, { group: 'g', users: [] }),
    ],
  },
  'policy-unknown': {
    finds: [
      [
        update(
          'aws_iam_role',
          { inline_policy: [{ name: 'a', policy: policy(read) }] },
          { inline_policy: [{ name: 'a' }] },
          { unknown: { inline_policy: [{ policy: true }] } },
        ),
        'inline_policy.a.policy is known after apply',
      ],
      [
        update('aws_iam_role_policy', { policy: policy(read) }, {}, { unknown: { policy: true } }),
        'policy is known after apply',
      ],
    ],
    ignores: [
      create('aws_iam_role_policy', {}, { unknown: { policy: true } }),
      ofRole(policy(read), policy(read)),
    ],
  },
  'boundary-off': {
    finds: [
      [
        update('aws_iam_role', { permissions_boundary: 'arn' }, { permissions_boundary: null }),
        'removed',
      ],
      [
        update('aws_iam_role', { permissions_boundary: 'arn' }, { permissions_boundary: 'other' }),
        'changes',
      ],
    ],
    ignores: [
      update('aws_iam_role', { permissions_boundary: null }, { permissions_boundary: 'arn' }),
    ],
  },
  'encryption-off': {
    finds: [
      [
        replace(
          'aws_rds_cluster',
          { storage_encrypted: true },
          { storage_encrypted: false },
          'storage_encrypted',
        ),
        'storage_encrypted',
      ],
      [
        update('aws_sns_topic', { kms_master_key_id: 'key' }, { kms_master_key_id: '' }),
        'kms_master_key_id is removed',
      ],
      [
        update(
          'aws_elasticache_replication_group',
          { transit_encryption_enabled: true },
          { transit_encryption_enabled: false },
        ),
        'transit',
      ],
    ],
    ignores: [
      update(
        'aws_sqs_queue',
        { kms_master_key_id: 'key' },
        { kms_master_key_id: null, sqs_managed_sse_enabled: true },
      ),
      update(
        'aws_sns_topic',
        { kms_master_key_id: 'key' },
        {},
        { unknown: { kms_master_key_id: true } },
      ),
      update('aws_rds_cluster', { storage_encrypted: false }, { storage_encrypted: true }),
    ],
  },
  're-keyed': {
    finds: [
      [
        replace('aws_rds_cluster', { kms_key_id: 'one' }, { kms_key_id: 'two' }, 'kms_key_id'),
        'kms_key_id',
      ],
      [
        update(
          'aws_sns_topic',
          { kms_master_key_id: 'key' },
          {},
          { unknown: { kms_master_key_id: true } },
        ),
        'kms_master_key_id',
      ],
    ],
    ignores: [update('aws_sns_topic', { kms_master_key_id: null }, { kms_master_key_id: 'key' })],
  },
  'tls-weakened': {
    finds: [
      [
        update(
          'aws_lb_listener',
          { ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
          { ssl_policy: 'ELBSecurityPolicy-2016-08' },
        ),
        '2016-08',
      ],
      [
        update(
          'aws_cloudfront_distribution',
          { default_cache_behavior: [{ viewer_protocol_policy: 'https-only' }] },
          { default_cache_behavior: [{ viewer_protocol_policy: 'allow-all' }] },
        ),
        'plain HTTP',
      ],
    ],
    ignores: [
      update(
        'aws_lb_listener',
        { ssl_policy: 'ELBSecurityPolicy-TLS-1-2-2017-01' },
        { ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
      ),
    ],
  },
  'firewall-relaxed': {
    finds: [
      [update('aws_wafv2_web_acl', acl(blocking('a')), acl(counting('a'))), 'rule a only counts'],
      [
        update('aws_wafv2_web_acl', acl(blocking('a'), blocking('b')), acl(blocking('a'))),
        'rule b is removed',
      ],
      [
        update('aws_wafv2_web_acl', acl(blocking('a', 1000)), acl(blocking('a', 5000))),
        '1000 -> 5000',
      ],
      [
        update('aws_wafv2_web_acl', acl(), { ...acl(), default_action: [{ allow: [{}] }] }),
        'the default action becomes allow',
      ],
    ],
    ignores: [
      update('aws_wafv2_web_acl', acl(counting('a')), acl(blocking('a'), blocking('b'))),
      update('aws_wafv2_web_acl', acl(blocking('a', 5000)), acl(blocking('a', 1000))),
    ],
  },
  'logging-off': {
    finds: [
      [destroy('aws_flow_log'), 'deleted'],
      [
        update(
          'aws_lb',
          { access_logs: [{ enabled: true }] },
          { access_logs: [{ enabled: false }] },
        ),
        'access_logs',
      ],
      [
        update('aws_cloudtrail', { enable_logging: true }, { enable_logging: false }),
        'enable_logging',
      ],
    ],
    ignores: [
      update('aws_lb', { access_logs: [{ enabled: false }] }, { access_logs: [{ enabled: true }] }),
      replace('aws_flow_log', { a: 1 }, { a: 2 }, 'a'),
    ],
  },
  'route-changed': {
    finds: [
      [destroy('aws_route'), 'deleted'],
      [update('aws_route', { nat_gateway_id: 'a' }, { nat_gateway_id: 'b' }), 'nat_gateway_id'],
      [
        replace('aws_route_table_association', { subnet_id: 'a' }, { subnet_id: 'b' }, 'subnet_id'),
        'forced by subnet_id',
      ],
    ],
    ignores: [
      create('aws_route', { nat_gateway_id: 'a' }),
      update('aws_route_table', { tags: {} }, { tags: { a: 'b' } }),
    ],
  },
  'other-place': {
    finds: [
      [
        replace(
          'aws_instance',
          { availability_zone: 'eu-west-1a' },
          { availability_zone: 'eu-west-1b' },
          'availability_zone',
        ),
        'eu-west-1a -> eu-west-1b',
      ],
    ],
    ignores: [
      create('aws_instance', { availability_zone: 'eu-west-1a' }),
      update(
        'aws_rds_cluster',
        { availability_zones: ['a', 'b'] },
        { availability_zones: ['b', 'a'] },
      ),
    ],
  },
  'listener-swapped': {
    finds: [
      [
        update(
          'aws_lb_listener_rule',
          { action: [{ target_group_arn: 'a' }] },
          { action: [{ target_group_arn: 'b' }] },
        ),
        'has another target group',
      ],
    ],
    ignores: [
      update(
        'aws_lb_listener_rule',
        { action: [{ target_group_arn: 'a' }], priority: 1 },
        { action: [{ target_group_arn: 'a' }], priority: 2 },
      ),
    ],
  },
  'target-group-replaced': {
    finds: [[replace('aws_lb_target_group', { port: 80 }, { port: 81 }, 'port'), 'forced by port']],
    ignores: [create('aws_lb_target_group', { port: 80 })],
  },
  'drain-too-long': {
    finds: [
      [[slower, targetsOf('tg', ['FARGATE_SPOT', 0, 1])], '300 s'],
      // No service of the plan has it, and another one is on Spot.
      [[slower, targetsOf('other', ['FARGATE_SPOT', 0, 1])], '300 s'],
      [
        [slower, group({ ...mixed(['a']), target_group_arns: ['tg'] }, mixedWith('tg', 0))],
        '300 s',
      ],
    ],
    ignores: [
      slower,
      [slower, targetsOf('tg', ['FARGATE', 1, 1])],
      [slower, targetsOf('tg', ['FARGATE', 1, 1]), targetsOf('other', ['FARGATE_SPOT', 0, 1])],
      [slower, group(mixedWith('tg', 100), { ...mixedWith('tg', 100), max_size: 2 })],
      create('aws_lb_target_group', { deregistration_delay: '90' }),
      update(
        'aws_lb_target_group',
        { deregistration_delay: '300' },
        { deregistration_delay: '200' },
      ),
    ],
  },
  'no-on-demand-base': {
    finds: [
      [create('aws_ecs_service', strategy(['FARGATE_SPOT', 0, 1])), 'no on-demand base'],
      [
        service(
          strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 0, 3]),
          strategy(['FARGATE', 0, 1], ['FARGATE_SPOT', 0, 3]),
        ),
        'no on-demand base',
      ],
    ],
    ignores: [
      // A standby covers it; and the group of the provider is on demand, whatever its name.
      [
        create('aws_ecs_service', { name: 'api', ...strategy(['FARGATE_SPOT', 0, 1]) }),
        create('aws_ecs_service', { name: 'api-b', ...standby, ...strategy(['FARGATE', 1, 1]) }),
      ],
      [
        create('aws_ecs_service', strategy(['was-spot', 0, 1])),
        update(
          'aws_ecs_capacity_provider',
          { name: 'was-spot' },
          { name: 'was-spot', ...provider({ auto_scaling_group_arn: 'g' }) },
        ),
        group({ arn: 'g' }, { arn: 'g', max_size: 3 }),
      ],
      create('aws_ecs_service', strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 0, 3])),
      create('aws_ecs_service', strategy(['FARGATE', 0, 1])),
      service(
        { ...strategy(['FARGATE_SPOT', 0, 1]), tags: {} },
        { ...strategy(['FARGATE_SPOT', 0, 1]), tags: { a: 'b' } },
      ),
    ],
  },
  'spot-base-lowered': {
    finds: [
      [
        service(
          strategy(['FARGATE', 3, 1], ['FARGATE_SPOT', 0, 1]),
          strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 0, 1]),
        ),
        '3 -> 1',
      ],
      [
        service(
          strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 0, 1]),
          strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 0, 3]),
        ),
        '50 % -> 25 %',
      ],
    ],
    ignores: [
      service(strategy(['FARGATE', 3, 1]), strategy(['FARGATE', 1, 1])),
      service(
        strategy(['FARGATE', 1, 1], ['FARGATE_SPOT', 0, 3]),
        strategy(['FARGATE', 2, 2], ['FARGATE_SPOT', 0, 6]),
      ),
    ],
  },
  'group-base-lowered': {
    finds: [
      [
        group(
          mixed(['a'], { on_demand_base_capacity: 2 }),
          mixed(['a'], { on_demand_base_capacity: 0 }),
        ),
        '2 -> 0',
      ],
    ],
    ignores: [
      group(
        mixed(['a'], { on_demand_base_capacity: 2, on_demand_percentage_above_base_capacity: 100 }),
        mixed(['a'], { on_demand_base_capacity: 0, on_demand_percentage_above_base_capacity: 100 }),
      ),
      group(
        mixed(['a'], { on_demand_base_capacity: 0 }),
        mixed(['a'], { on_demand_base_capacity: 2 }),
      ),
    ],
  },
  'spot-pools-fewer': {
    finds: [
      [group(mixed(['a', 'b', 'c']), mixed(['a'])), '3 -> 1'],
      [group(mixed(['a']), mixed(['a'], {}, ['a'])), 'subnets: 3 -> 1'],
      [
        group(
          mixed(['a'], { spot_allocation_strategy: 'price-capacity-optimized' }),
          mixed(['a'], { spot_allocation_strategy: 'lowest-price' }),
        ),
        'lowest-price',
      ],
    ],
    ignores: [
      group(
        mixed(['a', 'b'], { on_demand_percentage_above_base_capacity: 100 }),
        mixed(['a'], { on_demand_percentage_above_base_capacity: 100 }),
      ),
      group(mixed(['a']), mixed(['a', 'b', 'c'])),
      group({ vpc_zone_identifier: ['a', 'b'] }, { vpc_zone_identifier: ['a'] }),
    ],
  },
  'draining-off': {
    finds: [
      [
        update(
          'aws_ecs_capacity_provider',
          provider({ managed_draining: 'ENABLED' }),
          provider({ managed_draining: 'DISABLED' }),
        ),
        'managed_draining',
      ],
      [
        update(
          'aws_ecs_capacity_provider',
          provider({ managed_scaling: [{ target_capacity: 80 }] }),
          provider({ managed_scaling: [{ target_capacity: 100 }] }),
        ),
        'no headroom',
      ],
      [
        group(
          { ...mixed(['a']), capacity_rebalance: true },
          { ...mixed(['a']), capacity_rebalance: false },
        ),
        'capacity_rebalance',
      ],
      [
        update(
          'aws_launch_template',
          { user_data: Buffer.from('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true').toString('base64') },
          { user_data: Buffer.from('ECS_CLUSTER=x').toString('base64') },
        ),
        'is removed from user_data',
      ],
    ],
    ignores: [
      group({ capacity_rebalance: true }, { capacity_rebalance: false }),
      [
        update(
          'aws_launch_template',
          { id: 'lt', user_data: 'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true' },
          { id: 'lt', user_data: 'ECS_CLUSTER=x' },
        ),
        group(
          { launch_template: [{ id: 'lt' }] },
          { launch_template: [{ id: 'lt' }], max_size: 2 },
        ),
      ],
      update(
        'aws_ecs_capacity_provider',
        provider({ managed_scaling: [{ target_capacity: 100 }] }),
        provider({ managed_scaling: [{ target_capacity: 80 }] }),
      ),
      group({ capacity_rebalance: false }, { capacity_rebalance: true }),
    ],
  },
  'standby-removed': {
    finds: [
      [destroy('aws_ecs_service', standby), 'the standby of api is destroyed'],
      [service(standby, { ...standby, tags: {} }), 'the standby of api loses its tag'],
    ],
    ignores: [
      service(standby, { ...standby, desired_count: 2 }),
      destroy('aws_ecs_service', { tags: { owner: 'x' } }),
    ],
  },
  'failover-weakened': {
    finds: [
      [destroy('aws_cloudwatch_event_rule', { name: 'tideway-prod-failover-notice' }), 'destroyed'],
      [
        update(
          'aws_cloudwatch_event_rule',
          { name: 'spot-notice', state: 'ENABLED' },
          { name: 'spot-notice', state: 'DISABLED' },
        ),
        'state is turned off',
      ],
      [
        update(
          'aws_lambda_function',
          { function_name: 'failover', reserved_concurrent_executions: 2 },
          { function_name: 'failover', reserved_concurrent_executions: 0 },
        ),
        'never runs',
      ],
      [
        update(
          'aws_cloudwatch_event_rule',
          { name: 'failover', event_pattern: '{"source":["a"]}' },
          { name: 'failover', event_pattern: '{"source":["b"]}' },
        ),
        'event_pattern',
      ],
    ],
    ignores: [
      update(
        'aws_cloudwatch_event_rule',
        { name: 'failover', description: 'a' },
        { name: 'failover', description: 'b' },
      ),
      create('aws_cloudwatch_event_rule', { name: 'failover' }),
    ],
  },
  'watch-removed': {
    finds: [
      [destroy('aws_cloudwatch_metric_alarm', { alarm_name: 'hotspot-cpu' }), 'destroyed'],
      [destroy('aws_cloudwatch_metric_alarm', { alarm_name: 'cpu' }), 'destroyed'],
      [destroy('google_monitoring_alert_policy', { display_name: 'cpu' }), 'destroyed'],
      [
        update(
          'aws_cloudwatch_metric_alarm',
          { alarm_name: 'cpu', alarm_actions: ['a'] },
          { alarm_name: 'cpu', alarm_actions: [] },
        ),
        'has no alarm_actions',
      ],
    ],
    ignores: [
      destroy('aws_cloudwatch_event_rule', { name: 'failover' }),
      // It runs work: the rule about that reports it.
      destroy('aws_lambda_function', { function_name: 'resize' }),
      update(
        'aws_cloudwatch_metric_alarm',
        { alarm_name: 'cpu', threshold: 1 },
        { alarm_name: 'cpu', threshold: 2 },
      ),
    ],
  },
}
