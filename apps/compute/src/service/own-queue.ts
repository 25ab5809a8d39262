import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription'
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue'
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy'
import {
  alarm,
  type PolicyStatement,
  policyDocument,
  resourceName,
  tidewayStackOf,
  tlsOnly,
} from '@tideway/constructs'
import { Construct } from 'constructs'
import { deadLettersOf, partOf, type Queue } from '../definition/resources'

export interface OwnQueueProps {
  readonly service: string
  readonly name: string
  readonly definition: Queue
  readonly keyArn: string
  readonly alarmTopicArn: string
}

/** A topic that a queue subscribes to. */
interface Source {
  /** Its service and name. */
  readonly id: string
  readonly arn: string
}

const day = 24 * 60 * 60

/** A queue of a service, its dead-letter queue, and the alarm for it. */
export class OwnQueue extends Construct {
  readonly queue: SqsQueue

  constructor(scope: Construct, id: string, props: OwnQueueProps) {
    super(scope, id)
    const { service, name, definition, keyArn, alarmTopicArn } = props
    const { visibilitySeconds = 120, maxReceives = 5, retentionDays = 4, fifo = false } = definition
    const part = partOf(service, name)
    const common = {
      ...(fifo && { fifoQueue: true, contentBasedDeduplication: true }),
      kmsMasterKeyId: keyArn,
      // One KMS call in this time, for any number of messages.
      kmsDataKeyReusePeriodSeconds: 3600,
      lifecycle: { preventDestroy: tidewayStackOf(this).environment.protectData },
    }
    const queueName = (it: string) => resourceName(this, 'aws_sqs_queue', it)
    const deadLetters = new SqsQueue(this, 'dead-letters', {
      ...common,
      name: nameInOrder(queueName, deadLettersOf(part), fifo),
      messageRetentionSeconds: 14 * day,
    })
    this.queue = new SqsQueue(this, 'queue', {
      ...common,
      name: nameInOrder(queueName, part, fifo),
      visibilityTimeoutSeconds: visibilitySeconds,
      messageRetentionSeconds: retentionDays * day,
      receiveWaitTimeSeconds: 20,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount: maxReceives,
      }),
    })
    this.policy('dead-letters-policy', deadLetters, [])
    alarm(this, 'alarm', {
      page: 'queue-dead-letters',
      topicArn: alarmTopicArn,
      alarmName: resourceName(this, 'aws_cloudwatch_metric_alarm', deadLettersOf(part)),
      alarmDescription: `${service} could not process messages of its queue ${name}: see the dead letters`,
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: deadLetters.name },
      statistic: 'Maximum',
      period: 60,
      evaluationPeriods: 1,
    })
  }

  /** Call it once: topics of other services exist only after all services have their own. */
  subscribe(sources: readonly Source[]): void {
    const policy = this.policy(
      'policy',
      this.queue,
      sources.length === 0
        ? []
        : [
            {
              Sid: 'TopicsSend',
              Principal: { Service: 'sns.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: this.queue.arn,
              Condition: { ArnEquals: { 'aws:SourceArn': sources.map(({ arn }) => arn) } },
            },
          ],
    )
    for (const { id, arn } of sources) {
      new SnsTopicSubscription(this, `from-${id}`, {
        topicArn: arn,
        protocol: 'sqs',
        endpoint: this.queue.arn,
        // The message as it was published, without an envelope.
        rawMessageDelivery: true,
        ...(policy && { dependsOn: [policy] }),
      })
    }
  }

  private policy(id: string, { arn, url }: SqsQueue, more: readonly PolicyStatement[]) {
    const statements = [...more, ...tlsOnly(this, 'sqs:*', arn)]
    if (statements.length === 0) return undefined
    return new SqsQueuePolicy(this, id, { queueUrl: url, policy: policyDocument(...statements) })
  }
}

/** AWS requires that the names of queues and topics that keep the order end with `.fifo`. */
export function nameInOrder(nameFor: (part: string) => string, part: string, fifo = false): string {
  // A hyphen keeps the length, so the check is right for the result.
  return fifo ? nameFor(`${part}-fifo`).replace(/-fifo$/, '.fifo') : nameFor(part)
}
