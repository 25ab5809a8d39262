import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue'
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy'
import { SqsQueueRedriveAllowPolicy } from '@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy'
import { policyDocument, resourceName, tlsOnly } from '@tideway/constructs/parts'
import { deployment } from '@tideway/failover-lambda/deployment'
import { Construct } from 'constructs'

export interface EventQueueProps {
  readonly name: string
  readonly keyArn: string
  /** A failed message becomes visible again after it. */
  readonly visibilitySeconds: number
  /** The rules that may send to the queue. */
  readonly ruleArns: readonly string[]
}

const day = 24 * 60 * 60

/** The queue of a function, and its dead-letter queue. */
export class EventQueue extends Construct {
  readonly arn: string
  readonly url: string
  readonly name: string
  readonly deadLetterArn: string
  readonly deadLetterName: string

  constructor(scope: Construct, id: string, props: EventQueueProps) {
    super(scope, id)
    const named = (part: string) => resourceName(this, 'aws_sqs_queue', part)
    const dead = new SqsQueue(this, 'dead-letters', {
      name: named(`${props.name}-dead-letters`),
      messageRetentionSeconds: 14 * day,
      kmsMasterKeyId: props.keyArn,
    })
    const queue = new SqsQueue(this, 'queue', {
      name: named(props.name),
      visibilityTimeoutSeconds: props.visibilitySeconds,
      // A reconcile observes everything that an older event reports.
      messageRetentionSeconds: day,
      kmsMasterKeyId: props.keyArn,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: dead.arn,
        maxReceiveCount: deployment.maxReceiveCount,
      }),
    })
    new SqsQueueRedriveAllowPolicy(this, 'redrive-allow', {
      queueUrl: dead.url,
      redriveAllowPolicy: JSON.stringify({
        redrivePermission: 'byQueue',
        sourceQueueArns: [queue.arn],
      }),
    })
    for (const [part, target] of [
      ['policy', queue],
      // EventBridge sends events here that it could not deliver.
      ['dead-letters-policy', dead],
    ] as const) {
      new SqsQueuePolicy(this, part, {
        queueUrl: target.url,
        policy: policyDocument(
          {
            Sid: 'RulesSend',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: target.arn,
            Condition: { ArnEquals: { 'aws:SourceArn': props.ruleArns } },
          },
          ...tlsOnly(this, 'sqs:*', target.arn),
        ),
      })
    }
    this.arn = queue.arn
    this.url = queue.url
    this.name = queue.name
    this.deadLetterArn = dead.arn
    this.deadLetterName = dead.name
  }
}
