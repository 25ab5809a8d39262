import { environments } from '@tideway/constructs/environments'
import type { DroughtSimulation } from '../drought/drought-simulation'
import { desiredTasks } from '../drought/pairs'
import { runInRealTime } from '../drought/real-time'
import { sourcesOf } from './sources'
import {
  type Action,
  type Behaviour,
  behaviours,
  type ConsoleSources,
  type ConsoleState,
  type CurrentState,
  loads,
  type Phase,
  type Recorded,
  type ServiceState,
  type ShownProblem,
  type StackState,
  speeds,
  type Update,
} from './state'

const brokenZoneMinutes = 10
/** As much as the charts of a page show. */
const shownSeconds = 7200
const maxProblems = 12
/** A problem is over if it did not occur for so long. */
const pastSeconds = 300
const zones = environments.local.availabilityZones

/** A simulation, and what the console shows beside it. */
export interface Stage {
  readonly simulation: DroughtSimulation
  readonly stacks: readonly StackState[]
  readonly phase: Phase
  /** In addition to those of the simulation. */
  readonly sources: ConsoleSources
}

/** How much of each list a page has received. */
export interface Position {
  readonly stage: number
  readonly samples: number
  readonly entries: number
  readonly requests: number
  readonly comparison: number
}

/** A simulation that the console shows and controls. */
export class Session {
  private isOver = false
  private isMoving = false
  private onNextTick = () => {}
  private stages = 1
  private behaviour: Behaviour = 'as-deployed'

  private stage: Stage

  constructor(
    stage: Stage,
    private speed = 60,
  ) {
    this.stage = withSources(stage)
    const { load } = this.stage.sources
    if (load?.usualRate !== undefined) load.requestsPerSecond = load.usualRate
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    await runInRealTime(() => (this.isMoving ? undefined : this.stage.simulation), {
      speed: () => this.speed,
      isOver: () => this.isOver,
      onTick: () => this.onNextTick(),
    })
    this.onNextTick()
  }

  stop(): void {
    this.isOver = true
  }

  get simulation(): DroughtSimulation {
    return this.stage.simulation
  }

  /**
   * Continues on another simulation, with the droughts, the load and the behaviour of the last one. That one stands still
   * while the next one starts: its functions must not call what is deployed.
   */
  async move(start: () => Promise<Stage>): Promise<void> {
    this.isMoving = true
    try {
      await this.nextTick()
      this.continueOn(withSources(await start()))
    } finally {
      this.isMoving = false
    }
  }

  private async nextTick(): Promise<void> {
    if (this.isOver) return
    await new Promise<void>((resolve) => {
      this.onNextTick = resolve
    })
  }

  private continueOn(stage: Stage): void {
    const { simulation, sources } = this.stage
    this.stage = stage
    this.stages++
    const providers = new Set(stage.simulation.spotProviders)
    for (const provider of simulation.droughts) {
      if (providers.has(provider)) stage.simulation.setDrought(provider, true)
    }
    if (sources.load && stage.sources.load) {
      stage.sources.load.requestsPerSecond = sources.load.requestsPerSecond
    }
    stage.simulation.setBehaviour(this.behaviour)
    const place = stage.phase === 'deployed' ? 'the deployed stacks' : 'the synthesized stacks'
    stage.simulation.timeline.add('local cloud', `the simulation runs on ${place} now`)
  }

  get position(): Position {
    const { simulation, sources } = this.stage
    return {
      stage: this.stages,
      samples: simulation.timeline.samples.total,
      entries: simulation.timeline.entries.total,
      requests: sources.load?.requests.total ?? 0,
      comparison: sources.comparison?.samples.total ?? 0,
    }
  }

  state(): ConsoleState {
    const { simulation, sources, stacks } = this.stage
    return {
      ...this.current(),
      stacks,
      spotProviders: simulation.spotProviders,
      zones,
      brokenZoneMinutes,
      speeds,
      loads: sources.load ? loads : [],
      behaviours,
      samples: this.shown(simulation.timeline.samples),
      timeline: this.shown(simulation.timeline.entries),
      requests: this.shown(sources.load?.requests),
      comparisonSamples: this.shown(sources.comparison?.samples),
    }
  }

  /** Undefined if the session has moved since: a page then needs the whole state. */
  updateSince(position: Position): Update | undefined {
    if (position.stage !== this.stages) return undefined
    const { simulation, sources } = this.stage
    return {
      ...this.current(),
      samples: simulation.timeline.samples.since(position.samples),
      timeline: simulation.timeline.entries.since(position.entries),
      requests: sources.load?.requests.since(position.requests) ?? [],
      comparisonSamples: sources.comparison?.samples.since(position.comparison) ?? [],
    }
  }

  act(action: Action): void {
    const { simulation, sources } = this.stage
    switch (action.kind) {
      case 'drought':
        throwIfNotOneOf('provider', simulation.spotProviders, action.provider)
        simulation.setDrought(action.provider, action.on)
        break
      case 'interrupt':
        simulation.interruptOne()
        break
      case 'interrupt-all':
        simulation.interruptAll()
        break
      case 'break-zone':
        throwIfNotOneOf<string>('zone', zones, action.zone)
        simulation.breakZone(action.zone, brokenZoneMinutes * 60)
        break
      case 'release':
        simulation.release(action.isBroken === true)
        break
      case 'run':
        simulation.clock.startRuns(action.isFailing === true)
        break
      case 'speed':
        throwIfNotOneOf<number>('speed', speeds, action.speed)
        this.speed = action.speed
        break
      case 'load':
        throwIfNotOneOf<number>('requestsPerSecond', loads, action.requestsPerSecond)
        if (sources.load) sources.load.requestsPerSecond = action.requestsPerSecond
        break
      case 'behaviour':
        throwIfNotOneOf('behaviour', behaviours, action.behaviour)
        this.behaviour = action.behaviour
        simulation.setBehaviour(action.behaviour)
        break
      default: {
        const { kind } = action as { readonly kind: string }
        throwIfNotOneOf('kind', kinds, kind)
      }
    }
  }

  private shown<Item extends { readonly at: number }>(list?: Recorded<Item>): readonly Item[] {
    const from = this.stage.simulation.timeline.seconds - shownSeconds
    return list?.all.filter(({ at }) => at >= from) ?? []
  }

  private current(): CurrentState {
    const { simulation, sources, phase } = this.stage
    const { timeline, droughts } = simulation
    const { load, deployment, programs, edge } = sources
    const progress = deployment?.()
    return {
      at: timeline.seconds,
      speed: this.speed,
      phase,
      droughts,
      services: this.services(),
      problems: this.problems(),
      behaviour: this.behaviour,
      comparison: sources.comparison?.totals() ?? [],
      failures: load?.failures() ?? [],
      releases: sources.releases?.() ?? simulation.releases.states(),
      schedules: sources.schedules?.() ?? [],
      ...(load && { load: load.requestsPerSecond }),
      ...(progress && { deployment: progress }),
      ...(programs && { programs: programs() }),
      ...(edge !== undefined && { edge }),
    }
  }

  /** The last one first. Those of an earlier time than the page shows have left. */
  private problems(): ShownProblem[] {
    const { timeline, problems } = this.stage.simulation
    return problems.all
      .map((problem) => {
        const lastAt = timeline.secondsAt(problem.lastAt)
        const isPast = lastAt < timeline.seconds - pastSeconds
        return { ...problem, at: timeline.secondsAt(problem.at), lastAt, isPast }
      })
      .filter(({ lastAt }) => lastAt >= timeline.seconds - shownSeconds)
      .sort((one, other) => other.lastAt - one.lastAt)
      .slice(0, maxProblems)
  }

  private services(): ServiceState[] {
    const { simulation } = this.stage
    const { timeline, ledger, primaries } = simulation
    const counts = timeline.taskCounts()
    return primaries.map((primary) => {
      const name = simulation.pairOf(primary)
      const { relativeCost } = ledger.group(name)
      return {
        name,
        ...(counts[name] ?? { desired: 0, serving: 0, spot: 0, onDemand: 0 }),
        standby: desiredTasks(simulation.standbys(primary)),
        relativeCost,
        longestLossSeconds: ledger.longestLossSeconds(name),
      }
    })
  }
}

function withSources(stage: Stage): Stage {
  return { ...stage, sources: { ...sourcesOf(stage.simulation), ...stage.sources } }
}

const kinds: readonly Action['kind'][] = [
  'drought',
  'interrupt',
  'interrupt-all',
  'break-zone',
  'release',
  'run',
  'speed',
  'load',
  'behaviour',
]

function throwIfNotOneOf<Value>(what: string, allowed: readonly Value[], value: Value): void {
  if (allowed.includes(value)) return
  throw new RangeError(`${what}: must be one of ${allowed.join(', ')}; got ${value}`)
}
