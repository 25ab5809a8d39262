import type { Json, JsonObject } from '../../src/json'
import { type Entry, replaced } from '../plans'
import { both, create, destroy, type SingleChanges, update } from './exposure'

/** A block whose values change: `{desired_size: [3, 0]}`. */
function block(type: string, path: string, values: Readonly<Record<string, [Json, Json]>>): Entry {
  const side = (index: 0 | 1): JsonObject =>
    Object.fromEntries(Object.entries(values).map(([name, pair]) => [name, pair[index]]))
  return both(type, path, [side(0)], [side(1)])
}

const replacing = (type: string, before: JsonObject, after: JsonObject): Entry => ({
  ...update(type, before, after),
  actions: replaced,
})
const subscription = '/subscriptions/00000000-0000-0000-0000-000000000000'
const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
const assigned = (role: string, scope: string, more: JsonObject = {}) =>
  create('azurerm_role_assignment', {
    role_definition_name: role,
    scope,
    principal_id: 'p',
    ...more,
  })
const assignedById = (id: string) =>
  assigned('', subscription, {
    role_definition_id: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${id}`,
  })
const directory = (role_id: string) =>
  create('azuread_directory_role_assignment', { role_id, principal_object_id: 'p' })
const member = (level: string, role: string, more: JsonObject = {}) =>
  create(`google_${level}_iam_member`, { role, member: 'user:a@example.com', ...more })
const account = { service_account_id: 'projects/p/serviceAccounts/a@p.iam.gserviceaccount.com' }
const bindings = (...members: string[]) =>
  JSON.stringify({ bindings: [{ role: 'roles/owner', members }] })
const policyOf = (before: string, after: string) =>
  update('google_project_iam_policy', { policy_data: before }, { policy_data: after })
const clusterRole = (api_groups: string[], resources: string[], verbs: string[]) =>
  create('kubernetes_cluster_role_v1', {
    metadata: [{ name: 'r' }],
    rule: [{ api_groups, resources, verbs }],
  })
const bound = (type: string, name: string) =>
  create(type, { role_ref: [{ name }], subject: [{ kind: 'User', name: 'u' }] })
const deployment = (replicas: number) => ({
  manifest: { kind: 'Deployment', metadata: { name: 'a' }, spec: { replicas } },
})

export const availabilitySamples: Readonly<Record<string, SingleChanges>> = {
  'scaled-to-zero': {
    finds: [
      [both('aws_ecs_service', 'desired_count', 2, 0), 'desired_count: 2 -> 0'],
      [update('aws_autoscaling_group', { max_size: 5 }, { max_size: 0 }), 'max_size: 5 -> 0'],
      [
        update(
          'aws_autoscaling_group',
          { min_size: 0, max_size: 5, desired_capacity: 3 },
          { min_size: 0, max_size: 5, desired_capacity: 0 },
        ),
        'desired_capacity: 3 -> 0',
      ],
      [
        block('aws_eks_node_group', 'scaling_config', { desired_size: [3, 0], max_size: [5, 5] }),
        'scaling_config.desired_size: 3 -> 0',
      ],
      [both('aws_lambda_function', 'reserved_concurrent_executions', -1, 0), '-1 -> 0'],
      [both('aws_lambda_function', 'reserved_concurrent_executions', 10, 0), '10 -> 0'],
      [both('aws_appautoscaling_target', 'max_capacity', 10, 0), '10 -> 0'],
      [both('aws_spot_fleet_request', 'target_capacity', 10, 0), '10 -> 0'],
      [both('aws_ec2_fleet', 'target_capacity_specification.total_target_capacity', 9, 0), '9'],
      [both('aws_ec2_instance_state', 'state', 'running', 'stopped'), 'stopped'],
      [both('aws_cloudfront_distribution', 'enabled', true, false), 'enabled: true -> false'],
      [both('kubernetes_deployment', 'spec.replicas', '3', '0'), 'spec.replicas: 3 -> 0'],
      [both('kubernetes_stateful_set_v1', 'spec.replicas', '3', '0'), 'spec.replicas'],
      [update('kubernetes_manifest', deployment(3), deployment(0)), 'spec.replicas: 3 -> 0'],
      [both('kubernetes_cron_job_v1', 'spec.suspend', false, true), 'spec.suspend'],
      [both('azurerm_linux_virtual_machine_scale_set', 'instances', 4, 0), '4 -> 0'],
      [both('azurerm_virtual_machine_scale_set', 'sku.capacity', 4, 0), 'sku.capacity: 4 -> 0'],
      [both('azurerm_kubernetes_cluster_node_pool', 'node_count', 3, 0), 'node_count: 3 -> 0'],
      [both('azurerm_linux_web_app', 'enabled', true, false), 'enabled'],
      [both('google_compute_instance_group_manager', 'target_size', 3, 0), 'target_size: 3 -> 0'],
      [both('google_container_node_pool', 'node_count', 3, 0), 'node_count: 3 -> 0'],
      [both('google_compute_instance', 'desired_status', 'RUNNING', 'TERMINATED'), 'TERMINATED'],
      [
        both('google_sql_database_instance', 'settings.activation_policy', 'ALWAYS', 'NEVER'),
        'NEVER',
      ],
      [both('google_cloud_scheduler_job', 'paused', false, true), 'paused'],
      [both('scaleway_k8s_pool', 'size', 3, 0), 'size: 3 -> 0'],
      [both('heroku_formation', 'quantity', 3, 0), 'quantity: 3 -> 0'],
      [both('acme_app', 'instance_count', 4, 0), 'instance_count: 4 -> 0'],
      [replacing('acme_app', { replicas: 4 }, { replicas: 0 }), 'replicas: 4 -> 0'],
    ],
    ignores: [
      create('aws_ecs_service', { desired_count: 0 }),
      both('aws_ecs_service', 'desired_count', 0, 2),
      both('aws_ecs_service', 'desired_count', 4, 2),
      update('aws_ecs_service', { desired_count: 3, tags: {} }, { desired_count: 3, tags: null }),
      both('aws_autoscaling_group', 'min_size', 2, 0),
      both('aws_autoscaling_schedule', 'desired_capacity', 2, 0),
      both('aws_lambda_function', 'reserved_concurrent_executions', 10, -1),
      both('aws_cloudwatch_metric_alarm', 'evaluation_periods', 5, 0),
      both('aws_elasticache_replication_group', 'replicas_per_node_group', 2, 0),
      update(
        'kubernetes_deployment',
        { spec: [{ replicas: '2' }] },
        { spec: [{}] },
        { spec: [{ replicas: true }] },
      ),
      update(
        'azurerm_kubernetes_cluster_node_pool',
        { node_count: 3, auto_scaling_enabled: false },
        { node_count: null, auto_scaling_enabled: true, min_count: 3 },
      ),
      both('google_cloud_run_v2_service', 'template.scaling.max_instance_count', 50, 0),
      both('google_compute_instance_template', 'guest_accelerator.count', 2, 0),
      both('aws_cloudfront_distribution', 'is_ipv6_enabled', true, false),
    ],
  },
  'scaled-down': {
    finds: [
      [both('aws_appautoscaling_target', 'max_capacity', 30, 10), '30 -> 10'],
      [both('aws_autoscaling_group', 'min_size', 2, 0), 'min_size: 2 -> 0'],
      [
        replacing(
          'aws_apprunner_auto_scaling_configuration_version',
          { max_size: 25 },
          { max_size: 5 },
        ),
        '25 -> 5',
      ],
      [both('aws_glue_job', 'number_of_workers', 10, 2), '10 -> 2'],
      [both('aws_autoscaling_schedule', 'desired_capacity', 2, 0), '2 -> 0'],
      [both('aws_lambda_function', 'memory_size', 512, 128), '512 -> 128'],
      [both('kubernetes_horizontal_pod_autoscaler_v2', 'spec.max_replicas', 10, 3), '10 -> 3'],
      [both('azurerm_service_plan', 'worker_count', 5, 1), '5 -> 1'],
      [both('azurerm_container_app', 'template.min_replicas', 2, 0), '2 -> 0'],
      [
        block('azurerm_monitor_autoscale_setting', 'profile.capacity', { maximum: [10, 2] }),
        'profile.capacity.maximum: 10 -> 2',
      ],
      [block('azurerm_kubernetes_cluster', 'default_node_pool', { max_count: [9, 3] }), '9 -> 3'],
      [
        both(
          'google_cloud_run_service',
          'template.metadata.annotations',
          { 'autoscaling.knative.dev/maxScale': '100' },
          { 'autoscaling.knative.dev/maxScale': '1' },
        ),
        'autoscaling.knative.dev/maxScale: 100 -> 1',
      ],
      [both('google_cloud_run_v2_service', 'template.scaling.min_instance_count', 2, 0), '2 -> 0'],
      [both('google_container_node_pool', 'autoscaling.max_node_count', 9, 2), '9 -> 2'],
    ],
    ignores: [
      both('aws_appautoscaling_target', 'max_capacity', 10, 30),
      both('aws_lambda_function', 'reserved_concurrent_executions', 10, -1),
      both('aws_lambda_function', 'reserved_concurrent_executions', -1, 100),
      both('kubernetes_deployment', 'spec.replicas', '9', '10'),
      both('kubernetes_deployment', 'spec.replicas', '9', '0'),
      block('aws_ecs_capacity_provider', 'auto_scaling_group_provider.managed_scaling', {
        target_capacity: [90, 80],
        maximum_scaling_step_size: [100, 10],
      }),
      both('aws_lambda_event_source_mapping', 'batch_size', 10, 5),
      both('google_cloud_run_v2_service', 'template.scaling.max_instance_count', 50, 0),
      both('google_compute_instance_template', 'guest_accelerator.count', 2, 1),
    ],
  },
  'detection-off': {
    finds: [
      [both('aws_guardduty_detector', 'enable', true, false), 'enable is turned off'],
      [
        both('aws_guardduty_detector', 'datasources.s3_logs.enable', true, false),
        's3_logs.enable is turned off',
      ],
      [both('aws_guardduty_detector_feature', 'status', 'ENABLED', 'DISABLED'), 'status'],
      [both('aws_inspector2_enabler', 'resource_types', ['EC2', 'ECR'], ['EC2']), '2 -> 1'],
      [both('aws_macie2_account', 'status', 'ENABLED', 'PAUSED'), 'status is turned off'],
      [both('aws_securityhub_organization_configuration', 'auto_enable', true, false), 'auto'],
      [
        both('aws_ecr_repository', 'image_scanning_configuration.scan_on_push', true, false),
        'scan_on_push',
      ],
      [both('azurerm_security_center_subscription_pricing', 'tier', 'Standard', 'Free'), 'tier'],
      [both('azurerm_mssql_server_security_alert_policy', 'state', 'Enabled', 'Disabled'), 'state'],
      [
        both('azurerm_kubernetes_cluster', 'microsoft_defender', [{ id: 'a' }], []),
        'microsoft_defender is turned off',
      ],
      [
        both('google_container_cluster', 'security_posture_config.mode', 'BASIC', 'DISABLED'),
        'mode',
      ],
    ],
    ignores: [
      both('aws_guardduty_detector', 'enable', false, true),
      create('aws_guardduty_detector', { enable: false }),
      both('aws_guardduty_detector', 'finding_publishing_frequency', 'ONE_HOUR', 'SIX_HOURS'),
      update('aws_guardduty_detector', { enable: true }, {}, { enable: true }),
      both('aws_inspector2_enabler', 'resource_types', ['EC2', 'ECR'], ['ECR', 'EC2']),
      both('azurerm_security_center_subscription_pricing', 'tier', 'Free', 'Standard'),
    ],
  },
  'logging-off': {
    finds: [
      [both('aws_config_configuration_recorder_status', 'is_enabled', true, false), 'is_enabled'],
      [destroy('aws_config_configuration_recorder_status'), 'deleted'],
      [both('aws_eks_cluster', 'enabled_cluster_log_types', ['api', 'audit'], ['api']), '2 -> 1'],
      [both('aws_cloudtrail', 'event_selector', [{ read_write_type: 'All' }], []), 'turned off'],
      [
        both(
          'azurerm_monitor_diagnostic_setting',
          'enabled_log',
          [{ category: 'a' }, { category: 'b' }],
          [{ category: 'a' }],
        ),
        '2 -> 1',
      ],
      [
        both(
          'google_project_iam_audit_config',
          'audit_log_config',
          [{ log_type: 'DATA_READ' }, { log_type: 'DATA_WRITE' }],
          [{ log_type: 'DATA_WRITE' }],
        ),
        '2 -> 1',
      ],
      [both('google_logging_project_sink', 'disabled', false, true), 'disabled is turned on'],
    ],
    ignores: [
      update(
        'aws_cloudtrail',
        { event_selector: [{ read_write_type: 'All' }], advanced_event_selector: [] },
        { event_selector: [], advanced_event_selector: [{ name: 'all' }] },
      ),
      update(
        'azurerm_monitor_diagnostic_setting',
        { log: [{ category: 'a', enabled: true }], enabled_log: [] },
        { log: [], enabled_log: [{ category: 'a' }] },
      ),
    ],
  },
  'guard-destroyed': {
    finds: [
      [destroy('aws_guardduty_detector'), 'a detector of threats is destroyed'],
      [destroy('azurerm_security_center_subscription_pricing'), 'destroyed'],
      [destroy('google_project_iam_audit_config'), 'destroyed'],
      [destroy('vault_audit'), 'records of access is destroyed'],
      [destroy('acme_security_policy'), 'by the words of its type'],
    ],
    ignores: [destroy('acme_retry_policy')],
  },
  'watch-removed': {
    finds: [
      ...[
        ...['azurerm_monitor_metric_alert', 'azurerm_monitor_action_group'],
        ...['google_monitoring_alert_policy', 'google_monitoring_notification_channel'],
        ...['datadog_monitor', 'datadog_synthetics_test', 'pagerduty_service', 'opsgenie_team'],
        ...['grafana_rule_group', 'grafana_contact_point', 'newrelic_nrql_alert_condition'],
        ...['kubernetes_prometheus_rule', 'aws_synthetics_canary', 'acme_alert'],
      ].map((type) => [destroy(type), 'it is destroyed'] as const),
      [both('google_monitoring_alert_policy', 'enabled', true, false), 'enabled is turned off'],
      [both('google_monitoring_alert_policy', 'notification_channels', ['a'], []), 'it has no'],
      [both('azurerm_monitor_metric_alert', 'action', [{ id: 'a' }], []), 'it has no action'],
      [both('newrelic_synthetics_monitor', 'muted', false, true), 'muted is turned on'],
    ],
    ignores: [
      both('datadog_monitor', 'query', 'a > 1', 'a > 2'),
      destroy('grafana_dashboard'),
      // It has a finding of its own, which says the same.
      destroy('aws_lambda_function', { function_name: 'f' }),
      destroy('aws_sfn_state_machine', { name: 's' }),
      both('aws_lambda_function', 'reserved_concurrent_executions', 10, 0),
    ],
  },
  'data-destroyed': {
    finds: [
      ...[
        ...['vault_mount', 'vault_aws_secret_backend', 'vault_kv_secret_v2', 'hcp_vault_cluster'],
        ...['vault_transit_secret_backend_key', 'doppler_secret', 'onepassword_item'],
        ...['aiven_pg', 'snowflake_schema', 'pinecone_index', 'vultr_block_storage'],
      ].map((type) => [destroy(type), 'destroyed'] as const),
    ],
    ignores: [destroy('vault_policy'), destroy('vault_approle_auth_backend_role')],
  },
  'work-destroyed': {
    finds: [[destroy('aws_lambda_function', { function_name: 'f' }), 'a function is destroyed']],
    // The finding about the failover says it.
    ignores: [destroy('aws_lambda_function', { function_name: 'failover' })],
  },
  'role-broad': {
    finds: [
      [assigned('Owner', subscription), 'Owner of a subscription for p'],
      [assigned('Contributor', `${subscription}/resourceGroups/a`), 'of a resource group'],
      [
        assigned(
          'User Access Administrator',
          '/providers/Microsoft.Management/managementGroups/root',
        ),
        'of a management group',
      ],
      [assignedById('f58310d9-a9f6-439a-9e8d-f62e7b41a168'), 'Role Based Access Control'],
      [assignedById(owner.toUpperCase()), 'Owner of a subscription'],
      [
        create('azurerm_role_assignment', { role_definition_name: 'Owner' }, { scope: true }),
        'Owner of a scope that is known after apply',
      ],
      [
        replacing(
          'azurerm_role_assignment',
          { role_definition_name: 'Reader', scope: subscription, principal_id: 'p' },
          { role_definition_name: 'Contributor', scope: subscription, principal_id: 'p' },
        ),
        'Contributor of a subscription',
      ],
      [
        create('azurerm_role_definition', { name: 'x', permissions: [{ actions: ['*'] }] }),
        'the role x allows *',
      ],
      [directory('62e90394-69f5-4237-9190-012177145e10'), 'Global Administrator for p'],
      [directory('1'), 'that this plan does not name'],
      [
        create('azuread_app_role_assignment', {
          app_role_id: '9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8',
        }),
        'RoleManagement.ReadWrite.Directory',
      ],
      [member('project', 'roles/owner', { project: 'p' }), 'roles/owner of the project'],
      ...[
        ...['roles/editor', 'roles/iam.securityAdmin', 'roles/iam.serviceAccountTokenCreator'],
        ...['roles/storage.admin', 'roles/compute.instanceAdmin.v1', 'roles/container.admin'],
      ].map((role) => [member('project', role), role] as const),
      [member('organization', 'roles/resourcemanager.organizationAdmin'), 'of the organization'],
      [member('service_account', 'roles/iam.serviceAccountTokenCreator', account), 'a@p.iam'],
      [
        update(
          'google_project_iam_binding',
          { role: 'roles/owner', members: ['user:a@example.com'] },
          { role: 'roles/owner', members: ['user:a@example.com', 'user:b@example.com'] },
        ),
        'user:b@example.com',
      ],
      [policyOf(bindings('user:a'), bindings('user:b', 'user:a')), 'for user:b'],
      [
        create('google_project_iam_custom_role', {
          role_id: 'r',
          permissions: ['iam.serviceAccounts.getAccessToken'],
        }),
        'the role r allows iam.serviceAccounts.getAccessToken',
      ],
      [clusterRole(['*'], ['*'], ['*']), 'the role r allows * on every resource'],
      [clusterRole(['rbac.authorization.k8s.io'], ['roles'], ['escalate']), 'allows escalate'],
      [bound('kubernetes_cluster_role_binding', 'edit'), 'User u becomes edit of every namespace'],
      [
        create('kubernetes_manifest', {
          manifest: {
            kind: 'ClusterRole',
            metadata: { name: 'm' },
            rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
          },
        }),
        'the role m allows *',
      ],
    ],
    ignores: [
      assigned('Reader', subscription),
      assigned('Network Contributor', `${subscription}/resourceGroups/a`),
      assigned('Contributor', `${subscription}/resourceGroups/a/providers/x/y/z`),
      assigned('Role Based Access Control Administrator', subscription, { condition: '(x)' }),
      assignedById('acdd72a7-3385-48ef-bd42-f606fba81ae7'),
      replacing(
        'azurerm_role_assignment',
        { name: 'a', role_definition_name: 'Owner', scope: subscription, principal_id: 'p' },
        { name: 'b', role_definition_name: 'Owner', scope: subscription, principal_id: 'p' },
      ),
      destroy('azurerm_role_assignment', { role_definition_name: 'Owner', scope: subscription }),
      create('azurerm_role_definition', { permissions: [{ actions: ['*/read'] }] }),
      directory('88d8e3e3-8f55-4a1e-953a-9b9898b8876b'),
      ...[
        ...['roles/viewer', 'roles/storage.objectViewer', 'roles/logging.logWriter'],
        ...['roles/cloudsql.client', 'roles/run.invoker', 'roles/artifactregistry.reader'],
      ].map((role) => member('project', role)),
      member('storage_bucket', 'roles/storage.objectAdmin'),
      member('service_account', 'roles/iam.workloadIdentityUser', account),
      member('service_account', 'roles/iam.serviceAccountTokenCreator', {
        ...account,
        member: 'serviceAccount:a@p.iam.gserviceaccount.com',
      }),
      member('project', 'roles/editor', {
        member: 'serviceAccount:123456789012@cloudservices.gserviceaccount.com',
      }),
      policyOf(bindings('user:a', 'user:b'), bindings('user:b')),
      clusterRole([''], ['pods'], ['get', 'list', 'watch']),
      bound('kubernetes_cluster_role_binding', 'view'),
      bound('kubernetes_role_binding_v1', 'edit'),
    ],
  },
}
