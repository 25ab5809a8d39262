import type { Log } from './log'

/** What Lambda hands over of a queue, as far as we need it. */
export interface QueueEvent {
  readonly Records: readonly {
    readonly messageId: string
    readonly body: string
    readonly attributes?: { readonly ApproximateReceiveCount?: string }
  }[]
}

export interface BatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}

/** The messages of a batch that the queue is to give again. */
export class Failures {
  private readonly messageIds = new Set<string>()

  constructor(private readonly log: Log) {}

  /** Whatever fails in here is told, and its messages come again: no error is lost, and none stops the others. */
  async guard(messageIds: Iterable<string>, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error))
      this.log({
        level: 'error',
        message: 'failed, and will be tried again',
        error: name,
        detail: message,
        messageIds: [...messageIds],
      })
      for (const messageId of messageIds) this.messageIds.add(messageId)
    }
  }

  response(): BatchResponse {
    return { batchItemFailures: [...this.messageIds].map((itemIdentifier) => ({ itemIdentifier })) }
  }
}
