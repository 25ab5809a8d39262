import type { Random } from './random'
import { CapacityTrace, type TraceStep } from './trace'

export interface DroughtSettings {
  readonly fromSeconds: number
  readonly toSeconds: number
  /**
   * Capacity during the drought.
   * @default 0
   */
  readonly remaining?: number
  /**
   * Capacity before and after it.
   * @default Infinity
   */
  readonly normal?: number
}

export interface OnOffSettings {
  readonly meanUpSeconds: number
  readonly meanDownSeconds: number
  readonly untilSeconds: number
  /** @default Infinity */
  readonly capacity?: number
}

export interface ZonesSettings extends OnOffSettings {
  readonly zones: readonly string[]
  /** 0: zones fail independently. 1: all zones fail together. */
  readonly correlation: number
}

export interface FlappingSettings {
  readonly upSeconds: number
  readonly downSeconds: number
  /** @default Infinity */
  readonly capacity?: number
}

export const unlimited = (): CapacityTrace => CapacityTrace.constant(Number.POSITIVE_INFINITY)

export const none = (): CapacityTrace => CapacityTrace.constant(0)

/** Less capacity from one time to another. */
export function drought(settings: DroughtSettings): CapacityTrace {
  const { fromSeconds, toSeconds, remaining = 0, normal = Number.POSITIVE_INFINITY } = settings
  return new CapacityTrace([
    ...(fromSeconds > 0 ? [{ atSeconds: 0, capacity: normal }] : []),
    { atSeconds: fromSeconds, capacity: remaining },
    { atSeconds: toSeconds, capacity: normal },
  ])
}

/** Alternates between full and no capacity at fixed intervals. */
export function flapping(settings: FlappingSettings): CapacityTrace {
  const { upSeconds, downSeconds, capacity = Number.POSITIVE_INFINITY } = settings
  const steps = [
    { atSeconds: 0, capacity },
    { atSeconds: upSeconds, capacity: 0 },
  ]
  return new CapacityTrace(steps, { repeatEverySeconds: upSeconds + downSeconds })
}

/** Alternates between full and no capacity. The durations are exponentially distributed. */
export function onOff(random: Random, settings: OnOffSettings): CapacityTrace {
  return onOffZones(random, { ...settings, zones: ['only'], correlation: 0 }).only as CapacityTrace
}

/**
 * Like `onOff` for several zones. At each change, a zone follows a shared process with the probability `correlation`,
 * and its own process otherwise.
 */
export function onOffZones(random: Random, settings: ZonesSettings): Record<string, CapacityTrace> {
  const shared = process(random, settings)
  return Object.fromEntries(
    settings.zones.map((zone) => [
      zone,
      mixed(random, shared, process(random, settings), settings),
    ]),
  )
}

export interface PartialReturnSettings {
  /** The share of `full` that comes back first. */
  readonly share: number
  /** The capacity of the trace where it is unlimited, or larger. */
  readonly full: number
  /** How long the share lasts. A drop of the trace ends it. */
  readonly forSeconds: number
}

/** A trace whose capacity comes back in two steps after each drop. */
export function partialReturns(
  { steps, repeatEverySeconds }: CapacityTrace,
  { share, full, forSeconds }: PartialReturnSettings,
): CapacityTrace {
  const partial = Math.floor(share * full)
  const split = steps.flatMap(({ atSeconds, capacity }, index): TraceStep[] => {
    const limited = Math.min(full, capacity)
    const before = steps[index - 1]?.capacity ?? full
    if (limited <= Math.max(before, partial)) return [{ atSeconds, capacity: limited }]
    const end = steps[index + 1]?.atSeconds ?? repeatEverySeconds ?? Number.POSITIVE_INFINITY
    const isLong = atSeconds + forSeconds < end
    return [
      { atSeconds, capacity: Math.max(before, partial) },
      ...(isLong ? [{ atSeconds: atSeconds + forSeconds, capacity: limited }] : []),
    ]
  })
  return new CapacityTrace(split, { ...(repeatEverySeconds && { repeatEverySeconds }) })
}

type Process = readonly { readonly atSeconds: number; readonly isUp: boolean }[]

function process(random: Random, settings: OnOffSettings): Process {
  const { meanUpSeconds, meanDownSeconds, untilSeconds } = settings
  const changes: { atSeconds: number; isUp: boolean }[] = []
  let isUp = random.chance(meanUpSeconds / (meanUpSeconds + meanDownSeconds))
  for (let atSeconds = 0; atSeconds < untilSeconds; isUp = !isUp) {
    changes.push({ atSeconds, isUp })
    atSeconds += Math.max(
      1,
      -Math.log(1 - random.next()) * (isUp ? meanUpSeconds : meanDownSeconds),
    )
  }
  return changes
}

function mixed(random: Random, shared: Process, own: Process, settings: ZonesSettings) {
  const { correlation, capacity = Number.POSITIVE_INFINITY } = settings
  const times = [...shared, ...own].map(({ atSeconds }) => atSeconds).sort((a, b) => a - b)
  const steps: TraceStep[] = []
  for (const atSeconds of new Set(times)) {
    const followed = random.chance(correlation) ? shared : own
    const isUp = followed.findLast((change) => change.atSeconds <= atSeconds)?.isUp ?? false
    steps.push({ atSeconds, capacity: isUp ? capacity : 0 })
  }
  return new CapacityTrace(steps)
}
