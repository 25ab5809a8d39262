import { Ids } from './ecs/ids'
import { drawn, type SecondsRange } from './ecs/settings'
import { AwsError, Crash } from './endpoint'
import { type EventPattern, mismatchOf } from './event-pattern'
import type { Random } from './random'
import type { Simulation } from './simulation'

/** An event as EventBridge hands it on. */
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
   * The chance that an event comes twice.
   * @default 0
   */
  readonly duplicates?: number
  /**
   * The chance that an event never comes.
   * @default 0
   */
  readonly losses?: number
  /**
   * The chance that an event is held up, so that later ones overtake it.
   * @default 0
   */
  readonly reorders?: number
  /**
   * How long it is held up then.
   * @default [30, 300]
   */
  readonly holdUpSeconds?: SecondsRange
  /**
   * How often a delivery is tried again that ended in an AwsError, an error of the SDK or a Crash. Other errors
   * are mistakes of the test, and come out of `run`.
   * @default 185, as EventBridge does
   */
  readonly retries?: number
}

export type Subscriber = (event: AwsEvent) => void | Promise<void>

export interface EventSource {
  readonly source: string
  readonly detailType: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** EventBridge: at least once, in no sure order, after a while. */
export class EventBus {
  private readonly subscribers: {
    readonly hear: Subscriber
    readonly pattern: EventPattern
  }[] = []
  private readonly taps: ((event: AwsEvent) => void)[] = []
  private readonly ids: Ids
  private readonly random: Random
  private readonly settings: Required<DeliverySettings>

  constructor(
    private readonly simulation: Simulation,
    private readonly home: { readonly region: string; readonly account: string },
    settings: DeliverySettings = {},
  ) {
    this.random = simulation.random.fork('event-bus')
    this.ids = new Ids(simulation.random.fork('event-ids'))
    this.settings = { ...defaults, ...settings }
  }

  /** @param pattern which events to deliver. Default: all */
  subscribe(hear: Subscriber, pattern: EventPattern = {}): void {
    this.subscribers.push({ hear, pattern })
  }

  /** Hears each event once, as it happens: for tests, which want to know what was told. */
  tap(hear: (event: AwsEvent) => void): void {
    this.taps.push(hear)
  }

  /** @param make called only if somebody hears */
  publish(make: () => EventSource): void {
    if (this.subscribers.length === 0 && this.taps.length === 0) return
    const { source, detailType, resources, detail } = make()
    const event: AwsEvent = {
      version: '0',
      id: this.ids.uuid(),
      'detail-type': detailType,
      source,
      account: this.home.account,
      time: `${new Date(this.simulation.now).toISOString().slice(0, 19)}Z`,
      region: this.home.region,
      resources,
      detail,
    }
    for (const tap of this.taps) tap(event)
    for (const { hear, pattern } of this.subscribers) {
      if (mismatchOf(pattern, event) === undefined) this.send(hear, event)
    }
  }

  private send(hear: Subscriber, event: AwsEvent): void {
    const { losses, duplicates, reorders, holdUpSeconds, delaySeconds } = this.settings
    const { random } = this
    if (random.chance(losses)) return
    const copies = random.chance(duplicates) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const holdUp = random.chance(reorders) ? drawn(random, holdUpSeconds) : 0
      this.deliver(hear, event, holdUp + drawn(random, delaySeconds), 0)
    }
  }

  private deliver(hear: Subscriber, event: AwsEvent, delaySeconds: number, tries: number): void {
    this.simulation.after(delaySeconds, async () => {
      try {
        await hear(structuredClone(event))
      } catch (error) {
        if (!isOfAws(error)) throw error
        if (tries >= this.settings.retries) return
        // Up to 24 hours in 185 tries.
        const most = Math.min(600, 2 ** tries)
        const wait = drawn(this.random, [most / 2, most])
        this.deliver(hear, event, wait, tries + 1)
      }
    })
  }
}

const defaults: Required<DeliverySettings> = {
  delaySeconds: [0.2, 2],
  duplicates: 0,
  losses: 0,
  reorders: 0,
  holdUpSeconds: [30, 300],
  retries: 185,
}

function isOfAws(error: unknown): boolean {
  if (error instanceof AwsError || error instanceof Crash) return true
  return error instanceof Error && '$metadata' in error
}
