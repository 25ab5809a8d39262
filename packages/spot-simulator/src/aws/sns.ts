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
  /** Milliseconds since 1970. */
  readonly at: number
}

interface PublishInput {
  readonly TopicArn?: string
  readonly Subject?: string
  readonly Message?: string
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
      parameters: ['TopicArn', 'Subject', 'Message'],
      run: (input: PublishInput) => this.publish(input),
    },
  }

  private publish({ TopicArn: topicArn = '', Subject: subject, Message = '' }: PublishInput) {
    if (!this.topicArns.has(topicArn)) throw new AwsError('NotFound', 'Topic does not exist', 404)
    if (Message === '') throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message')
    if (Buffer.byteLength(Message) > maxMessageBytes) {
      throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long')
    }
    if (subject !== undefined && (subject === '' || subject.length > maxSubjectLength)) {
      throw new AwsError('InvalidParameter', 'Invalid parameter: Subject')
    }
    const MessageId = idFrom(`${topicArn} ${this.messages.length}`)
    this.messages.push({ topicArn, subject, message: Message, at: this.simulation.now })
    return { MessageId }
  }
}
