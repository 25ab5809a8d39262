import { AwsError } from '../../endpoint'
import type { Random } from '../../random'
import type { Simulation } from '../../simulation'
import { accountId, region } from '../account'
import { idFrom, type MessageAttributes, type ReceivedMessage, type StoredMessage } from './message'

export interface QueueProps {
  readonly name: string
  /** @default 30 */
  readonly visibilityTimeoutSeconds?: number
  /** Of messages that are sent without one. @default 0 */
  readonly delaySeconds?: number
  /** @default four days */
  readonly messageRetentionSeconds?: number
  /** Where a message goes that was received `maxReceiveCount` times and not deleted. @default none */
  readonly deadLetterQueue?: Queue
  /** @default 3 with a deadLetterQueue */
  readonly maxReceiveCount?: number
}

/** How far a queue goes with what SQS leaves open. */
export interface Delivery {
  readonly random: Random
  /** That a receive leaves a second copy in the queue, which a delete does not reach. */
  readonly duplicateProbability: number
  readonly isOrderKept: boolean
}

/** A standard queue in virtual time. */
export class Queue {
  readonly name: string
  readonly arn: string
  readonly url: string
  readonly createdAt: number
  readonly props: Required<Omit<QueueProps, 'deadLetterQueue'>> &
    Pick<QueueProps, 'deadLetterQueue'>
  private readonly messages = new Map<number, StoredMessage>()
  private readonly listeners: ((visibleAt: number) => void)[] = []
  private keys = 0

  constructor(
    private readonly simulation: Simulation,
    private readonly delivery: Delivery,
    props: QueueProps,
  ) {
    this.props = {
      visibilityTimeoutSeconds: 30,
      delaySeconds: 0,
      messageRetentionSeconds: 4 * 24 * 3600,
      maxReceiveCount: 3,
      ...props,
    }
    this.name = props.name
    this.arn = `arn:aws:sqs:${region}:${accountId}:${props.name}`
    this.url = `https://sqs.${region}.amazonaws.com/${accountId}/${props.name}`
    this.createdAt = simulation.now
  }

  /** Calls back with each time at which a message is going to be visible, those that wait already too. */
  onVisible(listener: (visibleAt: number) => void): void {
    this.listeners.push(listener)
    for (const { visibleAt } of this.messages.values()) listener(visibleAt)
  }

  send(body: string, attributes: MessageAttributes = {}, delaySeconds?: number): string {
    const id = idFrom(`${this.arn} ${this.keys}`)
    const delay = (delaySeconds ?? this.props.delaySeconds) * 1000
    const { now } = this.simulation
    const sent = { id, body, attributes, sentAt: now, isCopy: false, receiveCount: 0 }
    this.add({ ...sent, key: this.keys++, visibleAt: now + delay })
    return id
  }

  receive(
    most: number,
    visibilityTimeoutSeconds = this.props.visibilityTimeoutSeconds,
  ): ReceivedMessage[] {
    const { random, isOrderKept } = this.delivery
    const candidates = this.visible(isOrderKept ? most : Number.POSITIVE_INFINITY)
    const received: ReceivedMessage[] = []
    while (received.length < most && candidates.length > 0) {
      const index = isOrderKept ? 0 : random.integer(0, candidates.length - 1)
      const [message] = candidates.splice(index, 1)
      if (message) received.push(this.deliver(message, visibilityTimeoutSeconds))
    }
    return received
  }

  /** As SQS has it for a standard queue, an outdated handle is accepted, and deletes nothing. */
  delete(receiptHandle: string): void {
    const message = this.byHandle(receiptHandle)
    if (message?.receiptHandle === receiptHandle) this.messages.delete(message.key)
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.byHandle(receiptHandle)
    if (message === undefined) {
      throw new AwsError(
        'InvalidParameterValue',
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      )
    }
    if (message.receiptHandle !== receiptHandle || message.visibleAt <= this.simulation.now) {
      throw new AwsError('MessageNotInflight', 'The specified message is not in flight.')
    }
    this.showAt(message, this.simulation.now + seconds * 1000)
  }

  /** How many messages may be received now, were received and are hidden, and wait for their first time. */
  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    const counts = { visible: 0, inFlight: 0, delayed: 0 }
    for (const message of this.messages.values()) {
      if (this.hasExpired(message)) continue
      if (message.visibleAt <= this.simulation.now) counts.visible++
      else if (message.receiveCount > 0) counts.inFlight++
      else counts.delayed++
    }
    return counts
  }

  private add(message: StoredMessage): void {
    this.messages.set(message.key, message)
    this.showAt(message, message.visibleAt)
  }

  private showAt(message: StoredMessage, visibleAt: number): void {
    message.visibleAt = visibleAt
    for (const listener of this.listeners) listener(visibleAt)
  }

  /** Dead letters leave on the way: SQS moves them when they would be received once more. */
  private visible(enough: number): StoredMessage[] {
    const { deadLetterQueue, maxReceiveCount } = this.props
    const visible: StoredMessage[] = []
    for (const message of this.messages.values()) {
      if (visible.length >= enough) break
      if (message.visibleAt > this.simulation.now) continue
      if (this.hasExpired(message)) this.messages.delete(message.key)
      else if (deadLetterQueue && message.receiveCount >= maxReceiveCount) {
        this.messages.delete(message.key)
        deadLetterQueue.bury(message, this.arn)
      } else visible.push(message)
    }
    return visible
  }

  private bury(message: StoredMessage, deadLetterSourceArn: string): void {
    const { receiptHandle: _, ...rest } = message
    const visibleAt = this.simulation.now
    this.add({ ...rest, key: this.keys++, visibleAt, isCopy: false, deadLetterSourceArn })
  }

  private deliver(message: StoredMessage, visibilityTimeoutSeconds: number): ReceivedMessage {
    const { random, duplicateProbability } = this.delivery
    const { now } = this.simulation
    message.receiveCount++
    message.firstReceivedAt ??= now
    message.receiptHandle = handleOf(this.name, message.key, message.receiveCount)
    this.showAt(message, now + visibilityTimeoutSeconds * 1000)
    const received: ReceivedMessage = {
      messageId: message.id,
      receiptHandle: message.receiptHandle,
      body: message.body,
      systemAttributes: systemAttributes(message),
      messageAttributes: message.attributes,
    }
    if (duplicateProbability > 0 && !message.isCopy && random.chance(duplicateProbability)) {
      const visibleAt = now + Math.floor(random.between(0, visibilityTimeoutSeconds * 1000))
      this.add({ ...message, key: this.keys++, visibleAt, isCopy: true })
    }
    return received
  }

  private byHandle(receiptHandle: string): StoredMessage | undefined {
    const [queue, key] = Buffer.from(receiptHandle, 'base64').toString().split(' ')
    if (queue !== this.name) {
      throw new AwsError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
      )
    }
    return this.messages.get(Number(key))
  }

  private hasExpired(message: StoredMessage): boolean {
    return this.simulation.now - message.sentAt > this.props.messageRetentionSeconds * 1000
  }
}

function handleOf(queue: string, key: number, receiveCount: number): string {
  return Buffer.from(`${queue} ${key} ${receiveCount}`).toString('base64')
}

function systemAttributes(message: StoredMessage): Record<string, string> {
  const { deadLetterSourceArn } = message
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: accountId,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(deadLetterSourceArn === undefined ? {} : { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  }
}
