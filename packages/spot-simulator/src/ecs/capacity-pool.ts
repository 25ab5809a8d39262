import type { Random } from '../random'
import type { Cancel, Simulation } from '../simulation'
import type { CapacityTrace } from '../trace'
import { drawn } from './settings'

/** One trace for each zone, by the zone's name. */
export type ZoneTraces = Readonly<Record<string, CapacityTrace>>

export interface PoolSettings<Holder> {
  readonly zones: ZoneTraces
  /** When the trace drops, Spot reclaims capacity. On-demand capacity in use stays. */
  readonly isSpot: boolean
  /** Spreads the notices of one drop over this time. */
  readonly noticeSpreadSeconds: number
  readonly onReclaimed: (holder: Holder) => void
  /** An on-demand holder was in a zone that broke. */
  readonly onBroken: (holder: Holder) => void
}

interface Zone<Holder> {
  trace: CapacityTrace
  capacity: number
  isBroken: boolean
  readonly holders: Set<Holder>
  readonly interrupted: Set<Holder>
  cancelNext: Cancel
}

/** The capacity for tasks or instances in the zones of a region, according to the traces. */
export class CapacityPool<Holder> {
  private readonly zones = new Map<string, Zone<Holder>>()
  private readonly zoneOf = new Map<Holder, Zone<Holder>>()

  constructor(
    private readonly simulation: Simulation,
    private readonly random: Random,
    private readonly settings: PoolSettings<Holder>,
  ) {
    for (const [name, trace] of Object.entries(settings.zones)) {
      const zone = {
        trace,
        capacity: 0,
        isBroken: false,
        holders: new Set<Holder>(),
        interrupted: new Set<Holder>(),
        cancelNext: () => {},
      }
      this.zones.set(name, zone)
      this.follow(zone, simulation.now, 0)
    }
  }

  /** Uses the zone with the fewest holders. @returns its name, or undefined without capacity */
  claim(holder: Holder): string | undefined {
    let best: [name: string, zone: Zone<Holder>] | undefined
    for (const [name, zone] of this.zones) {
      if (zone.isBroken || zone.holders.size >= zone.capacity) continue
      if (best === undefined || zone.holders.size < best[1].holders.size) best = [name, zone]
    }
    if (best === undefined) return undefined
    best[1].holders.add(holder)
    this.zoneOf.set(holder, best[1])
    return best[0]
  }

  release(holder: Holder): void {
    const zone = this.zoneOf.get(holder)
    zone?.holders.delete(holder)
    zone?.interrupted.delete(holder)
    this.zoneOf.delete(holder)
  }

  /** Reclaims the capacity of one holder, regardless of the trace. */
  reclaim(holder: Holder): void {
    const zone = this.zoneOf.get(holder)
    if (zone === undefined || zone.interrupted.has(holder)) return
    zone.interrupted.add(holder)
    this.settings.onReclaimed(holder)
  }

  /** Replaces a trace: its second 0 is now. With several zones, the zone is required. */
  setTrace(trace: CapacityTrace, zoneName?: string): void {
    const name = zoneName ?? this.soleZone()
    const zone = this.zones.get(name)
    if (zone === undefined) throw new RangeError(`no zone ${name} in this pool`)
    zone.cancelNext()
    zone.trace = trace
    this.follow(zone, this.simulation.now, 0)
  }

  /** A broken zone has no capacity. */
  setBroken(zoneName: string, isBroken: boolean): void {
    const zone = this.zones.get(zoneName)
    if (zone === undefined) return
    zone.isBroken = isBroken
    if (!isBroken) return
    if (this.settings.isSpot) this.reclaimExcess(zone)
    else for (const holder of [...zone.holders]) this.settings.onBroken(holder)
  }

  private soleZone(): string {
    const [name, ...others] = this.zones.keys()
    if (name !== undefined && others.length === 0) return name
    throw new RangeError(`zone is required: one of ${[...this.zones.keys()].join(', ')}`)
  }

  private follow(zone: Zone<Holder>, zeroTime: number, seconds: number): void {
    zone.capacity = zone.trace.at(seconds)
    if (this.settings.isSpot) this.reclaimExcess(zone)
    const next = zone.trace.nextChange(seconds)
    zone.cancelNext =
      next === undefined
        ? () => {}
        : this.simulation.at(zeroTime + next * 1000, () => this.follow(zone, zeroTime, next))
  }

  private reclaimExcess(zone: Zone<Holder>): void {
    const capacity = zone.isBroken ? 0 : zone.capacity
    let excess = zone.holders.size - zone.interrupted.size - capacity
    if (!(excess > 0)) return
    const candidates = [...zone.holders].filter((holder) => !zone.interrupted.has(holder))
    for (; excess > 0; excess--) {
      const index = this.random.integer(0, candidates.length - 1)
      const victim = candidates[index] as Holder
      candidates[index] = candidates.at(-1) as Holder
      candidates.pop()
      zone.interrupted.add(victim)
      this.notify(zone, victim)
    }
  }

  private notify(zone: Zone<Holder>, victim: Holder): void {
    const { noticeSpreadSeconds, onReclaimed } = this.settings
    if (noticeSpreadSeconds === 0) {
      onReclaimed(victim)
      return
    }
    this.simulation.after(drawn(this.random, [0, noticeSpreadSeconds]), () => {
      if (zone.interrupted.has(victim)) onReclaimed(victim)
    })
  }
}
