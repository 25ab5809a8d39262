import { environments } from '@tideway/constructs/environments'
import type { Mark, Shown } from '../console/server'
import {
  type Action,
  type Moment,
  type Picture,
  type ServiceState,
  type StackState,
  speeds,
  type Update,
} from '../console/state'
import { run } from './pace'
import { primaryOf, type World } from './world'

const brokenZoneMinutes = 10

/** A world that goes on for as long as somebody watches: what the console shows, and what its buttons do. */
export class Session implements Shown {
  private isOver = false

  constructor(
    private readonly world: World,
    private readonly stacks: readonly StackState[],
    private speed = 60,
  ) {}

  /** Until it is stopped. */
  async run(): Promise<void> {
    await run(
      this.world,
      () => this.speed,
      () => this.isOver,
    )
  }

  stop(): void {
    this.isOver = true
  }

  picture(): Picture & { readonly mark: Mark } {
    const { samples, happenings } = this.world.story
    return {
      ...this.moment(),
      stacks: this.stacks,
      spotProviders: this.world.spotProviders,
      zones: environments.local.availabilityZones,
      brokenZoneMinutes,
      speeds,
      samples: samples.all,
      happenings: happenings.all,
      mark: this.mark(),
    }
  }

  since(mark: Mark): Update & { readonly mark: Mark } {
    const { samples, happenings } = this.world.story
    return {
      ...this.moment(),
      samples: samples.since(mark.samples),
      happenings: happenings.since(mark.happenings),
      mark: this.mark(),
    }
  }

  act(action: Action): void {
    const { world } = this
    switch (action.kind) {
      case 'drought':
        oneOf('provider', world.spotProviders, action.provider)
        world.setDrought(action.provider, action.on)
        break
      case 'interrupt':
        world.interruptOne()
        break
      case 'break-zone':
        oneOf<string>('zone', environments.local.availabilityZones, action.zone)
        world.breakZone(action.zone, brokenZoneMinutes * 60)
        break
      case 'release':
        world.release()
        break
      case 'speed':
        oneOf<number>('speed', speeds, action.speed)
        this.speed = action.speed
    }
  }

  private mark(): Mark {
    const { samples, happenings } = this.world.story
    return { samples: samples.total, happenings: happenings.total }
  }

  private moment(): Moment {
    const { story, droughts, troubles } = this.world
    return {
      at: story.seconds,
      speed: this.speed,
      droughts,
      services: this.services(),
      troubles: troubles.all,
    }
  }

  private services(): ServiceState[] {
    const standing = this.world.story.standing()
    return this.world.primaries.map(({ name }) => {
      const { relativeCost, longestShortfallSeconds } = this.world.ledger.group(name)
      const own = this.world.standbys.filter((service) => primaryOf(service) === name)
      return {
        name,
        ...(standing[name] ?? { desired: 0, serving: 0, spot: 0, onDemand: 0 }),
        standby: own.reduce((sum, { desiredCount }) => sum + desiredCount, 0),
        relativeCost,
        longestShortfallSeconds,
      }
    })
  }
}

function oneOf<Value>(what: string, allowed: readonly Value[], value: Value): void {
  if (allowed.includes(value)) return
  throw new RangeError(`${what}: must be one of ${allowed.join(', ')}; got ${value}`)
}
