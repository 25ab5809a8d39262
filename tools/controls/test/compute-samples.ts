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

const compliantContainer = {
  name: 'app',
  readonlyRootFilesystem: true,
  user: '65534:65534',
  logConfiguration: { logDriver: 'awslogs' },
}
const task = variants('aws_ecs_task_definition', {
  container_definitions: JSON.stringify([compliantContainer]),
  execution_role_arn: 'one',
  task_role_arn: 'other',
})
const container = (changes: object, ofTask = {}) =>
  task({
    container_definitions: JSON.stringify([
      compliantContainer,
      { ...compliantContainer, name: 'side', ...changes },
    ]),
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

/** The access key of AWS's documentation, in parts so that scanners do not report it. */
const accessKey = ['AKIA', 'IOSFODNN7EXAMPLE'].join('')
const volumes = (...ebs: object[]) =>
  only('aws_launch_template', { block_device_mappings: ebs.map((each) => ({ ebs: each })) })
const logged = (logging_configuration: object) =>
  only('aws_sfn_state_machine', { logging_configuration })

export const computeSamples: Readonly<Record<string, Sample>> = {
  CKV_AWS_65: {
    violations: [
      [cluster({ setting: undefined }), 'containerInsights'],
      [cluster({ setting: { name: 'containerInsights', value: 'disabled' } }), 'containerInsights'],
    ],
    compliant: [cluster(), cluster({ setting: { name: 'containerInsights', value: 'enabled' } })],
  },
  CKV_AWS_223: {
    violations: [
      [cluster({ configuration: undefined }), 'no log'],
      [sessions({ logging: 'NONE' }), 'no log'],
    ],
    compliant: [cluster()],
  },
  CKV_AWS_224: {
    violations: [
      [sessions({ logging: 'OVERRIDE' }), 'kms_key_id'],
      [sessions({ logging: 'OVERRIDE', kms_key_id: 'key' }), 'not encrypted'],
    ],
    compliant: [cluster()],
  },
  CKV_AWS_333: {
    violations: [
      [service({ network_configuration: [{ assign_public_ip: true }] }), 'assign_public_ip'],
    ],
    compliant: [service(), service({ network_configuration: undefined })],
  },
  CKV_AWS_332: {
    violations: [[service({ platform_version: '1.3.0' }), '1.3.0']],
    compliant: [service(), service({ platform_version: 'LATEST' })],
  },
  CKV_AWS_336: {
    violations: [
      [container({ readonlyRootFilesystem: false }), 'side: its root file system is writable'],
      [unreadable, 'cannot be read'],
    ],
    compliant: [container({})],
  },
  CKV_AWS_334: {
    violations: [[container({ privileged: true }), 'side: privileged']],
    compliant: [task()],
  },
  CKV_AWS_335: {
    violations: [[task({ pid_mode: 'host' }), 'pid_mode']],
    compliant: [task({ pid_mode: 'task' })],
  },
  CKV_AWS_249: {
    violations: [
      [task({ task_role_arn: 'one' }), 'the same'],
      [task({ task_role_arn: undefined }), 'missing'],
    ],
    compliant: [task()],
  },
  'FSBP ECS.1': {
    violations: [
      [container({ user: undefined }, { network_mode: 'host' }), 'side: root'],
      [container({ user: '0:0' }, { network_mode: 'host' }), 'side: root'],
    ],
    compliant: [
      container({}, { network_mode: 'host' }),
      container({ user: 'root' }, { network_mode: 'awsvpc' }),
    ],
  },
  'FSBP ECS.9': {
    violations: [[container({ logConfiguration: undefined }), 'side: no log']],
    compliant: [task()],
  },
  'ecs-capacity-provider-termination-check': {
    violations: [
      [provider({ managed_termination_protection: 'DISABLED' }), 'managed_termination_protection'],
      [provider({ managed_scaling: { status: 'DISABLED' } }), 'managed_scaling'],
      [provider({}, { protect_from_scale_in: false }), 'protect_from_scale_in'],
    ],
    compliant: [provider()],
  },
  CKV_AWS_79: {
    violations: [
      [template({ http_tokens: 'optional' }), 'http_tokens'],
      [only('aws_launch_template', {}), 'http_tokens'],
    ],
    compliant: [template({ http_tokens: 'required' }), template({ http_endpoint: 'disabled' })],
  },
  CKV_AWS_341: {
    violations: [[template({ http_put_response_hop_limit: 2 }), 'is 2']],
    compliant: [template({ http_put_response_hop_limit: 1 }), template({})],
  },
  'FSBP AutoScaling.2': {
    violations: [
      [groups({ vpc_zone_identifier: ['${aws_subnet.a.id}'] }), 'one zone'],
      [
        groups({ vpc_zone_identifier: undefined, availability_zones: ['eu-central-1a'] }),
        'one zone',
      ],
    ],
    compliant: [groups(), groups({ vpc_zone_identifier: ['subnet-1', 'subnet-2'] })],
  },
  'FSBP AutoScaling.6': {
    violations: [
      [groups({ mixed_instances_policy: undefined }), '0 pools'],
      [overrides([{ instance_type: 'm7g.large' }]), '1 pools'],
      [overrides([{ instance_type: 'm7g.large' }, { instance_type: 'm8g.large' }]), '4 pools'],
    ],
    compliant: [groups(), overrides([{ instance_requirements: { vcpu_count: { min: 2 } } }])],
  },
  CKV_AWS_315: {
    violations: [
      [groups({ mixed_instances_policy: undefined, launch_configuration: 'old' }), 'no launch'],
    ],
    compliant: [
      groups(),
      groups({ mixed_instances_policy: undefined, launch_template: { id: 'lt' } }),
    ],
  },
  CKV_AWS_115: {
    violations: [
      [lambda({ reserved_concurrent_executions: undefined }), 'reserved_concurrent'],
      [lambda({ reserved_concurrent_executions: null }), 'reserved_concurrent'],
      // Terraform's value for no reservation.
      [lambda({ reserved_concurrent_executions: -1 }), 'reserved_concurrent'],
    ],
    compliant: [lambda()],
  },
  CKV_AWS_116: {
    violations: [[lambda({ dead_letter_config: undefined }), 'dead_letter_config']],
    compliant: [
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
    violations: [[lambda({ tracing_config: { mode: 'PassThrough' } }), 'tracing']],
    compliant: [lambda()],
  },
  CKV_AWS_363: {
    violations: [
      [lambda({ runtime: 'nodejs16.x' }), 'nodejs16.x'],
      [lambda({ runtime: 'python3.8' }), 'python3.8'],
    ],
    compliant: [lambda(), lambda({ runtime: 'python3.13' })],
  },
  'AWS-0067': {
    violations: [[only('aws_lambda_permission', { principal: 's3.amazonaws.com' }), 'source_arn']],
    compliant: [only('aws_lambda_permission', { source_arn: 'arn:aws:s3:::bucket' })],
  },
  CKV_AWS_163: {
    violations: [[only('aws_ecr_repository', {}), 'scan_on_push']],
    compliant: [
      only('aws_ecr_repository', { image_scanning_configuration: { scan_on_push: true } }),
    ],
  },
  CKV_AWS_51: {
    violations: [[only('aws_ecr_repository', { image_tag_mutability: 'MUTABLE' }), 'IMMUTABLE']],
    compliant: [only('aws_ecr_repository', { image_tag_mutability: 'IMMUTABLE' })],
  },
  'FSBP ECR.3': {
    violations: [[only('aws_ecr_repository', {}), 'aws_ecr_lifecycle_policy']],
    compliant: [
      {
        aws_ecr_repository: { it: {} },
        aws_ecr_lifecycle_policy: { it: { repository: '${aws_ecr_repository.it.name}' } },
      },
    ],
  },

  'FSBP ECS.17': {
    violations: [[task({ network_mode: 'host' }), 'network_mode is host']],
    compliant: [task(), task({ network_mode: 'awsvpc' })],
  },
  'FSBP ECS.20': {
    violations: [
      [container({ user: undefined }), 'side: root'],
      [container({ user: 'root:wheel' }), 'side: root'],
      [unreadable, 'cannot be read'],
    ],
    compliant: [container({ user: '1000' })],
  },
  'FSBP ECS.8': {
    violations: [
      [container({ environment: [{ name: 'DB_PASSWORD', value: 'x' }] }), 'side: DB_PASSWORD'],
      [container({ environment: [{ name: 'KEY', value: accessKey }] }), 'side: KEY'],
    ],
    compliant: [
      container({
        environment: [{ name: 'TOKEN_URL', value: 'https://x' }],
        secrets: [{ name: 'DB_PASSWORD', valueFrom: 'arn' }],
      }),
    ],
  },
  CKV_AWS_97: {
    violations: [
      [
        task({ volume: [{ name: 'v', efs_volume_configuration: { file_system_id: 'fs' } }] }),
        'transit',
      ],
    ],
    compliant: [
      task(),
      task({
        volume: { name: 'v', efs_volume_configuration: [{ transit_encryption: 'ENABLED' }] },
      }),
    ],
  },
  CKV_AWS_88: {
    violations: [
      [
        only('aws_launch_template', {
          network_interfaces: { associate_public_ip_address: 'true' },
        }),
        'associate_public_ip_address',
      ],
    ],
    compliant: [only('aws_launch_template', { network_interfaces: [{ security_groups: ['a'] }] })],
  },
  'FSBP EC2.181': {
    violations: [
      [only('aws_launch_template', {}), 'not encrypted'],
      [volumes({ encrypted: true }, { volume_size: 30 }), 'not encrypted'],
    ],
    compliant: [volumes({ encrypted: 'true' })],
  },
  CKV_AWS_46: {
    violations: [
      [only('aws_launch_template', { user_data: `\${base64encode("key=${accessKey}")}` }), 'key'],
      [only('aws_launch_template', { user_data: btoa(`export K=${accessKey}`) }), 'a key'],
      [only('aws_launch_template', { user_data: btoa('-----BEGIN RSA PRIVATE KEY-----') }), 'key'],
    ],
    compliant: [
      only('aws_launch_template', {}),
      only('aws_launch_template', { user_data: btoa('#!') }),
    ],
  },
  'AwsSolutions-EC28': {
    violations: [[only('aws_launch_template', {}), 'monitoring.enabled is off']],
    compliant: [only('aws_launch_template', { monitoring: { enabled: true } })],
  },
  'FSBP AutoScaling.1': {
    violations: [
      [groups({ target_group_arns: ['arn'], health_check_type: 'EC2' }), 'health_check_type'],
      [groups({ load_balancers: ['classic'] }), 'health_check_type'],
    ],
    compliant: [groups(), groups({ target_group_arns: ['arn'], health_check_type: 'ELB' })],
  },
  CKV_AWS_153: {
    violations: [[groups(), 'no tag']],
    compliant: [groups({ tag: [{ key: 'owner', value: 'shop', propagate_at_launch: true }] })],
  },
  CKV_AWS_45: {
    violations: [
      [lambda({ environment: { variables: { API_KEY: 'x' } } }), 'API_KEY in its environment'],
      [lambda({ environment: [{ variables: { MODE: accessKey } }] }), 'MODE in its environment'],
    ],
    compliant: [lambda(), lambda({ environment: { variables: { SECRET_ARN: 'arn' } } })],
  },
  CKV_AWS_173: {
    violations: [[lambda({ environment: { variables: { MODE: 'a' } } }), 'no kms_key_arn']],
    compliant: [
      lambda(),
      lambda({ environment: { variables: { MODE: 'a' } }, kms_key_arn: 'arn' }),
    ],
  },
  CKV_AWS_284: {
    violations: [[only('aws_sfn_state_machine', {}), 'tracing_configuration.enabled is off']],
    compliant: [only('aws_sfn_state_machine', { tracing_configuration: { enabled: true } })],
  },
  CKV_AWS_285: {
    violations: [
      [only('aws_sfn_state_machine', {}), 'no logging_configuration'],
      [logged({ level: 'OFF', log_destination: 'arn' }), 'no logging_configuration'],
      [logged({ level: 'ALL' }), 'no logging_configuration'],
    ],
    compliant: [logged({ level: 'ERROR', log_destination: 'arn' })],
  },
  CKV_AWS_136: {
    violations: [
      [only('aws_ecr_repository', {}), 'no kms_key'],
      [
        only('aws_ecr_repository', { encryption_configuration: { encryption_type: 'KMS' } }),
        'no kms',
      ],
    ],
    compliant: [
      only('aws_ecr_repository', {
        encryption_configuration: [{ encryption_type: 'KMS', kms_key: 'arn' }],
      }),
    ],
  },
  CKV_AWS_319: {
    violations: [[only('aws_cloudwatch_metric_alarm', { actions_enabled: false }), 'is false']],
    compliant: [
      only('aws_cloudwatch_metric_alarm', {}),
      only('aws_cloudwatch_metric_alarm', { actions_enabled: true }),
    ],
  },
  'NIST.800.53.R5-CloudWatchAlarmAction': {
    violations: [[only('aws_cloudwatch_metric_alarm', { alarm_actions: [] }), 'no action']],
    compliant: [only('aws_cloudwatch_metric_alarm', { alarm_actions: ['topic'] })],
  },
}
