import { CoverBudget } from '@tideway/failover-lambda/cover-budget'
import { decide } from '@tideway/failover-lambda/decide'
import type { Memory, Observation, Policy } from '@tideway/failover-lambda/observation'
import { observe } from '@tideway/failover-lambda/observe'
import { pairKey } from '@tideway/failover-lambda/pair-record'
import { memoryOf, withBudget } from '@tideway/failover-lambda/reconcile'
import { isRecent } from '@tideway/failover-lambda/requests'
import { readSettings } from '@tideway/failover-lambda/settings'
import { targetReader } from '@tideway/failover-lambda/targets'
import type { PairView, Reader } from './pairs'
import type { VerbContext } from './verb'

/** What the controller would see of a pair and decide from, if it reconciled now without a new event. */
export interface Present {
  readonly observation: Observation
  readonly memory: Memory
  readonly policy: Policy
  readonly now: number
}

/** Undefined for a pair whose services do not agree. */
export async function presentOf(
  { cluster, primary, pair, services, record }: PairView,
  { aws, controller, now: timeOf }: VerbContext,
  { ecs, store }: Reader,
): Promise<Present | undefined> {
  if (pair === undefined) return undefined
  const now = await timeOf()
  const settings = readSettings(controller.variables)
  const interruptedTasks = Object.fromEntries(
    Object.entries(record.interruptedTasks).filter(([, at]) => isRecent(at, now)),
  )
  const describedTasks = await ecs.describeTasks(cluster, Object.keys(interruptedTasks))
  const { observation } = await observe(
    { pair, services, signals: [], interruptedTasks, describedTasks, record, now },
    { ecs, readTargets: targetReader(aws.loadBalancing), settings },
  )
  const budget = new CoverBudget(store, settings.maxCoverPrice, {
    now: () => now,
    sleep: async () => {},
  })
  await budget.refresh()
  return {
    observation,
    memory: memoryOf(record, services.get(primary)?.taskSet),
    policy: withBudget(pair, observation, budget.maxPriceOf(pairKey(cluster, primary))),
    now,
  }
}

/** The decision of the controller, if the operator's tags meant this. */
export function decideWith({ observation, memory, policy, now }: Present, mode: Policy['mode']) {
  return decide(observation, memory, { ...policy, mode }, now)
}

/** What the controller would see once a decision is carried out. */
export function after(
  present: Present,
  { standbys, memory }: ReturnType<typeof decideWith>,
): Present {
  const { observation } = present
  const raised = observation.standbys.map((standby, index) => {
    const desired = standbys[index]?.desired ?? standby.desired
    return { ...standby, desired, running: desired }
  })
  return { ...present, memory, observation: { ...observation, standbys: raised } }
}

export function total(counts: readonly { readonly desired: number }[]): number {
  return counts.reduce((sum, { desired }) => sum + desired, 0)
}

/** In steps of a minute, the longest reserve and its window. */
const maxSteps = 8 * 60

/**
 * What the standbys would be set to, and when, if this number of tasks ran and served from now on. These are the rules
 * of the controller: `decide` is run in steps until nothing is left to give back.
 */
export function project(
  { observation, memory, policy, now }: Present,
  serving: number,
): { readonly desired: number; readonly at: number }[] {
  const { desired } = observation.primary
  const primary = { ...observation.primary, running: serving, interrupted: 0, healthy: serving }
  let { standbys } = observation
  let remembered = memory
  const changes: { desired: number; at: number }[] = []
  let at = now
  for (let step = 0; step < maxSteps && total(standbys) > 0 && desired > 0; step++) {
    const decision = decide(
      { ...observation, primary, standbys },
      remembered,
      { ...policy, mode: 'auto' },
      at,
    )
    if (total(decision.standbys) < total(standbys))
      changes.push({ desired: total(decision.standbys), at })
    remembered = decision.memory
    standbys = standbys.map((standby, index) => {
      const count = decision.standbys[index]?.desired ?? standby.desired
      return { ...standby, desired: count, running: Math.min(standby.running, count) }
    })
    at += 1000 * Math.max(1, Math.ceil(decision.requeueAfterSeconds ?? 60))
  }
  return changes
}

/** The smallest number of serving tasks with which a standby is lowered. Undefined: not even with all of them. */
export function servingToGiveBack(present: Present): number | undefined {
  const { desired } = present.observation.primary
  let [low, high] = [0, desired]
  if (project(present, high).length === 0) return undefined
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (project(present, middle).length > 0) high = middle
    else low = middle + 1
  }
  return high
}
