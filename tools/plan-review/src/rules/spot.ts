import { attributeOf, type Change } from '../change'
import { isList, isObject, type Json, type JsonObject, textOf } from '../json'
import { kindOf } from '../kinds'
import { goesWithItsWhole } from '../wholes'
import {
  at,
  block,
  blocks,
  changesBy,
  changesExisting,
  existing,
  isDestroyed,
  isUnknown,
  isWritten,
  lowered,
  number,
  oncePerPlan,
  type Plan,
  type Rule,
  turnedOff,
  turnedOn,
  updating,
  written,
} from './rule'

interface Provider {
  readonly isSpot: boolean
  readonly base: number
  readonly weight: number
}

/** Whether the capacity providers of a plan are on Spot, by name, as far as the plan has their groups. */
const knownProviders = oncePerPlan(({ changes }) => {
  const groups = new Map<Json, boolean>()
  for (const { type, after } of changes)
    if (type === 'aws_autoscaling_group' && after.arn) groups.set(after.arn, isSpotGroup(after))
  const names = new Map<Json, boolean>()
  for (const { type, after } of changes) {
    if (type !== 'aws_ecs_capacity_provider' || after.name === undefined) continue
    const group = at(after, 'auto_scaling_group_provider.auto_scaling_group_arn')
    const isSpot = group === undefined ? undefined : groups.get(group)
    if (isSpot !== undefined) names.set(after.name, isSpot)
  }
  return names
})

/** A group is on demand without a policy, and with the default of 100 percent. */
const isSpotGroup = (values: JsonObject) =>
  (number(
    at(
      values,
      'mixed_instances_policy.instances_distribution.on_demand_percentage_above_base_capacity',
    ),
  ) ?? 100) < 100

function strategyOf(values: JsonObject, plan: Plan): Provider[] {
  return ['capacity_provider_strategy', 'default_capacity_provider_strategy']
    .flatMap((name) => blocks(values, name))
    .map(({ capacity_provider, base, weight }) => ({
      isSpot:
        knownProviders(plan).get(capacity_provider ?? '') ?? isSpotName(textOf(capacity_provider)),
      base: number(base) ?? 0,
      weight: number(weight) ?? 0,
    }))
}

/** By convention, if the plan does not have the group. */
const isSpotName = (name: string) => /spot/i.test(name) && !/(non?-?|hot|blind)_?spot/i.test(name)

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const onDemand = (strategy: readonly Provider[]) => strategy.filter(({ isSpot }) => !isSpot)
const onDemandBase = (strategy: readonly Provider[]) =>
  sumOf(onDemand(strategy).map(({ base }) => base))

/** The on-demand share of the tasks above the base. */
function onDemandShare(strategy: readonly Provider[]): number {
  const total = sumOf(strategy.map(({ weight }) => weight))
  return total === 0 ? 0 : sumOf(onDemand(strategy).map(({ weight }) => weight)) / total
}

const usesSpot = (strategy: readonly Provider[]) =>
  strategy.some(({ isSpot, base, weight }) => isSpot && (weight > 0 || base > 0))

/** Whether the resource itself runs something on Spot. */
function runsOnSpot({ type, after }: Change, plan: Plan): boolean {
  if (type === 'aws_autoscaling_group') return isSpotGroup(after)
  if (/^aws_ec2_fleet$/.test(type)) return isSpotFleet(after)
  if (type === 'aws_eks_node_group') return after.capacity_type === 'SPOT'
  return /^aws_spot_/.test(type) || usesSpot(strategyOf(after, plan))
}

const isSpotFleet = (values: JsonObject) =>
  at(values, 'target_capacity_specification.default_target_capacity_type') !== 'on-demand' ||
  (number(at(values, 'target_capacity_specification.spot_target_capacity')) ?? 0) > 0

/** For each target group that a service or a group of a plan has, whether one of them is on Spot; '' for any at all. */
const targetsOf = oncePerPlan((plan) => {
  const targets = new Map<Json, boolean>()
  for (const change of plan.changes) {
    if (
      !/^aws_(ecs_(service|cluster)|autoscaling_group|ec2_fleet|spot_|eks_node)/.test(change.type)
    )
      continue
    const isSpot = runsOnSpot(change, plan)
    const { load_balancer, target_group_arns } = change.after
    const arns = [
      '',
      ...(isList(load_balancer) ? load_balancer : []).map((each) =>
        at(isObject(each) ? each : {}, 'target_group_arn'),
      ),
      ...(isList(target_group_arns) ? target_group_arns : []),
    ]
    for (const arn of arns)
      if (arn !== undefined && arn !== null) targets.set(arn, (targets.get(arn) ?? false) || isSpot)
  }
  return targets
})

/** Whether the targets of a target group are on Spot: those that the plan has, or else any of the plan. */
export function hasSpotTargets({ before, after }: Change, plan: Plan): boolean {
  const targets = targetsOf(plan)
  return targets.get(before.arn ?? after.arn ?? '') ?? targets.get('') ?? false
}

/** The number of instance types that a group or a fleet may use. */
function instanceTypes(values: JsonObject): number {
  const overrides = [
    ...blocks(block(values, 'mixed_instances_policy', 'launch_template'), 'override'),
    ...blocks(values, 'launch_template_config').flatMap((config) => [
      ...blocks(config, 'overrides'),
      ...blocks(config, 'override'),
    ]),
    ...blocks(values, 'launch_specification'),
  ]
  return new Set(overrides.map(({ instance_type }) => textOf(instance_type))).size
}

function subnetCount({ vpc_zone_identifier, availability_zones }: JsonObject): number {
  const places = [vpc_zone_identifier, availability_zones].filter(isList)
  return places.find((list) => list.length > 0)?.length ?? 0
}

const allocationOf = (values: JsonObject) =>
  at(values, 'mixed_instances_policy.instances_distribution.spot_allocation_strategy') ??
  values.allocation_strategy ??
  at(values, 'spot_options.allocation_strategy')

const isCheapest = (strategy: Json | undefined) => /lowest-?price/i.test(textOf(strategy))

/** Whether the user data of an instance, plain or in base64, turns on draining. */
function drainsOnNotice({ user_data, user_data_base64 }: JsonObject): boolean {
  const raw = textOf(user_data ?? user_data_base64)
  const decoded = /^[A-Za-z0-9+/=\s]+$/.test(raw) ? Buffer.from(raw, 'base64').toString('utf8') : ''
  return /ECS_ENABLE_SPOT_INSTANCE_DRAINING=["']?true/.test(`${raw}\n${decoded}`)
}

export const spotRules: readonly Rule[] = [
  {
    id: 'no-on-demand-base',
    severity: 'high',
    finds: 'A service runs on Spot without an on-demand base',
    why: 'When Spot has no capacity, the service has no tasks, and a failover starts from nothing.',
    next: 'Set a base of 1 or more on one on-demand provider; or make sure that a standby covers the service.',
    actions: written,
    check: (change, plan) => {
      const [before, after] = [strategyOf(change.before, plan), strategyOf(change.after, plan)]
      const hadNone = change.action !== 'create' && onDemandBase(before) === 0 && usesSpot(before)
      return usesSpot(after) &&
        onDemandBase(after) <= 0 &&
        !hadNone &&
        !isUnknown(change, 'capacity_provider_strategy') &&
        !hasStandby(change, plan)
        ? ['its strategy has no on-demand base']
        : []
    },
  },
  {
    id: 'spot-base-lowered',
    severity: 'high',
    finds: 'A strategy keeps fewer tasks on demand: a lower base, or a smaller share',
    why: 'The next interruption stops more of the service.',
    next: 'Compare with the number of tasks that the service needs.',
    actions: updating,
    check: (change, plan) => {
      const [before, after] = [strategyOf(change.before, plan), strategyOf(change.after, plan)]
      if (before.length === 0 || !usesSpot(after)) return []
      const [wasBase, isBase] = [onDemandBase(before), onDemandBase(after)]
      const [wasShare, isShare] = [onDemandShare(before), onDemandShare(after)]
      const percent = (share: number) => `${Math.round(share * 100)} %`
      return [
        ...(isBase < wasBase ? [`on-demand base: ${wasBase} -> ${isBase}`] : []),
        ...(isShare < wasShare - 1e-9
          ? [`on-demand share: ${percent(wasShare)} -> ${percent(isShare)}`]
          : []),
      ]
    },
  },
  {
    id: 'group-base-lowered',
    severity: 'high',
    finds: 'A group of instances keeps fewer on demand',
    why: 'The next interruption stops more of the group.',
    next: 'Compare with the capacity that must stay up.',
    actions: updating,
    check: (change) =>
      isSpotGroup(change.after)
        ? lowered(
            change,
            ['on_demand_base_capacity', 'on_demand_percentage_above_base_capacity'].map(
              (name) => `mixed_instances_policy.instances_distribution.${name}`,
            ),
          )
        : [],
  },
  {
    id: 'spot-pools-fewer',
    severity: 'high',
    finds: 'Spot uses fewer pools: fewer instance types, fewer zones, or only the cheapest',
    why: 'A pool loses all its capacity at once; with few pools, so does the group.',
    next: 'Keep fifteen instance types in all zones, and price-capacity-optimized.',
    actions: updating,
    check: (change) => {
      const { before, after, type } = change
      const isOnSpot = isSpotGroup(before) || (/fleet/.test(type) && isSpotFleet(before))
      if (!isOnSpot) return []
      const [wasTypes, isTypes] = [instanceTypes(before), instanceTypes(after)]
      const [wasSubnets, isSubnets] = [subnetCount(before), subnetCount(after)]
      const [was, is] = [allocationOf(before), allocationOf(after)]
      return [
        ...(isTypes < wasTypes ? [`instance types: ${wasTypes} -> ${isTypes}`] : []),
        ...(isSubnets < wasSubnets && !isUnknown(change, 'vpc_zone_identifier')
          ? [`subnets: ${wasSubnets} -> ${isSubnets}`]
          : []),
        ...(isCheapest(is) && !isCheapest(was)
          ? [`allocation strategy: ${textOf(was)} -> ${textOf(is)}`]
          : []),
      ]
    },
  },
  {
    id: 'draining-off',
    severity: 'high',
    finds:
      'Instances stop with tasks on them: draining, rebalancing or termination protection is off, or there is no headroom',
    why: 'Tasks end without a warning, or a surge waits for instances.',
    next: 'Leave them on; a target_capacity below 100 keeps room for a surge.',
    actions: updating,
    check: (change, plan) => {
      const { before, after } = change
      const [was, is] = [before, after].map((side) =>
        number(at(side, 'auto_scaling_group_provider.managed_scaling.target_capacity')),
      )
      return [
        ...turnedOff(change, [
          'auto_scaling_group_provider.managed_draining',
          'auto_scaling_group_provider.managed_termination_protection',
          'auto_scaling_group_provider.managed_scaling.status',
          // It only replaces Spot instances.
          ...(isSpotGroup(before) ? ['capacity_rebalance'] : []),
        ]),
        ...(block(before, 'auto_scaling_group_provider') !== undefined &&
        (is ?? 0) >= 100 &&
        (was ?? 100) < 100
          ? ['target_capacity is 100: no headroom']
          : []),
        ...(drainsOnNotice(before) &&
        !drainsOnNotice(after) &&
        !isUnknown(change, 'user_data') &&
        !isOnDemandTemplate(change, plan)
          ? ['ECS_ENABLE_SPOT_INSTANCE_DRAINING is removed from user_data']
          : []),
      ]
    },
  },
  {
    id: 'standby-removed',
    severity: 'critical',
    finds: 'A standby is destroyed, or loses the tag that names its primary',
    why: 'The failover controller no longer finds it, and nothing covers the Spot service.',
    next: 'Move the primary off Spot first.',
    actions: existing,
    check: (change) => {
      const primaries = primariesOf(change.before)
      if (primaries.length === 0) return []
      const name = `the standby of ${primaries.join(', ')}`
      if (isDestroyed(change))
        return [`${name} is ${change.action === 'replace' ? 'replaced' : 'destroyed'}`]
      return changesExisting(change) &&
        primariesOf(change.after).length === 0 &&
        !isUnknown(change, 'tags') &&
        !isUnknown(change, 'tags_all')
        ? [`${name} loses its tag`]
        : []
    },
  },
  {
    id: 'failover-weakened',
    severity: 'critical',
    finds:
      'A part of the failover is destroyed or turned off: a rule, a queue, the function, its mapping, the schedule, an alarm',
    why: 'The next interruption goes unnoticed.',
    next: 'Deploy the replacement first; move services off Spot meanwhile.',
    actions: existing,
    check: (change) => weakened(change, true),
  },
  {
    id: 'watch-removed',
    severity: 'medium',
    finds:
      'An alarm, a monitor, an EventBridge rule, a schedule, or the mapping of a queue is destroyed, turned off or notifies nobody',
    why: 'Events go unnoticed, and the tasks that it started no longer run.',
    next: 'Name its replacement in the description of the change.',
    actions: existing,
    check: (change, plan) => (goesWithItsWhole(change, plan) ? [] : weakened(change, false)),
  },
]

/** Whether all groups of the plan that use a launch template are on demand. */
function isOnDemandTemplate({ type, before }: Change, plan: Plan): boolean {
  if (type !== 'aws_launch_template') return false
  const users = groupsByTemplate(plan).get(before.id) ?? []
  return users.length > 0 && !users.some(({ after }) => isSpotGroup(after))
}

const groupsByTemplate = changesBy(({ type, after }) =>
  type === 'aws_autoscaling_group'
    ? [
        at(after, 'launch_template.id'),
        at(
          block(after, 'mixed_instances_policy', 'launch_template'),
          'launch_template_specification.launch_template_id',
        ),
      ]
    : [],
)

/** Whether a standby in the same plan covers a service. */
function hasStandby({ after: { name } }: Change, plan: Plan): boolean {
  return typeof name === 'string' && standbys(plan).has(name)
}

const standbys = changesBy((change) => (isWrittenOrKept(change) ? primariesOf(change.after) : []))

const isWrittenOrKept = (change: Change) => isWritten(change) || change.action === 'no-op'

/** The primaries that the tags of a standby name. */
function primariesOf({ tags_all, tags }: JsonObject): string[] {
  return Object.entries([tags_all, tags].find(isObject) ?? {})
    .filter(([key]) => /(^|:)standby-of$/.test(key))
    .map(([, value]) => textOf(value))
}

const failoverTypes =
  /^aws_(lambda_function|sfn_state_machine|sqs_queue|dynamodb_table|iam_role_policy)$/

/** Whether a part of the failover is destroyed or turned off, which has a finding of its own. */
export const weakensFailover = (change: Change) => weakened(change, true).length > 0

/** The lists of what an alarm notifies. */
const notifications = ['alarm_actions', 'notification_channels', 'action', 'notifications']

/** A monitor or trigger that is destroyed, turned off, or changed. */
function weakened(change: Change, isFailover: boolean): string[] {
  const { type, action, isDeposed, before, after } = change
  const isMonitor = kindOf(change)?.role === 'watch' || (isFailover && failoverTypes.test(type))
  if (!isMonitor || belongsToFailover(change) !== isFailover) return []
  if (action === 'delete' && !isDeposed) return ['it is destroyed']
  if (!changesExisting(change)) return []
  const isEmptied = (name: string) =>
    isList(before[name]) &&
    before[name].length > 0 &&
    (!isList(after[name]) || after[name].length === 0) &&
    !isUnknown(change, name)
  return [
    ...turnedOff(change, ['is_enabled', 'enabled', 'state', 'actions_enabled']),
    ...turnedOn(change, ['disabled', 'paused', 'is_paused', 'muted', 'mute']),
    ...(number(after.reserved_concurrent_executions) === 0 &&
    number(before.reserved_concurrent_executions) !== 0
      ? ['reserved_concurrent_executions is 0: it never runs']
      : []),
    ...(isFailover && change.differences.some((each) => attributeOf(each) === 'event_pattern')
      ? ['its event_pattern changes']
      : []),
    ...notifications.filter(isEmptied).map((name) => `it has no ${name}`),
  ]
}

/** The names of the resources of the failover controller contain their purpose. */
function belongsToFailover({ before, after, address, path }: Change): boolean {
  const { name, function_name, alarm_name, description, event_pattern } =
    Object.keys(before).length > 0 ? before : after
  return [address, path, name, function_name, alarm_name, description, event_pattern].some((text) =>
    /failover|standby|(^|[^a-z])spot([^a-z]|$)|interruption/i.test(textOf(text)),
  )
}
