import type { ScenarioAccount } from './scenario-account'

/** What happened to all services of a scenario over time, in cells of the same length. Only changes, so it is small. */
export interface Timeline {
  readonly cellSeconds: number
  /** The number of cells in the scenario. */
  readonly cells: number
  /** [cells since the step before, needed tasks, serving Spot tasks, serving on-demand tasks, the next step, ...] */
  readonly steps: readonly number[]
  /** [cells since the change before, tenths of failed requests a second, the next change, ...] */
  readonly failed: readonly number[]
}

/** A chart as wide as a screen has about two cells for each pixel. */
const maxCells = 2880

interface State {
  readonly needed: number
  readonly spot: number
  readonly onDemand: number
}

const serving = ({ spot, onDemand }: State) => spot + onDemand

/** Records a run. Each cell shows the moment at which the fewest tasks served, so that no loss is hidden. */
export class TimelineRecorder {
  private readonly cellSeconds: number
  private readonly cells: number
  private readonly steps: (State & { readonly cell: number })[] = []
  private readonly failedByCell = new Map<number, number>()
  private now: () => number = () => 0
  private start = 0
  private state: State = { needed: 0, spot: 0, onDemand: 0 }
  /** Since when the state holds. */
  private since = 0
  private cell = 0
  private lowest: State | undefined

  constructor(hours: number) {
    const seconds = hours * 3600
    this.cellSeconds = Math.max(1, Math.ceil(seconds / maxCells))
    this.cells = Math.ceil(seconds / this.cellSeconds)
  }

  /** Call it before the run. It only reads, so that the figures of the run stay the same. */
  follow(account: ScenarioAccount): void {
    const { aws } = account
    this.now = () => aws.now
    this.start = aws.now
    this.since = aws.now
    const inService = aws.services
      .flatMap(({ tasks }) => [...tasks])
      .filter((task) => task.isInService)
    const spot = inService.filter(({ provider }) => provider.isSpot).length
    this.state = { needed: account.neededTasks, spot, onDemand: inService.length - spot }
    aws.observe({
      desired: () => this.change({ needed: account.neededTasks }),
      inService: ({ provider }, change) => {
        const kind = provider.isSpot ? 'spot' : 'onDemand'
        this.change({ [kind]: this.state[kind] + change })
      },
    })
    account.onFailed = (from, to, perSecond) => this.addFailed(from, to, perSecond)
  }

  /** Call it after the run, when its sums have been read. */
  timeline(): Timeline {
    this.hold()
    this.show()
    const { cellSeconds, cells } = this
    const steps = withDistances(
      this.steps.filter(({ cell }) => cell < cells),
      ({ needed, spot, onDemand }) => [needed, spot, onDemand],
    )
    return { cellSeconds, cells, steps, failed: this.failed() }
  }

  private change(change: Partial<State>): void {
    this.hold()
    this.state = { ...this.state, ...change }
  }

  /** The state has held until now. One that held for no time is none: a release switches all tasks at one moment. */
  private hold(): void {
    const { state, since } = this
    const now = this.now()
    if (now <= since) return
    this.enter(this.cellAt(since), state)
    // The cell after the first stands for all cells in which nothing changes.
    if (this.cellAt(now - 1) > this.cell) this.enter(this.cell + 1, state)
    this.since = now
  }

  private enter(cell: number, state: State): void {
    if (cell > this.cell) {
      this.show()
      this.cell = cell
      this.lowest = state
    } else if (this.lowest === undefined || serving(state) <= serving(this.lowest)) {
      this.lowest = state
    }
  }

  private show(): void {
    const { cell, lowest } = this
    const last = this.steps.at(-1)
    if (lowest === undefined) return
    const isSame =
      last?.needed === lowest.needed &&
      last.spot === lowest.spot &&
      last.onDemand === lowest.onDemand
    if (!isSame) this.steps.push({ cell, ...lowest })
  }

  private cellAt(time: number): number {
    return Math.floor((time - this.start) / 1000 / this.cellSeconds)
  }

  private addFailed(from: number, to: number, perSecond: number): void {
    const cellMilliseconds = this.cellSeconds * 1000
    for (let at = from; at < to; ) {
      const cell = this.cellAt(at)
      const end = Math.min(to, this.start + (cell + 1) * cellMilliseconds)
      const failed = (perSecond * (end - at)) / 1000
      this.failedByCell.set(cell, (this.failedByCell.get(cell) ?? 0) + failed)
      at = end
    }
  }

  private failed(): number[] {
    const changes: { cell: number; tenths: number }[] = []
    let before = 0
    for (let cell = 0; cell < this.cells; cell++) {
      const perSecond = (this.failedByCell.get(cell) ?? 0) / this.cellSeconds
      const tenths = Math.round(10 * perSecond)
      if (tenths !== before) changes.push({ cell, tenths })
      before = tenths
    }
    return withDistances(changes, ({ tenths }) => [tenths])
  }
}

/** Distances are smaller than positions, and repeat: they compress better. */
function withDistances<Item extends { readonly cell: number }>(
  items: readonly Item[],
  values: (item: Item) => readonly number[],
): number[] {
  return items.flatMap((item, index) => [
    item.cell - (items[index - 1]?.cell ?? 0),
    ...values(item),
  ])
}
