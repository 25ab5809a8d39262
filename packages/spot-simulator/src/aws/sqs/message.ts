import { createHash } from 'node:crypto'

/** One delivery of a message. */
export interface ReceivedMessage {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  /** The attributes that SQS sets: `ApproximateReceiveCount`, `SentTimestamp` and so on. */
  readonly systemAttributes: SystemAttributes
}

export interface SystemAttributes {
  readonly ApproximateReceiveCount: string
  readonly SentTimestamp: string
  readonly SenderId: string
  readonly ApproximateFirstReceiveTimestamp: string
}

/** A message in a queue. */
export interface StoredMessage {
  readonly id: string
  readonly body: string
  /** Milliseconds since 1970, as all times here. A dead letter keeps the time when it was first sent. */
  readonly sentAt: number
  visibleAt: number
  receiveCount: number
  firstReceivedAt?: number
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** An id in the form of a UUID, the same for the same text. */
export function idFrom(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex')
  return [0, 8, 12, 16, 20]
    .map((start, index, starts) => hash.slice(start, starts[index + 1] ?? 32))
    .join('-')
}
