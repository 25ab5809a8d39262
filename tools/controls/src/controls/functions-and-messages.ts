import { isSecret } from '@tideway/constructs/secrets'
import {
  inEachStatement,
  mustBeAtLeast,
  mustBeOn,
  mustBeOneOf,
  mustBeSet,
  mustMatch,
  ownPolicy,
  where,
} from '../checks'
import { controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
import { deniesPlainHttp, includesAnyone, isUnconditional, statementsFor } from '../policies'
import { block, isOn, isSet, parsed, valueAt } from '../values'

/** The runtimes that AWS still patches. */
const runtimes =
  /^(nodejs2[24]\.x|python3\.1[0-4]|java(17|21|25)|dotnet(8|10)|ruby3\.[34]|provided\.al2023)$/

/** The attributes that can name a dead-letter queue, by type. */
const deadLetterAttributes = {
  aws_sqs_queue: 'redrive_policy',
  aws_sqs_queue_redrive_policy: 'redrive_policy',
  aws_lambda_function: 'dead_letter_config',
  aws_cloudwatch_event_target: 'dead_letter_config',
  aws_scheduler_schedule: 'target.dead_letter_config',
  aws_sns_topic_subscription: 'redrive_policy',
}

function isDeadLetterQueue(queue: Resource, platform: Platform): boolean {
  return Object.entries(deadLetterAttributes).some(([type, path]) =>
    platform
      .ofType(type)
      .some(({ stack, values }) =>
        platform.referenced(stack, valueAt(values, path)).includes(queue),
      ),
  )
}

const noDenial = 'no statement denies aws:SecureTransport false'

const isNotPublic = (what: string) =>
  inEachStatement(
    ownPolicy,
    (statement) =>
      statement.isAllow &&
      includesAnyone(statement) &&
      isUnconditional(statement) &&
      `anyone can use the ${what}`,
  )

export const functionAndMessageControls = [
  ...controlsFor(['aws_lambda_function'], {
    CKV_AWS_115: {
      title: 'Functions have reserved concurrency',
      check: mustBeAtLeast('reserved_concurrent_executions', 0),
    },
    CKV_AWS_116: {
      title: 'Functions have a dead-letter queue or a failure destination',
      check: (resource, platform) =>
        !isSet(valueAt(resource.values, 'dead_letter_config.target_arn')) &&
        !platform
          .referrers(resource, 'aws_lambda_function_event_invoke_config', 'function_name')
          .some(({ values }) => block(values, 'destination_config.on_failure') !== undefined) &&
        'no dead_letter_config',
    },
    CKV_AWS_50: {
      title: 'Functions have X-Ray tracing',
      check: mustBeOneOf('tracing_config.mode', ['Active']),
    },
    CKV_AWS_45: {
      title: 'Functions have no secrets in their environment',
      check: ({ values }) => {
        const variables = block(values, 'environment.variables') ?? {}
        const names = Object.keys(variables).filter((name) => isSecret(name, variables[name]))
        return names.length > 0 && `${names.join(', ')} in its environment`
      },
    },
    CKV_AWS_173: {
      title: 'Variables of functions are encrypted with a customer managed key',
      check: where('environment.variables', mustBeSet('kms_key_arn')),
    },
    CKV_AWS_363: {
      title: 'Functions use a supported runtime',
      appliesTo: ({ values }) => values.package_type !== 'Image',
      check: mustMatch('runtime', runtimes),
    },
  }),
  ...controlsFor(['aws_lambda_permission'], {
    'AWS-0067': {
      title: 'Function permissions are limited to a source ARN',
      check: mustBeSet('source_arn'),
    },
  }),
  ...controlsFor(['aws_sqs_queue'], {
    CKV_AWS_27: {
      title: 'Queues are encrypted',
      check: ({ values }) =>
        !isOn(values.sqs_managed_sse_enabled) &&
        !isSet(values.kms_master_key_id) &&
        'not encrypted',
    },
    CKV2_AWS_73: {
      title: 'Queues are encrypted with a customer managed key',
      check: ({ values: { kms_master_key_id: key } }) =>
        (!isSet(key) || /alias\/aws\/sqs$/.test(String(key))) && 'the key of SQS, or none',
    },
    'AwsSolutions-SQS3': {
      title: 'Queues have a dead-letter queue',
      appliesTo: (queue, platform) => !isDeadLetterQueue(queue, platform),
      check: (queue, platform) =>
        parsed(queue.values.redrive_policy) === undefined &&
        platform.referrers(queue, 'aws_sqs_queue_redrive_policy', 'queue_url').length === 0 &&
        'no redrive_policy',
    },
    'AwsSolutions-SQS4': {
      title: 'Queues deny plain HTTP',
      check: (queue, platform) =>
        !statementsFor(queue, platform, 'aws_sqs_queue_policy', 'queue_url').some((statement) =>
          ['sqs:SendMessage', 'sqs:ReceiveMessage'].every((action) =>
            deniesPlainHttp(statement, action),
          ),
        ) && noDenial,
    },
  }),
  ...controlsFor(['aws_sqs_queue_policy'], {
    CKV_AWS_168: {
      title: 'Queue policies are not public',
      check: isNotPublic('queue'),
    },
    CKV_AWS_72: {
      title: 'Queue policies do not allow all actions',
      check: inEachStatement(ownPolicy, ({ isAllow, actions, notActions }) => {
        const isWide =
          notActions.length > 0 || actions.some((action) => /^(sqs:)?\*$/i.test(action))
        return isAllow && isWide && 'all actions'
      }),
    },
  }),
  ...controlsFor(['aws_sfn_state_machine'], {
    CKV_AWS_284: {
      title: 'State machines have X-Ray tracing',
      check: mustBeOn('tracing_configuration.enabled'),
    },
    CKV_AWS_285: {
      title: 'State machines have logs',
      check: ({ values }) => {
        const logging = block(values, 'logging_configuration')
        return (
          (!isSet(logging?.level) ||
            logging?.level === 'OFF' ||
            !isSet(logging?.log_destination)) &&
          'no logging_configuration with a level and a log_destination'
        )
      },
    },
  }),
  ...controlsFor(['aws_sns_topic'], {
    CKV_AWS_26: { title: 'Topics are encrypted', check: mustBeSet('kms_master_key_id') },
    'AwsSolutions-SNS3': {
      title: 'Topics deny plain HTTP',
      check: (topic, platform) =>
        !statementsFor(topic, platform, 'aws_sns_topic_policy', 'arn').some((statement) =>
          deniesPlainHttp(statement, 'sns:Publish'),
        ) && noDenial,
    },
  }),
  ...controlsFor(['aws_sns_topic_policy'], {
    CKV_AWS_385: {
      title: 'Topic policies do not allow other accounts',
      check: inEachStatement(
        ownPolicy,
        ({ isAllow, principals: { AWS = [] } }) =>
          isAllow && AWS.length > 0 && `${AWS.join(', ')} can use the topic`,
      ),
    },
    CKV_AWS_169: {
      title: 'Topic policies are not public',
      check: isNotPublic('topic'),
    },
  }),
]
