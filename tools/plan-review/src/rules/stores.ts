import type { Change } from '../change'
import { textOf } from '../json'
import {
  block,
  changed,
  changesInPlace,
  isOn,
  lowered,
  number,
  type Rule,
  switchedOff,
} from './rule'

/** Databases and caches that stay, and are not what they were. */
export const storeRules: readonly Rule[] = [
  {
    id: 'engine-major',
    severity: 'high',
    finds: 'The major version of an engine changes, or the engine itself',
    why: 'There is no way back, and clients may not follow.',
    next: 'Try it on a restored copy, and have a snapshot from just before.',
    look: (change) => {
      const majorOf = (version: unknown) => /^\d+/.exec(textOf(version))?.[0]
      const [was, is] = [
        majorOf(change.before.engine_version),
        majorOf(change.after.engine_version),
      ]
      const version =
        changesInPlace(change) && was !== undefined && is !== undefined && was !== is
          ? [
              `engine_version: ${textOf(change.before.engine_version)} -> ${textOf(change.after.engine_version)}`,
            ]
          : []
      const engine =
        typeof change.before.engine === 'string' && typeof change.after.engine === 'string'
          ? changed(change, ['engine']).map(
              () => `engine: ${change.before.engine} -> ${change.after.engine}`,
            )
          : []
      return [...engine, ...version]
    },
  },
  {
    id: 'apply-immediately',
    severity: 'high',
    finds: 'A change that restarts a database or cache is made at once',
    why: 'Without apply_immediately it waits for the maintenance window.',
    next: 'Take it off, or deploy when an interruption does no harm.',
    look: (change) => {
      if (!isOn(change.after.apply_immediately)) return []
      return changed(change, [
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
    },
  },
  {
    id: 'store-shrunk',
    severity: 'high',
    finds: 'A database or cache gets smaller, fewer replicas, or no automatic failover',
    why: 'It may not carry the load, or not survive the loss of a zone.',
    next: 'Compare with the load of the last month, at its peak.',
    look: (change) => {
      if (!/^aws_(rds|db|elasticache|docdb|neptune|opensearch|dynamodb|msk)/.test(change.type))
        return []
      const scaling = (side: Change['before']) =>
        number(block(side, 'serverlessv2_scaling_configuration')?.max_capacity)
      const [was, is] = [scaling(change.before), scaling(change.after)]
      return [
        ...switchedOff(change, ['multi_az', 'multi_az_enabled', 'automatic_failover_enabled']).map(
          (name) => `${name} is taken off`,
        ),
        ...lowered(change, [
          'num_cache_clusters',
          'num_cache_nodes',
          'replicas_per_node_group',
          'num_node_groups',
          'number_of_broker_nodes',
          'read_capacity',
          'write_capacity',
        ]),
        ...changed(change, ['node_type', 'instance_class']).map(
          (name) => `${name}: ${textOf(change.before[name])} -> ${textOf(change.after[name])}`,
        ),
        ...(was !== undefined && is !== undefined && is < was
          ? [`max_capacity: ${was} -> ${is}`]
          : []),
      ]
    },
  },
]
