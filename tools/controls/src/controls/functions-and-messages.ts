import type { Control } from '../control'
import type { Platform, Resource } from '../platform'
import { block, isOn, isSet, parsed, statementsOf } from '../values'

const lambda = ['aws_lambda_function']

/** Those that AWS still patches. */
const runtimes =
  /^(nodejs2[24]\.x|python3\.1[0-4]|java(17|21|25)|dotnet(8|10)|ruby3\.[34]|provided\.al2023)$/

/** Wherever a queue can be named as the place for what nothing could be done with. */
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
    asks: 'Functions have a share of the concurrency that is theirs, and no more',
    looksAt: lambda,
    fault: ({ values }) =>
      !(Number(values.reserved_concurrent_executions) >= 0) && 'no reserved_concurrent_executions',
  },
  {
    id: 'CKV_AWS_116',
    asks: 'What a function fails at is kept',
    looksAt: lambda,
    fault: (resource, platform) =>
      !isSet(block(resource.values, 'dead_letter_config')?.target_arn) &&
      !platform
        .about(resource, 'aws_lambda_function_event_invoke_config', 'function_name')
        .some(({ values }) => block(values, 'destination_config', 'on_failure') !== undefined) &&
      'no dead_letter_config',
  },
  {
    id: 'CKV_AWS_50',
    asks: 'Functions are traced',
    looksAt: lambda,
    fault: ({ values }) =>
      block(values, 'tracing_config')?.mode !== 'Active' && 'tracing is not Active',
  },
  {
    id: 'CKV_AWS_363',
    asks: 'Functions run on a runtime that is kept up',
    looksAt: lambda,
    where: ({ values }) => values.package_type !== 'Image',
    fault: ({ values }) => !runtimes.test(String(values.runtime)) && `runtime is ${values.runtime}`,
  },
  {
    id: 'AWS-0067',
    asks: 'Who may call a function says on whose behalf',
    looksAt: ['aws_lambda_permission'],
    fault: ({ values }) => !isSet(values.source_arn) && 'no source_arn',
  },
  {
    id: 'CKV_AWS_27',
    asks: 'Queues are encrypted',
    looksAt: ['aws_sqs_queue'],
    fault: ({ values }) =>
      !isOn(values.sqs_managed_sse_enabled) && !isSet(values.kms_master_key_id) && 'not encrypted',
  },
  {
    id: 'AwsSolutions-SQS3',
    asks: 'Queues keep what nothing could be done with',
    looksAt: ['aws_sqs_queue'],
    where: (queue, platform) => !isDeadLetterQueue(queue, platform),
    fault: (queue, platform) =>
      parsed(queue.values.redrive_policy) === undefined &&
      platform.about(queue, 'aws_sqs_queue_redrive_policy', 'queue_url').length === 0 &&
      'no redrive_policy',
  },
  {
    id: 'CKV_AWS_26',
    asks: 'Topics are encrypted',
    looksAt: ['aws_sns_topic'],
    fault: ({ values }) => !isSet(values.kms_master_key_id) && 'no kms_master_key_id',
  },
  {
    id: 'CKV_AWS_169',
    asks: 'Topics do not take messages from anybody',
    looksAt: ['aws_sns_topic_policy'],
    fault: ({ values }) => {
      const statements = statementsOf(values.policy)
      if (statements === undefined) return 'the policy cannot be read'
      return (
        statements.some(
          ({ isAllow, principals, conditions }) =>
            isAllow &&
            Object.values(principals).flat().includes('*') &&
            Object.keys(conditions).length === 0,
        ) && 'anybody may use it'
      )
    },
  },
]
