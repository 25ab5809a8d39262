import type { StrategyItem } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import { failedPlacement } from './failed-placement'

const hour = 3600
const firstBackoffSeconds = 3 * hour
const maxBackoffSeconds = 24 * hour
const maxRestoresPerDay = 4

/** Spot stays in the strategy, at weight 0. That distinguishes a fallback from a strategy that a user set. */
const fallback: readonly StrategyItem[] = [
  { capacityProvider: 'FARGATE', weight: 1 },
  { capacityProvider: 'FARGATE_SPOT', weight: 0 },
]

interface State {
  isFallenBack: boolean
  backoffSeconds: number
  /** Milliseconds since 1970. */
  restores: number[]
}

/**
 * Changes the strategy of a service, as the best peer does. When ECS cannot place a task on FARGATE_SPOT, the whole
 * service moves to on-demand with a forced deployment. It is restored on a timer, whether Spot is back or not: after
 * 3 h, doubled each time up to 24 h, at most four times per day.
 *
 * The peer does not document two details, which are chosen in its favour. The backoff restarts after a restore that
 * lasted as long as the backoff before it. A restore without capacity is undone at once, although its rollout is
 * still under way; the policy does not interfere with other rollouts.
 */
export const flip: Policy = {
  name: 'flip',
  declare: () => ({ strategy: spot }),
  start: (account) => {
    const states = new Map<string, State>()
    let changes = 0
    const change = async (name: string, strategy: readonly StrategyItem[]) => {
      changes++
      await account.changeStrategy(name, strategy)
    }
    account.aws.bus.subscribe(
      async (event) => {
        const name = failedPlacement(event)
        if (name === undefined || !account.pairs.has(name)) return
        const state = states.get(name) ?? newState()
        states.set(name, state)
        // A late event of the previous deployment.
        if (state.isFallenBack) return
        state.isFallenBack = true
        state.backoffSeconds = nextBackoff(state, account.aws.now)
        await change(name, fallback)
        account.aws.simulation.at(restoreTime(state, account.aws.now), async () => {
          state.isFallenBack = false
          state.restores.push(account.aws.now)
          await change(name, spot)
        })
      },
      { 'detail-type': ['ECS Service Action'] },
    )
    return { directionChanges: () => Math.max(0, changes - states.size) }
  },
}

function newState(): State {
  return { isFallenBack: false, backoffSeconds: 0, restores: [] }
}

function nextBackoff({ backoffSeconds, restores }: State, now: number): number {
  const restoredAt = restores.at(-1)
  const hasLasted = restoredAt === undefined || now - restoredAt >= backoffSeconds * 1000
  return hasLasted ? firstBackoffSeconds : Math.min(maxBackoffSeconds, 2 * backoffSeconds)
}

/** After the backoff. A fifth restore waits until the first is a day ago. */
function restoreTime({ backoffSeconds, restores }: State, now: number): number {
  const fourthLast = restores.at(-maxRestoresPerDay)
  const allowedAt = fourthLast === undefined ? 0 : fourthLast + 24 * hour * 1000
  return Math.max(now + backoffSeconds * 1000, allowedAt)
}
