import { textOf } from '../json'
import { changedNames, changedValues, isOn, lowered, type Rule, turnedOff } from './rule'

/** Existing databases and caches that change. */
export const storeRules: readonly Rule[] = [
  {
    id: 'engine-major',
    severity: 'high',
    finds: 'The engine or its major version changes',
    why: 'It cannot be undone, and clients may be incompatible.',
    next: 'Test it on a restored copy, and take a snapshot just before.',
    check: (change) => {
      const majorOf = (version: unknown) => /^\d+/.exec(textOf(version))?.[0]
      const before = majorOf(change.before.engine_version)
      const after = majorOf(change.after.engine_version)
      const isMajor = before !== undefined && after !== undefined && before !== after
      return [
        ...(typeof change.after.engine === 'string' ? changedValues(change, ['engine']) : []),
        ...(isMajor ? changedValues(change, ['engine_version']) : []),
      ]
    },
  },
  {
    id: 'apply-immediately',
    severity: 'high',
    finds: 'A change that restarts a database or cache is made at once',
    why: 'Without apply_immediately it waits for the maintenance window.',
    next: 'Turn it off, or deploy when an interruption does no harm.',
    check: (change) =>
      isOn(change.after.apply_immediately)
        ? changedNames(change, [
            'instance_class',
            'node_type',
            'engine_version',
            'db_parameter_group_name',
            'db_cluster_parameter_group_name',
            'parameter_group_name',
            'allocated_storage',
            'storage_type',
            'db_instance_parameter_group_name',
          ]).map((name) => `${name} changes at once`)
        : [],
  },
  {
    id: 'store-shrunk',
    severity: 'high',
    finds: 'A database or cache becomes smaller, or loses replicas or automatic failover',
    why: 'It may not handle the load, or the loss of a zone.',
    next: 'Compare with the peak load of the last month.',
    check: (change) =>
      /^aws_(rds|db|elasticache|docdb|neptune|opensearch|dynamodb|msk)/.test(change.type)
        ? [
            ...turnedOff(change, ['multi_az', 'multi_az_enabled', 'automatic_failover_enabled']),
            ...lowered(change, [
              'num_cache_clusters',
              'num_cache_nodes',
              'replicas_per_node_group',
              'num_node_groups',
              'number_of_broker_nodes',
              'read_capacity',
              'write_capacity',
              'serverlessv2_scaling_configuration.max_capacity',
            ]),
            ...changedValues(change, ['node_type', 'instance_class']),
          ]
        : [],
  },
]
