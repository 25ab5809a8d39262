import type { Json, JsonObject } from '../src/json'
import { type Entry, replaced } from './plans'
import { availabilitySamples } from './samples/availability'
import { both, create, destroy, type SingleChanges, update } from './samples/changes'
import { exposureSamples } from './samples/exposure'

interface Sample {
  /** One change, or several of one plan. */
  readonly finds: readonly (readonly [Entry | readonly Entry[], string])[]
  readonly ignores: readonly (Entry | readonly Entry[])[]
}

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
  both('aws_iam_role', 'assume_role_policy', policy(before), policy(after))
const onBucket = (before: JsonObject | JsonObject[], after: JsonObject | JsonObject[]) =>
  both('aws_s3_bucket_policy', 'policy', policy(before), policy(after))
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
const ofRole = (before: Json, after: Json) => both('aws_iam_role_policy', 'policy', before, after)

const strategy = (...items: [provider: string, base: number, weight: number][]): JsonObject => ({
  capacity_provider_strategy: items.map(([capacity_provider, base, weight]) => ({
    capacity_provider,
    base,
    weight,
  })),
})
/** Rules of a lifecycle before and after. */
const lifecycle = (before: JsonObject[], after: JsonObject[]) =>
  both('aws_s3_bucket_lifecycle_configuration', 'rule', before, after)
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
const slower = both('aws_lb_target_group', 'deregistration_delay', '90', '300', { arn: 'tg' })
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
      both('aws_rds_cluster', 'tags', {}, { a: 'b' }),
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
      both('aws_lb', 'idle_timeout', 60, 50),
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
      both('aws_lb_listener', 'port', 80, 81),
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
        ...both('aws_lambda_function', 'role', role.arn, 'arn:aws:iam::123456789012:role/b'),
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
      both('aws_iam_role', 'path', '/', '/a/'),
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
        both('aws_cognito_user_pool', 'deletion_protection', 'ACTIVE', 'INACTIVE'),
        'deletion_protection',
      ],
      [both('aws_networkfirewall_firewall', 'delete_protection', true, false), 'delete_protection'],
      [both('aws_emr_cluster', 'termination_protection', true, false), 'termination_protection'],
      [
        both('aws_ssmincidents_replication_set', 'deletion_protected', true, false),
        'deletion_protected',
      ],
      [
        both('google_sql_database_instance', 'settings.deletion_protection_enabled', true, false),
        'settings.deletion_protection_enabled',
      ],
      [
        both(
          'google_firestore_database',
          'delete_protection_state',
          'DELETE_PROTECTION_ENABLED',
          'DELETE_PROTECTION_DISABLED',
        ),
        'delete_protection_state',
      ],
      [
        both('google_spanner_database', 'enable_drop_protection', true, false),
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
        both(
          'aws_s3_bucket_object_lock_configuration',
          'rule.default_retention',
          [{ mode: 'COMPLIANCE', days: 30 }],
          [{ mode: 'GOVERNANCE', days: 30 }],
        ),
        'COMPLIANCE -> GOVERNANCE',
      ],
      [both('aws_rds_cluster', 'deletion_protection', true, false), 'deletion_protection'],
      [both('aws_lb', 'enable_deletion_protection', true, null), 'enable_deletion_protection'],
    ],
    ignores: [
      update(
        'google_sql_database_instance',
        { deletion_protection: true },
        { deletion_protection: true, tags: 'x' },
      ),
      create('google_container_cluster', { deletion_protection: false }),
      both(
        'aws_s3_bucket_object_lock_configuration',
        'rule.default_retention.mode',
        'GOVERNANCE',
        'COMPLIANCE',
      ),
      both('aws_rds_cluster', 'deletion_protection', false, true),
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
        both('aws_elasticache_replication_group', 'final_snapshot_identifier', 'last', null),
        'final_snapshot_identifier',
      ],
      [
        both('google_bigquery_dataset', 'delete_contents_on_destroy', false, true),
        'delete_contents_on_destroy',
      ],
      [both('google_project', 'deletion_policy', 'PREVENT', 'DELETE'), 'PREVENT -> DELETE'],
      [
        both(
          'kubernetes_persistent_volume',
          'spec.persistent_volume_reclaim_policy',
          'Retain',
          'Delete',
        ),
        'Retain -> Delete',
      ],
      [
        both('aws_instance', 'root_block_device.delete_on_termination', false, true),
        'delete_on_termination',
      ],
      [both('aws_cloudwatch_log_group', 'skip_destroy', true, false), 'skip_destroy is turned off'],
      [both('aws_rds_cluster', 'skip_final_snapshot', false, true), 'skip_final_snapshot'],
      [both('aws_s3_bucket', 'force_destroy', false, true), 'force_destroy'],
      [both('aws_kms_key', 'deletion_window_in_days', 30, 7), '30 -> 7'],
    ],
    ignores: [
      destroy('aws_rds_cluster', { skip_final_snapshot: false, final_snapshot_identifier: 'last' }),
      destroy('aws_db_instance', { skip_final_snapshot: true, replicate_source_db: 'main' }),
      destroy('aws_iam_user', { force_destroy: true }),
      both('aws_iam_user', 'force_destroy', false, true),
      both('aws_autoscaling_group', 'force_delete', false, true),
      destroy('aws_s3_bucket', { force_destroy: false }),
      both('aws_s3_bucket', 'force_destroy', true, false),
      both('aws_kms_key', 'deletion_window_in_days', 7, 30),
    ],
  },
  'retention-lowered': {
    finds: [
      [
        lifecycle(
          [
            {
              id: 'a',
              status: 'Enabled',
              filter: [{ prefix: 'tmp/' }],
              expiration: [{ days: 7 }],
            },
          ],
          [{ id: 'a', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: 7 }] }],
        ),
        'objects expire after 7 days',
      ],
      [
        lifecycle(
          [{ id: 'a', status: 'Disabled', expiration: [{ days: 7 }] }],
          [{ id: 'a', status: 'Enabled', expiration: [{ days: 7 }] }],
        ),
        'objects expire after 7 days',
      ],
      [
        lifecycle(
          [{ status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] }],
          [
            { status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] },
            { status: 'Enabled', expiration: [{ days: 30 }], filter: [{ prefix: 'b/' }] },
          ],
        ),
        'after 30 days, under b/',
      ],
      [
        lifecycle(
          [
            {
              status: 'Enabled',
              noncurrent_version_expiration: [
                { noncurrent_days: 30, newer_noncurrent_versions: 5 },
              ],
            },
          ],
          [
            {
              status: 'Enabled',
              noncurrent_version_expiration: [
                { noncurrent_days: 30, newer_noncurrent_versions: 2 },
              ],
            },
          ],
        ),
        'the newest 2',
      ],
      [
        lifecycle(
          [{ status: 'Enabled', noncurrent_version_expiration: [{ noncurrent_days: 90 }] }],
          [{ status: 'Enabled', noncurrent_version_expiration: [{ noncurrent_days: 9 }] }],
        ),
        'after 9 days, and none of them stay, not',
      ],
      [
        both(
          'aws_s3_bucket',
          'lifecycle_rule',
          [],
          [{ enabled: true, prefix: '', expiration: [{ days: 5 }] }],
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
        both('aws_ecr_lifecycle_policy', 'policy', images('any', 50), images('any', 5)),
        'images beyond the newest 5 expire, not',
      ],
      [
        both(
          'aws_dynamodb_table',
          'ttl',
          [{ enabled: false, attribute_name: '' }],
          [{ enabled: true, attribute_name: 'until' }],
        ),
        'TTL is turned on: items are deleted at the time in until',
      ],
      [
        both(
          'aws_dynamodb_table',
          'ttl',
          [{ enabled: true, attribute_name: 'a' }],
          [{ enabled: true, attribute_name: 'b' }],
        ),
        'a -> b',
      ],
      [both('aws_kinesis_stream', 'retention_period', 168, 24), '168 -> 24'],
      [both('aws_sqs_queue', 'message_retention_seconds', 1209600, 3600), '1209600 -> 3600'],
      [both('aws_fsx_windows_file_system', 'automatic_backup_retention_days', 30, 0), '30 -> 0'],
      [both('aws_elasticache_replication_group', 'snapshot_retention_limit', 7, null), '7 -> none'],
      [
        both(
          'aws_backup_plan',
          'rule',
          [{ rule_name: 'daily', lifecycle: [{ delete_after: 35 }] }],
          [{ rule_name: 'daily', lifecycle: [{ delete_after: 7 }] }],
        ),
        '35 -> 7',
      ],
      [
        both(
          'aws_backup_plan',
          'rule',
          [{ rule_name: 'daily' }],
          [{ rule_name: 'daily', lifecycle: [{ delete_after: 7 }] }],
        ),
        'forever -> 7',
      ],
      [
        both(
          'aws_backup_plan',
          'rule',
          [{ rule_name: 'daily' }, { rule_name: 'monthly' }],
          [{ rule_name: 'daily' }],
        ),
        'rule monthly is removed',
      ],
      [destroy('aws_backup_selection', { plan_id: 'p' }), 'nothing makes these backups'],
      [
        both('aws_efs_backup_policy', 'backup_policy.status', 'ENABLED', 'DISABLED'),
        'backup_policy.status is turned off',
      ],
      [
        both('aws_dynamodb_table', 'point_in_time_recovery', [{ enabled: true }], []),
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
        both(
          'azurerm_storage_account',
          'blob_properties.delete_retention_policy',
          [{ days: 30 }],
          [],
        ),
        'days: 30 -> none',
      ],
      [
        both(
          'azurerm_storage_management_policy',
          'rule',
          [],
          [
            {
              name: 'a',
              enabled: true,
              filters: [{ prefix_match: ['logs/'] }],
              actions: [{ base_blob: [{ delete_after_days_since_modification_greater_than: 30 }] }],
            },
          ],
        ),
        'base blobs are deleted after 30 days, under logs/',
      ],
      [
        both(
          'google_storage_bucket',
          'lifecycle_rule',
          [],
          [{ action: [{ type: 'Delete' }], condition: [{ age: 30, with_state: 'ANY' }] }],
        ),
        'deleted after 30 days',
      ],
      [
        both(
          'google_sql_database_instance',
          'settings.backup_configuration',
          [{ enabled: true, point_in_time_recovery_enabled: true }],
          [{ enabled: false, point_in_time_recovery_enabled: false }],
        ),
        'backup_configuration.enabled is turned off; settings.backup_configuration.point_in_time_recovery_enabled is turned off',
      ],
      [
        both('google_pubsub_topic', 'message_retention_duration', '604800s', '3600s'),
        '604800s -> 3600s',
      ],
      [
        both('google_bigquery_dataset', 'default_table_expiration_ms', null, 3600000),
        'forever -> 3600000',
      ],
      [both('aws_rds_cluster', 'backup_retention_period', 35, 7), '35 -> 7'],
      [both('aws_cloudwatch_log_group', 'retention_in_days', 0, 30), 'forever -> 30'],
      [both('aws_cloudwatch_log_group', 'retention_in_days', 365, 30), '365 -> 30'],
      [both('aws_dynamodb_table', 'point_in_time_recovery.enabled', true, false), 'point_in_time'],
      [lifecycle([{ id: 'a' }], [{ id: 'a', expiration: [{ days: 30 }] }]), 'after 30 days'],
    ],
    ignores: [
      lifecycle(
        [{ id: 'a', status: 'Enabled', filter: [{ prefix: '' }], expiration: [{ days: 7 }] }],
        [{ id: 'b', status: 'Enabled', filter: [{ prefix: 'tmp/' }], expiration: [{ days: 7 }] }],
      ),
      lifecycle(
        [
          { status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] },
          { status: 'Enabled', expiration: [{ days: 9 }], filter: [{ prefix: 'b/' }] },
        ],
        [
          { status: 'Enabled', expiration: [{ days: 9 }], filter: [{ prefix: 'b/' }] },
          { status: 'Enabled', expiration: [{ days: 7 }], filter: [{ prefix: 'a/' }] },
        ],
      ),
      lifecycle(
        [],
        [
          {
            status: 'Enabled',
            abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
          },
        ],
      ),
      lifecycle([], [{ status: 'Enabled', transition: [{ days: 7, storage_class: 'GLACIER' }] }]),
      lifecycle([], [{ status: 'Disabled', expiration: [{ days: 7 }] }]),
      lifecycle(
        [],
        [{ status: 'Enabled', expiration: [{ days: 0, expired_object_delete_marker: true }] }],
      ),
      create(
        'aws_s3_bucket_lifecycle_configuration',
        { rule: [{ status: 'Enabled', expiration: [{ days: 5 }] }] },
        { unknown: { bucket: true } },
      ),
      both('aws_ecr_lifecycle_policy', 'policy', images('any', 5), images('untagged', 5)),
      both(
        'aws_backup_plan',
        'rule',
        [{ rule_name: 'a', lifecycle: [{ delete_after: 7 }] }],
        [{ rule_name: 'a', lifecycle: [{ delete_after: null }] }],
      ),
      both(
        'aws_dynamodb_table',
        'ttl',
        [{ enabled: true, attribute_name: 'a' }],
        [{ enabled: false, attribute_name: 'a' }],
      ),
      both('aws_route53_record', 'ttl', 300, 60),
      both('aws_cloudfront_distribution', 'default_cache_behavior.default_ttl', 300, 60),
      both('aws_kinesis_stream', 'retention_period', 24, 168),
      update(
        'aws_rds_cluster',
        { backup_retention_period: 7 },
        {},
        { unknown: { backup_retention_period: true } },
      ),
      both('aws_cloudwatch_log_group', 'retention_in_days', 30, 0),
      both('aws_rds_cluster', 'backup_retention_period', 7, 35),
      both('aws_s3_bucket_lifecycle_configuration', 'rule.expiration.days', 30, 60),
    ],
  },
  'versioning-suspended': {
    finds: [
      [both('google_storage_bucket', 'versioning', [{ enabled: true }], []), 'versioning.enabled'],
      [
        both('azurerm_storage_account', 'blob_properties.versioning_enabled', true, false),
        'versioning_enabled',
      ],
      [
        both('aws_s3_bucket_versioning', 'versioning_configuration.status', 'Enabled', 'Suspended'),
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
      both('aws_thing', 'versioned', true, false),
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
      both('aws_s3_bucket_versioning', 'versioning_configuration.status', 'Suspended', 'Enabled'),
    ],
  },
  'key-disabled': {
    finds: [
      [both('google_kms_crypto_key_version', 'state', 'ENABLED', 'DISABLED'), 'state'],
      [both('aws_kms_external_key', 'enabled', true, false), 'enabled'],
      [both('aws_kms_key', 'is_enabled', true, false), 'is_enabled'],
    ],
    ignores: [
      both('aws_kms_key', 'enable_key_rotation', true, false),
      both('aws_kms_key', 'is_enabled', false, true),
      both('aws_thing', 'enabled', true, false),
    ],
  },
  'tags-mutable': {
    finds: [
      [
        both('aws_ecr_repository', 'image_tag_mutability', 'IMMUTABLE', 'MUTABLE'),
        'IMMUTABLE -> MUTABLE',
      ],
      [
        both('aws_ecr_repository', 'image_tag_mutability', 'IMMUTABLE', 'IMMUTABLE_WITH_EXCLUSION'),
        'EXCLUSION',
      ],
      [
        both('google_artifact_registry_repository', 'docker_config.immutable_tags', true, false),
        'immutable_tags',
      ],
    ],
    ignores: [
      both('aws_ecr_repository', 'image_tag_mutability', 'MUTABLE', 'IMMUTABLE'),
      create('aws_ecr_repository', { image_tag_mutability: 'MUTABLE' }),
    ],
  },
  'rotation-off': {
    finds: [
      [
        both('aws_kms_key', 'enable_key_rotation', true, false),
        'enable_key_rotation is turned off',
      ],
      [
        destroy('aws_secretsmanager_secret_rotation', { secret_id: 'arn:a' }),
        'rotation is deleted',
      ],
      [
        both('google_kms_crypto_key', 'rotation_period', '7776000s', null),
        'rotation_period is removed',
      ],
      [
        both('azurerm_key_vault_key', 'rotation_policy', [{ expire_after: 'P90D' }], []),
        'rotation_policy is removed',
      ],
    ],
    ignores: [
      both('aws_kms_key', 'enable_key_rotation', false, true),
      both('google_kms_crypto_key', 'rotation_period', '7776000s', '2592000s'),
    ],
  },
  'instance-shrunk': {
    finds: [
      [both('aws_instance', 'instance_type', 'm5.xlarge', 'm5.large'), 'vCPUs 4 -> 2'],
      [both('aws_eks_node_group', 'instance_types', ['m5.xlarge'], ['t3.medium']), 'vCPUs 4 -> 2'],
      [
        both('azurerm_linux_virtual_machine', 'size', 'Standard_E4s_v5', 'Standard_D4s_v5'),
        'GiB of memory 32 -> 16',
      ],
      [
        both('google_compute_instance', 'machine_type', 'n2-standard-8', 'e2-standard-4'),
        'vCPUs 8 -> 4',
      ],
    ],
    ignores: [
      both('aws_instance', 'instance_type', 'm5.large', 'm7g.large'),
      both('aws_instance', 'instance_type', 't3.micro', 'm5.large'),
      both('aws_instance', 'instance_type', 'm5.large', 'unheard.of1'),
      both('google_compute_instance', 'machine_type', 'e2-medium', 'e2-standard-2'),
    ],
  },
  'size-unknown': {
    finds: [
      [both('aws_instance', 'instance_type', 'm5.large', 'm99.large'), 'cannot compare'],
      [
        both('aws_rds_cluster_instance', 'instance_class', 'db.r5.large', 'db.serverless'),
        'cannot compare',
      ],
      [both('azurerm_mssql_database', 'sku_name', 'S3', 'S0'), 'cannot compare'],
    ],
    ignores: [
      both('aws_instance', 'instance_type', 'm5.large', 'm5.xlarge'),
      create('aws_instance', { instance_type: 'm99.large' }),
      both('aws_codebuild_fleet', 'machine_type', 'a1', 'b2'),
    ],
  },
  'engine-major': {
    finds: [
      [
        both('aws_db_instance', 'engine_version', '5.7.44', '8.0.35', { engine: 'mysql' }),
        '5.7.44 -> 8.0.35',
      ],
      [
        both('aws_db_instance', 'engine_version', '8.0.35', '8.4.3', { engine: 'mysql' }),
        '8.0.35 -> 8.4.3',
      ],
      [
        both('aws_db_instance', 'engine_version', '10.5.20', '10.6.14', { engine: 'mariadb' }),
        '10.6.14',
      ],
      [
        both('aws_db_instance', 'engine_version', '9.5', '9.6.24', { engine: 'postgres' }),
        '9.6.24',
      ],
      [
        both('aws_db_instance', 'engine_version', '16.8', '16.3', { engine: 'postgres' }),
        'a downgrade',
      ],
      [
        both('aws_db_instance', 'engine_version', '12.1.0.2.v10', '12.2.0.1.ru-2020', {
          engine: 'oracle-ee',
        }),
        '12.2',
      ],
      [
        both(
          'aws_rds_cluster',
          'engine_version',
          '5.7.mysql_aurora.2.11.3',
          '8.0.mysql_aurora.3.05.2',
          { engine: 'aurora-mysql' },
        ),
        '8.0',
      ],
      [both('aws_neptune_cluster', 'engine_version', '1.2.1.0', '1.3.0.0'), '1.3.0.0'],
      [both('aws_docdb_cluster', 'engine_version', '4.0.0', '5.0.0'), '5.0.0'],
      [both('aws_elasticache_replication_group', 'engine_version', '6.x', '7.1'), '7.1'],
      [
        both('aws_opensearch_domain', 'engine_version', 'OpenSearch_1.3', 'OpenSearch_2.11'),
        'OpenSearch_2.11',
      ],
      [
        both('aws_opensearch_domain', 'engine_version', 'Elasticsearch_7.10', 'OpenSearch_1.0'),
        'OpenSearch_1.0',
      ],
      [both('aws_mq_broker', 'engine_version', '3.13', '4.2', { engine_type: 'RabbitMQ' }), '4.2'],
      [both('aws_elasticsearch_domain', 'elasticsearch_version', '6.8', '7.10'), '7.10'],
      [both('aws_msk_cluster', 'kafka_version', '2.8.1', '3.5.1'), '3.5.1'],
      [both('aws_eks_cluster', 'version', '1.28', '1.29'), '1.29'],
      [both('azurerm_postgresql_flexible_server', 'version', '13', '14'), '14'],
      [both('azurerm_mysql_flexible_server', 'version', '5.7', '8.0.21'), '8.0.21'],
      [both('azurerm_kubernetes_cluster', 'kubernetes_version', '1.28.3', '1.29.0'), '1.29.0'],
      [
        both('google_sql_database_instance', 'database_version', 'POSTGRES_13', 'POSTGRES_14'),
        'POSTGRES_14',
      ],
      [
        both('google_sql_database_instance', 'database_version', 'MYSQL_5_7', 'MYSQL_8_0'),
        'MYSQL_8_0',
      ],
      [both('mongodbatlas_cluster', 'mongo_db_major_version', '5.0', '6.0'), '6.0'],
      [both('aws_rds_cluster', 'engine_version', '15.8', '16.3'), '15.8 -> 16.3'],
      [both('aws_elasticache_replication_group', 'engine', 'redis', 'valkey'), 'redis -> valkey'],
    ],
    ignores: [
      both('aws_db_instance', 'engine_version', '8.0.35', '8.0.36', { engine: 'mysql' }),
      both('aws_db_instance', 'engine_version', '8.0.35', '8.0', { engine: 'mysql' }),
      both('aws_db_instance', 'engine_version', '14', '14.9', { engine: 'postgres' }),
      both(
        'aws_rds_cluster',
        'engine_version',
        '5.7.mysql_aurora.2.07.2',
        '5.7.mysql_aurora.2.11.3',
        { engine: 'aurora-mysql' },
      ),
      both('aws_elasticache_replication_group', 'engine_version', '7.0', '7.1'),
      both('aws_elasticache_replication_group', 'engine_version', '6.x', '6.2'),
      both('aws_opensearch_domain', 'engine_version', 'OpenSearch_2.5', 'OpenSearch_2.11'),
      both('aws_rds_cluster_instance', 'engine_version', '15.8', '16.3'),
      both('aws_msk_cluster', 'kafka_version', '3.5.1', '3.6.0'),
      both('google_sql_database_instance', 'database_version', 'MYSQL_8_0_31', 'MYSQL_8_0_36'),
      both('helm_release', 'version', '1.2.3', '2.0.0'),
      both('aws_backup_plan', 'version', 'a1', 'b2'),
      both('aws_rds_cluster', 'engine_version', '16.3', '16.8'),
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
        both('aws_db_instance', 'instance_class', 'db.r6g.xlarge', 'db.r6g.large'),
        'vCPUs 4 -> 2, GiB of memory 32 -> 16',
      ],
      [
        both('aws_db_instance', 'instance_class', 'db.r5.large', 'db.c6gd.xlarge'),
        'GiB of memory 16 -> 8',
      ],
      [
        both(
          'aws_opensearch_domain',
          'cluster_config',
          [{ instance_type: 'r6g.large.search', instance_count: 3 }],
          [{ instance_type: 'm6g.large.search', instance_count: 2 }],
        ),
        'instance_count: 3 -> 2',
      ],
      [
        both(
          'aws_msk_cluster',
          'broker_node_group_info.instance_type',
          'kafka.m5.xlarge',
          'kafka.m5.large',
        ),
        'vCPUs 4 -> 2',
      ],
      [
        both('aws_opensearch_domain', 'cluster_config.zone_awareness_enabled', true, false),
        'zone_awareness_enabled',
      ],
      [both('aws_memorydb_cluster', 'num_replicas_per_shard', 2, 0), '2 -> 0'],
      [both('aws_kinesis_stream', 'shard_count', 4, 2), '4 -> 2'],
      [both('aws_redshift_cluster', 'node_type', 'ra3.4xlarge', 'ra3.xlplus'), 'vCPUs 12 -> 4'],
      [
        both(
          'azurerm_postgresql_flexible_server',
          'sku_name',
          'GP_Standard_D4s_v3',
          'B_Standard_B1ms',
        ),
        'vCPUs 4 -> 1',
      ],
      [
        both(
          'azurerm_postgresql_flexible_server',
          'high_availability',
          [{ mode: 'ZoneRedundant' }],
          [],
        ),
        'high_availability.mode',
      ],
      [both('azurerm_redis_cache', 'sku_name', 'Premium', 'Standard'), 'Premium -> Standard'],
      [
        both(
          'google_sql_database_instance',
          'settings',
          [{ tier: 'db-custom-4-15360', availability_type: 'REGIONAL' }],
          [{ tier: 'db-custom-2-15360', availability_type: 'ZONAL' }],
        ),
        'REGIONAL -> ZONAL; settings.tier: db-custom-4-15360 -> db-custom-2-15360 (vCPUs 4 -> 2)',
      ],
      [both('aws_elasticache_replication_group', 'num_cache_clusters', 3, 2), '3 -> 2'],
      [
        both(
          'aws_elasticache_replication_group',
          'node_type',
          'cache.r7g.large',
          'cache.t4g.micro',
        ),
        'cache.t4g.micro',
      ],
      [
        both('aws_rds_cluster', 'serverlessv2_scaling_configuration.max_capacity', 32, 8),
        '32 -> 8',
      ],
      [both('aws_db_instance', 'multi_az', true, false), 'multi_az'],
    ],
    ignores: [
      both('aws_db_instance', 'instance_class', 'db.r6g.large', 'db.r6g.xlarge'),
      both('aws_db_instance', 'instance_class', 'db.t3.micro', 'db.t4g.micro'),
      both('aws_elasticache_replication_group', 'node_type', 'cache.r5.large', 'cache.r7g.large'),
      both('aws_elasticache_replication_group', 'node_type', 'cache.t3.medium', 'cache.m6g.large'),
      both('aws_opensearch_domain', 'x', 'a', 'b'),
      both(
        'azurerm_postgresql_flexible_server',
        'sku_name',
        'GP_Standard_D2s_v3',
        'GP_Standard_D4ds_v5',
      ),
      both('google_sql_database_instance', 'settings.tier', 'db-n1-standard-2', 'db-custom-2-8192'),
      update(
        'aws_dynamodb_table',
        { billing_mode: 'PROVISIONED', read_capacity: 5 },
        { billing_mode: 'PAY_PER_REQUEST', read_capacity: 0 },
      ),
      both('aws_elasticache_replication_group', 'num_cache_clusters', 2, 3),
      both('aws_lambda_function', 'multi_az', true, false),
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
        both(
          'aws_iam_role',
          'assume_role_policy',
          policy(allow({ Action: 'sts:AssumeRole', Principal: { Service: 'a.amazonaws.com' } })),
          policy(
            allow({
              Action: 'sts:AssumeRole',
              Principal: { Service: 'a.amazonaws.com', AWS: 'arn:aws:iam::111122223333:root' },
            }),
          ),
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
        both(
          'aws_iam_role',
          'managed_policy_arns',
          [],
          ['arn:aws:iam::aws:policy/AmazonEC2FullAccess'],
        ),
        'attaches AmazonEC2FullAccess',
      ],
      [
        both('aws_iam_policy_attachment', 'roles', ['a'], ['a', 'b'], {
          policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
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
        both('aws_iam_user_group_membership', 'groups', ['a'], ['a', 'admins'], { user: 'u' }),
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
        both(
          'aws_vpc_endpoint',
          'policy',
          policy({ ...read, Principal: '*' }),
          policy(allow({ Action: '*', Resource: '*', Principal: '*' })),
        ),
        '* on *',
      ],
      [
        both(
          'aws_organizations_policy',
          'content',
          policy(allow({ Action: ['s3:*'], Resource: '*' })),
          policy(allow({ Action: ['s3:*', 'ec2:*'], Resource: '*' })),
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
      [both('aws_s3_bucket_policy', 'policy', policy(tls), null), 'no longer denies'],
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
        both(
          'aws_organizations_organization',
          'enabled_policy_types',
          ['SERVICE_CONTROL_POLICY'],
          [],
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
      [both('aws_iam_group_membership', 'users', [], ['u'], { group: 'g' }), 'adds u to g'],
    ],
    ignores: [
      create('aws_iam_role_policy', { policy: policy(read) }),
      ofRole(policy(read), policy({ ...read, Resource: 'arn:aws:s3:::b/x' })),
      both('aws_iam_group_membership', 'users', ['u'], [], { group: 'g' }),
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
      [both('aws_iam_role', 'permissions_boundary', 'arn', null), 'removed'],
      [both('aws_iam_role', 'permissions_boundary', 'arn', 'other'), 'changes'],
    ],
    ignores: [both('aws_iam_role', 'permissions_boundary', null, 'arn')],
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
      [both('aws_sns_topic', 'kms_master_key_id', 'key', ''), 'kms_master_key_id is removed'],
      [
        both('aws_elasticache_replication_group', 'transit_encryption_enabled', true, false),
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
      both('aws_rds_cluster', 'storage_encrypted', false, true),
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
    ignores: [both('aws_sns_topic', 'kms_master_key_id', null, 'key')],
  },
  'tls-weakened': {
    finds: [
      [
        both(
          'aws_lb_listener',
          'ssl_policy',
          'ELBSecurityPolicy-TLS13-1-2-2021-06',
          'ELBSecurityPolicy-2016-08',
        ),
        '2016-08',
      ],
      [
        both(
          'aws_cloudfront_distribution',
          'default_cache_behavior.viewer_protocol_policy',
          'https-only',
          'allow-all',
        ),
        'plain HTTP',
      ],
    ],
    ignores: [
      both(
        'aws_lb_listener',
        'ssl_policy',
        'ELBSecurityPolicy-TLS-1-2-2017-01',
        'ELBSecurityPolicy-TLS13-1-2-2021-06',
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
      [both('aws_lb', 'access_logs.enabled', true, false), 'access_logs'],
      [both('aws_cloudtrail', 'enable_logging', true, false), 'enable_logging'],
    ],
    ignores: [
      both('aws_lb', 'access_logs.enabled', false, true),
      replace('aws_flow_log', { a: 1 }, { a: 2 }, 'a'),
    ],
  },
  'route-changed': {
    finds: [
      [destroy('aws_route'), 'deleted'],
      [both('aws_route', 'nat_gateway_id', 'a', 'b'), 'nat_gateway_id'],
      [
        replace('aws_route_table_association', { subnet_id: 'a' }, { subnet_id: 'b' }, 'subnet_id'),
        'forced by subnet_id',
      ],
    ],
    ignores: [
      create('aws_route', { nat_gateway_id: 'a' }),
      both('aws_route_table', 'tags', {}, { a: 'b' }),
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
      both('aws_rds_cluster', 'availability_zones', ['a', 'b'], ['b', 'a']),
    ],
  },
  'listener-swapped': {
    finds: [
      [
        both('aws_lb_listener_rule', 'action.target_group_arn', 'a', 'b'),
        'has another target group',
      ],
    ],
    ignores: [
      both('aws_lb_listener_rule', 'priority', 1, 2, { action: [{ target_group_arn: 'a' }] }),
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
      both('aws_lb_target_group', 'deregistration_delay', '300', '200'),
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
        both(
          'aws_launch_template',
          'user_data',
          Buffer.from('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true').toString('base64'),
          Buffer.from('ECS_CLUSTER=x').toString('base64'),
        ),
        'is removed from user_data',
      ],
    ],
    ignores: [
      group({ capacity_rebalance: true }, { capacity_rebalance: false }),
      [
        both(
          'aws_launch_template',
          'user_data',
          'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true',
          'ECS_CLUSTER=x',
          { id: 'lt' },
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
        both('aws_cloudwatch_event_rule', 'state', 'ENABLED', 'DISABLED', { name: 'spot-notice' }),
        'state is turned off',
      ],
      [
        both('aws_lambda_function', 'reserved_concurrent_executions', 2, 0, {
          function_name: 'failover',
        }),
        'never runs',
      ],
      [
        both('aws_cloudwatch_event_rule', 'event_pattern', '{"source":["a"]}', '{"source":["b"]}', {
          name: 'failover',
        }),
        'event_pattern',
      ],
    ],
    ignores: [
      both('aws_cloudwatch_event_rule', 'description', 'a', 'b', { name: 'failover' }),
      create('aws_cloudwatch_event_rule', { name: 'failover' }),
    ],
  },
  'watch-removed': {
    finds: [
      [destroy('aws_cloudwatch_metric_alarm', { alarm_name: 'hotspot-cpu' }), 'destroyed'],
      [destroy('aws_cloudwatch_metric_alarm', { alarm_name: 'cpu' }), 'destroyed'],
      [destroy('google_monitoring_alert_policy', { display_name: 'cpu' }), 'destroyed'],
      [
        both('aws_cloudwatch_metric_alarm', 'alarm_actions', ['a'], [], { alarm_name: 'cpu' }),
        'has no alarm_actions',
      ],
    ],
    ignores: [
      destroy('aws_cloudwatch_event_rule', { name: 'failover' }),
      // It runs work: the rule about that reports it.
      destroy('aws_lambda_function', { function_name: 'resize' }),
      both('aws_cloudwatch_metric_alarm', 'threshold', 1, 2, { alarm_name: 'cpu' }),
    ],
  },
}
