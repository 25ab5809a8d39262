import type { Simulation } from '../simulation'
import type { Arns } from './arns'
import { Service, type Task } from './service'
import { serviceView } from './service-view'
import { epochSeconds, taskView } from './task-view'

type View = Record<string, unknown>

/** Services and tasks as they were some seconds ago, because reads of ECS are eventually consistent. */
export class ReadReplica {
  private readonly views = new WeakMap<Service | Task, { readonly at: number; view: View }[]>()
  private readonly pending = new Set<Service | Task>()

  constructor(
    private readonly simulation: Simulation,
    private readonly arns: Arns,
    private readonly lagSeconds: number,
  ) {}

  /** Call at each change: the replica reads the state when all changes of this moment are done. */
  changed(item: Service | Task): void {
    if (this.pending.has(item)) return
    this.pending.add(item)
    this.simulation.after(0, () => {
      this.pending.delete(item)
      const view =
        item instanceof Service ? serviceView(item, this.arns, true) : taskView(item, epochSeconds)
      const views = this.views.get(item) ?? []
      views.push({ at: this.simulation.now, view })
      this.views.set(item, views)
    })
  }

  /** @returns undefined if it did not exist yet */
  read(item: Service | Task): View | undefined {
    const until = this.simulation.now - this.lagSeconds * 1000
    const views = this.views.get(item) ?? []
    const index = views.findLastIndex(({ at }) => at <= until)
    if (index > 0) views.splice(0, index)
    return index < 0 ? undefined : views[0]?.view
  }
}
