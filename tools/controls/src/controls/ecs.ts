import { isSecret } from '@tideway/constructs/secrets'
import { inEachContainer, mustBeOff, mustBeOneOf } from '../checks'
import { controlsFor } from '../control'
import { block, blocks, isBlock, isOn, isSet, listOf, valueAt } from '../values'

const sessionSettings = 'configuration.execute_command_configuration'

/** The user can be a name or a number: `0:0` is root. */
const isRoot = (user: unknown) => !isSet(user) || /^(root|0+)(:|$)/.test(String(user))

const noRootUser = inEachContainer(
  ({ user, privileged }) => (isRoot(user) || isOn(privileged)) && 'root on the host network',
)

/** The variables of a container that must be `secrets`, which hold a reference only. */
function secretsIn(environment: unknown): string | false {
  const names = listOf(environment)
    .filter(isBlock)
    .filter(({ name, value }) => isSecret(String(name), value))
  return names.length > 0 && `${names.map(({ name }) => name).join(', ')} in its environment`
}

export const ecsControls = [
  ...controlsFor(['aws_ecs_cluster'], {
    CKV_AWS_65: {
      title: 'Clusters have Container Insights',
      check: ({ values }) => {
        const setting = blocks(values, 'setting').find(({ name }) => name === 'containerInsights')
        return (
          !['enabled', 'enhanced'].includes(String(setting?.value)) && 'containerInsights is off'
        )
      },
    },
    CKV_AWS_223: {
      title: 'ECS Exec sessions are logged',
      check: ({ values }) => {
        const logging = valueAt(values, `${sessionSettings}.logging`)
        return (!isSet(logging) || logging === 'NONE') && 'sessions have no log'
      },
    },
    CKV_AWS_224: {
      title: 'ECS Exec sessions and their logs are encrypted with a customer managed key',
      check: ({ values }) => {
        const log = block(values, `${sessionSettings}.log_configuration`)
        if (!isSet(valueAt(values, `${sessionSettings}.kms_key_id`))) {
          return 'sessions have no kms_key_id'
        }
        const isEncrypted =
          isOn(log?.cloud_watch_encryption_enabled) || isOn(log?.s3_bucket_encryption_enabled)
        return !isEncrypted && 'the log of sessions is not encrypted'
      },
    },
  }),
  ...controlsFor(['aws_ecs_service'], {
    CKV_AWS_333: {
      title: 'Tasks have no public address',
      check: mustBeOff('network_configuration.assign_public_ip'),
    },
    CKV_AWS_332: {
      title: 'Services use the latest Fargate platform version',
      check: mustBeOneOf('platform_version', ['LATEST'], 'LATEST'),
    },
  }),
  ...controlsFor(['aws_ecs_task_definition'], {
    CKV_AWS_336: {
      title: 'Containers have a read-only root file system',
      check: inEachContainer(
        ({ readonlyRootFilesystem }) =>
          !isOn(readonlyRootFilesystem) && 'its root file system is writable',
      ),
    },
    CKV_AWS_334: {
      title: 'Containers are not privileged',
      check: inEachContainer(({ privileged }) => isOn(privileged) && 'privileged'),
    },
    CKV_AWS_335: {
      title: 'Tasks do not share the process namespace of their host',
      check: ({ values }) => values.pid_mode === 'host' && 'pid_mode is host',
    },
    CKV_AWS_249: {
      title: 'The task role and the execution role differ',
      check: ({ values: { execution_role_arn, task_role_arn } }) => {
        if (!isSet(execution_role_arn) || !isSet(task_role_arn)) return 'one of the two is missing'
        return execution_role_arn === task_role_arn && 'the roles are the same'
      },
    },
    'FSBP ECS.1': {
      title: 'Tasks on the host network do not run as root',
      check: (task, platform) => task.values.network_mode === 'host' && noRootUser(task, platform),
    },
    'FSBP ECS.17': {
      title: 'Tasks do not use the host network',
      check: ({ values }) => values.network_mode === 'host' && 'network_mode is host',
    },
    'FSBP ECS.20': {
      title: 'Containers do not run as root',
      // ECS starts a log router of FireLens only as root.
      check: inEachContainer(
        ({ user, firelensConfiguration }) =>
          isRoot(user) && !isSet(firelensConfiguration) && 'root',
      ),
    },
    'FSBP ECS.8': {
      title: 'Containers have no secrets in their environment',
      check: inEachContainer(({ environment }) => secretsIn(environment)),
    },
    CKV_AWS_97: {
      title: 'Volumes of tasks are encrypted in transit',
      check: ({ values }) =>
        blocks(values, 'volume')
          .flatMap((volume) => blocks(volume, 'efs_volume_configuration'))
          .some((volume) => volume.transit_encryption !== 'ENABLED') &&
        'transit_encryption is not ENABLED',
    },
    'FSBP ECS.9': {
      title: 'Containers have a log configuration',
      check: inEachContainer(
        ({ logConfiguration }) => !isSet(logConfiguration) && 'no logConfiguration',
      ),
    },
  }),
  ...controlsFor(['aws_ecs_capacity_provider'], {
    'ecs-capacity-provider-termination-check': {
      title: 'Instances that run tasks are protected from scale-in',
      check: ({ stack, values }, platform) => {
        const provider = block(values, 'auto_scaling_group_provider')
        if (provider?.managed_termination_protection !== 'ENABLED') {
          return 'managed_termination_protection is off'
        }
        if (valueAt(provider, 'managed_scaling.status') !== 'ENABLED')
          return 'managed_scaling is off'
        const groups = platform
          .referenced(stack, provider.auto_scaling_group_arn)
          .filter(({ type }) => type === 'aws_autoscaling_group')
        return (
          (groups.length === 0 ||
            groups.some(({ values }) => !isOn(values.protect_from_scale_in))) &&
          'its group has no protect_from_scale_in'
        )
      },
    },
  }),
]
