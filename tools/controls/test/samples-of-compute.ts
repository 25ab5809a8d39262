import { only, type Sample, variants } from './samples'

const cluster = variants('aws_ecs_cluster', {
  setting: [{ name: 'containerInsights', value: 'enhanced' }],
  configuration: {
    execute_command_configuration: {
      kms_key_id: 'key',
      logging: 'OVERRIDE',
      log_configuration: { cloud_watch_encryption_enabled: true },
    },
  },
})
const sessions = (execute_command_configuration: object) =>
  cluster({ configuration: { execute_command_configuration } })
const service = variants('aws_ecs_service', { network_configuration: { assign_public_ip: false } })

const right = {
  name: 'app',
  readonlyRootFilesystem: true,
  user: '65534:65534',
  logConfiguration: { logDriver: 'awslogs' },
}
const task = variants('aws_ecs_task_definition', {
  container_definitions: JSON.stringify([right]),
  execution_role_arn: 'one',
  task_role_arn: 'other',
})
const container = (changes: object, ofTask = {}) =>
  task({
    container_definitions: JSON.stringify([right, { ...right, name: 'side', ...changes }]),
    ...ofTask,
  })
const unreadable = task({ container_definitions: '${jsonencode(local.containers)}' })

const group = {
  protect_from_scale_in: true,
  vpc_zone_identifier: ['${aws_subnet.a.id}', '${aws_subnet.b.id}'],
  mixed_instances_policy: {
    launch_template: {
      override: [
        { instance_type: 'm6g.large' },
        { instance_type: 'm7g.large' },
        { instance_type: 'm8g.large' },
      ],
    },
  },
}
const subnets = {
  aws_subnet: {
    a: { availability_zone: 'eu-central-1a' },
    b: { availability_zone: 'eu-central-1b' },
  },
}
const groups = (changes = {}) => ({
  aws_autoscaling_group: { it: { ...group, ...changes } },
  ...subnets,
})
const provider = (changes = {}, ofGroup = {}) => ({
  ...groups(ofGroup),
  aws_ecs_capacity_provider: {
    it: {
      auto_scaling_group_provider: {
        auto_scaling_group_arn: '${aws_autoscaling_group.it.arn}',
        managed_termination_protection: 'ENABLED',
        managed_scaling: { status: 'ENABLED' },
        ...changes,
      },
    },
  },
})
const overrides = (override: object[]) =>
  groups({ mixed_instances_policy: { launch_template: { override } } })
const template = (metadata_options: object) => only('aws_launch_template', { metadata_options })

const lambda = variants('aws_lambda_function', {
  runtime: 'nodejs22.x',
  reserved_concurrent_executions: 2,
  dead_letter_config: { target_arn: 'queue' },
  tracing_config: { mode: 'Active' },
})

export const computeSamples: Readonly<Record<string, Sample>> = {
  CKV_AWS_65: {
    breaks: [
      [cluster({ setting: undefined }), 'containerInsights'],
      [cluster({ setting: { name: 'containerInsights', value: 'disabled' } }), 'containerInsights'],
    ],
    holds: [cluster(), cluster({ setting: { name: 'containerInsights', value: 'enabled' } })],
  },
  CKV_AWS_223: {
    breaks: [
      [cluster({ configuration: undefined }), 'no log'],
      [sessions({ logging: 'NONE' }), 'no log'],
    ],
    holds: [cluster()],
  },
  CKV_AWS_224: {
    breaks: [
      [sessions({ logging: 'OVERRIDE' }), 'kms_key_id'],
      [sessions({ logging: 'OVERRIDE', kms_key_id: 'key' }), 'not encrypted'],
    ],
    holds: [cluster()],
  },
  CKV_AWS_333: {
    breaks: [
      [service({ network_configuration: [{ assign_public_ip: true }] }), 'assign_public_ip'],
    ],
    holds: [service(), service({ network_configuration: undefined })],
  },
  CKV_AWS_332: {
    breaks: [[service({ platform_version: '1.3.0' }), '1.3.0']],
    holds: [service(), service({ platform_version: 'LATEST' })],
  },
  CKV_AWS_336: {
    breaks: [
      [container({ readonlyRootFilesystem: false }), 'side: the root filesystem is writable'],
      [unreadable, 'cannot be read'],
    ],
    holds: [container({})],
  },
  CKV_AWS_334: { breaks: [[container({ privileged: true }), 'side: privileged']], holds: [task()] },
  CKV_AWS_335: {
    breaks: [[task({ pid_mode: 'host' }), 'pid_mode']],
    holds: [task({ pid_mode: 'task' })],
  },
  CKV_AWS_249: {
    breaks: [
      [task({ task_role_arn: 'one' }), 'the same'],
      [task({ task_role_arn: undefined }), 'missing'],
    ],
    holds: [task()],
  },
  'FSBP ECS.1': {
    breaks: [
      [container({ user: undefined }, { network_mode: 'host' }), 'side: root'],
      [container({ user: '0:0' }, { network_mode: 'host' }), 'side: root'],
    ],
    holds: [
      container({}, { network_mode: 'host' }),
      container({ user: 'root' }, { network_mode: 'awsvpc' }),
    ],
  },
  'FSBP ECS.9': {
    breaks: [[container({ logConfiguration: undefined }), 'side: no log']],
    holds: [task()],
  },
  'ecs-capacity-provider-termination-check': {
    breaks: [
      [provider({ managed_termination_protection: 'DISABLED' }), 'managed_termination_protection'],
      [provider({ managed_scaling: { status: 'DISABLED' } }), 'managed_scaling'],
      [provider({}, { protect_from_scale_in: false }), 'protect_from_scale_in'],
    ],
    holds: [provider()],
  },
  CKV_AWS_79: {
    breaks: [
      [template({ http_tokens: 'optional' }), 'http_tokens'],
      [only('aws_launch_template', {}), 'http_tokens'],
    ],
    holds: [template({ http_tokens: 'required' }), template({ http_endpoint: 'disabled' })],
  },
  CKV_AWS_341: {
    breaks: [[template({ http_put_response_hop_limit: 2 }), 'is 2']],
    holds: [template({ http_put_response_hop_limit: 1 }), template({})],
  },
  'FSBP AutoScaling.2': {
    breaks: [
      [groups({ vpc_zone_identifier: ['${aws_subnet.a.id}'] }), 'one zone'],
      [
        groups({ vpc_zone_identifier: undefined, availability_zones: ['eu-central-1a'] }),
        'one zone',
      ],
    ],
    holds: [groups(), groups({ vpc_zone_identifier: ['subnet-1', 'subnet-2'] })],
  },
  'FSBP AutoScaling.6': {
    breaks: [
      [groups({ mixed_instances_policy: undefined }), '0 pools'],
      [overrides([{ instance_type: 'm7g.large' }]), '1 pools'],
      [overrides([{ instance_type: 'm7g.large' }, { instance_type: 'm8g.large' }]), '4 pools'],
    ],
    holds: [groups(), overrides([{ instance_requirements: { vcpu_count: { min: 2 } } }])],
  },
  CKV_AWS_315: {
    breaks: [
      [groups({ mixed_instances_policy: undefined, launch_configuration: 'old' }), 'no launch'],
    ],
    holds: [groups(), groups({ mixed_instances_policy: undefined, launch_template: { id: 'lt' } })],
  },
  CKV_AWS_115: {
    breaks: [
      [lambda({ reserved_concurrent_executions: undefined }), 'reserved_concurrent'],
      // Terraform's word for none.
      [lambda({ reserved_concurrent_executions: -1 }), 'reserved_concurrent'],
    ],
    holds: [lambda()],
  },
  CKV_AWS_116: {
    breaks: [[lambda({ dead_letter_config: undefined }), 'dead_letter_config']],
    holds: [
      lambda(),
      {
        ...lambda({ dead_letter_config: undefined }),
        aws_lambda_function_event_invoke_config: {
          it: {
            function_name: '${aws_lambda_function.it.function_name}',
            destination_config: { on_failure: { destination: 'queue' } },
          },
        },
      },
    ],
  },
  CKV_AWS_50: {
    breaks: [[lambda({ tracing_config: { mode: 'PassThrough' } }), 'tracing']],
    holds: [lambda()],
  },
  CKV_AWS_363: {
    breaks: [
      [lambda({ runtime: 'nodejs16.x' }), 'nodejs16.x'],
      [lambda({ runtime: 'python3.8' }), 'python3.8'],
    ],
    holds: [lambda(), lambda({ runtime: 'python3.13' })],
  },
  'AWS-0067': {
    breaks: [[only('aws_lambda_permission', { principal: 's3.amazonaws.com' }), 'source_arn']],
    holds: [only('aws_lambda_permission', { source_arn: 'arn:aws:s3:::bucket' })],
  },
  CKV_AWS_163: {
    breaks: [[only('aws_ecr_repository', {}), 'scan_on_push']],
    holds: [only('aws_ecr_repository', { image_scanning_configuration: { scan_on_push: true } })],
  },
  CKV_AWS_51: {
    breaks: [[only('aws_ecr_repository', { image_tag_mutability: 'MUTABLE' }), 'IMMUTABLE']],
    holds: [only('aws_ecr_repository', { image_tag_mutability: 'IMMUTABLE' })],
  },
  'FSBP ECR.3': {
    breaks: [[only('aws_ecr_repository', {}), 'aws_ecr_lifecycle_policy']],
    holds: [
      {
        aws_ecr_repository: { it: {} },
        aws_ecr_lifecycle_policy: { it: { repository: '${aws_ecr_repository.it.name}' } },
      },
    ],
  },
}
