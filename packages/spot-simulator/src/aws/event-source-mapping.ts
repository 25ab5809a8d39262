import { Crash } from '../endpoint'
import type { Cancel, Simulation } from '../simulation'
import { type BatchResponse, failedIds } from './batch-response'
import { runAsProcess } from './process'
import type { ReceivedMessage } from './sqs/message'
import type { Queue } from './sqs/queue'
import { type SqsEvent, sqsRecord } from './sqs-event'

// biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing is declared so
export type QueueHandler = (event: SqsEvent) => Promise<BatchResponse | void>

export interface EventSourceMappingProps {
  readonly queue: Queue
  readonly handler: QueueHandler
  /** @default 10 */
  readonly batchSize?: number
  /** How long a batch that is not full waits for more. @default 0 */
  readonly maximumBatchingWindowSeconds?: number
  /** How many batches are worked on at once. @default 2 */
  readonly maximumConcurrency?: number
  /** How long an invocation may take; then its process ends and its messages come again. @default 60 */
  readonly timeoutSeconds?: number
  /** Whether the handler's answer is read. Without, it succeeds or fails as a whole. @default true */
  readonly reportsBatchItemFailures?: boolean
}

export interface Invocation {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly messageIds: readonly string[]
  readonly failedMessageIds: readonly string[]
  /** What the handler threw, or that its answer made no sense. */
  readonly error?: unknown
}

/**
 * Assumed. Lambda slows down for a while after an invocation that failed; without this a message that its
 * handler makes visible at once would be delivered for ever at one instant.
 */
const backoffAfterFailureSeconds = 1

/** Assumed. Between one poll and the next the clock moves, so a handler that sends to its own queue ends. */
const pollMilliseconds = 1

/** What Lambda does between a queue and a function. An invocation takes the virtual time that it sleeps. */
export class EventSourceMapping {
  readonly invocations: Invocation[] = []
  private readonly props: Required<EventSourceMappingProps>
  private readonly wakes = new Set<number>()
  private collected: ReceivedMessage[] = []
  private running = 0
  private windowEndsAt = 0
  private pausedUntil = 0

  constructor(
    private readonly simulation: Simulation,
    props: EventSourceMappingProps,
  ) {
    this.props = {
      batchSize: 10,
      maximumBatchingWindowSeconds: 0,
      maximumConcurrency: 2,
      timeoutSeconds: 60,
      reportsBatchItemFailures: true,
      ...props,
    }
    const { batchSize, maximumBatchingWindowSeconds } = this.props
    if (batchSize > 10 && maximumBatchingWindowSeconds < 1) {
      throw new RangeError(
        `batchSize ${batchSize}: Lambda wants a maximumBatchingWindowSeconds of at least 1 for more than 10`,
      )
    }
    props.queue.onVisible((visibleAt) => this.wakeAt(visibleAt))
  }

  private wakeAt(time: number): void {
    const at = Math.max(time, this.simulation.now)
    if (this.wakes.has(at)) return
    this.wakes.add(at)
    this.simulation.at(at, async () => {
      this.wakes.delete(at)
      await this.poll()
    })
  }

  private async poll(): Promise<void> {
    const { now } = this.simulation
    if (now < this.pausedUntil) return
    // One begins when the one before has ended or sleeps, so that a run is the same each time.
    for (const batch of this.takeBatches()) {
      this.running++
      void this.simulation.work(() => this.invoke(batch))
      await this.simulation.quiet()
    }
  }

  /** The next poll, once there is room for a batch. */
  private pollAfter(hasFailed: boolean): void {
    const pause = hasFailed ? backoffAfterFailureSeconds * 1000 : pollMilliseconds
    this.pausedUntil = Math.max(this.pausedUntil, this.simulation.now + pause)
    this.wakeAt(this.pausedUntil)
  }

  /** Batches that are full, or have waited for their window. */
  private takeBatches(): ReceivedMessage[][] {
    const { queue, batchSize, maximumBatchingWindowSeconds, maximumConcurrency } = this.props
    const { now } = this.simulation
    const batches: ReceivedMessage[][] = []
    while (this.running + batches.length < maximumConcurrency) {
      const received = queue.receive(batchSize - this.collected.length)
      if (this.collected.length === 0) this.windowEndsAt = now + maximumBatchingWindowSeconds * 1000
      this.collected.push(...received)
      if (this.collected.length === 0) break
      if (this.collected.length < batchSize && now < this.windowEndsAt) {
        this.wakeAt(this.windowEndsAt)
        break
      }
      batches.push(this.collected)
      this.collected = []
    }
    return batches
  }

  /** What failed stays in the queue, hidden until its visibility timeout. */
  private async invoke(batch: readonly ReceivedMessage[]): Promise<void> {
    const { queue, handler, reportsBatchItemFailures, timeoutSeconds } = this.props
    const event: SqsEvent = { Records: batch.map((message) => sqsRecord(message, queue.arn)) }
    const messageIds = batch.map(({ messageId }) => messageId)
    let failed: ReadonlySet<string> | 'all'
    let error: unknown
    let cancelTimeout: Cancel = () => {}
    try {
      const answer = await runAsProcess(
        // A copy, as Lambda's is: what a handler does to its event stays with it.
        () => handler(structuredClone(event)),
        (end) => {
          // The clock only goes on while it sleeps, so that is what it does when its time is over.
          cancelTimeout = this.simulation.after(timeoutSeconds, () =>
            this.simulation.rouse(() => end(new Crash(`after ${timeoutSeconds} s`))),
          )
        },
      )
      failed = reportsBatchItemFailures ? failedIds(answer, new Set(messageIds)) : new Set()
      if (failed === 'all') error = new TypeError('the answer is no batch response of this batch')
    } catch (thrown) {
      failed = 'all'
      error = thrown
    }
    cancelTimeout()
    const hasFailed = (id: string) => failed === 'all' || failed.has(id)
    for (const { messageId, receiptHandle } of batch) {
      if (!hasFailed(messageId)) queue.delete(receiptHandle)
    }
    const failedMessageIds = messageIds.filter(hasFailed)
    const invocation = { at: this.simulation.now, messageIds, failedMessageIds }
    this.invocations.push(error === undefined ? invocation : { ...invocation, error })
    this.running--
    this.pollAfter(failedMessageIds.length > 0)
  }
}
