import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { chunks } from './arrays'
import type { Settings } from './settings'

export interface QueueDeps {
  readonly sqs: SQSClient
  readonly settings: Settings
}

export interface ReconcileMessage {
  readonly cluster: string
  readonly services: readonly string[]
  /** A reconcile at this time or later is enough: where the controller is slow, messages do not pile up. */
  readonly at?: number
  readonly delaySeconds: number
}

/** A message to the queue that feeds the function. */
export interface QueuedMessage {
  readonly body: string
  readonly delaySeconds: number
}

/** The SQS limits for a delay and a batch. */
const maxDelaySeconds = 900
export const maxBatchSize = 10

/** Queues reconciles. */
export async function requestReconciles(
  messages: readonly ReconcileMessage[],
  deps: QueueDeps,
): Promise<void> {
  await sendToQueue(
    messages.map(({ delaySeconds, ...detail }) => ({
      delaySeconds,
      body: JSON.stringify({ 'detail-type': 'Tideway Look', detail }),
    })),
    deps,
  )
}

/** A message that SQS does not accept is an error, not a loss. */
export async function sendToQueue(
  messages: readonly QueuedMessage[],
  { sqs, settings }: QueueDeps,
): Promise<void> {
  for (const batch of chunks(messages, maxBatchSize)) {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: settings.queueUrl,
        Entries: batch.map(({ delaySeconds, body }, index) => ({
          Id: String(index),
          DelaySeconds: Math.min(maxDelaySeconds, delaySeconds),
          MessageBody: body,
        })),
      }),
    )
    if (Failed.length > 0) {
      throw new Error(`SQS did not accept ${Failed.length} messages: ${Failed[0]?.Message}`)
    }
  }
}
