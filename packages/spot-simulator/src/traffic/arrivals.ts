import { CapacityTrace, type TraceStep } from '../trace'

/**
 * Requests a second, as a step function of the seconds since the start of the measurement. Arrivals are an open loop:
 * users send as many requests while the service fails.
 */
export interface Arrivals {
  at(seconds: number): number
  /** The time of the next step after `seconds`, if there is one. */
  nextChange(seconds: number): number | undefined
}

const day = 86_400

export function flatArrivals(perSecond: number): Arrivals {
  return CapacityTrace.constant(perSecond)
}

/** Repeats after `repeatEverySeconds`, or keeps the last rate. */
export function recordedArrivals(
  steps: readonly { readonly atSeconds: number; readonly perSecond: number }[],
  repeatEverySeconds?: number,
): Arrivals {
  const trace = steps.map(({ atSeconds, perSecond }) => ({ atSeconds, capacity: perSecond }))
  return new CapacityTrace(trace, repeatEverySeconds === undefined ? {} : { repeatEverySeconds })
}

export interface DailyArrivals {
  readonly lowest: number
  readonly highest: number
  /** @default 14 o'clock, for a measurement that starts at midnight */
  readonly peakAtSeconds?: number
  /** @default 300 */
  readonly stepSeconds?: number
}

/** A sine of one day, in steps. Each step has the rate of its middle. */
export function dailyArrivals(curve: DailyArrivals): Arrivals {
  const { lowest, highest, peakAtSeconds = 14 * 3600, stepSeconds = 300 } = curve
  const steps: TraceStep[] = []
  for (let atSeconds = 0; atSeconds < day; atSeconds += stepSeconds) {
    const angle = (2 * Math.PI * (atSeconds + stepSeconds / 2 - peakAtSeconds)) / day
    const capacity = (highest + lowest) / 2 + ((highest - lowest) / 2) * Math.cos(angle)
    steps.push({ atSeconds, capacity })
  }
  return new CapacityTrace(steps, { repeatEverySeconds: day })
}
