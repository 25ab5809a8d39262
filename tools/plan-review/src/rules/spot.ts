import { attributeOf, type Change, isUnknown } from '../change'
import { isList, isObject, type JsonObject, textOf } from '../json'
import {
  block,
  blocks,
  changesInPlace,
  isLost,
  isOff,
  isOn,
  isWritten,
  lowered,
  number,
  type Rule,
  switchedOff,
} from './rule'

const isSpotProvider = (name: unknown) => /spot/i.test(textOf(name))

function strategyOf(values: JsonObject): JsonObject[] {
  return [
    ...blocks(values, 'capacity_provider_strategy'),
    ...blocks(values, 'default_capacity_provider_strategy'),
  ]
}

/** How many tasks are on demand whatever happens. */
const baseOf = (values: JsonObject) =>
  strategyOf(values)
    .filter(({ capacity_provider }) => !isSpotProvider(capacity_provider))
    .reduce((sum, { base }) => sum + (number(base) ?? 0), 0)

/** Of the tasks above the base, the part that is on demand. */
function shareOf(values: JsonObject): number {
  const weights = strategyOf(values).map(
    ({ capacity_provider, weight }) =>
      [isSpotProvider(capacity_provider), number(weight) ?? 0] as const,
  )
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  return total === 0
    ? 0
    : weights.filter(([isSpot]) => !isSpot).reduce((sum, [, weight]) => sum + weight, 0) / total
}

const isOnSpot = (values: JsonObject) =>
  strategyOf(values).some(
    ({ capacity_provider, weight, base }) =>
      isSpotProvider(capacity_provider) && ((number(weight) ?? 0) > 0 || (number(base) ?? 0) > 0),
  )

const mixOf = (values: JsonObject) => block(values, 'mixed_instances_policy')
const distributionOf = (values: JsonObject) => block(mixOf(values), 'instances_distribution')

/** Kinds of instances that a group may take. */
function typesOf(values: JsonObject): number {
  const overrides = blocks(block(mixOf(values), 'launch_template'), 'override')
  const fleet = blocks(values, 'launch_template_config').flatMap((config) => [
    ...blocks(config, 'overrides'),
    ...blocks(config, 'override'),
  ])
  return new Set(
    [...overrides, ...fleet, ...blocks(values, 'launch_specification')].map(({ instance_type }) =>
      textOf(instance_type),
    ),
  ).size
}

const zonesOf = (values: JsonObject) => {
  const places = [values.vpc_zone_identifier, values.availability_zones].find(
    (value) => isList(value) && value.length > 0,
  )
  return isList(places) ? places.length : 0
}

/** The script of an instance as text, where it is known. */
function scriptOf(values: JsonObject): string {
  const raw = textOf(values.user_data ?? values.user_data_base64)
  const decoded = /^[A-Za-z0-9+/=\s]+$/.test(raw) ? Buffer.from(raw, 'base64').toString('utf8') : ''
  return `${raw}\n${decoded}`
}

const failoverName = /failover|standby|spot|interruption/i

/** What a resource is called, in whichever attribute. */
function namesOf({ before, after, address, path }: Change): string {
  const values = isObject(before) && Object.keys(before).length > 0 ? before : after
  return [
    address,
    path,
    values.name,
    values.function_name,
    values.alarm_name,
    values.description,
    values.event_pattern,
  ]
    .map(textOf)
    .join(' ')
}

export const spotRules: readonly Rule[] = [
  {
    id: 'no-on-demand-base',
    severity: 'high',
    finds: 'A service runs on Spot with no on-demand base under it',
    why: 'When Spot runs dry it goes to zero, and a failover has nothing to begin with.',
    next: 'Give one on-demand provider a base of 1 or more; or be sure that a standby covers it.',
    look: (change) => {
      if (
        !isWritten(change) ||
        !isOnSpot(change.after) ||
        baseOf(change.after) > 0 ||
        isUnknown(change, 'capacity_provider_strategy')
      )
        return []
      const was = change.action === 'create' ? Number.NaN : baseOf(change.before)
      return was === 0 && isOnSpot(change.before) ? [] : ['its strategy has no base on demand']
    },
  },
  {
    id: 'spot-base-lowered',
    severity: 'high',
    finds: 'A strategy keeps fewer tasks on demand: a lower base, or a smaller share',
    why: 'More of the service goes with the next interruption.',
    next: 'Compare with what the service needs to stay up at all.',
    look: (change) => {
      if (
        !changesInPlace(change) ||
        strategyOf(change.before).length === 0 ||
        strategyOf(change.after).length === 0
      )
        return []
      const [wasBase, isBase] = [baseOf(change.before), baseOf(change.after)]
      const [wasShare, isShare] = [shareOf(change.before), shareOf(change.after)]
      return [
        ...(isBase < wasBase ? [`base on demand: ${wasBase} -> ${isBase}`] : []),
        ...(isShare < wasShare - 1e-9
          ? [`share on demand: ${percent(wasShare)} -> ${percent(isShare)}`]
          : []),
      ]
    },
  },
  {
    id: 'group-base-lowered',
    severity: 'high',
    finds: 'A group of instances keeps fewer on demand',
    why: 'More of it goes with the next interruption.',
    next: 'Compare with what has to stay up.',
    look: (change) => {
      if (!changesInPlace(change)) return []
      const [was, is] = [distributionOf(change.before), distributionOf(change.after)]
      if (was === undefined || is === undefined) return []
      return lowered({ ...change, before: was, after: is }, [
        'on_demand_base_capacity',
        'on_demand_percentage_above_base_capacity',
      ])
    },
  },
  {
    id: 'spot-pools-fewer',
    severity: 'high',
    finds:
      'Spot is drawn from fewer pools: fewer kinds of instances, fewer zones, or the cheapest only',
    why: 'A pool runs dry as a whole; with few of them the group does too.',
    next: 'Keep fifteen kinds of instances over all zones, and price-capacity-optimized.',
    look: (change) => {
      if (!changesInPlace(change) || !(isObject(mixOf(change.before)) || /fleet/.test(change.type)))
        return []
      const [wasTypes, isTypes] = [typesOf(change.before), typesOf(change.after)]
      const [wasZones, isZones] = [zonesOf(change.before), zonesOf(change.after)]
      const strategy = (values: JsonObject) =>
        distributionOf(values)?.spot_allocation_strategy ??
        values.allocation_strategy ??
        block(values, 'spot_options')?.allocation_strategy
      const cheapest = (value: unknown) => /lowest-?price/i.test(textOf(value))
      return [
        ...(isTypes < wasTypes ? [`kinds of instances: ${wasTypes} -> ${isTypes}`] : []),
        ...(isZones < wasZones && !isUnknown(change, 'vpc_zone_identifier')
          ? [`subnets: ${wasZones} -> ${isZones}`]
          : []),
        ...(cheapest(strategy(change.after)) && !cheapest(strategy(change.before))
          ? [
              `allocation strategy: ${textOf(strategy(change.before))} -> ${textOf(strategy(change.after))}`,
            ]
          : []),
      ]
    },
  },
  {
    id: 'draining-off',
    severity: 'high',
    finds:
      'Instances go with tasks on them: draining, rebalancing or termination protection is off, or there is no headroom',
    why: 'Tasks end without a warning, or a surge waits for instances.',
    next: 'Leave them on; target_capacity below 100 keeps room for a surge.',
    look: (change) => {
      const provider = (values: JsonObject) => block(values, 'auto_scaling_group_provider')
      const [was, is] = [provider(change.before), provider(change.after)]
      const found: string[] = []
      if (changesInPlace(change) && was !== undefined && is !== undefined) {
        found.push(
          ...switchedOff({ ...change, before: was, after: is }, [
            'managed_draining',
            'managed_termination_protection',
          ]).map((name) => `${name} is taken off`),
        )
        const capacity = (values: JsonObject) =>
          number(block(values, 'managed_scaling')?.target_capacity)
        if ((capacity(is) ?? 0) >= 100 && (capacity(was) ?? 100) < 100)
          found.push('target_capacity is 100: no headroom')
        if (
          isOn(block(was, 'managed_scaling')?.status) &&
          isOff(block(is, 'managed_scaling')?.status)
        )
          found.push('managed_scaling is taken off')
      }
      found.push(
        ...switchedOff(change, ['capacity_rebalance']).map((name) => `${name} is taken off`),
      )
      const drains = /ECS_ENABLE_SPOT_INSTANCE_DRAINING=["']?true/
      if (
        changesInPlace(change) &&
        drains.test(scriptOf(change.before)) &&
        !drains.test(scriptOf(change.after)) &&
        !isUnknown(change, 'user_data')
      ) {
        found.push('ECS_ENABLE_SPOT_INSTANCE_DRAINING is gone from user_data')
      }
      return found
    },
  },
  {
    id: 'standby-removed',
    severity: 'critical',
    finds: 'A standby is destroyed, or its tags say no more whom it covers',
    why: 'The failover controller does not know it any more, and Spot has nobody behind it.',
    next: 'Take the primary off Spot first.',
    look: (change) => {
      const covers = (values: JsonObject) => {
        const tags = isObject(values.tags_all)
          ? values.tags_all
          : isObject(values.tags)
            ? values.tags
            : {}
        return Object.entries(tags)
          .filter(([key]) => /(^|:)standby-of$/.test(key))
          .map(([, value]) => textOf(value))
      }
      const had = covers(change.before)
      if (had.length === 0) return []
      if (isLost(change))
        return [
          `the standby of ${had.join(', ')} is ${change.action === 'replace' ? 'replaced' : 'destroyed'}`,
        ]
      return changesInPlace(change) &&
        covers(change.after).length === 0 &&
        !isUnknown(change, 'tags') &&
        !isUnknown(change, 'tags_all')
        ? [`the tag of the standby of ${had.join(', ')} is gone`]
        : []
    },
  },
  {
    id: 'failover-weakened',
    severity: 'critical',
    finds:
      'A part of the failover is destroyed or switched off: a rule, a queue, the function, its mapping, the schedule, an alarm',
    why: 'The next interruption goes unnoticed.',
    next: 'Deploy the replacement first; take services off Spot meanwhile.',
    look: (change) => weakened(change, true),
  },
  {
    id: 'watch-removed',
    severity: 'medium',
    finds:
      'An alarm, a rule of EventBridge, a schedule, or the mapping of a queue is destroyed or switched off',
    why: 'What it watched or started goes unnoticed, or does not happen.',
    next: 'Say what does it instead.',
    look: (change) => weakened(change, false),
  },
]

const watchers = [
  'aws_cloudwatch_event_rule',
  'aws_cloudwatch_event_target',
  'aws_cloudwatch_metric_alarm',
  'aws_cloudwatch_composite_alarm',
  'aws_lambda_function',
  'aws_lambda_event_source_mapping',
  'aws_lambda_permission',
  'aws_scheduler_schedule',
  'aws_sqs_queue_policy',
  'aws_sns_topic_subscription',
  'aws_sfn_state_machine',
]

/** A watcher that goes, sleeps, or listens to something else. */
function weakened(change: Change, isFailover: boolean): string[] {
  const isOne =
    watchers.includes(change.type) ||
    (isFailover &&
      ['aws_sqs_queue', 'aws_dynamodb_table', 'aws_iam_role_policy'].includes(change.type))
  if (!isOne || failoverName.test(namesOf(change)) !== isFailover) return []
  if (isLost(change) && change.action === 'delete') return ['it is destroyed']
  if (!changesInPlace(change)) return []
  const different = new Set(change.differences.map(attributeOf))
  return [
    ...switchedOff(change, ['is_enabled', 'enabled', 'state', 'actions_enabled']).map(
      (name) => `${name} is taken off`,
    ),
    ...(number(change.after.reserved_concurrent_executions) === 0 &&
    number(change.before.reserved_concurrent_executions) !== 0
      ? ['reserved_concurrent_executions is 0: it never runs']
      : []),
    ...(isFailover && different.has('event_pattern') ? ['its event_pattern changes'] : []),
    ...(isList(change.before.alarm_actions) &&
    change.before.alarm_actions.length > 0 &&
    isList(change.after.alarm_actions) &&
    change.after.alarm_actions.length === 0 &&
    !isUnknown(change, 'alarm_actions')
      ? ['it tells nobody any more']
      : []),
  ]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
