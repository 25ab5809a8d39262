import type { Ecs } from './ecs'
import type { Log } from './log'
import { invalidOperatorTags } from './operator-settings'
import type { Tags } from './pair'
import type { Clock } from './token-bucket'

/** A batch of a hundred pairs reads the tags once, and an operator waits no longer than this. */
const validMilliseconds = 10_000

/** The tags of a cluster, by which an operator holds or forces all of its pairs. */
export class ClusterTags {
  private readonly found = new Map<string, { readonly tags: Tags; readonly readAt: number }>()

  constructor(
    private readonly ecs: Ecs,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** A failed read keeps the last value, because cover must not depend on these switches. */
  async of(cluster: string): Promise<Tags> {
    const last = this.found.get(cluster)
    const readAt = this.clock.now()
    if (last !== undefined && readAt - last.readAt < validMilliseconds) return last.tags
    try {
      const tags = await this.ecs.clusterTags(cluster)
      for (const tag of invalidOperatorTags(tags, readAt)) {
        const about = { cluster, tag, value: tags[tag] }
        this.log({ level: 'warn', message: 'invalid tag value', ...about })
      }
      this.found.set(cluster, { tags, readAt })
      return tags
    } catch (error) {
      if (last === undefined) throw error
      const detail = error instanceof Error ? error.message : String(error)
      this.log({ level: 'error', message: 'cluster tags could not be read', cluster, detail })
      return last.tags
    }
  }
}
