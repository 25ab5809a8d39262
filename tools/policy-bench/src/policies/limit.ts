import type { CapacityTrace } from '@tideway/spot-simulator'
import type { ScenarioAccount } from '../scenario-account'
import { type BoundSettings, boundWith } from './oracle'

/**
 * The oracle, and Spot as soon as there is any: at each recovery it ends the backoff of ECS, which costs a forced
 * deployment in AWS, and nothing here. It is no bound where ECS starts Spot tasks that are interrupted before they
 * serve: those are paid for. Nor on instances, which it does not start early.
 */
export const limitWith = (settings: BoundSettings = {}) =>
  boundWith('limit', settings, endBackoffAtRecoveries)

export const limit = limitWith()

function endBackoffAtRecoveries({ aws, pairs, scenario }: ScenarioAccount): void {
  const end = scenario.hours * 3600
  for (const at of new Set(
    Object.values(scenario.spot).flatMap((trace) => increases(trace, end)),
  )) {
    aws.simulation.after(at, () => {
      for (const { primary } of pairs.values()) aws.endBackoff(primary)
    })
  }
}

function increases(trace: CapacityTrace, endSeconds: number): number[] {
  const times: number[] = []
  let capacity = trace.at(0)
  for (
    let at = trace.nextChange(0);
    at !== undefined && at < endSeconds;
    at = trace.nextChange(at)
  ) {
    if (trace.at(at) > capacity) times.push(at)
    capacity = trace.at(at)
  }
  return times
}
