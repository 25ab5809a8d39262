import type { Log } from './log'

/** What Lambda passes from a queue, reduced to the fields in use. */
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

/** The messages of a batch that return to the queue. */
export class BatchFailures {
  private readonly messageIds = new Set<string>()

  constructor(private readonly log: Log) {}

  /** Logs an error of `work` and retries its messages. The rest of the batch goes on. */
  async guard(messageIds: Iterable<string>, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error))
      this.log({
        // Of two functions that reconcile a pair at the same time, one has succeeded.
        level: name === 'Conflict' ? 'warn' : 'error',
        message: 'failed, will be retried',
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
