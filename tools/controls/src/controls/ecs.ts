import type { Control } from '../control'
import type { Resource, Values } from '../platform'
import { block, blocks, containersOf, isOn, isSet } from '../values'

const task = ['aws_ecs_task_definition']

/** The faults of the containers, by name. Unreadable definitions are a fault. */
function inContainers(
  definition: Resource,
  faultOf: (container: Values) => string | false,
): string | false {
  const containers = containersOf(definition)
  if (containers === undefined || containers.length === 0) {
    return 'container_definitions cannot be read'
  }
  const faults = containers.flatMap((container) => {
    const fault = faultOf(container)
    return fault ? [`${container.name}: ${fault}`] : []
  })
  return faults.join('; ') || false
}

/** By name or by number, such as `0:0`. */
const isRoot = (user: unknown) => !isSet(user) || /^(root|0+)(:|$)/.test(String(user))

export const ecsControls: readonly Control[] = [
  {
    id: 'CKV_AWS_65',
    requires: 'Clusters have Container Insights',
    types: ['aws_ecs_cluster'],
    fault: ({ values }) => {
      const setting = blocks(values, 'setting').find(({ name }) => name === 'containerInsights')
      return !['enabled', 'enhanced'].includes(String(setting?.value)) && 'containerInsights is off'
    },
  },
  {
    id: 'CKV_AWS_223',
    requires: 'ECS Exec sessions are logged',
    types: ['aws_ecs_cluster'],
    fault: ({ values }) => {
      const sessions = block(values, 'configuration', 'execute_command_configuration')
      return (!isSet(sessions?.logging) || sessions?.logging === 'NONE') && 'sessions have no log'
    },
  },
  {
    id: 'CKV_AWS_224',
    requires: 'ECS Exec sessions and their logs are encrypted',
    types: ['aws_ecs_cluster'],
    fault: ({ values }) => {
      const sessions = block(values, 'configuration', 'execute_command_configuration')
      const log = block(sessions, 'log_configuration')
      if (!isSet(sessions?.kms_key_id)) return 'sessions have no kms_key_id'
      const encrypted =
        isOn(log?.cloud_watch_encryption_enabled) || isOn(log?.s3_bucket_encryption_enabled)
      return !encrypted && 'the log of sessions is not encrypted'
    },
  },
  {
    id: 'CKV_AWS_333',
    requires: 'Service tasks have no public IP addresses',
    types: ['aws_ecs_service'],
    fault: ({ values }) =>
      isOn(block(values, 'network_configuration')?.assign_public_ip) && 'assign_public_ip is on',
  },
  {
    id: 'CKV_AWS_332',
    requires: 'Fargate services use the latest platform version',
    types: ['aws_ecs_service'],
    fault: ({ values }) =>
      isSet(values.platform_version) &&
      values.platform_version !== 'LATEST' &&
      `platform_version is ${values.platform_version}`,
  },
  {
    id: 'CKV_AWS_336',
    requires: 'Containers have a read-only root filesystem',
    types: task,
    fault: (definition) =>
      inContainers(
        definition,
        ({ readonlyRootFilesystem }) =>
          !isOn(readonlyRootFilesystem) && 'the root filesystem is writable',
      ),
  },
  {
    id: 'CKV_AWS_334',
    requires: 'Containers are not privileged',
    types: task,
    fault: (definition) =>
      inContainers(definition, ({ privileged }) => isOn(privileged) && 'privileged'),
  },
  {
    id: 'CKV_AWS_335',
    requires: 'Tasks do not share the PID namespace of the host',
    types: task,
    fault: ({ values }) => values.pid_mode === 'host' && 'pid_mode is host',
  },
  {
    id: 'CKV_AWS_249',
    requires: 'Tasks have separate task and execution roles',
    types: task,
    fault: ({ values: { execution_role_arn, task_role_arn } }) => {
      if (!isSet(execution_role_arn) || !isSet(task_role_arn)) return 'one of the two is missing'
      return execution_role_arn === task_role_arn && 'they are the same'
    },
  },
  {
    id: 'FSBP ECS.1',
    requires: 'Tasks on the host network do not run as root',
    types: task,
    fault: (definition) =>
      definition.values.network_mode === 'host' &&
      inContainers(
        definition,
        ({ user, privileged }) => (isRoot(user) || isOn(privileged)) && 'root on the host network',
      ),
  },
  {
    id: 'FSBP ECS.9',
    requires: 'Containers have a log configuration',
    types: task,
    fault: (definition) =>
      inContainers(
        definition,
        ({ logConfiguration }) => !isSet(logConfiguration) && 'no logConfiguration',
      ),
  },
  {
    id: 'ecs-capacity-provider-termination-check',
    requires: 'Capacity providers protect instances with tasks',
    types: ['aws_ecs_capacity_provider'],
    fault: ({ stack, values }, platform) => {
      const provider = block(values, 'auto_scaling_group_provider')
      if (provider?.managed_termination_protection !== 'ENABLED')
        return 'managed_termination_protection is off'
      if (block(provider, 'managed_scaling')?.status !== 'ENABLED') return 'managed_scaling is off'
      const groups = platform
        .referred(stack, provider.auto_scaling_group_arn)
        .filter(({ type }) => type === 'aws_autoscaling_group')
      return (
        !(groups.length > 0 && groups.every((group) => isOn(group.values.protect_from_scale_in))) &&
        'its group has no protect_from_scale_in'
      )
    },
  },
]
