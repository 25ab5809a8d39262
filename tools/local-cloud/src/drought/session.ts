import { environments } from '@tideway/constructs/environments'
import type { Mark, Shown } from '../console/server'
import type { Action, Moment, Picture, ServiceState, StackState, Update } from '../console/state'
import { run } from './pace'
import { primaryOf, type World } from './world'

const brokenZoneSeconds = 600

/** A world that goes on for as long as somebody watches: what the console shows, and what its buttons do. */
export class Session implements Shown {
  private speed = 60
  private isOver = false

  constructor(
    private readonly world: World,
    private readonly stacks: readonly StackState[],
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
    switch (action.kind) {
      case 'drought':
        if (!this.world.spotProviders.includes(action.provider)) {
          throw new Error(
            `provider: must be one of ${this.world.spotProviders.join(', ')}; got ${action.provider}`,
          )
        }
        return this.world.setDrought(action.provider, action.on)
      case 'interrupt':
        return this.world.interruptOne()
      case 'break-zone':
        if (!(environments.local.availabilityZones as readonly string[]).includes(action.zone)) {
          throw new Error(`zone: there is no zone ${action.zone}`)
        }
        return this.world.breakZone(action.zone, brokenZoneSeconds)
      case 'release':
        return this.world.release()
      case 'speed':
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
      const { relativeCost, longestHoleSeconds } = this.world.ledger.group(name)
      const own = this.world.standbys.filter((service) => primaryOf(service) === name)
      return {
        name,
        ...(standing[name] ?? { desired: 0, serving: 0, spot: 0, onDemand: 0 }),
        standby: own.reduce((sum, { desiredCount }) => sum + desiredCount, 0),
        relativeCost,
        longestHoleSeconds,
      }
    })
  }
}
