import type { ServiceState } from './ecs'
import type { Counts, Meter, Reading } from './meter-names'
import type { Decision, Observation } from './observation'
import { onDemandTasks } from './observe'
import { type Pair, priceIn } from './pair'
import { pairKey } from './pair-record'
import type { StoppedTask } from './requests'
import type { Settings } from './settings'
import { tags } from './tags'

/** A longer time without a reconcile is unknown: the counts may have changed and changed back. */
const maxSeconds = 2 * 3600

/**
 * What the meters counted between two readings.
 *
 * @param changes when events say that tasks were placed, or began to stop. Without one, the rates changed at an unknown
 * moment, and the middle is right on average
 */
export function metered(
  from: Reading | undefined,
  to: Reading,
  changes: readonly number[] = [],
): Counts {
  const seconds = from === undefined ? 0 : (to.at - from.at) / 1000
  if (from === undefined || seconds <= 0) return {}
  if (seconds > maxSeconds) {
    return nonZero({ UnmeteredTaskSeconds: (from.rates.DesiredTaskSeconds ?? 0) * seconds })
  }
  const within = changes.filter((at) => at > from.at && at < to.at)
  const before = within.length > 0 ? (Math.min(...within) - from.at) / 1000 : seconds / 2
  const meters = Object.keys({ ...from.rates, ...to.rates }) as Meter[]
  const count = (meter: Meter) =>
    (from.rates[meter] ?? 0) * before + (to.rates[meter] ?? 0) * (seconds - before)
  return nonZero(Object.fromEntries(meters.map((meter) => [meter, count(meter)])))
}

export function sumOf(all: readonly Counts[]): Counts {
  const sum: Partial<Record<Meter, number>> = {}
  for (const counts of all) {
    for (const [meter, count] of Object.entries(counts)) {
      sum[meter as Meter] = (sum[meter as Meter] ?? 0) + count
    }
  }
  return nonZero(sum)
}

/** Six digits are more than the meters are exact to. */
function nonZero(counts: Counts): Counts {
  const found = Object.entries(counts).filter(([, count]) => count !== 0)
  return Object.fromEntries(
    found.map(([meter, count]) => [
      meter,
      Number.isInteger(count) ? count : Number(count.toPrecision(6)),
    ]),
  )
}

export interface MeterInput {
  readonly pair: Pair
  readonly services: ReadonlyMap<string, ServiceState>
  readonly settings: Settings
}

/** How fast the meters of a pair run, with its services as ECS has just described them. */
export function ratesOf({ pair, services, settings }: MeterInput): Counts {
  const primary = services.get(pair.primary)
  const price = listPrice(pair, services)
  const paid = primary?.paid ?? 0
  const onDemand = primary === undefined ? 0 : Math.min(paid, onDemandTasks(primary, settings))
  return sumOf([
    priced('Spot', paid - onDemand, price),
    priced('OnDemand', onDemand, price),
    priced('Desired', primary?.active ? primary.desired : 0, price),
    ...pair.standbys.flatMap((name) => {
      const standby = services.get(name)
      return standby === undefined ? [] : standbyRate(standby, standby.paid)
    }),
  ])
}

/** The rates after a decision: the standbys change at once, and the next reconcile may be long after. */
export function ratesAfter(
  { pair, services, settings }: MeterInput,
  { standbys }: Pick<Decision, 'standbys'>,
): Counts {
  const changed = standbys.flatMap(({ name, desired }) => {
    const standby = services.get(name)
    if (standby === undefined) return []
    // On instances, a task may wait for one. On Fargate, only a task that has been placed exists.
    const isRaised = standby.isOnFargate && desired > standby.desired
    return [[name, { ...standby, paid: isRaised ? desired : Math.min(standby.paid, desired) }]]
  }) as [string, ServiceState][]
  return ratesOf({ pair, services: new Map([...services, ...changed]), settings })
}

/** What the tasks cost that ECS no longer counts, although their containers were still stopping. */
export function stopsOf(input: MeterInput, stopping: StoppingTasks): Counts {
  const { pair, services, settings } = input
  const { cluster, primary, standbys } = pair
  const price = listPrice(pair, services)
  return sumOf([
    ...stopping.take(pairKey(cluster, primary)).map(({ provider, seconds }) => {
      const isSpot = settings.spotProviders.has(provider)
      return priced(isSpot ? 'Spot' : 'OnDemand', seconds, price)
    }),
    ...standbys.flatMap((name) => {
      const standby = services.get(name)
      const tasks = stopping.take(pairKey(cluster, name))
      return standby === undefined ? [] : tasks.map(({ seconds }) => standbyRate(standby, seconds))
    }),
  ])
}

/** Counted once: the notices that the record did not have, and the messages of ECS since the last reading. */
export function eventsOf(
  { evidence }: Pick<Observation, 'evidence'>,
  notices: { readonly before: object; readonly after: object },
  from: Reading | undefined,
  until: number,
): Counts {
  const failed = evidence.filter(
    ({ kind, at }) => kind === 'service-message' && at > (from?.at ?? until) && at <= until,
  )
  const Notices = Object.keys(notices.after).filter((task) => !(task in notices.before)).length
  return nonZero({ Notices, FailedPlacements: failed.length })
}

function standbyRate(standby: ServiceState, tasks: number): Counts {
  return priced('Standby', tasks, priceIn(standby.tags, tags.taskPrice))
}

/** A primary runs the same tasks as its standbys, which have the tag. */
function listPrice({ standbys }: Pair, services: MeterInput['services']): number | undefined {
  return standbys
    .map((name) => priceIn(services.get(name)?.tags ?? {}, tags.taskPrice))
    .find((price) => price !== undefined)
}

function priced(
  kind: 'Desired' | 'OnDemand' | 'Spot' | 'Standby',
  tasks: number,
  price: number | undefined,
): Counts {
  if (tasks <= 0) return {}
  if (price !== undefined) {
    return { [`${kind}TaskSeconds`]: tasks, [`${kind}Dollars`]: (tasks * price) / 3600 }
  }
  return {
    [`${kind}TaskSeconds`]: tasks,
    ...(kind !== 'Desired' && { UnpricedTaskSeconds: tasks }),
  }
}

/** Enough for repeated events about the same tasks. */
const maxKnownStops = 2000

/**
 * The tasks whose end this process has received, until the next reconcile of their pair counts them. A function that ends
 * before loses them.
 */
export class StoppingTasks {
  private readonly waiting = new Map<string, StoppedTask[]>()
  private readonly known = new Set<string>()

  /** @param key of the service */
  add(key: string, task: StoppedTask): void {
    if (this.known.has(task.taskArn)) return
    // Of services that no pair has, nobody takes them.
    if (this.known.size >= maxKnownStops) this.known.clear()
    if (this.waiting.size >= maxKnownStops) this.waiting.clear()
    this.known.add(task.taskArn)
    this.waiting.set(key, [...(this.waiting.get(key) ?? []), task].slice(-maxKnownStops))
  }

  take(key: string): readonly StoppedTask[] {
    const found = this.waiting.get(key) ?? []
    this.waiting.delete(key)
    return found
  }
}
