import type { Json, JsonObject } from '../../src/json'
import { type Entry, replaced } from '../plans'
import { both, create, destroy, type SingleChanges, update } from './changes'

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
  both('google_project_iam_policy', 'policy_data', before, after)
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

const suspended = (...lists: [string[], string[]]) =>
  both('aws_autoscaling_group', 'suspended_processes', ...lists)
const service = (path: string, before: Json, after: Json) =>
  both('aws_ecs_service', path, before, after)
const budget = (before: JsonObject, after: JsonObject) =>
  both('kubernetes_pod_disruption_budget_v1', 'spec', [before], [after])
const budgetManifest = (minAvailable: number) => ({
  manifest: { kind: 'PodDisruptionBudget', metadata: { name: 'a' }, spec: { minAvailable } },
})
const forwarded = (...weights: [arn: string, weight: number][]) => ({
  action: [
    {
      type: 'forward',
      forward: [{ target_group: weights.map(([arn, weight]) => ({ arn, weight })) }],
    },
  ],
})
const listenerRule = (before: JsonObject, after: JsonObject) =>
  update('aws_lb_listener_rule', before, after)
const chart = (before: string[], after: string[]) => both('helm_release', 'values', before, after)
const chartSet = (name: string, ...values: [string, string]) =>
  both(
    'helm_release',
    'set',
    [
      { name: 'image.tag', value: '1' },
      { name, value: values[0] },
    ],
    [
      { name: 'image.tag', value: '0' },
      { name, value: values[1] },
    ],
  )
const roleRule = (resources: string[], verbs: string[], more: JsonObject = {}) => ({
  metadata: [{ name: 'r' }],
  rule: [{ api_groups: [''], resources, verbs, ...more }],
})
const pods = roleRule(['pods'], ['get'])
const protectedBranch = (more: JsonObject = {}) => ({
  pattern: 'main',
  enforce_admins: true,
  required_pull_request_reviews: [{ required_approving_review_count: 2 }],
  ...more,
})
const branch = (more: JsonObject) =>
  update('github_branch_protection', protectedBranch(), protectedBranch(more))
const access = (before: string, after: string) =>
  both('azuread_conditional_access_policy', 'state', before, after)

export const availabilitySamples: Readonly<Record<string, SingleChanges>> = {
  'scaled-to-zero': {
    finds: [
      [both('aws_ecs_service', 'desired_count', 2, 0), 'desired_count: 2 -> 0'],
      [both('aws_autoscaling_group', 'max_size', 5, 0), 'max_size: 5 -> 0'],
      [chartSet('controller.replicaCount', '2', '0'), 'controller.replicaCount: 2 -> 0'],
      [chart(['replicaCount: 2\n'], ['replicaCount: 0 # off\n']), 'replicaCount: 2 -> 0'],
      [chart(['image: a'], ['"web":\n  "replicas": 0\n']), 'web.replicas: none -> 0'],
      [chart(['{"replicaCount":3}'], ['{"replicaCount":0}']), 'replicaCount: 3 -> 0'],
      [
        both('aws_autoscaling_group', 'desired_capacity', 3, 0, { min_size: 0, max_size: 5 }),
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
      chartSet('controller.replicaCount', '0', '2'),
      chartSet('service.port', '80', '0'),
      chart(['replicaCount: 0'], ['replicaCount: 0\nimage: b']),
      chart(['replicaCount: 1'], ['a: [replicaCount: 0']),
      create('helm_release', { set: [{ name: 'replicaCount', value: '0' }] }),
      create('aws_ecs_service', { desired_count: 0 }),
      both('aws_ecs_service', 'desired_count', 0, 2),
      both('aws_ecs_service', 'desired_count', 4, 2),
      both('aws_ecs_service', 'tags', {}, null, { desired_count: 3 }),
      both('aws_autoscaling_group', 'min_size', 2, 0),
      both('aws_autoscaling_schedule', 'desired_capacity', 2, 0),
      both('aws_lambda_function', 'reserved_concurrent_executions', 10, -1),
      both('aws_cloudwatch_metric_alarm', 'evaluation_periods', 5, 0),
      both('aws_elasticache_replication_group', 'replicas_per_node_group', 2, 0),
      update(
        'kubernetes_deployment',
        { spec: [{ replicas: '2' }] },
        { spec: [{}] },
        { unknown: { spec: [{ replicas: true }] } },
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
      update('aws_guardduty_detector', { enable: true }, {}, { unknown: { enable: true } }),
      both('aws_inspector2_enabler', 'resource_types', ['EC2', 'ECR'], ['ECR', 'EC2']),
      both('azurerm_security_center_subscription_pricing', 'tier', 'Free', 'Standard'),
    ],
  },
  'logging-off': {
    finds: [
      [both('aws_cloudtrail', 'is_organization_trail', true, false), 'is_organization_trail'],
      [both('aws_cloudtrail', 'is_multi_region_trail', true, false), 'is_multi_region_trail'],
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
      both('aws_cloudtrail', 'is_organization_trail', false, true),
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
      [destroy('okta_policy_mfa', { name: 'a' }), 'a condition of every sign-in'],
      [destroy('azuread_conditional_access_policy', { id: 'a' }), 'a condition of every sign-in'],
      [destroy('github_branch_protection', { pattern: 'main' }), 'the protection of a branch'],
      [destroy('github_repository_ruleset', { name: 'a' }), 'the protection of a branch'],
      [destroy('kubernetes_pod_disruption_budget_v1', {}), 'a limit of disruptions'],
      [destroy('aws_guardduty_detector'), 'a detector of threats is destroyed'],
      [destroy('azurerm_security_center_subscription_pricing'), 'destroyed'],
      [destroy('google_project_iam_audit_config'), 'destroyed'],
      [destroy('vault_audit'), 'records of access is destroyed'],
      [destroy('acme_security_policy'), 'by the words of its type'],
    ],
    ignores: [
      destroy('okta_user_schema_property', { index: 'a' }),
      destroy('github_issue_label', { name: 'a' }),
      destroy('acme_retry_policy'),
    ],
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
      [
        update('kubernetes_cluster_role_v1', pods, roleRule(['pods', 'secrets'], ['get', 'list'])),
        'the role r reads all secrets of the cluster',
      ],
      [
        create('kubernetes_cluster_role', roleRule(['secrets'], ['list'])),
        'reads all secrets of the cluster',
      ],
      [update('kubernetes_role_v1', pods, roleRule(['secrets'], ['*'])), 'allows * on secrets'],
      [update('kubernetes_role', pods, roleRule(['pods'], ['*'])), 'the role r allows * on pods'],
      [
        update('kubernetes_role', pods, roleRule(['secrets'], ['watch'])),
        'reads all secrets of its namespace',
      ],
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
        create(
          'azurerm_role_assignment',
          { role_definition_name: 'Owner' },
          { unknown: { scope: true } },
        ),
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
        both(
          'google_project_iam_binding',
          'members',
          ['user:a@example.com'],
          ['user:a@example.com', 'user:b@example.com'],
          { role: 'roles/owner' },
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
      create('kubernetes_role', roleRule(['secrets'], ['get'])),
      update(
        'kubernetes_cluster_role_v1',
        pods,
        roleRule(['secrets'], ['get'], { resource_names: ['a'] }),
      ),
      update(
        'kubernetes_cluster_role_v1',
        roleRule(['secrets'], ['get', 'list']),
        roleRule(['secrets'], ['list']),
      ),
      update('kubernetes_role_v1', roleRule(['pods'], ['*']), pods),
      update('kubernetes_cluster_role_v1', pods, roleRule(['pods', 'configmaps'], ['get', 'list'])),
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
  'healing-off': {
    finds: [
      [suspended([], ['Launch']), 'Launch is suspended'],
      [suspended(['AZRebalance'], ['AZRebalance', 'HealthCheck']), 'HealthCheck is suspended'],
      [
        service('deployment_minimum_healthy_percent', 100, 0),
        'deployment_minimum_healthy_percent: 100 -> 0',
      ],
      [service('deployment_minimum_healthy_percent', null, 0), 'none -> 0'],
      [
        both('aws_autoscaling_group', 'instance_refresh.preferences.min_healthy_percentage', 90, 0),
        'min_healthy_percentage: 90 -> 0',
      ],
    ],
    ignores: [
      suspended(['Launch'], []),
      suspended(['Launch', 'AZRebalance'], ['AZRebalance', 'Launch']),
      suspended([], ['AZRebalance', 'ScheduledActions']),
      service('deployment_minimum_healthy_percent', 100, 50),
      service('deployment_minimum_healthy_percent', 0, 100),
      create('aws_ecs_service', { deployment_minimum_healthy_percent: 0 }),
    ],
  },
  'rollback-off': {
    finds: [
      [service('deployment_circuit_breaker.enable', true, false), 'enable is turned off'],
      [service('deployment_circuit_breaker.rollback', true, false), 'rollback is turned off'],
      [
        update('aws_ecs_service', { deployment_circuit_breaker: [{ enable: true }] }, {}),
        'deployment_circuit_breaker.enable is turned off',
      ],
      [
        both('aws_codedeploy_deployment_group', 'auto_rollback_configuration.enabled', true, false),
        'auto_rollback_configuration.enabled is turned off',
      ],
      [budget({ min_available: '2' }, { min_available: '1' }), 'min_available: 2 -> 1'],
      [budget({ min_available: '2' }, { min_available: '0%' }), 'min_available: 2 -> 0%'],
      [budget({ max_unavailable: '25%' }, { max_unavailable: '100%' }), '25% -> 100%'],
      [budget({ min_available: 1 }, { max_unavailable: '100%' }), 'every pod may be unavailable'],
      [
        update('kubernetes_manifest', budgetManifest(2), budgetManifest(0)),
        'min_available: 2 -> 0',
      ],
    ],
    ignores: [
      service('deployment_circuit_breaker.enable', false, true),
      budget({ min_available: '1' }, { min_available: '2' }),
      budget({ max_unavailable: '2' }, { max_unavailable: '1' }),
      budget({ min_available: '1' }, { min_available: '50%' }),
      budget({ min_available: '1' }, { max_unavailable: '1' }),
      update('kubernetes_manifest', budgetManifest(1), budgetManifest(2)),
    ],
  },
  'weight-zero': {
    finds: [
      [
        listenerRule(forwarded(['a', 100], ['b', 0]), forwarded(['a', 0], ['b', 100])),
        'action.forward.target_group.weight of a: 100 -> 0',
      ],
      [
        listenerRule(forwarded(['a', 100], ['b', 1]), forwarded(['b', 1], ['a', 0])),
        'weight of a: 100 -> 0',
      ],
      [both('aws_route53_record', 'weighted_routing_policy.weight', 100, 0), 'weight: 100 -> 0'],
      [both('google_compute_backend_service', 'backend.capacity_scaler', 1, 0), '1 -> 0'],
      [
        both('aws_globalaccelerator_endpoint_group', 'traffic_dial_percentage', 100, 0),
        'traffic_dial_percentage: 100 -> 0',
      ],
    ],
    ignores: [
      listenerRule(forwarded(['a', 100], ['b', 0]), forwarded(['b', 0], ['a', 100])),
      listenerRule(forwarded(['a', 100], ['b', 0]), forwarded(['a', 50], ['b', 50])),
      both('aws_route53_record', 'weighted_routing_policy.weight', 0, 100),
      both('aws_route53_record', 'weighted_routing_policy.weight', 100, 10),
      both('aws_ecs_service', 'capacity_provider_strategy', [{ weight: 1 }], [{ weight: 0 }]),
      create('aws_route53_record', { weighted_routing_policy: [{ weight: 0 }] }),
    ],
  },
  'sign-in-relaxed': {
    finds: [
      [access('enabled', 'disabled'), 'state is turned off'],
      [access('enabled', 'enabledForReportingButNotEnforced'), 'state: enabled -> enabledFor'],
      [both('okta_policy_mfa', 'status', 'ACTIVE', 'INACTIVE'), 'status is turned off'],
      [both('okta_policy_rule_signon', 'status', 'ACTIVE', 'INACTIVE'), 'status is turned off'],
      [both('aws_cognito_user_pool', 'mfa_configuration', 'ON', 'OPTIONAL'), 'ON -> OPTIONAL'],
      [both('github_repository_ruleset', 'enforcement', 'active', 'disabled'), 'turned off'],
      [both('github_repository_ruleset', 'enforcement', 'active', 'evaluate'), '-> evaluate'],
      [branch({ enforce_admins: false }), 'enforce_admins is turned off'],
      [branch({ required_pull_request_reviews: [] }), 'required_pull_request_reviews is turned'],
      [
        branch({ required_pull_request_reviews: [{ required_approving_review_count: 1 }] }),
        'required_approving_review_count covers less: 2 -> 1',
      ],
      [branch({ allows_force_pushes: true }), 'allows_force_pushes is turned on'],
    ],
    ignores: [
      access('disabled', 'enabled'),
      access('enabledForReportingButNotEnforced', 'enabled'),
      both('okta_policy_mfa', 'description', 'a', 'b'),
      both('aws_cognito_user_pool', 'mfa_configuration', 'OFF', 'OPTIONAL'),
      both('github_repository_ruleset', 'enforcement', 'evaluate', 'active'),
      branch({ required_pull_request_reviews: [{ required_approving_review_count: 3 }] }),
    ],
  },
}
