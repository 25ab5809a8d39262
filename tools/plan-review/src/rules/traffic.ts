import { attributeOf } from '../change'
import { isSame, type JsonObject, textOf, textsOf } from '../json'
import {
  blocks,
  causeOf,
  changedNames,
  changesExisting,
  destroying,
  existing,
  isDestroyed,
  isOff,
  isUnknown,
  number,
  type Rule,
  updating,
  written,
} from './rule'
import { hasSpotTargets } from './spot'

const routeTypes =
  /^aws_((main_)?route_table_association|route(_table)?|network_acl(_rule)?|vpc_endpoint(_route_table_association)?|ec2_transit_gateway_route)$/

/** The target groups that an action sends to. */
function targetsOf(values: JsonObject, name: 'action' | 'default_action'): string[] {
  return blocks(values, name)
    .flatMap((action) => [
      ...(typeof action.target_group_arn === 'string' ? [action.target_group_arn] : []),
      ...blocks(action, 'forward').flatMap((forward) =>
        blocks(forward, 'target_group').map(({ arn }) => textOf(arn)),
      ),
    ])
    .filter((arn) => arn !== '')
    .sort()
}

export const trafficRules: readonly Rule[] = [
  {
    id: 'route-changed',
    severity: 'high',
    finds: 'A route, a network ACL or an endpoint of live services changes or is destroyed',
    why: 'Open connections break, including those of healthy services.',
    next: 'Create the new route first, and deploy it one zone at a time.',
    types: routeTypes,
    actions: existing,
    check: (change) => {
      if (isDestroyed(change)) return [causeOf(change)]
      if (!changesExisting(change)) return []
      const different = new Set(change.differences.map(attributeOf))
      return [
        'route',
        'gateway_id',
        'nat_gateway_id',
        'transit_gateway_id',
        'vpc_endpoint_id',
        'route_table_id',
        'destination_cidr_block',
        'ingress',
        'egress',
        'subnet_ids',
        'route_table_ids',
        'network_interface_id',
        'vpc_peering_connection_id',
      ]
        .filter((name) => different.has(name))
        .map((name) => `${name} changes`)
    },
  },
  {
    id: 'other-place',
    severity: 'high',
    finds: 'A resource is created in another region or zone',
    why: 'The new resource is far from the services that it communicates with, and does not have the data of the old one.',
    next: 'Check the provider and the zone; a reordered list of zones moves all resources.',
    actions: written,
    check: (change) => {
      if (change.newRegion !== undefined)
        return [`is created in ${change.newRegion}, where this stack has nothing else`]
      const names = [
        'availability_zone',
        'availability_zones',
        'preferred_cache_cluster_azs',
        'region',
        'outpost_arn',
        'placement_availability_zone',
      ]
      return changedNames(change, names).flatMap((name) => {
        const [before, after] = [textsOf(change.before[name]), textsOf(change.after[name])]
        return isOff(change.after[name]) ||
          isUnknown(change, name) ||
          isSame(before.toSorted(), after.toSorted())
          ? []
          : [`${name}: ${before.join(', ')} -> ${after.join(', ')}`]
      })
    },
  },
  {
    id: 'listener-swapped',
    severity: 'medium',
    finds: 'Terraform, not CodeDeploy, points a listener at another target group',
    why: 'All traffic moves at once, to targets that may not exist yet.',
    next: 'If CodeDeploy moves it, let Terraform ignore the action.',
    types: /_listener(_rule)?$/,
    actions: updating,
    check: (change) => {
      const name = /_listener_rule$/.test(change.type) ? 'action' : 'default_action'
      const [before, after] = [targetsOf(change.before, name), targetsOf(change.after, name)]
      return before.length > 0 && !isSame(before, after) && !isUnknown(change, name)
        ? [`${name} has another target group`]
        : []
    },
  },
  {
    id: 'target-group-replaced',
    severity: 'medium',
    finds: 'A target group is destroyed or replaced',
    why: 'New targets must register and pass their health checks before they get traffic.',
    next: 'Create the new one before the old one is destroyed (create_before_destroy).',
    types: /_target_group$/,
    actions: destroying,
    check: (change) => (isDestroyed(change) ? [causeOf(change)] : []),
  },
  {
    id: 'drain-too-long',
    severity: 'high',
    finds: 'Draining takes longer than the two minutes of a Spot interruption notice',
    why: 'The instance stops before its requests have ended.',
    next: 'Keep deregistration_delay under 120 seconds.',
    types: /_target_group$/,
    actions: written,
    check: (change, plan) => {
      const before = number(change.before.deregistration_delay) ?? 0
      const after = number(change.after.deregistration_delay) ?? 0
      return after >= 120 && before < 120 && hasSpotTargets(change, plan)
        ? [`deregistration_delay is ${after} s`]
        : []
    },
  },
]
