import { region } from './account'
import { type MessageAttribute, md5, type ReceivedMessage } from './sqs/message'

export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: {
    readonly ApproximateReceiveCount: string
    readonly SentTimestamp: string
    readonly SenderId: string
    readonly ApproximateFirstReceiveTimestamp: string
  } & Readonly<Record<string, string>>
  readonly messageAttributes: Readonly<Record<string, SqsRecordAttribute>>
  readonly md5OfBody: string
  readonly eventSource: 'aws:sqs'
  readonly eventSourceARN: string
  readonly awsRegion: string
}

export interface SqsRecordAttribute {
  readonly stringValue?: string
  readonly binaryValue?: string
  readonly stringListValues: readonly string[]
  readonly binaryListValues: readonly string[]
  readonly dataType: string
}

/** What Lambda hands to a function that reads a queue. */
export interface SqsEvent {
  readonly Records: SqsRecord[]
}

export function sqsRecord(message: ReceivedMessage, queueArn: string): SqsRecord {
  const attributes = Object.entries(message.messageAttributes)
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.systemAttributes as SqsRecord['attributes'],
    messageAttributes: Object.fromEntries(attributes.map(([name, it]) => [name, recordOf(it)])),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  }
}

function recordOf({ DataType, StringValue, BinaryValue }: MessageAttribute): SqsRecordAttribute {
  return {
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  }
}
