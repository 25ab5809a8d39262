import { type StrategyItem, split } from './strategy'
import type { Task } from './task'

export function countByProvider(tasks: readonly Task[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { provider } of tasks) {
    counts.set(provider.name, (counts.get(provider.name) ?? 0) + 1)
  }
  return counts
}

/**
 * Which tasks go so that `wanted` are left: of the providers that have more than their share, those that have
 * not started first, then the newest.
 */
export function toScaleIn(
  current: readonly Task[],
  strategy: readonly StrategyItem[],
  wanted: number,
): Task[] {
  const targets = split(strategy, wanted)
  const counts = countByProvider(current)
  const candidates = [...current].sort((one, other) => rank(one) - rank(other))
  const chosen: Task[] = []
  while (candidates.length > wanted) {
    const isAbove = ({ provider: { name } }: Task) =>
      (counts.get(name) ?? 0) > (targets.get(name) ?? 0)
    // There is one: the shares add up to no more than `wanted`.
    const [victim] = candidates.splice(candidates.findIndex(isAbove), 1) as [Task]
    counts.set(victim.provider.name, (counts.get(victim.provider.name) ?? 0) - 1)
    chosen.push(victim)
  }
  return chosen
}

function rank({ lastStatus, createdAt }: Task): number {
  return lastStatus === 'RUNNING' ? -createdAt : Number.NEGATIVE_INFINITY
}
