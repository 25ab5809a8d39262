import { attributeOf, isUnknown } from '../change'
import { isList, isSame, type JsonObject, textOf, textsOf } from '../json'
import {
  blocks,
  causeOf,
  changesInPlace,
  isLost,
  isOff,
  isWritten,
  lowered,
  number,
  type Rule,
} from './rule'

const routeTypes = [
  'aws_route',
  'aws_route_table',
  'aws_route_table_association',
  'aws_main_route_table_association',
  'aws_network_acl',
  'aws_network_acl_rule',
  'aws_vpc_endpoint',
  'aws_vpc_endpoint_route_table_association',
  'aws_ec2_transit_gateway_route',
]

/** Where the places of a resource stand. */
const placeAttributes = [
  'availability_zone',
  'availability_zones',
  'preferred_cache_cluster_azs',
  'region',
  'outpost_arn',
  'placement_availability_zone',
]

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
    finds: 'A route, a network ACL or an endpoint under live services changes or goes',
    why: 'What goes over it stops in the middle, services that are healthy included.',
    next: 'Make the new way first, and deploy it one zone at a time.',
    look: (change) => {
      if (!routeTypes.includes(change.type)) return []
      if (isLost(change)) return [causeOf(change)]
      const names = [
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
      const different = changesInPlace(change)
        ? names.filter((name) =>
            change.differences.some((difference) => attributeOf(difference) === name),
          )
        : []
      return different.map((name) => `${name} changes`)
    },
  },
  {
    id: 'other-place',
    severity: 'high',
    finds: 'Something is made in another region or zone',
    why: 'It is a new one, far from what it talks to and without what the old one held.',
    next: 'Check the provider and the zone; a list of zones that was reordered moves everything.',
    look: (change) => {
      if (change.newRegion !== undefined)
        return [`is created in ${change.newRegion}, where nothing of this stack is`]
      if (!changesInPlace(change)) return []
      return placeAttributes.flatMap((name) => {
        const [was, is] = [change.before[name], change.after[name]]
        if (isOff(was) || isOff(is) || isSame(was, is) || isUnknown(change, name)) return []
        if (isList(was) && isList(is) && isSame(was.map(textOf).sort(), is.map(textOf).sort()))
          return []
        return [`${name}: ${textsOf(was).join(', ')} -> ${textsOf(is).join(', ')}`]
      })
    },
  },
  {
    id: 'listener-swapped',
    severity: 'medium',
    finds: 'A listener sends to another target group, not by CodeDeploy but by Terraform',
    why: 'All traffic moves at once, to targets that may not be there yet.',
    next: 'If CodeDeploy moves it, let Terraform ignore the action.',
    look: (change) => {
      const name = /_listener_rule$/.test(change.type) ? 'action' : 'default_action'
      if (
        !/_listener(_rule)?$/.test(change.type) ||
        !changesInPlace(change) ||
        isUnknown(change, name)
      )
        return []
      const [was, is] = [targetsOf(change.before, name), targetsOf(change.after, name)]
      return was.length > 0 && !isSame(was, is) ? [`${name} sends elsewhere`] : []
    },
  },
  {
    id: 'target-group-replaced',
    severity: 'medium',
    finds: 'A target group is destroyed or replaced',
    why: 'Its targets have to register and pass their checks before they are sent anything.',
    next: 'Make the new one before the old one goes (create_before_destroy).',
    look: (change) =>
      /_target_group$/.test(change.type) && isLost(change) ? [causeOf(change)] : [],
  },
  {
    id: 'drain-too-long',
    severity: 'high',
    finds: 'Draining takes longer than the two minutes that a Spot notice gives',
    why: 'The instance is gone before its requests have ended.',
    next: 'Keep deregistration_delay under 120 seconds.',
    look: (change) => {
      const [was, is] = [
        number(change.before.deregistration_delay),
        number(change.after.deregistration_delay),
      ]
      return isWritten(change) &&
        /_target_group$/.test(change.type) &&
        is !== undefined &&
        is >= 120 &&
        (was === undefined || was < 120)
        ? [`deregistration_delay is ${is} s`]
        : []
    },
  },
  {
    id: 'scaled-down',
    severity: 'medium',
    finds: 'Something runs with less: fewer tasks, instances or concurrency, or none',
    why: 'It may not carry the load, and nothing scales it up again beyond its limit.',
    next: 'Compare with the peak of last week.',
    look: (change) =>
      lowered(change, [
        'desired_count',
        'min_size',
        'max_size',
        'min_capacity',
        'max_capacity',
        'reserved_concurrent_executions',
        'provisioned_concurrent_executions',
        'maximum_concurrency',
        'total_target_capacity',
        'target_capacity',
        'cpu',
        'memory',
        'memory_size',
      ]),
  },
]
