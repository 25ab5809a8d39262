import type { Random } from '../random'
import type { Cancel, Simulation } from '../simulation'
import type { CapacityTrace } from '../trace'
import { drawn } from './settings'

/** One trace for each zone, by the zone's name. */
export type ZoneTraces = Readonly<Record<string, CapacityTrace>>

export interface PoolSettings<Holder> {
  readonly zones: ZoneTraces
  /** Spot takes back what it gave when the trace falls; on-demand only gives no more. */
  readonly takesBack: boolean
  /** The notices of one fall are spread over so long. */
  readonly noticeSpreadSeconds: number
  readonly onTakenBack: (holder: Holder) => void
  /** A zone is gone, and on-demand holders with it. */
  readonly onBroken: (holder: Holder) => void
}

interface Zone<Holder> {
  trace: CapacityTrace
  capacity: number
  isBroken: boolean
  readonly holders: Set<Holder>
  readonly doomed: Set<Holder>
  cancelNext: Cancel
}

/** Room for tasks or instances in the zones of a region, as the traces have it. */
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
        doomed: new Set<Holder>(),
        cancelNext: () => {},
      }
      this.zones.set(name, zone)
      this.follow(zone, simulation.now, 0)
    }
  }

  /** Takes a place in the zone with the fewest holders that has room. @returns its name, if there is one */
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
    zone?.doomed.delete(holder)
    this.zoneOf.delete(holder)
  }

  /** What was asked for by name is taken back, whatever the trace says. */
  takeBack(holder: Holder): void {
    const zone = this.zoneOf.get(holder)
    if (zone === undefined || zone.doomed.has(holder)) return
    zone.doomed.add(holder)
    this.settings.onTakenBack(holder)
  }

  /** From now on another trace, with its second 0 now. Where there are several zones, one is to be named. */
  setTrace(trace: CapacityTrace, zoneName?: string): void {
    const name = zoneName ?? this.soleZone()
    const zone = this.zones.get(name)
    if (zone === undefined) throw new RangeError(`no zone ${name} in this pool`)
    zone.cancelNext()
    zone.trace = trace
    this.follow(zone, this.simulation.now, 0)
  }

  /** A broken zone holds nothing, until it is whole again. */
  setBroken(zoneName: string, isBroken: boolean): void {
    const zone = this.zones.get(zoneName)
    if (zone === undefined) return
    zone.isBroken = isBroken
    if (!isBroken) return
    if (this.settings.takesBack) this.takeExcess(zone)
    else for (const holder of [...zone.holders]) this.settings.onBroken(holder)
  }

  private soleZone(): string {
    const [name, ...others] = this.zones.keys()
    if (name !== undefined && others.length === 0) return name
    throw new RangeError(`name one of the zones ${[...this.zones.keys()].join(', ')}`)
  }

  private follow(zone: Zone<Holder>, zeroTime: number, seconds: number): void {
    zone.capacity = zone.trace.at(seconds)
    if (this.settings.takesBack) this.takeExcess(zone)
    const next = zone.trace.nextChange(seconds)
    zone.cancelNext =
      next === undefined
        ? () => {}
        : this.simulation.at(zeroTime + next * 1000, () => this.follow(zone, zeroTime, next))
  }

  private takeExcess(zone: Zone<Holder>): void {
    const capacity = zone.isBroken ? 0 : zone.capacity
    let excess = zone.holders.size - zone.doomed.size - capacity
    if (!(excess > 0)) return
    const candidates = [...zone.holders].filter((holder) => !zone.doomed.has(holder))
    for (; excess > 0; excess--) {
      const index = this.random.integer(0, candidates.length - 1)
      const victim = candidates[index] as Holder
      candidates[index] = candidates.at(-1) as Holder
      candidates.pop()
      zone.doomed.add(victim)
      this.tell(zone, victim)
    }
  }

  private tell(zone: Zone<Holder>, victim: Holder): void {
    const { noticeSpreadSeconds, onTakenBack } = this.settings
    if (noticeSpreadSeconds === 0) {
      onTakenBack(victim)
      return
    }
    this.simulation.after(drawn(this.random, [0, noticeSpreadSeconds]), () => {
      if (zone.doomed.has(victim)) onTakenBack(victim)
    })
  }
}
