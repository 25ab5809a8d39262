import { Crash } from '../endpoint'
import type { Cancel, Simulation } from '../simulation'
import { type BatchResponse, failedIds } from './batch-response'
import { type ColdStarts, ExecutionEnvironments } from './execution-environments'
import { runAsProcess } from './process'
import type { ReceivedMessage } from './sqs/message'
import type { Queue } from './sqs/queue'
import { type SqsEvent, sqsRecord } from './sqs-event'

// biome-ignore lint/suspicious/noConfusingVoidType: the type of a handler without a response
export type QueueHandler = (event: SqsEvent) => Promise<BatchResponse | void>

export interface EventSourceMappingProps {
  readonly queue: Queue
  readonly handler: QueueHandler
  /** @default 10 */
  readonly batchSize?: number
  /** How long a batch that is not full waits for more messages. @default 0 */
  readonly maximumBatchingWindowSeconds?: number
  /** @default 2 */
  readonly maximumConcurrency?: number
  /** The timeout of an invocation. Its messages are retried. @default 60 */
  readonly timeoutSeconds?: number
  /** Whether the handler reports failed messages. If not, the batch fails as a whole. @default true */
  readonly reportsBatchItemFailures?: boolean
  /** @default the function is always warm */
  readonly coldStarts?: ColdStarts
}

export interface Invocation {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly messageIds: readonly string[]
  readonly failedMessageIds: readonly string[]
  /** Thrown by the handler, or a TypeError for an invalid response. */
  readonly error?: unknown
}

/** Assumed. Without it, a failed message that is visible at once would be delivered endlessly at one instant. */
const backoffAfterFailureSeconds = 1

/** Assumed. The clock moves between polls, so a handler that sends to its own queue does not loop endlessly. */
const pollMilliseconds = 1

/** Lambda's event source mapping from a queue to a function. An invocation takes the virtual time that it sleeps. */
export class EventSourceMapping {
  readonly invocations: Invocation[] = []
  private readonly props: Required<Omit<EventSourceMappingProps, 'coldStarts'>>
  private readonly environments: ExecutionEnvironments
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
    this.environments = new ExecutionEnvironments(simulation, props.coldStarts)
    const { batchSize, maximumBatchingWindowSeconds } = this.props
    if (batchSize > 10 && maximumBatchingWindowSeconds < 1) {
      throw new RangeError(
        `batchSize above 10 requires maximumBatchingWindowSeconds of at least 1, got batchSize ${batchSize}`,
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
    // Sequential, to keep a run deterministic.
    for (const batch of this.takeBatches()) {
      this.running++
      void this.simulation.work(() => this.invoke(batch))
      await this.simulation.idle()
    }
  }

  private scheduleNextPoll(hasFailed: boolean): void {
    const pause = hasFailed ? backoffAfterFailureSeconds * 1000 : pollMilliseconds
    this.pausedUntil = Math.max(this.pausedUntil, this.simulation.now + pause)
    this.wakeAt(this.pausedUntil)
  }

  /** Batches that are full, or whose window is over. */
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

  /** Failed messages stay in the queue, hidden until their visibility timeout. */
  private async invoke(batch: readonly ReceivedMessage[]): Promise<void> {
    const { queue, handler, reportsBatchItemFailures, timeoutSeconds } = this.props
    // The handler may modify its event: all of it is new.
    const event: SqsEvent = { Records: batch.map((message) => sqsRecord(message, queue.arn)) }
    const messageIds = batch.map(({ messageId }) => messageId)
    let failed: ReadonlySet<string> | 'all'
    let error: unknown
    let cancelTimeout: Cancel = () => {}
    // A cold start is not part of the timeout.
    const coldSeconds = this.environments.take()
    if (coldSeconds > 0) await this.simulation.sleep(coldSeconds * 1000)
    try {
      const response = await runAsProcess(
        () => handler(event),
        (end) => {
          // At its timeout the invocation sleeps, because the clock only moves while it does.
          cancelTimeout = this.simulation.after(timeoutSeconds, () =>
            this.simulation.interruptSleep(() =>
              end(new Crash(`timeout after ${timeoutSeconds} s`)),
            ),
          )
        },
      )
      failed = reportsBatchItemFailures ? failedIds(response, new Set(messageIds)) : new Set()
      if (failed === 'all') error = new TypeError('invalid batch response')
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
    this.environments.release()
    this.scheduleNextPoll(failedMessageIds.length > 0)
  }
}
