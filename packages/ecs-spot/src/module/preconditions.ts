import { maxPrefixLength } from '@tideway/constructs/parts'
import { maxReachBytes } from '../failover/spot-failover'
import { expression } from './symbolic-primary'

/** A check that needs several variables, or the provider: OpenTofu allows only its own variable in a validation. */
function check(condition: string, message: string) {
  return { condition: expression(condition), error_message: message }
}

const taken = 'concat(keys(local.services), flatten(values(local.standby_names)))'

export const preconditions = [
  check(
    'alltrue([for name, s in local.services : s.arn == local.service_arns[name]])',
    'services: must be in the cluster, region and account of the failover: ${jsonencode(local.service_arns)}; got ${jsonencode([for name, s in local.services : s.arn if s.arn != local.service_arns[name]])}. Use a provider with the region and account of the cluster, or describe the services of this cluster.',
  ),
  check(
    `length(distinct(${taken})) == length(${taken})`,
    `services: must name each service once, as a primary or as a standby; got \${jsonencode(sort(${taken}))}. Remove one of them, or set another standby_suffix.`,
  ),
  check(
    'alltrue([for name in keys(local.created) : length("${name}${var.standby_suffix}") <= 255])',
    'services: must have names of 255 characters at most with ${jsonencode(var.standby_suffix)} after them; got ${jsonencode(keys(local.created))}. Set a shorter standby_suffix.',
  ),
  check(
    'alltrue([for name in keys(var.preferences) : contains(keys(local.services), name)])',
    'preferences: must be for the services ${jsonencode(keys(local.services))}; got ${jsonencode(keys(var.preferences))}. Correct the names, or describe those services too.',
  ),
  check(
    `length(local.prefix) <= ${maxPrefixLength}`,
    `prefix: must be set, as the name of the cluster is too long to begin all names: ${maxPrefixLength} characters at most; got \${jsonencode(local.prefix)}. Set a shorter one.`,
  ),
  check(
    `length(jsonencode({ taskRoleArns = local.task_role_arns, targetGroupArns = local.target_group_arns })) <= ${maxReachBytes}`,
    'services: must have roles and target groups that fit into a policy; got ${length(local.task_role_arns)} roles and ${length(local.target_group_arns)} target groups. Set task_role_arns and target_group_names to patterns, such as "shop-*".',
  ),
]
