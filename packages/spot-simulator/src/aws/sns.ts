import { AwsError, type ServiceModel } from '../endpoint'
import type { Simulation } from '../simulation'
import { accountId, region } from './account'
import { checkBatch, checkBatchBytes, maxMessageBytes } from './batches'
import { callOperation, type Operations } from './operations'
import { idFrom } from './sqs/message'

/** A message that was published, for tests to look at. */
export interface PublishedMessage {
  readonly messageId: string
  readonly topicArn: string
  readonly subject?: string
  readonly message: string
  /** The text of each attribute; a binary one is in base64. */
  readonly attributes: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly at: number
}

interface Attribute {
  readonly Name: string
  readonly Value: { readonly StringValue?: string; readonly BinaryValue?: string }
}

interface ToPublish {
  readonly Id?: string
  readonly Subject?: string
  readonly Message?: string
  /** A map is a list of entries in the query protocol. */
  readonly MessageAttributes?: { readonly entry?: readonly Attribute[] }
}

interface PublishInput extends ToPublish {
  readonly TopicArn?: string
  readonly TargetArn?: string
}

interface PublishBatchInput {
  readonly TopicArn?: string
  readonly PublishBatchRequestEntries?: readonly ToPublish[]
}

const maxSubjectLength = 100

/** SNS without subscribers: it keeps what is published. */
export class Sns implements ServiceModel {
  readonly protocol = 'query'
  readonly messages: PublishedMessage[] = []
  private readonly topicArns = new Set<string>()

  constructor(private readonly simulation: Simulation) {}

  /** The ARN of the new topic. */
  createTopic(name: string): string {
    const arn = `arn:aws:sns:${region}:${accountId}:${name}`
    this.topicArns.add(arn)
    return arn
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('sns', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    Publish: (input: PublishInput) => {
      const topicArn = this.topic(input.TopicArn ?? input.TargetArn)
      check(input)
      return this.publish(topicArn, input)
    },
    PublishBatch: ({ TopicArn, PublishBatchRequestEntries }: PublishBatchInput) => {
      const topicArn = this.topic(TopicArn)
      // An empty list comes as an empty text in the query protocol.
      const entries = PublishBatchRequestEntries || []
      checkBatch(entries)
      checkBatchBytes(entries.map(bytesOf).reduce((sum, bytes) => sum + bytes, 0))
      return this.publishEach(topicArn, entries)
    },
  }

  private publishEach(topicArn: string, entries: readonly ToPublish[]): object {
    const Successful: object[] = []
    const Failed: object[] = []
    for (const entry of entries) {
      try {
        check(entry)
        Successful.push({ Id: entry.Id, ...this.publish(topicArn, entry) })
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        const { code, message } = error
        Failed.push({ Id: entry.Id, Code: code, Message: message, SenderFault: true })
      }
    }
    return { Successful, Failed }
  }

  private publish(topicArn: string, input: ToPublish): object {
    const messageId = idFrom(`${topicArn} ${this.messages.length}`)
    const { Subject, Message = '', MessageAttributes } = input
    const attributes = (MessageAttributes?.entry ?? []).map(
      ({ Name, Value }) => [Name, Value.StringValue ?? Value.BinaryValue ?? ''] as const,
    )
    this.messages.push({
      messageId,
      topicArn,
      ...(Subject === undefined ? {} : { subject: Subject }),
      message: Message,
      attributes: Object.fromEntries(attributes),
      at: this.simulation.now,
    })
    return { MessageId: messageId }
  }

  private topic(arn = ''): string {
    if (this.topicArns.has(arn)) return arn
    throw new AwsError('NotFound', 'Topic does not exist', 404)
  }
}

function check(input: ToPublish): void {
  const { Subject, Message = '' } = input
  if (Message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message')
  if (bytesOf(input) > maxMessageBytes) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long')
  }
  if (Subject !== undefined && (Subject === '' || Subject.length > maxSubjectLength)) {
    throw new AwsError('InvalidParameter', 'Invalid parameter: Subject')
  }
}

function bytesOf({ Message = '' }: ToPublish): number {
  return Buffer.byteLength(Message)
}
