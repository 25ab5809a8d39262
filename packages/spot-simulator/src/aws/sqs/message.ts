import { createHash } from 'node:crypto'

/** A message attribute as the API writes it; binary values are base64. */
export interface MessageAttribute {
  readonly DataType: string
  readonly StringValue?: string
  readonly BinaryValue?: string
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>

/** One delivery of a message. */
export interface ReceivedMessage {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  /** What SQS itself knows of it: `ApproximateReceiveCount`, `SentTimestamp` and the like. */
  readonly systemAttributes: Readonly<Record<string, string>>
  readonly messageAttributes: MessageAttributes
}

/** A message, or a second copy of it, as a queue holds it. */
export interface StoredMessage {
  /** Its own for each copy, while copies share the id. */
  readonly key: number
  readonly id: string
  readonly body: string
  readonly attributes: MessageAttributes
  /** Milliseconds since 1970, as all times here. A dead letter keeps the time it was first sent. */
  readonly sentAt: number
  readonly isCopy: boolean
  readonly deadLetterSourceArn?: string
  visibleAt: number
  receiveCount: number
  firstReceivedAt?: number
  /** Of the last delivery. Only this one deletes the message. */
  receiptHandle?: string
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** Looks like a UUID, and is the same for the same text. */
export function idFrom(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex')
  return [0, 8, 12, 16, 20]
    .map((start, index, starts) => hash.slice(start, starts[index + 1] ?? 32))
    .join('-')
}

export function messageBytes(body: string, attributes: MessageAttributes = {}): number {
  let bytes = Buffer.byteLength(body)
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType)
    bytes += Buffer.byteLength(StringValue ?? '') + Buffer.byteLength(BinaryValue ?? '', 'base64')
  }
  return bytes
}
