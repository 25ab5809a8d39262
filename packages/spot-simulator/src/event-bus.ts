import { accountId, region } from './aws/account'
import { Ids } from './ecs/ids'
import { drawn, type SecondsRange } from './ecs/settings'
import { AwsError, Crash } from './endpoint'
import { type EventPattern, mismatchOf } from './event-pattern'
import type { Random } from './random'
import type { Simulation } from './simulation'

/** An event as EventBridge delivers it. */
export interface AwsEvent {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

export interface DeliverySettings {
  /** @default [0.2, 2] */
  readonly delaySeconds?: SecondsRange
  /**
   * The chance that an event is delivered twice.
   * @default 0
   */
  readonly duplicates?: number
  /**
   * The chance that an event is lost.
   * @default 0
   */
  readonly losses?: number
  /**
   * The chance that an event is delayed, so that later events overtake it.
   * @default 0
   */
  readonly reorders?: number
  /**
   * The additional delay of such an event.
   * @default [30, 300]
   */
  readonly extraDelaySeconds?: SecondsRange
  /**
   * Retries after an AwsError, an error of the SDK or a Crash. Other errors are bugs of the test: `run` throws them.
   * @default 185, as in EventBridge
   */
  readonly retries?: number
}

export type Listener = (event: AwsEvent) => void | Promise<void>

export interface EventSource {
  readonly source: string
  readonly detailType: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** Delivers events as EventBridge does: delayed, at least once, in no guaranteed order. */
export class EventBus {
  private readonly subscribers: {
    readonly listener: Listener
    readonly pattern: EventPattern
  }[] = []
  private readonly taps: ((event: AwsEvent) => void)[] = []
  private readonly ids: Ids
  private readonly random: Random
  private readonly settings: Required<DeliverySettings>

  constructor(
    private readonly simulation: Simulation,
    settings: DeliverySettings = {},
  ) {
    this.random = simulation.random.fork('event-bus')
    this.ids = new Ids(simulation.random.fork('event-ids'))
    this.settings = { ...defaults, ...settings }
  }

  /** @param pattern which events to deliver. Default: all */
  subscribe(listener: Listener, pattern: EventPattern = {}): void {
    this.subscribers.push({ listener, pattern })
  }

  /** Calls back with each event once, at the moment when it is published: for assertions. */
  tap(listener: (event: AwsEvent) => void): void {
    this.taps.push(listener)
  }

  /** @param create called only if there is a subscriber */
  publish(create: () => EventSource): void {
    if (this.subscribers.length === 0 && this.taps.length === 0) return
    const { source, detailType, resources, detail } = create()
    const event: AwsEvent = {
      version: '0',
      id: this.ids.uuid(),
      'detail-type': detailType,
      source,
      account: accountId,
      time: `${new Date(this.simulation.now).toISOString().slice(0, 19)}Z`,
      region,
      resources,
      detail,
    }
    for (const tap of this.taps) tap(event)
    for (const { listener, pattern } of this.subscribers) {
      if (mismatchOf(pattern, event) === undefined) this.send(listener, event)
    }
  }

  private send(listener: Listener, event: AwsEvent): void {
    const { losses, duplicates, reorders, extraDelaySeconds, delaySeconds } = this.settings
    const { random } = this
    if (random.chance(losses)) return
    const copies = random.chance(duplicates) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const extraDelay = random.chance(reorders) ? drawn(random, extraDelaySeconds) : 0
      this.deliver(listener, event, extraDelay + drawn(random, delaySeconds), 0)
    }
  }

  private deliver(listener: Listener, event: AwsEvent, delaySeconds: number, tries: number): void {
    this.simulation.after(delaySeconds, async () => {
      try {
        await listener(structuredClone(event))
      } catch (error) {
        if (!isRetried(error)) throw error
        if (tries >= this.settings.retries) return
        // 185 retries take up to 24 hours.
        const maxWait = Math.min(600, 2 ** tries)
        const wait = drawn(this.random, [maxWait / 2, maxWait])
        this.deliver(listener, event, wait, tries + 1)
      }
    })
  }
}

/** The default. Assumed: public reports of EventBridge are from under a second to a few seconds. */
export const eventDelaySeconds: SecondsRange = [0.2, 2]

const defaults: Required<DeliverySettings> = {
  delaySeconds: eventDelaySeconds,
  duplicates: 0,
  losses: 0,
  reorders: 0,
  extraDelaySeconds: [30, 300],
  retries: 185,
}

function isRetried(error: unknown): boolean {
  if (error instanceof AwsError || error instanceof Crash) return true
  return error instanceof Error && '$metadata' in error
}
