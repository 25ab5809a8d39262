import { region } from './account'
import { md5, type ReceivedMessage, type SystemAttributes } from './sqs/message'

export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: SystemAttributes
  /** Message attributes are not simulated. */
  readonly messageAttributes: Readonly<Record<string, never>>
  readonly md5OfBody: string
  readonly eventSource: 'aws:sqs'
  readonly eventSourceARN: string
  readonly awsRegion: string
}

/** The event of a Lambda function that reads a queue. */
export interface SqsEvent {
  readonly Records: SqsRecord[]
}

export function sqsRecord(message: ReceivedMessage, queueArn: string): SqsRecord {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: { ...message.systemAttributes },
    messageAttributes: {},
    // Computed on demand: few handlers read it.
    get md5OfBody() {
      return md5(message.body)
    },
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  }
}
