import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue'
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy'
import {
  EncryptionKey,
  policyDocument,
  resourceName,
  tidewayStackOf,
  tlsOnly,
} from '@tideway/constructs'
import { Construct } from 'constructs'

export interface WorkQueueProps {
  /** How long a consumer has for a message before other consumers receive it too. */
  readonly visibilitySeconds: number
}

const day = 24 * 60 * 60

/** The queue of jobs for the worker service and the processing fleet, with its dead letters. */
export class WorkQueue extends Construct {
  readonly queue: SqsQueue
  readonly keyArn: string

  constructor(scope: Construct, id: string, { visibilitySeconds }: WorkQueueProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    this.keyArn = new EncryptionKey(this, 'key', {
      name: 'work',
      description: `Jobs of ${environment.name} that wait in queues`,
    }).arn
    const encryption = {
      kmsMasterKeyId: this.keyArn,
      // One KMS call in this time, for any number of messages.
      kmsDataKeyReusePeriodSeconds: 3600,
    }
    const deadLetters = new SqsQueue(this, 'dead-letters', {
      name: resourceName(this, 'aws_sqs_queue', 'work-dead-letters'),
      messageRetentionSeconds: 14 * day,
      ...encryption,
    })
    this.queue = new SqsQueue(this, 'queue', {
      name: resourceName(this, 'aws_sqs_queue', 'work'),
      visibilityTimeoutSeconds: visibilitySeconds,
      // A message keeps its age when it becomes a dead letter: a shorter time here leaves more time there.
      messageRetentionSeconds: 4 * day,
      receiveWaitTimeSeconds: 20,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetters.arn,
        // A Spot interruption returns a message unprocessed, so one or two receives do not mean that it is bad.
        maxReceiveCount: 5,
      }),
      ...encryption,
    })
    for (const [part, { arn, url }] of [
      ['policy', this.queue],
      ['dead-letters-policy', deadLetters],
    ] as const) {
      const statements = tlsOnly(this, 'sqs:*', arn)
      if (statements.length === 0) continue
      new SqsQueuePolicy(this, part, { queueUrl: url, policy: policyDocument(...statements) })
    }
  }
}
