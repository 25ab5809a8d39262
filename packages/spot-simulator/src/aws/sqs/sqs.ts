import { AwsError, type ServiceModel } from '../../endpoint'
import type { Simulation } from '../../simulation'
import { accountId } from '../account'
import { callOperation, checkParameters, type Operations } from '../operations'
import { md5 } from './message'
import { Queue, type QueueProps } from './queue'

interface Entry {
  readonly Id?: string
  readonly MessageBody?: string
  readonly DelaySeconds?: number
}

interface SendBatchInput {
  readonly QueueUrl?: string
  readonly Entries?: readonly Entry[]
}

interface ReceiveInput {
  readonly QueueUrl?: string
  readonly MaxNumberOfMessages?: number
  readonly VisibilityTimeout?: number
}

const maxEntries = 10
/** 256 KB, of one message and of all in a batch together. */
const maxBytes = 262_144
const maxDelaySeconds = 900

/** Standard queues. Code under test sends to them, and an EventSourceMapping reads them. */
export class Sqs implements ServiceModel {
  readonly protocol = 'json'
  private readonly queues = new Map<string, Queue>()

  constructor(private readonly simulation: Simulation) {}

  createQueue(props: QueueProps): Queue {
    const queue = new Queue(this.simulation, props)
    this.queues.set(props.name, queue)
    return queue
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('sqs', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    DeleteMessage: {
      parameters: ['QueueUrl', 'ReceiptHandle'],
      run: ({ QueueUrl, ReceiptHandle = '' }: { QueueUrl?: string; ReceiptHandle?: string }) =>
        this.queue(QueueUrl).delete(ReceiptHandle),
    },
    PurgeQueue: {
      parameters: ['QueueUrl'],
      run: ({ QueueUrl }: { QueueUrl?: string }) => this.queue(QueueUrl).purge(),
    },
    ReceiveMessage: {
      parameters: [
        'QueueUrl',
        'MaxNumberOfMessages',
        'VisibilityTimeout',
        'WaitTimeSeconds',
        'AttributeNames',
        'MessageAttributeNames',
        'MessageSystemAttributeNames',
      ],
      run: (input: ReceiveInput) => this.receive(input),
    },
    StartMessageMoveTask: {
      parameters: ['SourceArn', 'DestinationArn'],
      run: ({ SourceArn = '', DestinationArn = '' }) => {
        const [source, target] = [SourceArn, DestinationArn].map((arn) => this.queueAt(arn))
        source?.redrive(target as Queue)
        return { TaskHandle: md5(SourceArn) }
      },
    },
    SendMessageBatch: {
      parameters: ['QueueUrl', 'Entries'],
      run: (input: SendBatchInput) => this.sendBatch(input),
    },
  }

  /** Entries succeed or fail independently. */
  private sendBatch({ QueueUrl, Entries = [] }: SendBatchInput): object {
    const queue = this.queue(QueueUrl)
    checkBatch(Entries)
    const Successful: object[] = []
    const Failed: object[] = []
    for (const { Id, MessageBody = '', DelaySeconds = 0 } of Entries) {
      const problem = problemOf(MessageBody, DelaySeconds)
      if (problem !== undefined) {
        Failed.push({ Id, Code: problem.code, Message: problem.message, SenderFault: true })
        continue
      }
      const MessageId = queue.send(MessageBody, DelaySeconds)
      Successful.push({ Id, MessageId, MD5OfMessageBody: md5(MessageBody) })
    }
    return { Successful, ...(Failed.length > 0 && { Failed }) }
  }

  /** Without a wait: the virtual clock stands still for a call. */
  private receive({ QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout }: ReceiveInput): object {
    const received = this.queue(QueueUrl).receive(MaxNumberOfMessages, VisibilityTimeout)
    return {
      Messages: received.map(({ messageId, receiptHandle, body, systemAttributes }) => ({
        MessageId: messageId,
        ReceiptHandle: receiptHandle,
        Body: body,
        MD5OfBody: md5(body),
        Attributes: systemAttributes,
      })),
    }
  }

  private queueAt(arn: string): Queue {
    return this.queue(arn.split(':').slice(-2).join('/'))
  }

  private queue(url = ''): Queue {
    const [account, name = ''] = url.split('/').slice(-2)
    const queue = account === accountId ? this.queues.get(name) : undefined
    if (queue !== undefined) return queue
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  }
}

function checkBatch(entries: readonly Entry[]): void {
  for (const entry of entries) {
    checkParameters('sqs SendMessageBatch Entries', entry, ['Id', 'MessageBody', 'DelaySeconds'])
  }
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.')
  }
  if (entries.length > maxEntries) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${maxEntries}. You have sent ${entries.length}.`,
    )
  }
  const ids = entries.map(({ Id }) => Id ?? '')
  const invalid = ids.find((id) => !/^[\w-]{1,80}$/.test(id))
  if (invalid !== undefined) {
    throw new AwsError('InvalidBatchEntryId', `'${invalid}' is not a valid batch entry id.`)
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated !== undefined) {
    throw new AwsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`)
  }
  const bytes = entries.reduce(
    (sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody),
    0,
  )
  if (bytes > maxBytes) {
    throw new AwsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${maxBytes} bytes. You have sent ${bytes} bytes.`,
    )
  }
}

function problemOf(body: string, delaySeconds: number): AwsError | undefined {
  if (body === '') {
    return new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.')
  }
  if (Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= maxDelaySeconds) {
    return undefined
  }
  return new AwsError(
    'InvalidParameterValue',
    `Value ${delaySeconds} for parameter DelaySeconds is invalid. Reason: Must be between 0 and ${maxDelaySeconds}, if provided.`,
  )
}
