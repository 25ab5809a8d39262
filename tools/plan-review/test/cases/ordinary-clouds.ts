import type { JsonObject } from '../../src/json'
import type { Entry } from '../plans'
import { anew, type HandMade, of, one, updated } from './other-clouds'

// The ordinary changes of stacks on other clouds. A finding above `low` needs its reason in a comment.

const created = (
  resources: Readonly<Record<string, JsonObject>>,
  ...finds: readonly string[]
): HandMade => ({
  changes: Object.entries(resources).map(([type, values]): Entry => of(type, null, values)),
  finds,
})

const inShop = { resource_group_name: 'shop', location: 'westeurope', tags: {} }
const plan = { ...inShop, name: 'shop', os_type: 'Linux', sku_name: 'P1v3', worker_count: 2 }
const web = {
  ...inShop,
  name: 'shop-web',
  https_only: true,
  public_network_access_enabled: true,
  app_settings: { WEBSITES_PORT: '8080' },
  identity: [{ type: 'SystemAssigned', identity_ids: [] }],
  site_config: [
    {
      always_on: true,
      ftps_state: 'Disabled',
      minimum_tls_version: '1.2',
      application_stack: [
        { docker_image_name: 'shop:41', docker_registry_url: 'https://shop.azurecr.io' },
      ],
    },
  ],
}
const siteConfig = (changes: JsonObject) => ({
  site_config: [{ ...web.site_config[0], ...changes }],
})
const postgres = {
  ...inShop,
  name: 'shop-db',
  version: '15',
  sku_name: 'GP_Standard_D2s_v3',
  storage_mb: 32768,
  backup_retention_days: 7,
  geo_redundant_backup_enabled: true,
  public_network_access_enabled: false,
  high_availability: [{ mode: 'ZoneRedundant' }],
}
const azureRules = (names: readonly string[]): JsonObject => ({
  ...inShop,
  name: 'web',
  security_rule: names.map((name, index) => ({
    name,
    priority: 100 + index,
    direction: 'Inbound',
    access: 'Allow',
    protocol: 'Tcp',
    source_port_range: '*',
    destination_port_range: '443',
    source_address_prefix: 'VirtualNetwork',
    destination_address_prefix: '*',
  })),
})

const cluster = {
  name: 'shop',
  project: 'shop',
  location: 'europe-west1',
  min_master_version: '1.29.1-gke.1000',
  deletion_protection: true,
  release_channel: [{ channel: 'REGULAR' }],
  private_cluster_config: [{ enable_private_nodes: true, enable_private_endpoint: false }],
  master_authorized_networks_config: [
    { cidr_blocks: [{ cidr_block: '10.0.0.0/8', display_name: 'office' }] },
  ],
  resource_labels: {},
}
const pool = {
  name: 'main',
  cluster: 'shop',
  project: 'shop',
  location: 'europe-west1',
  node_count: 2,
  autoscaling: [{ min_node_count: 1, max_node_count: 5 }],
  management: [{ auto_repair: true, auto_upgrade: true }],
  node_config: [{ machine_type: 'e2-standard-4', disk_size_gb: 100, labels: {} }],
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
      disk_size: 50,
      backup_configuration: [
        { enabled: true, backup_retention_settings: [{ retained_backups: 7 }] },
      ],
      ip_configuration: [
        { ipv4_enabled: false, private_network: 'projects/shop/global/networks/main' },
      ],
    },
  ],
}
const deployment = {
  metadata: [{ name: 'shop', namespace: 'shop', labels: {}, annotations: {} }],
  spec: [
    {
      replicas: '2',
      template: [
        {
          spec: [
            {
              container: [
                {
                  name: 'shop',
                  image: 'shop:41',
                  resources: [{ limits: { cpu: '500m', memory: '256Mi' } }],
                },
              ],
            },
          ],
        },
      ],
    },
  ],
}
const container = (changes: JsonObject) => ({
  spec: [
    {
      replicas: '3',
      template: [
        {
          spec: [
            {
              container: [
                { ...deployment.spec[0]?.template[0]?.spec[0]?.container[0], ...changes },
              ],
            },
          ],
        },
      ],
    },
  ],
})

/** An upgrade of a provider writes attributes that it did not have before, and computes others anew. */
const upgraded = (
  type: string,
  before: JsonObject,
  after: JsonObject,
  unknown: JsonObject = {},
): HandMade => one(of(type, before, { ...before, ...after }, { unknown }))

export const ordinaryByHand: Readonly<Record<string, HandMade>> = {
  'week-azure-web-created': created({
    azurerm_resource_group: { name: 'shop', location: 'westeurope' },
    azurerm_service_plan: plan,
    azurerm_linux_web_app: web,
    azurerm_application_insights: { ...inShop, name: 'shop', application_type: 'web' },
    azurerm_postgresql_flexible_server: postgres,
    azurerm_network_security_group: azureRules(['web']),
  }),
  'week-azure-web-image': updated(
    'azurerm_linux_web_app',
    web,
    siteConfig({
      application_stack: [
        { docker_image_name: 'shop:42', docker_registry_url: 'https://shop.azurecr.io' },
      ],
    }),
  ),
  'week-azure-web-settings': updated('azurerm_linux_web_app', web, {
    app_settings: { WEBSITES_PORT: '8080', FEATURE_CART: 'on' },
    tags: { team: 'shop' },
  }),
  'week-azure-plan-scaled': updated('azurerm_service_plan', plan, {
    sku_name: 'P2v3',
    worker_count: 3,
  }),
  'week-azure-database-larger': updated('azurerm_postgresql_flexible_server', postgres, {
    sku_name: 'GP_Standard_D4s_v3',
    storage_mb: 65536,
    backup_retention_days: 14,
  }),
  'week-azure-role-read': one(
    of('azurerm_role_assignment', null, {
      scope:
        '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/shop/providers/Microsoft.ContainerRegistry/registries/shop',
      role_definition_name: 'AcrPull',
      principal_id: '00000000-0000-0000-0000-000000000001',
    }),
  ),
  'week-gke-created': created({
    google_compute_network: { name: 'main', project: 'shop', auto_create_subnetworks: false },
    google_compute_subnetwork: {
      name: 'main',
      project: 'shop',
      ip_cidr_range: '10.0.0.0/20',
      private_ip_google_access: true,
    },
    google_container_cluster: cluster,
    google_container_node_pool: pool,
    google_service_account: { account_id: 'shop-nodes', project: 'shop' },
    google_project_iam_member: {
      project: 'shop',
      role: 'roles/logging.logWriter',
      member: 'serviceAccount:shop-nodes@shop.iam.gserviceaccount.com',
      condition: [],
    },
  }),
  'week-gke-pool-scaled': updated('google_container_node_pool', pool, {
    node_count: 3,
    autoscaling: [{ min_node_count: 2, max_node_count: 9 }],
  }),
  'week-gke-labels': updated('google_container_cluster', cluster, {
    resource_labels: { team: 'shop' },
  }),
  'week-google-sql-larger': updated('google_sql_database_instance', sql, {
    settings: [{ ...sql.settings[0], tier: 'db-custom-4-15360', disk_size: 100 }],
  }),
  'week-kubernetes-image': updated(
    'kubernetes_deployment_v1',
    deployment,
    container({ image: 'shop:42' }),
  ),
  'week-kubernetes-memory': updated(
    'kubernetes_deployment_v1',
    deployment,
    container({ resources: [{ limits: { cpu: '1', memory: '512Mi' } }] }),
  ),
  'week-helm-release': updated(
    'helm_release',
    {
      name: 'ingress',
      chart: 'ingress-nginx',
      version: '4.10.0',
      namespace: 'ingress',
      values: [],
    },
    { version: '4.10.1', set: [{ name: 'controller.replicaCount', value: '3' }] },
  ),
  'week-upgrade-bucket': upgraded(
    'aws_s3_bucket',
    { bucket: 'shop', force_destroy: false, tags: {}, tags_all: {} },
    { bucket_region: 'us-east-1', region: 'us-east-1' },
  ),
  'week-upgrade-function': upgraded(
    'aws_lambda_function',
    { function_name: 'shop', memory_size: 128, runtime: 'nodejs20.x', logging_config: [] },
    { logging_config: [{ log_format: 'Text', log_group: '/aws/lambda/shop' }], code_sha256: 'abc' },
    { last_modified: true, qualified_arn: true, version: true },
  ),
  'week-upgrade-database': upgraded(
    'aws_db_instance',
    { identifier: 'shop', engine: 'postgres', engine_version: '15.4', dedicated_log_volume: null },
    { dedicated_log_volume: false, engine_lifecycle_support: 'open-source-rds-extended-support' },
  ),
  // Providers replace these for each release.
  'week-certificate-name': one(
    of(
      'aws_acm_certificate',
      { domain_name: 'shop.example', subject_alternative_names: ['shop.example'] },
      {
        domain_name: 'shop.example',
        subject_alternative_names: ['shop.example', 'www.shop.example'],
      },
      { actions: ['create', 'delete'], replacePaths: [['subject_alternative_names']] },
    ),
  ),
  'week-code-in-a-bucket': anew(
    'google_storage_bucket_object',
    { bucket: 'shop-code', name: 'api-41.zip', md5hash: 'a' },
    { name: 'api-42.zip' },
  ),
  'week-kubernetes-job': anew(
    'kubernetes_job_v1',
    {
      metadata: [{ name: 'migrate' }],
      spec: [{ template: [{ spec: [{ container: [{ image: 'shop:41' }] }] }] }],
    },
    { spec: [{ template: [{ spec: [{ container: [{ image: 'shop:42' }] }] }] }] },
  ),
  'week-lambda-layer': anew(
    'aws_lambda_layer_version',
    { layer_name: 'shared', source_code_hash: 'a' },
    { source_code_hash: 'b' },
  ),
  'week-api-deployment': anew(
    'aws_api_gateway_deployment',
    { rest_api_id: 'a', triggers: { hash: 'a' } },
    { triggers: { hash: 'b' } },
  ),
}
