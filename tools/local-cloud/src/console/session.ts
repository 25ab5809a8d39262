import { environments } from '@tideway/constructs/environments'
import type { DroughtSimulation } from '../drought/drought-simulation'
import { desiredTasks } from '../drought/pairs'
import { runInRealTime } from '../drought/real-time'
import {
  type Action,
  type ConsoleState,
  type CurrentState,
  type ServiceState,
  type StackState,
  speeds,
  type Update,
} from './state'

const brokenZoneMinutes = 10
const zones = environments.local.availabilityZones

/** How much of the timeline a page has received. */
export interface Position {
  readonly samples: number
  readonly entries: number
}

/** A simulation that the console shows and controls. */
export class Session {
  private isOver = false

  constructor(
    private readonly simulation: DroughtSimulation,
    private readonly stacks: readonly StackState[],
    private speed = 60,
  ) {}

  /** Runs until `stop`. */
  async run(): Promise<void> {
    await runInRealTime(this.simulation, { speed: () => this.speed, isOver: () => this.isOver })
  }

  stop(): void {
    this.isOver = true
  }

  get position(): Position {
    const { samples, entries } = this.simulation.timeline
    return { samples: samples.total, entries: entries.total }
  }

  state(): ConsoleState {
    const { timeline, spotProviders } = this.simulation
    return {
      ...this.current(),
      stacks: this.stacks,
      spotProviders,
      zones,
      brokenZoneMinutes,
      speeds,
      samples: timeline.samples.all,
      timeline: timeline.entries.all,
    }
  }

  updateSince(position: Position): Update {
    const { samples, entries } = this.simulation.timeline
    return {
      ...this.current(),
      samples: samples.since(position.samples),
      timeline: entries.since(position.entries),
    }
  }

  act(action: Action): void {
    const { simulation } = this
    switch (action.kind) {
      case 'drought':
        throwIfNotOneOf('provider', simulation.spotProviders, action.provider)
        simulation.setDrought(action.provider, action.on)
        break
      case 'interrupt':
        simulation.interruptOne()
        break
      case 'break-zone':
        throwIfNotOneOf<string>('zone', zones, action.zone)
        simulation.breakZone(action.zone, brokenZoneMinutes * 60)
        break
      case 'release':
        simulation.release()
        break
      case 'speed':
        throwIfNotOneOf<number>('speed', speeds, action.speed)
        this.speed = action.speed
        break
      default: {
        const { kind } = action as { readonly kind: string }
        throwIfNotOneOf('kind', ['drought', 'interrupt', 'break-zone', 'release', 'speed'], kind)
      }
    }
  }

  private current(): CurrentState {
    const { timeline, droughts, problems } = this.simulation
    return {
      at: timeline.seconds,
      speed: this.speed,
      droughts,
      services: this.services(),
      problems: problems.all,
    }
  }

  private services(): ServiceState[] {
    const { timeline, ledger, primaries } = this.simulation
    const counts = timeline.taskCounts()
    return primaries.map((primary) => {
      const name = this.simulation.pairOf(primary)
      const { relativeCost, longestShortfallSeconds } = ledger.group(name)
      return {
        name,
        ...(counts[name] ?? { desired: 0, serving: 0, spot: 0, onDemand: 0 }),
        standby: desiredTasks(this.simulation.standbys(primary)),
        relativeCost,
        longestShortfallSeconds,
      }
    })
  }
}

function throwIfNotOneOf<Value>(what: string, allowed: readonly Value[], value: Value): void {
  if (allowed.includes(value)) return
  throw new RangeError(`${what}: must be one of ${allowed.join(', ')}; got ${value}`)
}
