import type { Simulation } from '../../simulation'
import { accountId, region } from '../account'
import { idFrom, type ReceivedMessage, type StoredMessage } from './message'

export interface QueueProps {
  readonly name: string
  /** @default 30 */
  readonly visibilityTimeoutSeconds?: number
  /** @default four days */
  readonly messageRetentionSeconds?: number
  /** Receives the messages that were received `maxReceiveCount` times and not deleted. @default none */
  readonly deadLetterQueue?: Queue
  /** @default 3 with a deadLetterQueue */
  readonly maxReceiveCount?: number
}

/** A standard queue in virtual time. Messages are received in the order in which they were sent. */
export class Queue {
  readonly arn: string
  readonly url: string
  private readonly props: Required<Omit<QueueProps, 'deadLetterQueue'>> &
    Pick<QueueProps, 'deadLetterQueue'>
  /** By number, in the order of arrival. */
  private readonly messages = new Map<number, StoredMessage>()
  private readonly listeners: ((visibleAt: number) => void)[] = []
  private nextNumber = 0

  constructor(
    private readonly simulation: Simulation,
    props: QueueProps,
  ) {
    this.props = {
      visibilityTimeoutSeconds: 30,
      messageRetentionSeconds: 4 * 24 * 3600,
      maxReceiveCount: 3,
      ...props,
    }
    this.arn = `arn:aws:sqs:${region}:${accountId}:${props.name}`
    this.url = `https://sqs.${region}.amazonaws.com/${accountId}/${props.name}`
  }

  /** Calls back with each time at which a message becomes visible, including those already in the queue. */
  onVisible(listener: (visibleAt: number) => void): void {
    this.listeners.push(listener)
    for (const { visibleAt } of this.messages.values()) listener(visibleAt)
  }

  send(body: string, delaySeconds = 0): string {
    const { now } = this.simulation
    const id = idFrom(`${this.arn} ${this.nextNumber}`)
    this.add({ id, body, sentAt: now, receiveCount: 0, visibleAt: now + delaySeconds * 1000 })
    return id
  }

  /** @param visibilitySeconds how long the messages are hidden. @default the visibility timeout */
  receive(
    maxMessages: number,
    visibilitySeconds = this.props.visibilityTimeoutSeconds,
  ): ReceivedMessage[] {
    const { deadLetterQueue, maxReceiveCount } = this.props
    const received: ReceivedMessage[] = []
    for (const [number, message] of this.messages) {
      if (received.length >= maxMessages) break
      if (message.visibleAt > this.simulation.now) continue
      if (this.hasExpired(message)) this.messages.delete(number)
      // SQS moves a message at the receive that would exceed maxReceiveCount.
      else if (deadLetterQueue && message.receiveCount >= maxReceiveCount) {
        this.messages.delete(number)
        deadLetterQueue.add({ ...message, visibleAt: this.simulation.now })
      } else received.push(this.deliver(number, message, visibilitySeconds))
    }
    return received
  }

  /** Accepts an outdated handle and deletes nothing, as SQS does for a standard queue. */
  delete(receiptHandle: string): void {
    const [number, receiveCount] = receiptHandle.split(' ').slice(-2).map(Number)
    const message = this.messages.get(number ?? -1)
    if (message?.receiveCount === receiveCount) this.messages.delete(number ?? -1)
  }

  purge(): void {
    this.messages.clear()
  }

  /** Sends all messages to another queue, as new ones. Returns how many. */
  redrive(target: Queue): number {
    const moved = [...this.messages.values()]
    this.purge()
    for (const { body } of moved) target.send(body)
    return moved.length
  }

  /** The numbers of messages that can be received, that were received and not deleted, and that are delayed. */
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

  /** How long the oldest message has waited or been in flight. A delayed message does not wait yet. */
  ageOfOldestSeconds(): number {
    const { now } = this.simulation
    const waiting = [...this.messages.values()].filter(
      (message) => message.receiveCount > 0 || message.visibleAt <= now,
    )
    return Math.max(0, ...waiting.map(({ sentAt }) => now - sentAt)) / 1000
  }

  private add(message: StoredMessage): void {
    this.messages.set(this.nextNumber++, message)
    this.showAt(message, message.visibleAt)
  }

  private showAt(message: StoredMessage, visibleAt: number): void {
    message.visibleAt = visibleAt
    for (const listener of this.listeners) listener(visibleAt)
  }

  private deliver(
    number: number,
    message: StoredMessage,
    visibilitySeconds: number,
  ): ReceivedMessage {
    const { now } = this.simulation
    message.receiveCount++
    message.firstReceivedAt ??= now
    this.showAt(message, now + visibilitySeconds * 1000)
    return {
      messageId: message.id,
      receiptHandle: `${this.props.name} ${number} ${message.receiveCount}`,
      body: message.body,
      systemAttributes: {
        ApproximateReceiveCount: String(message.receiveCount),
        SentTimestamp: String(message.sentAt),
        SenderId: accountId,
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
      },
    }
  }

  private hasExpired(message: StoredMessage): boolean {
    return this.simulation.now - message.sentAt > this.props.messageRetentionSeconds * 1000
  }
}
