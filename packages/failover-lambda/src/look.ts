import type { Task } from '@aws-sdk/client-ecs'
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import { decide } from './decide'
import type { Ecs, ServiceState, StandbyChange } from './ecs'
import { type Entry, newEntry } from './entry'
import { type Log, metricLine } from './log'
import type { Decision } from './observation'
import { type Observer, type Seen, type SignOf, soonest } from './observe'
import { type Pair, pairOf } from './pair'
import type { Settings } from './settings'
import type { Store } from './store'
import { tags } from './tags'
import type { Clock } from './token-bucket'

export interface LookParts {
  readonly ecs: Ecs
  readonly observer: Observer
  readonly store: Store
  readonly sns: SNSClient
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
}

/** What a look at one pair came to. */
export interface LookResult {
  /** False where the service is the primary of no pair. */
  readonly isPair: boolean
  readonly lookAgainInSeconds?: number
}

/** One look at one pair: see, decide, record, act, tell. */
export class Looker {
  constructor(private readonly parts: LookParts) {}

  /**
   * @param services what ECS said of the pair's services at `lookedAt`
   * @param entry what is remembered, if anything
   * @param fetched tasks that were described already, of this pair and of others
   */
  async look(
    cluster: string,
    primary: string,
    services: ReadonlyMap<string, ServiceState>,
    signs: readonly SignOf[],
    entry: Entry | undefined,
    fetched: readonly Task[],
    lookedAt: number,
  ): Promise<LookResult> {
    const { observer, clock } = this.parts
    const pair = this.pair(cluster, primary, services, entry)
    if (pair === undefined) return { isPair: false }
    const remembered = entry ?? newEntry(cluster, primary)
    const seen = await observer.see(pair, services, signs, remembered.noticed, fetched)
    const decision = decide(seen.observation, remembered.memory, pair.policy, clock.now())
    const isOpen = decision.lookAgainInSeconds !== undefined || !isCalm(seen, decision)
    const told = [
      ...decision.alerts,
      ...(decision.standbys.some(({ desired }) => desired > 0) ? ['covering'] : []),
    ]
    // Recorded before anything is done: of two functions with the same view, one gets no further.
    await this.parts.store.write(
      {
        cluster,
        primary,
        standbys: pair.standbys,
        memory: decision.memory,
        noticed: seen.noticed,
        told,
        lookedAt,
        version: remembered.version,
      },
      isOpen,
    )
    await this.act(pair, services, decision)
    this.logDecision(pair, seen, decision)
    await this.tell(pair, remembered.told, told)
    return {
      isPair: true,
      lookAgainInSeconds: soonest([decision.lookAgainInSeconds, seen.lookAgainInSeconds]),
    }
  }

  /** The tags decide, read just now. Of a primary that is gone, only what is remembered is left. */
  private pair(
    cluster: string,
    primary: string,
    services: ReadonlyMap<string, ServiceState>,
    entry: Entry | undefined,
  ): Pair | undefined {
    const service = services.get(primary)
    if (service?.active) {
      const pair = pairOf(cluster, primary, service.tags)
      for (const tag of pair?.misread ?? []) {
        this.parts.log({
          level: 'warn',
          message: 'tag not understood',
          cluster,
          primary,
          tag,
          value: service.tags[tag],
        })
      }
      return pair
    }
    return entry && pairOf(cluster, primary, { [tags.standbys]: entry.standbys.join(' ') })
  }

  private async act(
    pair: Pair,
    services: ReadonlyMap<string, ServiceState>,
    decision: Decision,
  ): Promise<void> {
    const serving = services.get(pair.primary)?.serving
    for (const { name, desired } of decision.standbys) {
      const standby = services.get(name)
      if (standby === undefined || !standby.active) {
        this.parts.log({
          level: 'error',
          message: 'standby is not there',
          ...named(pair),
          standby: name,
        })
        continue
      }
      // Not even a wrong tag on a primary makes the function touch a service that is no standby of it.
      if (standby.tags[tags.standbyOf] !== pair.primary) {
        this.parts.log({
          level: 'error',
          message: 'service is not tagged as standby of the primary',
          ...named(pair),
          standby: name,
        })
        continue
      }
      const change = pair.policy.mode === 'hold' ? {} : changeOf(standby, desired, serving)
      if (Object.keys(change).length === 0) continue
      this.parts.log({
        level: 'info',
        message: pair.dryRun ? 'would change standby' : 'change standby',
        ...named(pair),
        standby: name,
        change,
      })
      if (!pair.dryRun) await this.parts.ecs.updateService(pair.cluster, name, change)
    }
  }

  private logDecision(
    pair: Pair,
    { observation }: Seen,
    { standbys, reasons, alerts }: Decision,
  ): void {
    const { primary } = observation
    const before = observation.standbys.map(({ desired }) => desired)
    this.parts.log({
      level: 'info',
      message: 'decided',
      ...named(pair),
      desired: primary.desired,
      running: primary.running,
      doomed: primary.doomed,
      healthy: primary.healthy,
      evidence: [...new Set(observation.evidence.map(({ kind }) => kind))],
      standbys: Object.fromEntries(
        standbys.map(({ name, desired }, index) => [name, `${before[index]}->${desired}`]),
      ),
      reasons,
      alerts,
      dryRun: pair.dryRun,
    })
    const missing = Math.max(0, primary.desired - (primary.running - primary.doomed))
    const covering = standbys.reduce((sum, { desired }) => sum + desired, 0)
    if (missing === 0 && covering === 0) return
    const runningInstead = observation.standbys.reduce((sum, { running }) => sum + running, 0)
    this.parts.log(
      metricLine(
        this.parts.clock.now(),
        { Cluster: pair.cluster, Service: pair.primary },
        {
          Shortfall: { unit: 'Count', value: missing },
          StandbyTasks: { unit: 'Count', value: covering },
          Uncovered: { unit: 'Count', value: Math.max(0, missing - runningInstead) },
        },
      ),
    )
  }

  /** Told when it begins and when it is over, not on every look. */
  private async tell(pair: Pair, before: readonly string[], now: readonly string[]): Promise<void> {
    const begun = now.filter((what) => !before.includes(what))
    const over = before.filter((what) => !now.includes(what))
    if (begun.length + over.length === 0 || this.parts.settings.topicArn === '') return
    const changes = [
      ...begun.map((what) => `${what} begins`),
      ...over.map((what) => `${what} is over`),
    ]
    await this.parts.sns.send(
      new PublishCommand({
        TopicArn: this.parts.settings.topicArn,
        Subject: `${pair.primary}: ${changes.join(', ')}`.slice(0, 100),
        Message: JSON.stringify({ ...named(pair), begun, over, dryRun: pair.dryRun }),
      }),
    )
  }
}

/** The standby serves the same release in the same place as the primary, whether it has tasks or not. */
function changeOf(
  standby: ServiceState,
  desired: number,
  serving: ServiceState['serving'],
): StandbyChange {
  const follows =
    serving !== undefined && serving.taskDefinition !== standby.configured.taskDefinition
  const moves =
    serving !== undefined &&
    groupsOf(serving.loadBalancers) !== groupsOf(standby.configured.loadBalancers)
  return {
    ...(desired !== standby.desired && { desiredCount: desired }),
    ...(follows && { taskDefinition: serving.taskDefinition }),
    ...(moves && { loadBalancers: serving.loadBalancers }),
  }
}

function groupsOf(loadBalancers: readonly { targetGroupArn?: string }[]): string {
  return loadBalancers
    .map(({ targetGroupArn }) => targetGroupArn)
    .sort()
    .join()
}

function isCalm({ observation, noticed }: Seen, { standbys, memory }: Decision): boolean {
  return (
    standbys.every(({ desired }) => desired === 0) &&
    memory.spotShortAt === undefined &&
    observation.primary.running >= observation.primary.desired &&
    Object.keys(noticed).length === 0
  )
}

function named({ cluster, primary }: Pair): { cluster: string; primary: string } {
  return { cluster, primary }
}
