import type { JsonObject } from '../../src/json'
import { type Entry, replaced } from '../plans'

/** Changes of providers that cannot run here, as `terraform show -json` writes them. */
export interface HandMade {
  readonly changes: readonly Entry[]
  /** As in the plans that Terraform makes. */
  readonly finds: readonly string[]
}

const providers: Readonly<Record<string, string>> = {
  azurerm: 'hashicorp/azurerm',
  google: 'hashicorp/google',
  kubernetes: 'hashicorp/kubernetes',
}
export const of = (
  type: string,
  before: JsonObject | null,
  after: JsonObject | null,
  more: Partial<Entry> = {},
): Entry => {
  const provider = type.split('_')[0] ?? ''
  const provider_name = `registry.example/${providers[provider] ?? `hashicorp/${provider}`}`
  return { type, before, after, ...more, more: { provider_name, ...more.more } }
}
export const one = (change: Entry, ...finds: readonly string[]): HandMade => ({
  changes: [change],
  finds,
})
export const updated = (
  type: string,
  before: JsonObject,
  changes: JsonObject,
  ...finds: readonly string[]
) => one(of(type, before, { ...before, ...changes }), ...finds)
const gone = (type: string, before: JsonObject, ...finds: readonly string[]) =>
  one(of(type, before, null), ...finds)
export const anew = (
  type: string,
  before: JsonObject,
  changes: JsonObject,
  ...finds: readonly string[]
) =>
  one(
    of(
      type,
      before,
      { ...before, ...changes },
      { actions: replaced, replacePaths: Object.keys(changes).map((key) => [key]) },
    ),
    ...finds,
  )

const subscription = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop'
const inShop = { resource_group_name: 'shop', location: 'westeurope', tags: null }
const storage = {
  ...inShop,
  id: `${subscription}/providers/Microsoft.Storage/storageAccounts/shop`,
  name: 'shop',
  account_tier: 'Standard',
  account_replication_type: 'ZRS',
  access_tier: 'Hot',
  allow_nested_items_to_be_public: false,
  https_traffic_only_enabled: true,
  min_tls_version: 'TLS1_2',
  public_network_access_enabled: false,
  shared_access_key_enabled: true,
}
const securityRule = {
  name: 'clients',
  access: 'Allow',
  direction: 'Inbound',
  priority: 100,
  protocol: 'Tcp',
  description: '',
  source_port_range: '*',
  source_port_ranges: [],
  source_address_prefix: '10.0.0.0/8',
  source_address_prefixes: [],
  source_application_security_group_ids: [],
  destination_port_range: '443',
  destination_port_ranges: [],
  destination_address_prefix: '*',
  destination_address_prefixes: [],
  destination_application_security_group_ids: [],
}
const ruleResource = {
  ...securityRule,
  id: `${subscription}/providers/Microsoft.Network/networkSecurityGroups/shop/securityRules/clients`,
  resource_group_name: 'shop',
  network_security_group_name: 'shop',
}
const securityGroup = { ...inShop, name: 'shop', security_rule: [securityRule] }
const kubernetesService = {
  ...inShop,
  name: 'shop',
  dns_prefix: 'shop',
  kubernetes_version: '1.29.4',
  default_node_pool: [
    { name: 'main', vm_size: 'Standard_D4s_v5', node_count: 3, min_count: null, max_count: null },
  ],
}
const webApp = {
  ...inShop,
  name: 'shop',
  service_plan_id: `${subscription}/providers/Microsoft.Web/serverFarms/shop`,
  https_only: true,
  app_settings: { LOG_LEVEL: 'info' },
  site_config: [
    {
      always_on: true,
      minimum_tls_version: '1.2',
      application_stack: [{ docker_image_name: 'shop:1' }],
    },
  ],
}

const azure: Readonly<Record<string, HandMade>> = {
  'azure-storage-destroyed': gone('azurerm_storage_account', storage, 'data-destroyed'),
  'azure-storage-replaced': anew(
    'azurerm_storage_account',
    storage,
    { account_tier: 'Premium' },
    'data-destroyed',
  ),
  'azure-storage-public': updated(
    'azurerm_storage_account',
    storage,
    { allow_nested_items_to_be_public: true },
    'public-data',
  ),
  'azure-storage-tagged': updated('azurerm_storage_account', storage, { tags: { team: 'shop' } }),
  'azure-rule-opened': updated(
    'azurerm_network_security_rule',
    ruleResource,
    { source_address_prefix: 'Internet', destination_port_range: '22' },
    'open-to-world',
  ),
  'azure-rule-narrower': updated('azurerm_network_security_rule', ruleResource, {
    source_address_prefix: '10.1.0.0/16',
  }),
  'azure-rule-denies': updated('azurerm_network_security_rule', ruleResource, {
    access: 'Deny',
    source_address_prefix: '*',
  }),
  'azure-group-opened': updated(
    'azurerm_network_security_group',
    securityGroup,
    {
      security_rule: [
        {
          ...securityRule,
          source_address_prefix: '',
          source_address_prefixes: ['0.0.0.0/0'],
          destination_port_range: '3389',
        },
      ],
    },
    'open-to-world',
  ),
  'azure-group-outbound': updated('azurerm_network_security_group', securityGroup, {
    security_rule: [
      securityRule,
      {
        ...securityRule,
        name: 'out',
        direction: 'Outbound',
        source_address_prefix: '*',
        destination_address_prefix: 'Internet',
      },
    ],
  }),
  'azure-database-destroyed': gone(
    'azurerm_postgresql_flexible_server',
    { ...inShop, name: 'shop', version: '15', sku_name: 'GP_Standard_D4s_v3' },
    'data-destroyed',
  ),
  'azure-vault-destroyed': gone(
    'azurerm_key_vault',
    { ...inShop, name: 'shop', purge_protection_enabled: false },
    'data-destroyed',
  ),
  'azure-web-app-released': updated('azurerm_linux_web_app', webApp, {
    app_settings: { LOG_LEVEL: 'warn', FEATURE_CART: 'on' },
    site_config: [
      { ...webApp.site_config[0], application_stack: [{ docker_image_name: 'shop:2' }] },
    ],
  }),
  'azure-web-app-destroyed': gone('azurerm_linux_web_app', webApp, 'work-destroyed'),
  'azure-cluster-destroyed': gone(
    'azurerm_kubernetes_cluster',
    kubernetesService,
    'address-destroyed',
  ),
  'azure-cluster-grown': updated('azurerm_kubernetes_cluster', kubernetesService, {
    default_node_pool: [{ ...kubernetesService.default_node_pool[0], node_count: 5 }],
  }),
  'azure-role-of-a-vault': one(
    of('azurerm_role_assignment', null, {
      scope: `${subscription}/providers/Microsoft.KeyVault/vaults/shop`,
      role_definition_name: 'Key Vault Secrets User',
      principal_id: '00000000-0000-0000-0000-000000000001',
    }),
  ),
}

const googleBucket = {
  name: 'shop-data',
  project: 'shop',
  location: 'EU',
  force_destroy: false,
  storage_class: 'STANDARD',
  uniform_bucket_level_access: true,
  public_access_prevention: 'enforced',
  labels: {},
  versioning: [{ enabled: true }],
  lifecycle_rule: [],
}
const firewall = {
  name: 'clients',
  project: 'shop',
  network: 'projects/shop/global/networks/main',
  direction: 'INGRESS',
  disabled: false,
  priority: 1000,
  allow: [{ protocol: 'tcp', ports: ['443'] }],
  deny: [],
  source_ranges: ['10.0.0.0/8'],
  target_tags: ['web'],
}
const sql = {
  name: 'shop',
  project: 'shop',
  region: 'europe-west1',
  database_version: 'POSTGRES_15',
  deletion_protection: true,
  settings: [
    {
      tier: 'db-custom-2-7680',
      availability_type: 'REGIONAL',
      backup_configuration: [{ enabled: true, point_in_time_recovery_enabled: true }],
      ip_configuration: [{ ipv4_enabled: false, authorized_networks: [] }],
    },
  ],
}
const setting = (changes: JsonObject) => ({ settings: [{ ...sql.settings[0], ...changes }] })
const pool = {
  name: 'main',
  project: 'shop',
  cluster: 'shop',
  location: 'europe-west1',
  node_count: 3,
  autoscaling: [{ min_node_count: 1, max_node_count: 5 }],
  node_config: [{ machine_type: 'e2-standard-4', disk_size_gb: 100 }],
}
const run = {
  name: 'shop',
  project: 'shop',
  location: 'europe-west1',
  ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
  template: [{ containers: [{ image: 'europe-docker.pkg.dev/shop/shop:1' }] }],
}

const google: Readonly<Record<string, HandMade>> = {
  'google-bucket-destroyed': gone('google_storage_bucket', googleBucket, 'data-destroyed'),
  'google-bucket-location': anew(
    'google_storage_bucket',
    googleBucket,
    { location: 'US' },
    'data-destroyed',
  ),
  'google-bucket-labelled': updated('google_storage_bucket', googleBucket, {
    labels: { team: 'shop' },
  }),
  'google-bucket-public': one(
    of('google_storage_bucket_iam_member', null, {
      bucket: 'shop-data',
      role: 'roles/storage.objectViewer',
      member: 'allUsers',
      condition: [],
    }),
    'public-data',
  ),
  'google-bucket-read': one(
    of('google_storage_bucket_iam_member', null, {
      bucket: 'shop-data',
      role: 'roles/storage.objectViewer',
      member: 'serviceAccount:shop@shop.iam.gserviceaccount.com',
      condition: [],
    }),
  ),
  'google-firewall-opened': updated(
    'google_compute_firewall',
    firewall,
    { source_ranges: ['0.0.0.0/0'], allow: [{ protocol: 'tcp', ports: ['22', '443'] }] },
    'open-to-world',
  ),
  'google-firewall-narrower': updated('google_compute_firewall', firewall, {
    source_ranges: ['10.4.0.0/14'],
  }),
  'google-firewall-denies': one(
    of('google_compute_firewall', null, {
      ...firewall,
      allow: [],
      deny: [{ protocol: 'all', ports: [] }],
      source_ranges: ['0.0.0.0/0'],
    }),
  ),
  'google-sql-destroyed': gone('google_sql_database_instance', sql, 'data-destroyed'),
  'google-sql-unprotected': updated(
    'google_sql_database_instance',
    sql,
    { deletion_protection: false },
    'protection-off',
  ),
  'google-sql-world': updated(
    'google_sql_database_instance',
    sql,
    setting({
      ip_configuration: [
        { ipv4_enabled: false, authorized_networks: [{ name: 'all', value: '0.0.0.0/0' }] },
      ],
    }),
    'open-to-world',
  ),
  'google-sql-flags': updated(
    'google_sql_database_instance',
    sql,
    setting({ database_flags: [{ name: 'log_min_duration_statement', value: '500' }] }),
  ),
  'google-pool-destroyed': gone('google_container_node_pool', pool, 'work-destroyed'),
  'google-pool-grown': updated('google_container_node_pool', pool, {
    node_count: 4,
    autoscaling: [{ min_node_count: 2, max_node_count: 9 }],
  }),
  'google-run-released': updated('google_cloud_run_v2_service', run, {
    template: [{ containers: [{ image: 'europe-docker.pkg.dev/shop/shop:2' }] }],
  }),
  'google-run-destroyed': gone('google_cloud_run_v2_service', run, 'work-destroyed'),
}

const meta = (name: string) => [
  { name, namespace: 'shop', labels: {}, annotations: {}, generation: 1 },
]
const deployment = {
  metadata: meta('shop'),
  wait_for_rollout: true,
  spec: [
    {
      replicas: '3',
      strategy: [{ type: 'RollingUpdate' }],
      template: [{ spec: [{ container: [{ name: 'shop', image: 'shop:1' }] }] }],
    },
  ],
}
const spec = (changes: JsonObject) => ({ spec: [{ ...deployment.spec[0], ...changes }] })
const clusterService = {
  metadata: meta('shop'),
  spec: [{ type: 'ClusterIP', port: [{ port: 80 }] }],
}

const kubernetes: Readonly<Record<string, HandMade>> = {
  'kubernetes-namespace-destroyed': gone(
    'kubernetes_namespace',
    { metadata: meta('shop') },
    'data-destroyed',
  ),
  'kubernetes-claim-destroyed': gone(
    'kubernetes_persistent_volume_claim_v1',
    { metadata: meta('shop'), spec: [{ access_modes: ['ReadWriteOnce'] }] },
    'data-destroyed',
  ),
  'kubernetes-deployment-destroyed': gone('kubernetes_deployment_v1', deployment, 'work-destroyed'),
  'kubernetes-deployment-released': updated(
    'kubernetes_deployment_v1',
    deployment,
    spec({
      replicas: '5',
      template: [{ spec: [{ container: [{ name: 'shop', image: 'shop:2' }] }] }],
    }),
  ),
  'kubernetes-deployment-to-zero': updated(
    'kubernetes_deployment_v1',
    deployment,
    spec({ replicas: '0' }),
    'scaled-to-zero',
  ),
  'kubernetes-service-public': updated(
    'kubernetes_service_v1',
    clusterService,
    { spec: [{ type: 'LoadBalancer', port: [{ port: 80 }] }] },
    'endpoint-public',
    'web-public',
  ),
  'kubernetes-administrator': one(
    of('kubernetes_cluster_role_binding', null, {
      metadata: [{ name: 'ci' }],
      role_ref: [
        { api_group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      ],
      subject: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'shop', api_group: '' }],
    }),
    'cluster-admin',
  ),
  'kubernetes-view': one(
    of('kubernetes_role_binding', null, {
      metadata: meta('ci'),
      role_ref: [{ api_group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }],
      subject: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'shop', api_group: '' }],
    }),
  ),
  'kubernetes-settings': updated(
    'kubernetes_config_map',
    { metadata: meta('shop'), data: { LOG_LEVEL: 'info' } },
    { data: { LOG_LEVEL: 'warn' } },
  ),
}

/** Small providers, and types of AWS that the emulator does not have. */
const others: Readonly<Record<string, HandMade>> = {
  'null-triggered': anew(
    'null_resource',
    { id: '1', triggers: { release: '1' } },
    { triggers: { release: '2' } },
  ),
  'random-longer': anew(
    'random_id',
    { byte_length: 4, keepers: null, prefix: null },
    { byte_length: 8 },
  ),
  'random-password-anew': anew(
    'random_password',
    { length: 16, special: true, keepers: { v: '1' } },
    { keepers: { v: '2' } },
  ),
  'tls-key-anew': anew(
    'tls_private_key',
    { algorithm: 'RSA', rsa_bits: 2048 },
    { rsa_bits: 4096 },
    'access-destroyed',
  ),
  'time-rotated': anew(
    'time_rotating',
    { rotation_days: 30, triggers: null },
    { rotation_days: 60 },
  ),
  'file-written': anew('local_file', { filename: 'a.txt', content: 'a' }, { content: 'b' }),
  'fsx-destroyed': gone(
    'aws_fsx_lustre_file_system',
    { id: 'fs-0', storage_capacity: 1200 },
    'data-destroyed',
  ),
  'broker-destroyed': gone(
    'aws_mq_broker',
    { id: 'b', broker_name: 'jobs', engine_type: 'RabbitMQ' },
    'data-destroyed',
  ),
  'unknown-provider-database': gone('acme_database_cluster', { name: 'shop' }, 'data-destroyed'),
  'unknown-provider-comment': updated('acme_widget', { name: 'shop', note: 'a' }, { note: 'b' }),
  'deposed-launch-template': one(
    of('aws_launch_template', { id: 'lt-0', name: 'it' }, null, { more: { deposed: '00000000' } }),
  ),
}

export const handMade: Readonly<Record<string, HandMade>> = {
  ...azure,
  ...google,
  ...kubernetes,
  ...others,
}
