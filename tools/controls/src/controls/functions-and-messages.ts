import { type Control, mustBeSet } from '../control'
import type { Platform, Resource } from '../platform'
import { block, isOn, isSet, parsed, statementsOf } from '../values'

const lambda = ['aws_lambda_function']

/** The runtimes that AWS still patches. */
const runtimes =
  /^(nodejs2[24]\.x|python3\.1[0-4]|java(17|21|25)|dotnet(8|10)|ruby3\.[34]|provided\.al2023)$/

/** The attributes that can name a dead-letter queue. */
const deadLetterPlaces: readonly (readonly [
  type: string,
  read: (resource: Resource) => unknown,
])[] = [
  ['aws_sqs_queue', ({ values }) => values.redrive_policy],
  ['aws_sqs_queue_redrive_policy', ({ values }) => values.redrive_policy],
  ['aws_lambda_function', ({ values }) => block(values, 'dead_letter_config')],
  ['aws_cloudwatch_event_target', ({ values }) => block(values, 'dead_letter_config')],
  ['aws_scheduler_schedule', ({ values }) => block(values, 'target', 'dead_letter_config')],
  ['aws_sns_topic_subscription', ({ values }) => values.redrive_policy],
]

function isDeadLetterQueue(queue: Resource, platform: Platform): boolean {
  return deadLetterPlaces.some(([type, read]) =>
    platform
      .of(type)
      .some((resource) => platform.referred(resource.stack, read(resource)).includes(queue)),
  )
}

export const functionAndMessageControls: readonly Control[] = [
  {
    id: 'CKV_AWS_115',
    requires: 'Functions have a concurrency limit',
    types: lambda,
    fault: ({ values }) =>
      !(Number(values.reserved_concurrent_executions) >= 0) && 'no reserved_concurrent_executions',
  },
  {
    id: 'CKV_AWS_116',
    requires: 'Functions have a dead-letter queue',
    types: lambda,
    fault: (resource, platform) =>
      !isSet(block(resource.values, 'dead_letter_config')?.target_arn) &&
      !platform
        .about(resource, 'aws_lambda_function_event_invoke_config', 'function_name')
        .some(({ values }) => block(values, 'destination_config', 'on_failure') !== undefined) &&
      'no dead_letter_config',
  },
  {
    id: 'CKV_AWS_50',
    requires: 'Functions have tracing',
    types: lambda,
    fault: ({ values }) =>
      block(values, 'tracing_config')?.mode !== 'Active' && 'tracing is not Active',
  },
  {
    id: 'CKV_AWS_363',
    requires: 'Functions use a supported runtime',
    types: lambda,
    where: ({ values }) => values.package_type !== 'Image',
    fault: ({ values }) => !runtimes.test(String(values.runtime)) && `runtime is ${values.runtime}`,
  },
  {
    id: 'AWS-0067',
    requires: 'Function permissions restrict the source',
    types: ['aws_lambda_permission'],
    fault: mustBeSet('source_arn'),
  },
  {
    id: 'CKV_AWS_27',
    requires: 'Queues are encrypted',
    types: ['aws_sqs_queue'],
    fault: ({ values }) =>
      !isOn(values.sqs_managed_sse_enabled) && !isSet(values.kms_master_key_id) && 'not encrypted',
  },
  {
    id: 'AwsSolutions-SQS3',
    requires: 'Queues have a dead-letter queue',
    types: ['aws_sqs_queue'],
    where: (queue, platform) => !isDeadLetterQueue(queue, platform),
    fault: (queue, platform) =>
      parsed(queue.values.redrive_policy) === undefined &&
      platform.about(queue, 'aws_sqs_queue_redrive_policy', 'queue_url').length === 0 &&
      'no redrive_policy',
  },
  {
    id: 'CKV_AWS_26',
    requires: 'Topics are encrypted',
    types: ['aws_sns_topic'],
    fault: mustBeSet('kms_master_key_id'),
  },
  {
    id: 'CKV_AWS_169',
    requires: 'Topics are not public',
    types: ['aws_sns_topic_policy'],
    fault: ({ values }) => {
      const statements = statementsOf(values.policy)
      if (statements === undefined) return 'the policy cannot be read'
      return (
        statements.some(
          ({ isAllow, principals, conditions }) =>
            isAllow &&
            Object.values(principals).flat().includes('*') &&
            Object.keys(conditions).length === 0,
        ) && 'anyone can use it'
      )
    },
  },
]
