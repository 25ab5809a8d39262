import { AwsError, type ServiceModel } from '../../endpoint'
import type { Simulation } from '../../simulation'
import { accountId } from '../account'
import { checkBatch, checkBatchBytes, maxMessageBytes } from '../batches'
import { callOperation, type Operations } from '../operations'
import { type MessageAttributes, md5, messageBytes, type ReceivedMessage } from './message'
import { Queue, type QueueProps } from './queue'
import { queueAttributes } from './queue-attributes'

export interface SqsOptions {
  /** How often a receive leaves a second copy behind. @default 0 */
  readonly duplicateProbability?: number
  /** Whether what was sent first is received first. A real queue promises nothing. @default true */
  readonly isOrderKept?: boolean
}

interface ForQueue {
  readonly QueueUrl?: string
}

interface Entry {
  readonly Id?: string
}

interface ToSend {
  readonly MessageBody?: string
  readonly DelaySeconds?: number
  readonly MessageAttributes?: MessageAttributes
}

interface ToReceive extends ForQueue {
  readonly MaxNumberOfMessages?: number
  readonly VisibilityTimeout?: number
  readonly AttributeNames?: readonly string[]
  readonly MessageSystemAttributeNames?: readonly string[]
  readonly MessageAttributeNames?: readonly string[]
}

interface ForMessage {
  readonly ReceiptHandle?: string
}

/** SQS with standard queues. A long poll answers at once: nobody waits in virtual time. */
export class Sqs implements ServiceModel {
  readonly protocol = 'json'
  private readonly queues = new Map<string, Queue>()

  constructor(
    private readonly simulation: Simulation,
    private readonly options: SqsOptions = {},
  ) {}

  createQueue(props: QueueProps): Queue {
    const { duplicateProbability = 0, isOrderKept = true } = this.options
    const random = this.simulation.random.fork(`sqs ${props.name}`)
    const delivery = { random, duplicateProbability, isOrderKept }
    const queue = new Queue(this.simulation, delivery, props)
    this.queues.set(props.name, queue)
    return queue
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('sqs', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    GetQueueUrl: ({ QueueName }: { QueueName?: string }) => ({
      QueueUrl: this.queue(QueueName).url,
    }),
    GetQueueAttributes: (input: ForQueue & { AttributeNames?: readonly string[] }) =>
      queueAttributes(this.at(input), input.AttributeNames),
    SendMessage: (input: ForQueue & ToSend) => {
      const queue = this.at(input)
      check(input)
      return send(queue, input)
    },
    SendMessageBatch: (input: ForQueue & { Entries?: readonly (Entry & ToSend)[] }) => {
      const bytes = (input.Entries ?? []).map(bytesOf).reduce((sum, size) => sum + size, 0)
      return this.batch(input, send, check, () => checkBatchBytes(bytes))
    },
    ReceiveMessage: (input: ToReceive) => {
      const { MaxNumberOfMessages = 1, VisibilityTimeout } = input
      inRange('MaxNumberOfMessages', MaxNumberOfMessages, 1, 10)
      const received = this.at(input).receive(MaxNumberOfMessages, VisibilityTimeout)
      // An empty list is left out, as SQS does; the SDK then has no Messages at all.
      return received.length === 0 ? {} : { Messages: received.map((it) => written(it, input)) }
    },
    DeleteMessage: (input: ForQueue & ForMessage) => deleteMessage(this.at(input), input),
    DeleteMessageBatch: (input: ForQueue & { Entries?: readonly (Entry & ForMessage)[] }) =>
      this.batch(input, deleteMessage),
    ChangeMessageVisibility: (input: ForQueue & ForMessage & { VisibilityTimeout?: number }) => {
      const { ReceiptHandle = '', VisibilityTimeout = 0 } = input
      inRange('VisibilityTimeout', VisibilityTimeout, 0, 43_200)
      this.at(input).changeVisibility(ReceiptHandle, VisibilityTimeout)
    },
  }

  /** Each entry succeeds or fails by itself. */
  private batch<Item extends Entry>(
    input: ForQueue & { readonly Entries?: readonly Item[] },
    run: (queue: Queue, entry: Item) => object,
    checkEntry: (entry: Item) => void = () => {},
    checkWhole: () => void = () => {},
  ): object {
    const queue = this.at(input)
    checkBatch(input.Entries)
    checkWhole()
    const Successful: object[] = []
    const Failed: object[] = []
    for (const entry of input.Entries ?? []) {
      try {
        checkEntry(entry)
        Successful.push({ Id: entry.Id, ...run(queue, entry) })
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        const { code, message } = error
        Failed.push({ Id: entry.Id, Code: code, Message: message, SenderFault: true })
      }
    }
    return { Successful, ...(Failed.length > 0 ? { Failed } : {}) }
  }

  private at({ QueueUrl = '' }: ForQueue): Queue {
    const [account, name] = QueueUrl.split('/').slice(-2)
    return this.queue(account === accountId ? name : undefined)
  }

  private queue(name = ''): Queue {
    const queue = this.queues.get(name)
    if (queue === undefined) {
      throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
    }
    return queue
  }
}

function check(input: ToSend): void {
  if (!input.MessageBody) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.')
  }
  if (input.DelaySeconds !== undefined) inRange('DelaySeconds', input.DelaySeconds, 0, 900)
  if (bytesOf(input) > maxMessageBytes) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxMessageBytes} bytes.`,
    )
  }
}

function bytesOf({ MessageBody = '', MessageAttributes }: ToSend): number {
  return messageBytes(MessageBody, MessageAttributes)
}

function send(queue: Queue, input: ToSend): object {
  const { MessageBody = '', MessageAttributes, DelaySeconds } = input
  const MessageId = queue.send(MessageBody, MessageAttributes, DelaySeconds)
  return { MessageId, MD5OfMessageBody: md5(MessageBody) }
}

function deleteMessage(queue: Queue, { ReceiptHandle = '' }: ForMessage): object {
  queue.delete(ReceiptHandle)
  return {}
}

/** As the receiver asked for it: attributes come only by name, or all by `All`. */
function written(message: ReceivedMessage, asked: ToReceive): object {
  const system = [...(asked.AttributeNames ?? []), ...(asked.MessageSystemAttributeNames ?? [])]
  const Attributes = named(message.systemAttributes, system)
  const MessageAttributes = named(message.messageAttributes, asked.MessageAttributeNames ?? [])
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Object.keys(Attributes).length > 0 ? { Attributes } : {}),
    ...(Object.keys(MessageAttributes).length > 0 ? { MessageAttributes } : {}),
  }
}

function named<Value>(all: Readonly<Record<string, Value>>, names: readonly string[]) {
  const entries = Object.entries(all)
  return Object.fromEntries(
    entries.filter(([name]) => names.includes('All') || names.includes(name)),
  )
}

function inRange(parameter: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new AwsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${parameter} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  )
}
