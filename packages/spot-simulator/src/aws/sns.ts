import { AwsError, type ServiceModel } from '../endpoint'
import type { Simulation } from '../simulation'
import { accountId, region } from './account'
import { callOperation, type Operations } from './operations'
import { idFrom } from './sqs/message'

/** A message that was published, for assertions. */
export interface PublishedMessage {
  readonly topicArn: string
  readonly subject: string | undefined
  readonly message: string
  /** The message attributes of type String. */
  readonly attributes: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly at: number
}

interface PublishInput {
  readonly TopicArn?: string
  readonly Subject?: string
  readonly Message?: string
  readonly MessageAttributes?: { readonly entry?: readonly AttributeEntry[] }
}

interface AttributeEntry {
  readonly Name?: string
  readonly Value?: { readonly DataType?: string; readonly StringValue?: string }
}

const maxSubjectLength = 100
const maxMessageBytes = 262_144

/** SNS without subscribers: it records what is published. */
export class Sns implements ServiceModel {
  readonly protocol = 'query'
  readonly messages: PublishedMessage[] = []
  private readonly topicArns = new Set<string>()

  constructor(private readonly simulation: Simulation) {}

  /** @returns the ARN of the new topic */
  createTopic(name: string): string {
    const arn = `arn:aws:sns:${region}:${accountId}:${name}`
    this.topicArns.add(arn)
    return arn
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('sns', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    Publish: {
      parameters: ['TopicArn', 'Subject', 'Message', 'MessageAttributes'],
      run: (input: PublishInput) => this.publish(input),
    },
  }

  private publish(input: PublishInput) {
    const { TopicArn: topicArn = '', Subject: subject, Message = '', MessageAttributes } = input
    if (!this.topicArns.has(topicArn)) throw new AwsError('NotFound', 'Topic does not exist', 404)
    if (Message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message')
    if (Buffer.byteLength(Message) > maxMessageBytes) {
      throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long')
    }
    if (subject !== undefined && (subject === '' || subject.length > maxSubjectLength)) {
      throw new AwsError('InvalidParameter', 'Invalid parameter: Subject')
    }
    const attributes = attributesOf(MessageAttributes?.entry ?? [])
    const MessageId = idFrom(`${topicArn} ${this.messages.length}`)
    this.messages.push({ topicArn, subject, message: Message, attributes, at: this.simulation.now })
    return { MessageId }
  }
}

function attributesOf(entries: readonly AttributeEntry[]): Record<string, string> {
  return Object.fromEntries(
    entries.map(({ Name: name = '', Value: { DataType: type, StringValue: value = '' } = {} }) => {
      if (type !== 'String') throw new AwsError('NotSimulated', `sns: attributes of type ${type}`)
      if (!/^[\w.-]{1,256}$/.test(name) || value === '') {
        throw new AwsError('ParameterValueInvalid', `Invalid message attribute: ${name}`)
      }
      return [name, value]
    }),
  )
}
