import { fargateTaskPrice, type TaskSize } from '@tideway/constructs/prices'
import { rateVariables } from '@tideway/failover-lambda/deployment'
import { tags } from '@tideway/failover-lambda/tags'
import { preferenceTags } from '../service/preferences'
import { expression } from './symbolic-primary'

type Locals = Readonly<Record<string, unknown>>

const here = 'arn:${local.partition}:'

/** The prices of one vCPU, one GiB of memory and one GiB of disk, from which `fargateTaskPrice` follows. */
function unitPrices(architecture: TaskSize['architecture']) {
  const none = { cpu: 0, memoryMiB: 0, architecture }
  return {
    cpu: fargateTaskPrice({ ...none, cpu: 1024 }),
    memory: fargateTaskPrice({ ...none, memoryMiB: 1024 }),
    storage: fargateTaskPrice({ ...none, ephemeralStorageGiB: 21 }),
  }
}

/** What SpotFailover computes of its primaries, in the language of Terraform. */
export const locals: Locals = {
  account: expression('data.aws_caller_identity.current.account_id'),
  // The attribute `name` is deprecated since version 6 of the provider.
  region: expression('data.aws_region.current.id'),
  partition: expression('data.aws_partition.current.partition'),
  name_of_cluster: '${trim(replace(lower(var.cluster_name), "/[^a-z0-9]+/", "-"), "-")}',
  prefix:
    '${coalesce(var.prefix, can(regex("^[a-z]", local.name_of_cluster)) ? local.name_of_cluster : "ecs-${local.name_of_cluster}")}',
  services: expression('{ for s in var.services : s.name => s }'),
  service_arns: `\${{ for name in keys(local.services) : name => "${here}ecs:\${local.region}:\${local.account}:service/\${var.cluster_name}/\${name}" }}`,
  created: expression('{ for name, s in local.services : name => s if length(s.standbys) == 0 }'),
  standby_names:
    '${{ for name, s in local.services : name => length(s.standbys) == 0 ? ["${name}${var.standby_suffix}"] : s.standbys }}',
  spot_items: expression(
    'flatten([for s in var.services : [for item in s.strategy : item if item.isSpot]])',
  ),
  spot_providers: expression('sort(distinct(local.spot_items[*].capacityProvider))'),
  spot_groups: expression(
    '{ for group, providers in { for item in local.spot_items : item.autoScalingGroup => item.capacityProvider... if item.autoScalingGroup != null } : group => providers[length(providers) - 1] }',
  ),
  task_role_arns: expression(
    'var.task_role_arns != null ? var.task_role_arns : sort(distinct(flatten(var.services[*].roleArns)))',
  ),
  target_group_arns: `\${var.target_group_names != null ? [for name in coalesce(var.target_group_names, []) : "${here}elasticloadbalancing:\${local.region}:\${local.account}:targetgroup/\${name}"] : sort(distinct(flatten(var.services[*].targetGroupArns)))}`,
  prices: { ARM64: unitPrices('ARM64'), X86_64: unitPrices('X86_64') },
  task_prices: expression(
    '{ for name, s in local.services : name => format("%.6f", s.task.cpu / 1024 * local.prices[s.task.architecture].cpu + s.task.memoryMiB / 1024 * local.prices[s.task.architecture].memory + max(0, s.task.ephemeralStorageGiB - 20) * local.prices[s.task.architecture].storage + 0.000000001) }',
  ),
  primary_tags: {
    [tags.standbys]: expression(
      '{ for name, standbys in local.standby_names : name => join(" ", standbys) }',
    ),
    ...preferenceTags({
      atNotice: preference('atNotice') as 'leave',
      prefer: preference('prefer') as 'balance',
      slowestRequestSeconds: preference('slowestRequestSeconds') as never,
      maxCoverDollarsPerHour: preference('maxCoverDollarsPerHour') as never,
    }),
    [tags.definedStopSeconds]: expression(
      '{ for name, s in local.services : name => tostring(coalesce(try(var.preferences[name].stopSeconds, null), s.task.stopSeconds)) if try(var.preferences[name].stopSeconds, null) != null || s.task.stopSeconds < 120 }',
    ),
  },
}

/** The environment variables of a function that follow from settings. One that is null is not set. */
export const variablesOfSettings = {
  SPOT_GROUPS:
    '${length(local.spot_groups) == 0 ? null : join(" ", [for name, provider in local.spot_groups : "${name}=${provider}"])}',
  MAX_COVER_DOLLARS_PER_HOUR: expression(
    'var.max_cover_dollars_per_hour == null ? null : tostring(var.max_cover_dollars_per_hour)',
  ),
  ...rates(),
}

function preference(field: string): string {
  return expression(
    `{ for name, p in var.preferences : name => tostring(p.${field}) if p.${field} != null }`,
  )
}

/** `rateVariables` multiplies by constants: these are its results for a rate of one. */
function rates(): Record<string, string> {
  const each = rateVariables({ callsPerSecond: 1, writesPerSecond: 1 })
  return Object.fromEntries(
    Object.entries(each).map(([name, factor]) => [
      name,
      expression(
        `tostring(var.${name.startsWith('WRITES') ? 'writes' : 'calls'}_per_second * ${factor})`,
      ),
    ]),
  )
}
