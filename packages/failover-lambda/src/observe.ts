import type { Task } from '@aws-sdk/client-ecs'
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Ecs, ServiceState } from './ecs'
import type { Evidence, Observation, PrimaryView } from './observation'
import type { Pair } from './pair'
import { isInterrupted, type Sign } from './read-event'
import type { Settings } from './settings'
import type { Clock } from './token-bucket'

/** A sign, and the service of the pair that it came from. */
export interface SignOf {
  readonly service: string
  readonly sign: Sign
}

export interface Seen {
  readonly observation: Observation
  /** Tasks whose notice still counts. */
  readonly noticed: Readonly<Record<string, number>>
  /** When a task that waits for an instance will have waited too long. */
  readonly lookAgainInSeconds?: number
}

/** A notice is two minutes; what it says of the task is of no interest long after. */
const noticeSeconds = 180

/** Sees a pair as it is: what ECS says of its services, of its tasks where that matters, and of their targets. */
export class Observer {
  constructor(
    private readonly ecs: Ecs,
    private readonly targets: ElasticLoadBalancingV2Client,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** @param fetched the tasks that were given notice, of this pair and of others, as ECS describes them */
  async see(
    pair: Pair,
    services: ReadonlyMap<string, ServiceState>,
    signs: readonly SignOf[],
    noticedBefore: Readonly<Record<string, number>>,
    fetched: readonly Task[],
  ): Promise<Seen> {
    const now = this.clock.now()
    const primary = services.get(pair.primary)
    const standbys = pair.standbys.map((name) => {
      const { desired = 0, running = 0 } = services.get(name) ?? {}
      return { name, desired, running }
    })
    const noticed = recentNotices(noticedBefore, signs, now)
    const evidence = [
      ...signs.flatMap((signOf) => this.evidenceOf(pair, signOf)),
      ...[...services.values()].flatMap((service) => this.messagesOf(pair, service)),
    ]
    if (primary === undefined || !primary.active) {
      const gone: PrimaryView = { status: 'gone', desired: 0, running: 0, doomed: 0, healthy: 0 }
      return { observation: { primary: gone, standbys, evidence }, noticed: {} }
    }

    const isDoomedNow = (task: Task) => task.lastStatus === 'RUNNING' && isDoomed(task, noticed)
    const own = fetched.filter(({ taskArn = '' }) => noticed[taskArn] !== undefined)
    const whole = primary.running - own.filter(isDoomedNow).length
    const covering = standbys.reduce((sum, { desired }) => sum + desired, 0)
    // Who serves is asked where something might be given back: two calls more for each pair.
    const covered = covering > Math.max(0, primary.desired - whole)
    const waits =
      primary.pending > 0 && primary.running < primary.desired && this.usesSpotGroup(primary)
    // ECS looks for a place although nothing is missing: a task was given notice, and its event was lost.
    const hinted =
      whole >= primary.desired &&
      evidence.some(({ about, at }) => about === 'spot' && isRecent(at, now))
    const tasks =
      covered || waits || hinted ? await this.ecs.tasksOf(pair.cluster, pair.primary) : []
    const stuck = [
      this.stuck(
        waits ? tasks : [],
        'spot',
        (provider) => this.settings.spotProviders.has(provider),
        now,
      ),
      ...(await this.stuckStandbys(pair, services, now)),
    ]
    const known = new Map([...own, ...tasks].map((task) => [task.taskArn, task]))
    // ECS does not list those that are to stop, and still counts them as running.
    const unlisted = hinted
      ? primary.running - tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length
      : 0
    const doomed = Math.max([...known.values()].filter(isDoomedNow).length, unlisted)
    return {
      observation: {
        primary: {
          status: 'active',
          desired: primary.desired,
          running: primary.running,
          doomed: Math.min(doomed, primary.running),
          healthy: covered ? await this.healthy(primary, tasks, noticed) : primary.running - doomed,
        },
        standbys,
        evidence: [...evidence, ...stuck.flatMap((one) => one.evidence)],
      },
      noticed,
      lookAgainInSeconds: soonest(stuck.map((one) => one.lookAgainInSeconds)),
    }
  }

  /** What a sign is evidence of: of the primary's Spot capacity, or of a standby's own. */
  private evidenceOf(pair: Pair, { service, sign }: SignOf): Evidence[] {
    const { kind, at, providers } = sign
    if (pair.standbys.includes(service)) {
      return kind === 'interruption' ? [] : [{ kind, about: { standby: service }, at }]
    }
    // A failure of the on-demand base of the primary is no shortage of Spot.
    const isSpot =
      providers.length === 0 || providers.some((name) => this.settings.spotProviders.has(name))
    return isSpot ? [{ kind, about: 'spot', at }] : []
  }

  /** ECS tells its own story in the messages of a service: what no event told is found there. */
  private messagesOf(pair: Pair, { name, messages }: ServiceState): Evidence[] {
    const about = name === pair.primary ? ('spot' as const) : { standby: name }
    return messages
      .filter(({ text }) => isShortageMessage(text))
      .map(({ at }) => ({ kind: 'service-message' as const, about, at }))
  }

  private usesSpotGroup({ providers }: ServiceState): boolean {
    return providers.some(
      (name) => name !== 'FARGATE_SPOT' && this.settings.spotProviders.has(name),
    )
  }

  /** ECS is silent for ten minutes and more while a task waits for an instance that does not come. */
  private stuck(
    tasks: readonly Task[],
    about: Evidence['about'],
    isOf: (provider: string) => boolean,
    now: number,
  ) {
    const waiting = tasks
      .filter(
        ({ lastStatus, capacityProviderName = '' }) =>
          lastStatus === 'PROVISIONING' && isOf(capacityProviderName),
      )
      .map(
        ({ createdAt }) =>
          this.settings.graceSeconds - (now - (createdAt?.getTime() ?? now)) / 1000,
      )
    const tooLong = waiting.some((left) => left <= 0)
    const evidence: Evidence[] = tooLong ? [{ kind: 'stuck-provisioning', about, at: now }] : []
    return {
      evidence,
      lookAgainInSeconds: waiting.length > 0 && !tooLong ? Math.min(...waiting) : undefined,
    }
  }

  /** The same of a standby on instances, which the next one is to relieve. */
  private async stuckStandbys(
    { cluster, standbys }: Pair,
    services: ReadonlyMap<string, ServiceState>,
    now: number,
  ) {
    const found: ReturnType<Observer['stuck']>[] = []
    const isOnInstances = (provider: string) => !provider.startsWith('FARGATE')
    // The last one has nobody who could relieve it.
    for (const name of standbys.slice(0, -1)) {
      const state = services.get(name)
      if (state === undefined || state.pending === 0 || state.running >= state.desired) continue
      if (!state.providers.some(isOnInstances)) continue
      const tasks = await this.ecs.tasksOf(cluster, name)
      found.push(this.stuck(tasks, { standby: name }, isOnInstances, now))
    }
    return found
  }

  /** How many tasks serve. Undefined where it cannot be found out: nothing is given back on a guess. */
  private async healthy(
    primary: ServiceState,
    tasks: readonly Task[],
    noticed: Readonly<Record<string, number>>,
  ): Promise<number | undefined> {
    const running = tasks.filter(
      (task) =>
        task.lastStatus === 'RUNNING' &&
        task.desiredStatus === 'RUNNING' &&
        task.healthStatus !== 'UNHEALTHY' &&
        !isDoomed(task, noticed),
    )
    // After a rollback that Spot does not let finish, no deployment is a finished one. Who is not healthy where
    // tasks are to be does not count as serving, so that errs on the side of keeping the standby.
    const { loadBalancers } = primary.serving ?? primary.configured
    const groups = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? [])
    try {
      const serving = await Promise.all(groups.map((group) => this.healthyTargets(group)))
      return running.filter((task) => {
        const address = addressOf(task)
        return serving.every((targets) => address !== undefined && targets.has(address))
      }).length
    } catch {
      return undefined
    }
  }

  private async healthyTargets(TargetGroupArn: string): Promise<Set<string>> {
    const { TargetHealthDescriptions } = await this.targets.send(
      new DescribeTargetHealthCommand({ TargetGroupArn }),
    )
    return new Set(
      (TargetHealthDescriptions ?? [])
        .filter(({ TargetHealth }) => TargetHealth?.State === 'healthy')
        .flatMap(({ Target }) => Target?.Id ?? []),
    )
  }
}

export function recentNotices(
  before: Readonly<Record<string, number>>,
  signs: readonly SignOf[],
  now: number,
): Record<string, number> {
  const added = signs.flatMap(({ sign }) =>
    sign.taskArn === undefined ? [] : [[sign.taskArn, sign.at] as const],
  )
  return Object.fromEntries(
    [...Object.entries(before), ...added].filter(([, at]) => isRecent(at, now)),
  )
}

/** Whether a notice still says something of its task. */
export function isRecent(at: number, now: number): boolean {
  return now - at <= noticeSeconds * 1000
}

function isDoomed(task: Task, noticed: Readonly<Record<string, number>>): boolean {
  return isInterrupted({ ...task }) || noticed[task.taskArn ?? ''] !== undefined
}

/** The texts that ECS uses, for Fargate and for EC2. */
export function isShortageMessage(text: string): boolean {
  return (
    text.includes('unable to place a task') &&
    /capacity is unavailable|no container instance met|insufficient (cpu|memory)/i.test(text)
  )
}

/** The private address of a task on a network interface of its own. */
export function addressOf(task: Task): string | undefined {
  return task.attachments
    ?.flatMap(({ details }) => details ?? [])
    .find(({ name }) => name === 'privateIPv4Address')?.value
}

export function soonest(looks: readonly (number | undefined)[]): number | undefined {
  const seconds = looks.flatMap((look) => look ?? [])
  return seconds.length === 0 ? undefined : Math.min(...seconds)
}
