import { Token } from 'cdktf'
import type { ServiceDescription } from '../describe/service-description'

/** An expression that Terraform evaluates. */
export function expression(text: string): string {
  return `\${${text}}`
}

/** A list that Terraform evaluates, as an array of one expression: `flatten` marks it for `withLists`. */
export function listOf(text: string): [string] {
  return [expression(`flatten(${text})`)]
}

const number = (text: string) => Token.asNumber(expression(text))
/** CDKTF writes an expression in place of a boolean as it is. */
const boolean = (text: string) => expression(text) as unknown as boolean

/** A service of the variable `services`: `each.value`, and items of its lists as the values of dynamic blocks. */
export const symbolicPrimary: ServiceDescription = {
  cluster: expression('var.cluster_name'),
  name: expression('each.key'),
  // A precondition compares it with that of the description.
  arn: 'arn:aws:ecs:${local.region}:${local.account}:service/${var.cluster_name}/${each.key}',
  controller: 'ECS',
  taskDefinition: expression('each.value.taskDefinition'),
  strategy: [
    {
      capacityProvider: expression('join(" ", local.spot_providers)'),
      base: 0,
      weight: 1,
      isSpot: true,
      autoScalingGroup: expression('flatten(keys(local.spot_groups))'),
    },
  ],
  standbyProvider: expression('each.value.standbyProvider'),
  standbys: [],
  platformVersion: expression('each.value.platformVersion'),
  network: {
    subnets: listOf('network_configuration.value.subnets'),
    securityGroups: listOf('network_configuration.value.securityGroups'),
    assignPublicIp: boolean('network_configuration.value.assignPublicIp'),
  },
  loadBalancers: [
    {
      targetGroupArn: expression('load_balancer.value.targetGroupArn'),
      containerName: expression('load_balancer.value.containerName'),
      containerPort: number('load_balancer.value.containerPort'),
    },
  ],
  targetGroupArns: listOf('local.target_group_arns'),
  healthCheckGraceSeconds: number('each.value.healthCheckGraceSeconds'),
  registries: [
    {
      registryArn: expression('service_registries.value.registryArn'),
      port: number('service_registries.value.port'),
      containerName: expression('service_registries.value.containerName'),
      containerPort: number('service_registries.value.containerPort'),
    },
  ],
  connectNamespace: expression('service_connect_configuration.value'),
  placementConstraints: [
    {
      type: expression('placement_constraints.value.type'),
      expression: expression('placement_constraints.value.expression'),
    },
  ],
  placementStrategy: [
    {
      type: expression('ordered_placement_strategy.value.type'),
      field: expression('ordered_placement_strategy.value.field'),
    },
  ],
  propagateTags: expression('each.value.propagateTags'),
  enableExecuteCommand: boolean('each.value.enableExecuteCommand'),
  enableManagedTags: boolean('each.value.enableManagedTags'),
  roleArns: listOf('local.task_role_arns'),
  // The tags that follow from it are expressions of locals.
  task: {
    cpu: 1024,
    memoryMiB: 1024,
    architecture: 'ARM64',
    ephemeralStorageGiB: 20,
    stopSeconds: 30,
  },
}
