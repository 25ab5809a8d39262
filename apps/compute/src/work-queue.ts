import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue'
import { EncryptionKey, nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface WorkQueueProps {
  /** How long a consumer has for a message before others get it too. */
  readonly secondsToProcess: number
}

const days = 24 * 60 * 60

/** The jobs that the worker service and the processing fleet share, and what nobody could process. */
export class WorkQueue extends Construct {
  readonly url: string
  readonly arn: string
  readonly name: string
  readonly keyArn: string
  readonly deadLetterArn: string
  readonly deadLetterName: string

  constructor(scope: Construct, id: string, { secondsToProcess }: WorkQueueProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const named = (part: string) => nameOf(environment, 'aws_sqs_queue', part, this.node.path)
    const key = new EncryptionKey(this, 'key', {
      name: 'work',
      description: `Jobs of ${environment.name} that wait in queues`,
    })
    const encrypted = {
      kmsMasterKeyId: key.arn,
      // One call of KMS in this time, however many messages pass.
      kmsDataKeyReusePeriodSeconds: 3600,
    }
    const deadLetters = new SqsQueue(this, 'dead-letters', {
      name: named('work-dead-letters'),
      messageRetentionSeconds: 14 * days,
      ...encrypted,
    })
    const queue = new SqsQueue(this, 'queue', {
      name: named('work'),
      visibilityTimeoutSeconds: secondsToProcess,
      // A message keeps its age when it is set aside: the shorter this, the longer it can be looked at there.
      messageRetentionSeconds: 4 * days,
      receiveWaitTimeSeconds: 20,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetters.arn,
        // An interruption of Spot gives a message back unprocessed, so one or two tries mean nothing.
        maxReceiveCount: 5,
      }),
      ...encrypted,
    })
    this.url = queue.url
    this.arn = queue.arn
    this.name = queue.name
    this.keyArn = key.arn
    this.deadLetterArn = deadLetters.arn
    this.deadLetterName = deadLetters.name
  }
}
