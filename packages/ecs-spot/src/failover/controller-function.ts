import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import { LambdaEventSourceMapping } from '@cdktf/provider-aws/lib/lambda-event-source-mapping'
import { LambdaFunction } from '@cdktf/provider-aws/lib/lambda-function'
import {
  contextOf,
  type PolicyStatement,
  resourceName,
  ServiceRole,
} from '@tideway/constructs/parts'
import { deployment } from '@tideway/failover-lambda/deployment'
import type { HandlerName } from '@tideway/failover-lambda/event-rules'
import { Construct } from 'constructs'
import type { EventQueue } from './event-queue'

export interface ControllerFunctionProps {
  readonly handler: HandlerName
  readonly zip: { readonly path: string; readonly sha256: string }
  readonly variables: Readonly<Record<string, string>>
  readonly queue: EventQueue
  readonly keyArn: string
  readonly logKeyArn: string
  /** Of the topic, where it is another one. */
  readonly topicKeyArn: string | undefined
  readonly statements: readonly PolicyStatement[]
  readonly reserveConcurrency: 'on' | 'off'
}

const { mapping } = deployment

/** One of the two handlers of the failover controller, with its queue. */
export class ControllerFunction extends Construct {
  readonly functionName: string

  constructor(scope: Construct, id: string, props: ControllerFunctionProps) {
    super(scope, id)
    const { handler, queue } = props
    const part = `failover-${handler}`
    this.functionName = resourceName(this, 'aws_lambda_function', part)
    const log = new CloudwatchLogGroup(this, 'log', {
      name: `/aws/lambda/${this.functionName}`,
      retentionInDays: contextOf(this).logRetentionDays,
      kmsKeyId: props.logKeyArn,
    })
    const role = new ServiceRole(this, part, {
      service: 'lambda.amazonaws.com',
      statements: [
        ...props.statements,
        {
          Sid: 'TakeMessages',
          Action: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
          Resource: queue.arn,
        },
        {
          // For manual asynchronous invocations that fail. SQS itself moves failed messages of the queue.
          Sid: 'LeaveDeadLetters',
          Action: 'sqs:SendMessage',
          Resource: queue.deadLetterArn,
        },
        {
          Sid: 'Trace',
          Action: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
          Resource: '*', // traces have no ARN
        },
        {
          Sid: 'UseKey',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: [
            ...new Set([props.keyArn, props.logKeyArn, props.topicKeyArn ?? props.logKeyArn]),
          ],
        },
        {
          Sid: 'WriteLog',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: `${log.arn}:*`,
        },
      ],
    })
    const lambda = new LambdaFunction(this, 'function', {
      functionName: this.functionName,
      description: `Failover controller: ${handler}`,
      filename: props.zip.path,
      sourceCodeHash: props.zip.sha256,
      handler: `index.${handler}`,
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      memorySize: 256,
      timeout: mapping.functionTimeoutSeconds,
      role: role.arn,
      environment: { variables: { ...props.variables } },
      kmsKeyArn: props.keyArn,
      loggingConfig: { logFormat: 'Text', logGroup: log.name },
      tracingConfig: { mode: 'Active' },
      deadLetterConfig: { targetArn: queue.deadLetterArn },
      // The function runs even when other functions of the account use all concurrency.
      ...(props.reserveConcurrency === 'on' && {
        reservedConcurrentExecutions: mapping.maximumConcurrency,
      }),
      dependsOn: [role.granted],
    })
    new LambdaEventSourceMapping(this, 'mapping', {
      functionName: lambda.arn,
      eventSourceArn: queue.arn,
      batchSize: mapping.batchSize,
      maximumBatchingWindowInSeconds: mapping.maximumBatchingWindowSeconds,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: mapping.maximumConcurrency },
    })
  }
}
