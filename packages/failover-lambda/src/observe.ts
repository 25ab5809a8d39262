import type { Task } from '@aws-sdk/client-ecs'
import { lastSafeMoment, losesAtNotice, rulesAtNotice } from './deregistration'
import type { Ecs, ServiceState } from './ecs'
import type { Evidence, Observation, PrimaryView } from './observation'
import { type Pair, priceIn } from './pair'
import type { PairRecord } from './pair-record'
import { isInterrupted, isRecent, type ServiceSignal, type Signal } from './requests'
import type { Settings } from './settings'
import { type Start, startSeconds } from './starts'
import { tags } from './tags'
import { type ReadTargets, registrationsOf } from './targets'

export interface ObserveDeps {
  readonly ecs: Pick<Ecs, 'countTasks' | 'tasksOf'>
  readonly readTargets: ReadTargets
  readonly settings: Settings
}

export interface ObserveInput {
  readonly pair: Pair
  /** The pair's services, as ECS described them. */
  readonly services: ReadonlyMap<string, ServiceState>
  readonly signals: readonly ServiceSignal[]
  /** Tasks with a notice that still counts, and the time of the notice. */
  readonly interruptedTasks: Readonly<Record<string, number>>
  /** Tasks that were already described, of this pair and of others. */
  readonly describedTasks: readonly Task[]
  /** As the last reconcile left it. */
  readonly record: PairRecord
  readonly now: number
}

export interface Observed {
  readonly observation: Observation
  /** Running tasks with an interruption notice. */
  readonly noticed: readonly Task[]
  /** Until a task has waited too long for an instance. */
  readonly requeueAfterSeconds?: number
  /** Whether its tasks end soon after a notice. Undefined: no task has shown it. */
  readonly endsEarly?: boolean
  /** Of tasks that were described for another reason: starts cost no call. */
  readonly starts?: readonly Start[]
}

/** Observes a pair: its services, its tasks where they matter, and the health of their targets. */
export async function observe(input: ObserveInput, deps: ObserveDeps): Promise<Observed> {
  const { pair, services, signals, interruptedTasks, describedTasks, record, now } = input
  const { ecs, settings } = deps
  const primary = services.get(pair.primary)
  const standbys = pair.standbys.map((name) => {
    const { desired = 0, running = 0, tags: found = {} } = services.get(name) ?? {}
    const taskPrice = priceIn(found, tags.taskPrice)
    return { name, desired, running, ...(taskPrice !== undefined && { taskPrice }) }
  })
  const evidence = [
    ...signals
      .filter(({ signal }) => concerns(signal, primary))
      .flatMap((one) => evidenceOf(pair, one, settings)),
    ...[...services.values()].flatMap((service) => messageEvidence(pair, service)),
  ]
  if (primary === undefined || !primary.active) {
    const gone: PrimaryView = { status: 'gone', desired: 0, running: 0, interrupted: 0, healthy: 0 }
    return { observation: { primary: gone, standbys, evidence }, noticed: [] }
  }

  const hasNotice = (task: Task) =>
    isInterrupted({ ...task }) || interruptedTasks[task.taskArn ?? ''] !== undefined
  const isRunningWithNotice = (task: Task) => task.lastStatus === 'RUNNING' && hasNotice(task)
  const isOfServingSet = ({ startedBy = '' }: Task) => !primary.otherTaskSets.includes(startedBy)
  const noticed = describedTasks.filter(
    (task) => interruptedTasks[task.taskArn ?? ''] !== undefined && isOfServingSet(task),
  )
  const remaining = primary.running - noticed.filter(isRunningWithNotice).length
  const covering = standbys.reduce((sum, { desired }) => sum + desired, 0)
  // Health costs two more calls for each pair, so it is queried only where a failback is possible.
  const mayFailBack = covering > Math.max(0, primary.desired - remaining)
  const waits =
    primary.pending > 0 && primary.running < primary.desired && usesSpotGroup(primary, settings)
  const isNewNotice = ({ signal: { taskArn, at } }: ServiceSignal) =>
    taskArn !== undefined && record.interruptedTasks[taskArn] === undefined && isRecent(at, now)
  const isSpotShort = evidence.some(({ about, at }) => about === 'spot' && isRecent(at, now))
  // The event of a notice can be lost. A new notice is a reason to look for others, and so is a shortage if no task is
  // missing. Repeated events are no reason: in a large drought, they would cause too many calls.
  const mayHideNotice =
    remaining > onDemandTasks(primary, settings) &&
    (signals.some(isNewNotice) || (isSpotShort && remaining >= primary.desired))
  const listed =
    mayFailBack || waits || (mayHideNotice && primary.otherTaskSets.length > 0)
      ? await ecs.tasksOf(pair.cluster, pair.primary)
      : undefined
  const tasks = listed?.filter(isOfServingSet)
  // ListTasks omits tasks with a notice, and the counts of DescribeServices include them.
  const unlisted = mayHideNotice
    ? primary.running +
      primary.pending -
      (tasks?.length ?? (await ecs.countTasks(pair.cluster, pair.primary)))
    : 0
  const isSpotProvider = (provider: string) => settings.spotProviders.has(provider)
  const stuck = [
    stuckTasks(waits ? tasks : undefined, 'spot', isSpotProvider, input, settings),
    ...(await stuckStandbys(input, deps)),
  ]
  const known = new Map([...noticed, ...(tasks ?? [])].map((task) => [task.taskArn, task]))
  const runningWithNotice = [...known.values()].filter(isRunningWithNotice)
  const interrupted = Math.max(runningWithNotice.length, unlisted)
  const isTargeted = registrationsOf(primary).length > 0
  const rules = rulesAtNotice(pair.policy, usesSpotGroup(primary, settings))
  const unnoticed = tasks?.filter((task) => !hasNotice(task))
  return {
    observation: {
      primary: {
        status: 'active',
        desired: primary.desired,
        running: primary.running,
        onDemand: onDemandTasks(primary, settings),
        interrupted: Math.min(interrupted, primary.running),
        losesAtNotice:
          isTargeted &&
          losesAtNotice(rules, record.isDeregisteredByEcs, startSeconds(record.starts)),
        healthy: mayFailBack
          ? await healthyCount(primary, unnoticed ?? [], deps.readTargets)
          : primary.running - interrupted,
      },
      standbys,
      evidence: [...evidence, ...stuck.flatMap((one) => one.evidence)],
    },
    noticed: runningWithNotice,
    requeueAfterSeconds: earliest(stuck.map((one) => one.requeueAfterSeconds)),
    endsEarly: isTargeted ? endsEarly(noticed, input) : undefined,
    starts: (tasks ?? []).flatMap(startOf),
  }
}

/** On EC2 a task also waits for an instance, so its start says nothing about the next one. */
function startOf({ capacityProviderName = '', createdAt, startedAt }: Task): Start[] {
  if (createdAt === undefined || startedAt === undefined) return []
  const [at, seconds] = [startedAt.getTime(), (startedAt.getTime() - createdAt.getTime()) / 1000]
  return capacityProviderName.startsWith('FARGATE') && seconds > 0 ? [{ at, seconds }] : []
}

/**
 * An application that serves until it is drained runs until its task is deregistered. A task that did not run at its
 * notice shows nothing.
 */
function endsEarly(
  noticed: readonly Task[],
  { pair: { policy }, record, now }: ObserveInput,
): boolean | undefined {
  if (record.isDeregisteredByEcs) return undefined
  const found = noticed
    .filter((task) => task.startedAt !== undefined && isInterrupted({ ...task }))
    .flatMap(({ taskArn = '', stoppingAt, executionStoppedAt, stoppedAt }) => {
      if (stoppingAt === undefined) return []
      const endedAt = (executionStoppedAt ?? stoppedAt)?.getTime()
      if ((endedAt ?? now) >= lastSafeMoment(stoppingAt.getTime(), policy)) return false
      return endedAt === undefined || record.deregisteredTasks?.includes(taskArn) ? [] : true
    })
  return found.length === 0 ? undefined : found.includes(true)
}

/** A launch failure of an Auto Scaling group is a signal for every open pair, but concerns only those that use it. */
function concerns({ kind, providers }: Signal, primary: ServiceState | undefined): boolean {
  return kind !== 'launch-failure' || !!primary?.providers.some((name) => providers.includes(name))
}

/** A signal is evidence about the primary's Spot capacity, or about a standby's own capacity. */
function evidenceOf(
  pair: Pair,
  { service, signal }: ServiceSignal,
  settings: Settings,
): Evidence[] {
  const { kind, at, providers, simulatedBy } = signal
  if (pair.standbys.includes(service)) {
    return kind === 'interruption' ? [] : [{ kind, about: { standby: service }, at }]
  }
  // A failure of the primary's on-demand base is not a Spot shortage.
  const isSpot =
    providers.length === 0 || providers.some((name) => settings.spotProviders.has(name))
  return isSpot ? [{ kind, about: 'spot', at, simulatedBy }] : []
}

/** The service's own messages contain shortages whose events were lost. */
function messageEvidence(pair: Pair, { name, messages }: ServiceState): Evidence[] {
  const about = name === pair.primary ? ('spot' as const) : { standby: name }
  return messages
    .filter(({ text }) => isShortageMessage(text))
    .map(({ at }) => ({ kind: 'service-message' as const, about, at }))
}

/** How many tasks its strategy places on demand. They cannot have an interruption notice. */
export function onDemandTasks(
  { desired, strategy }: ServiceState,
  { spotProviders }: Settings,
): number {
  const onDemand = strategy.filter(
    ({ capacityProvider = '' }) => !spotProviders.has(capacityProvider),
  )
  const sum = (items: ServiceState['strategy'], field: 'base' | 'weight') =>
    items.reduce((total, item) => total + (item[field] ?? 0), 0)
  const base = sum(strategy, 'base')
  const share = sum(onDemand, 'weight') / Math.max(1, sum(strategy, 'weight'))
  const weighted = Math.floor(Math.max(0, desired - base) * share)
  return Math.min(desired, sum(onDemand, 'base') + weighted)
}

function usesSpotGroup({ providers }: ServiceState, { spotProviders }: Settings): boolean {
  return providers.some((name) => name !== 'FARGATE_SPOT' && spotProviders.has(name))
}

/** ECS sends nothing for ten minutes and more while a task waits for an instance. */
function stuckTasks(
  tasks: readonly Task[] = [],
  about: Evidence['about'],
  isRelevant: (provider: string) => boolean,
  { now }: ObserveInput,
  { graceSeconds }: Settings,
) {
  const remaining = tasks
    .filter(
      ({ lastStatus, capacityProviderName = '' }) =>
        lastStatus === 'PROVISIONING' && isRelevant(capacityProviderName),
    )
    .map(({ createdAt }) => graceSeconds - (now - (createdAt?.getTime() ?? now)) / 1000)
  const isStuck = remaining.some((seconds) => seconds <= 0)
  const evidence: Evidence[] = isStuck ? [{ kind: 'stuck-provisioning', about, at: now }] : []
  return { evidence, requeueAfterSeconds: isStuck ? undefined : earliest(remaining) }
}

/** Standbys on EC2 whose tasks wait for an instance. The last one is skipped: no further standby can replace it. */
async function stuckStandbys(input: ObserveInput, { ecs, settings }: ObserveDeps) {
  const { cluster, standbys } = input.pair
  const found: ReturnType<typeof stuckTasks>[] = []
  const isOnInstances = (provider: string) => !provider.startsWith('FARGATE')
  for (const name of standbys.slice(0, -1)) {
    const state = input.services.get(name)
    if (state === undefined || state.pending === 0 || state.running >= state.desired) continue
    if (!state.providers.some(isOnInstances)) continue
    const tasks = await ecs.tasksOf(cluster, name)
    found.push(stuckTasks(tasks, { standby: name }, isOnInstances, input, settings))
  }
  return found
}

/** How many tasks serve. Undefined if that is unknown: then the controller does not fail back. */
async function healthyCount(
  primary: ServiceState,
  tasks: readonly Task[],
  readTargets: ReadTargets,
): Promise<number | undefined> {
  const running = tasks.filter(
    ({ lastStatus, desiredStatus, healthStatus }) =>
      lastStatus === 'RUNNING' && desiredStatus === 'RUNNING' && healthStatus !== 'UNHEALTHY',
  )
  // While a Spot shortage blocks a rollback, no deployment is complete, so the configured groups are used. Tasks that
  // are not healthy there do not count, so the standby stays.
  const { loadBalancers } = primary.serving ?? primary.configured
  const groups = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? [])
  try {
    const states = await Promise.all(groups.map(readTargets))
    return running.filter((task) => {
      const address = addressOf(task) ?? ''
      return states.every((targets) => targets.get(address)?.state === 'healthy')
    }).length
  } catch {
    return undefined
  }
}

/** The texts that ECS uses for Fargate and for EC2. */
function isShortageMessage(text: string): boolean {
  return (
    text.includes('unable to place a task') &&
    /capacity is unavailable|no container instance met|insufficient (cpu|memory)/i.test(text)
  )
}

/** The private address of a task that has its own network interface. */
export function addressOf(task: Task): string | undefined {
  return task.attachments
    ?.flatMap(({ details }) => details ?? [])
    .find(({ name }) => name === 'privateIPv4Address')?.value
}

export function earliest(times: readonly (number | undefined)[]): number | undefined {
  const seconds = times.flatMap((time) => time ?? [])
  return seconds.length === 0 ? undefined : Math.min(...seconds)
}
