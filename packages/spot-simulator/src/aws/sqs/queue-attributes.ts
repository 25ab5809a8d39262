import { AwsError } from '../../endpoint'
import type { Queue } from './queue'

/** The answer of GetQueueAttributes, which has what was asked for and nothing when nothing was. */
export function queueAttributes(queue: Queue, names: readonly string[] = []): object {
  const all = attributesOf(queue)
  const unknown = names.find((name) => name !== 'All' && !Object.hasOwn(all, name))
  // A queue without dead letters has no redrive policy, and asking for it is no mistake.
  if (unknown !== undefined && unknown !== 'RedrivePolicy') {
    throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`)
  }
  const asked = Object.entries(all).filter(
    ([name]) => names.includes('All') || names.includes(name),
  )
  return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) }
}

function attributesOf(queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts()
  const { deadLetterQueue, maxReceiveCount, ...props } = queue.props
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    VisibilityTimeout: String(props.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(props.messageRetentionSeconds),
    DelaySeconds: String(props.delaySeconds),
    ...(deadLetterQueue && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetterQueue.arn,
        maxReceiveCount,
      }),
    }),
  }
}
