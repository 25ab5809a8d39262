import type { Change } from '../change'
import { isList, type Json, textOf } from '../json'
import { shrinkage } from '../sizes'
import { changedNames, changesExisting, isOn, type Rule, updating } from './rule'
import { amountOf, arrow, isNothing, type Setting, settingsOf, switchedOff } from './settings'

/** Databases, caches, search domains, brokers, streams, file systems and disks, of any provider. */
const stores =
  /^aws_(rds|db|elasticache|memorydb|docdb|neptune|opensearch|elasticsearch|dynamodb|keyspaces|redshift|msk|mq|dax|kinesis_stream|fsx|ebs_volume|timestream|dms_replication)|^azurerm_\w*(sql|redis|cosmosdb|mariadb|kusto|eventhub|servicebus|managed_disk|search_service|storage_account$)|^google_(sql|redis|memorystore|alloydb|bigtable|spanner|filestore|compute_(region_)?disk)|database|_db_|redis|mongo|kafka|elasticsearch/

export const isStore = (type: string) => stores.test(type)

const versionNames =
  /^(engine_version|full_engine_version|major_engine_version|elasticsearch_version|kafka_version|cluster_version|airflow_version|database_version|redis_version|mongo_server_version|mongo_db_major_version|kubernetes_version|min_master_version|pg_version|mysql_version|release_label|server_version)$/
/** Types whose plain `version` is that of an engine. Elsewhere it is one of a document or a package. */
const versioned =
  /^(aws_eks_cluster|azurerm_(postgresql|mysql|mariadb|mssql|sql)_\w*server|digitalocean_(database|kubernetes)_cluster|linode_database_\w+|scaleway_k8s_cluster|vultr_(database|kubernetes))$/
/** An instance runs the version of its cluster, which has the finding. */
const followers =
  /_cluster_instance$|_node_(group|pool)$|_snapshot|_parameter_group$|_option_group$|_user(_group)?$/

/** Engines whose major version has two parts. In Kubernetes each minor version removes APIs, and none can be undone. */
const twoParts =
  /mysql|mariadb|oracle|sqlserver|mssql|db2|docdb|neptune|mongo|kubernetes|eks|k8s|min_master/

interface Version {
  /** What is before the number: `postgres_`, `opensearch_`. */
  readonly engine: string
  readonly parts: readonly (number | undefined)[]
}

/** `8.0.mysql_aurora.3.05`, `OpenSearch_2.11`, `POSTGRES_14`, `MYSQL_5_7`, `6.x`. */
function versionOf(value: Json | undefined): Version | undefined {
  const text = typeof value === 'number' ? `${value}` : value
  const match = /^([a-z_ -]*?)[_ -]?v?(\d+(?:[._](?:\d+|x)(?![a-z0-9]))*)/i.exec(
    isText(text) ? text : '',
  )
  if (match === null) return undefined
  const parts = (match[2] ?? '').split(/[._]/)
  return {
    engine: (match[1] ?? '').toLowerCase(),
    parts: parts.map((part) => (/^\d+$/.test(part) ? Number(part) : undefined)),
  }
}

/** How many parts of the version make the major one. */
function majorParts({ type, before }: Change, { path }: Setting, { engine, parts }: Version) {
  const engines = [type, path, engine, textOf(before.engine ?? before.engine_type)].join(' ')
  const isOther = /redis|valkey|memcached|memorydb|opensearch|elastic|kafka|airflow|mq/
  if (twoParts.test(engines.toLowerCase())) return 2
  // PostgreSQL had two parts until 9.6.
  return !isOther.test(engines.toLowerCase()) && (parts[0] ?? 0) < 10 ? 2 : 1
}

/** Another major version, or an earlier one of any kind. */
function versionChanges(change: Change, setting: Setting): string[] {
  const [was, is] = [versionOf(setting.before), versionOf(setting.after)]
  if (was === undefined || is === undefined) return []
  if (was.engine !== is.engine) return [arrow(setting)]
  // A version may be given in part, and then the missing parts do not matter.
  const first = was.parts.findIndex((part, index) => {
    const other = is.parts[index]
    return part !== undefined && other !== undefined && part !== other
  })
  if (first < 0) return []
  if ((is.parts[first] ?? 0) < (was.parts[first] ?? 0)) return [`${arrow(setting)}, a downgrade`]
  return first < majorParts(change, setting, was) ? [arrow(setting)] : []
}

/** Counts and capacities of a store. */
const capacities =
  /^(num_cache_clusters|num_cache_nodes|num_shards|num_replicas_per_shard|replicas_per_node_group|num_node_groups|number_of_broker_nodes|number_of_nodes|num_nodes|node_count|processing_units|replication_factor|replica_count|replicas_per_master|read_replicas_count|shard_count|read_capacity|write_capacity|throughput|capacity|instance_count|dedicated_master_count|warm_count|availability_zone_count|max_capacity|maximum_throughput_units|storage_capacity|throughput_capacity|memory_size_gb|allocated_storage|storage_mb|max_size_gb|disk_size_gb|provisioned_throughput|size)$/
const redundancy =
  /^(multi_az|multi_az_enabled|multi_az_with_standby_enabled|automatic_failover_enabled|zone_awareness_enabled|dedicated_master_enabled|zone_redundant|zone_redundancy_enabled|auto_failover_enabled|standby_replicas)$/
/** Words in the order of what they promise. */
const ladders: Readonly<Record<string, readonly string[]>> = {
  availability_type: ['ZONAL', 'REGIONAL'],
  sku_name: ['Basic', 'Standard', 'Premium'],
  tier: ['BASIC', 'STANDARD_HA'],
  deployment_mode: ['SINGLE_INSTANCE', 'ACTIVE_STANDBY_MULTI_AZ', 'CLUSTER_MULTI_AZ'],
  account_replication_type: ['LRS', 'ZRS', 'GRS', 'RAGRS', 'GZRS', 'RAGZRS'],
}
const classes =
  /^(instance_class|db_cluster_instance_class|node_type|instance_type|host_instance_type|db_instance_type|dedicated_master_type|warm_type|replication_instance_class|sku_name|vm_size|size|machine_type|tier|dimension_type)$/

function fewer(change: Change): string[] {
  return settingsOf(change).flatMap((setting) => {
    const { name, before, after } = setting
    if (capacities.test(name) && !isOnDemand(change, name)) {
      const [was, is] = [amountOf(before), amountOf(after)]
      if (was !== undefined && is !== undefined && is < was) return [arrow(setting)]
    }
    const ladder = Object.hasOwn(ladders, name) ? (ladders[name] ?? []) : []
    const [was, is] = [ladder.indexOf(textOf(before)), ladder.indexOf(textOf(after))]
    if (is >= 0 && is < was) return [arrow(setting)]
    const isStandby = /(^|\.)high_availability\.mode$/.test(setting.path)
    return isStandby && !isNothing(before) && isNothing(after) ? [arrow(setting)] : []
  })
}

/** A table that is paid by request has capacities of 0. */
const isOnDemand = ({ after }: Change, name: string) =>
  after.billing_mode === 'PAY_PER_REQUEST' && /^(read|write)_capacity$/.test(name)

/** The changed instance classes, with what is less; `undefined` if a class is not known. */
function resized(change: Change): (readonly [Setting, string[] | undefined])[] {
  const { before, after } = change
  const lists = [before.instance_types, after.instance_types] as const
  // A group of nodes prefers the first of its types.
  const first: Setting[] =
    changesExisting(change) && isList(lists[0]) && isList(lists[1])
      ? [{ path: 'instance_types', name: 'size', before: lists[0][0], after: lists[1][0] }]
      : []
  return [...settingsOf(change), ...first]
    .filter(({ name, before, after }) => classes.test(name) && before !== after)
    .filter(
      ({ before, after }) => isText(before) && isText(after) && /\d/.test(`${before}${after}`),
    )
    .map((setting) => [setting, shrinkage(setting.before, setting.after)] as const)
}

const shrunk = (change: Change) =>
  resized(change).flatMap(([setting, less = []]) =>
    less.length > 0 ? [`${arrow(setting)} (${less.join(', ')})`] : [],
  )

/** Types that run work on machines. */
const runsWork =
  /^(aws_(instance|launch_template|launch_configuration|spot_instance_request|eks_node_group|autoscaling_group|emr_|sagemaker_endpoint_configuration|batch_)|azurerm_(linux_|windows_)?virtual_machine|azurerm_kubernetes_cluster|azurerm_(linux_|windows_)?\w*scale_set|google_(compute_(region_)?instance|container_))/

/** Existing databases and caches that change. */
export const storeRules: readonly Rule[] = [
  {
    id: 'engine-major',
    severity: 'high',
    finds: 'The engine or its major version changes, or its version becomes lower',
    why: 'It cannot be undone, and clients may be incompatible.',
    next: 'Test it on a restored copy, and take a snapshot just before.',
    actions: updating,
    check: (change) => {
      if (followers.test(change.type)) return []
      return settingsOf(change).flatMap((setting) => {
        const { path, name, before, after } = setting
        if (/^(engine|engine_type)$/.test(path))
          return isText(before) && isText(after) && before.toLowerCase() !== after.toLowerCase()
            ? [arrow(setting)]
            : []
        const isVersion =
          versionNames.test(name) || (path === 'version' && versioned.test(change.type))
        return isVersion ? versionChanges(change, setting) : []
      })
    },
  },
  {
    id: 'apply-immediately',
    severity: 'high',
    finds: 'A change that restarts a database or cache is made at once',
    why: 'Without apply_immediately it waits for the maintenance window.',
    next: 'Turn it off, or deploy when an interruption does no harm.',
    actions: updating,
    check: (change) =>
      isOn(change.after.apply_immediately)
        ? changedNames(change, [
            'instance_class',
            'node_type',
            'host_instance_type',
            'engine_version',
            'db_parameter_group_name',
            'db_cluster_parameter_group_name',
            'parameter_group_name',
            'db_instance_parameter_group_name',
            'neptune_parameter_group_name',
            'neptune_cluster_parameter_group_name',
          ]).map((name) => `${name} changes at once`)
        : [],
  },
  {
    id: 'store-shrunk',
    severity: 'high',
    finds: 'A database or cache becomes smaller, or loses replicas or automatic failover',
    why: 'It may not handle the load, or the loss of a zone.',
    next: 'Compare with the peak load of the last month.',
    types: stores,
    actions: updating,
    check: (change) => [...switchedOff(change, redundancy), ...fewer(change), ...shrunk(change)],
  },
  {
    id: 'instance-shrunk',
    severity: 'medium',
    finds: 'A virtual machine, or those of a group, get fewer vCPUs or less memory',
    why: 'It may not handle the load; it also restarts or is replaced.',
    next: 'Compare with the peak of last week.',
    types: runsWork,
    actions: updating,
    check: shrunk,
  },
  {
    id: 'size-unknown',
    severity: 'low',
    finds: 'An instance class changes to or from one whose size this review does not know',
    why: 'It cannot say whether it becomes smaller.',
    next: 'Compare the vCPUs and the memory of both.',
    actions: updating,
    check: (change) =>
      stores.test(change.type) || runsWork.test(change.type)
        ? resized(change).flatMap(([setting, less]) =>
            less === undefined ? [`${arrow(setting)}: cannot compare`] : [],
          )
        : [],
  },
]

const isText = (value: Json | undefined): value is string =>
  typeof value === 'string' && value !== ''
