import type { Ecs } from './ecs'
import type { Log } from './log'
import { isHeld } from './pair'
import type { Clock } from './token-bucket'

/** A batch of a hundred pairs reads the tags once, and an operator waits no longer than this. */
const validMilliseconds = 10_000

/** Whether an operator holds all pairs of a cluster, by a tag on the cluster. */
export class ClusterHold {
  private readonly found = new Map<string, { readonly isHeld: boolean; readonly readAt: number }>()

  constructor(
    private readonly ecs: Ecs,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** A failed read keeps the last value, because cover must not depend on this switch. */
  async isHeld(cluster: string): Promise<boolean> {
    const last = this.found.get(cluster)
    const now = this.clock.now()
    if (last !== undefined && now - last.readAt < validMilliseconds) return last.isHeld
    try {
      const found = { isHeld: isHeld(await this.ecs.clusterTags(cluster)), readAt: now }
      this.found.set(cluster, found)
      return found.isHeld
    } catch (error) {
      if (last === undefined) throw error
      const detail = error instanceof Error ? error.message : String(error)
      this.log({ level: 'error', message: 'cluster tags could not be read', cluster, detail })
      return last.isHeld
    }
  }
}
