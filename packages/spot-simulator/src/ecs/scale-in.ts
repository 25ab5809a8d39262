import type { Task } from './service'
import { type StrategyItem, split } from './strategy'

export function countByProvider(tasks: readonly Task[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { provider } of tasks) {
    counts.set(provider.name, (counts.get(provider.name) ?? 0) + 1)
  }
  return counts
}

/**
 * Selects the tasks to stop so that `desiredCount` remain: from providers above their share, first tasks that have
 * not started, then the newest.
 */
export function toScaleIn(
  current: readonly Task[],
  strategy: readonly StrategyItem[],
  desiredCount: number,
): Task[] {
  const targets = split(strategy, desiredCount)
  const counts = countByProvider(current)
  const candidates = [...current].sort((one, other) => rank(one) - rank(other))
  const chosen: Task[] = []
  while (candidates.length > desiredCount) {
    const isAbove = ({ provider: { name } }: Task) =>
      (counts.get(name) ?? 0) > (targets.get(name) ?? 0)
    // Always found, because the shares add up to no more than `desiredCount`.
    const [victim] = candidates.splice(candidates.findIndex(isAbove), 1) as [Task]
    counts.set(victim.provider.name, (counts.get(victim.provider.name) ?? 0) - 1)
    chosen.push(victim)
  }
  return chosen
}

function rank({ lastStatus, createdAt }: Task): number {
  return lastStatus === 'RUNNING' ? -createdAt : Number.NEGATIVE_INFINITY
}
