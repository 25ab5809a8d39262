import type { Task } from '@aws-sdk/client-ecs'
import {
  decideDeregistrations,
  dependsOnHealth,
  rulesAtNotice,
  type TargetSigns,
  type TaskCounts,
  targetSigns,
} from './deregistration'
import type { Log } from './log'
import type { Policy } from './observation'
import { addressOf, type Observed } from './observe'
import type { Pair } from './pair'
import type { PairRecord } from './pair-record'
import {
  isRegistered,
  type ReadTargets,
  type Registration,
  registrationsOf,
  type Targeted,
  type Targets,
} from './targets'
import type { Clock } from './token-bucket'

/** An interrupted task with an address of its own. */
interface InterruptedTask {
  readonly taskArn: string
  readonly address: string
  readonly noticeAt: number
  readonly isScheduled: boolean
}

/** What to do about the interrupted tasks of a pair, and what their targets show. */
export interface DrainPlan {
  readonly deregister: readonly (InterruptedTask & { readonly from: readonly Registration[] })[]
  /** When to plan again. */
  readonly requeueAfterSeconds?: number | undefined
  readonly signs: TargetSigns
  /** For the record. */
  readonly deregisteredTasks?: PairRecord['deregisteredTasks']
}

interface DrainPlanDeps {
  readonly readTargets: ReadTargets
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/** By target group. */
type States = ReadonlyMap<string, Targets>

/** Which interrupted tasks to deregister: those that others replace, and those that no other function deregisters. */
export async function planDrain(
  { primary: name, policy }: Pair,
  services: ReadonlyMap<string, Targeted>,
  observed: Observed,
  record: Pick<PairRecord, 'interruptedTasks' | 'deregisteredTasks'>,
  deps: DrainPlanDeps,
): Promise<DrainPlan> {
  const service = services.get(name)
  const registrations = service === undefined ? [] : registrationsOf(service)
  if (service === undefined || registrations.length === 0) return { deregister: [], signs: {} }

  const now = deps.clock.now()
  const { noticed } = observed
  const rules = rulesAtNotice(policy, noticed.length > 0 && !noticed.some(isOnFargate))
  const tasks = tasksToDrain(noticed, record.interruptedTasks, policy)
  const counts = countsOf(observed)
  const times = tasks.map(({ noticeAt }) => noticeAt)
  const states = dependsOnHealth(times, counts, rules, now)
    ? await readStates(registrations, deps)
    : undefined

  // A target whose state is unknown may be registered. To deregister it twice does no harm.
  const registeredIn = ({ address }: InterruptedTask) =>
    registrations.filter(({ group }) => !states || isRegistered(states.get(group)?.get(address)))
  const plan = decideDeregistrations(
    tasks.map((task) => ({ ...task, isRegistered: registeredIn(task).length > 0 })),
    { ...counts, healthy: states && healthyOf(service, states, observed, counts) },
    rules,
    now,
  )
  const deregister = tasks
    .filter(({ address }) => plan.deregister.includes(address))
    .map((task) => ({ ...task, from: registeredIn(task) }))

  const isNoticed = (arn: string) =>
    record.interruptedTasks[arn] !== undefined || tasks.some(({ taskArn }) => taskArn === arn)
  const before = (record.deregisteredTasks ?? []).filter(isNoticed)
  const deregisteredTasks = [...new Set([...before, ...deregister.map(({ taskArn }) => taskArn)])]
  const untouched = tasks.filter(({ taskArn }) => !before.includes(taskArn))
  const statesOf = ({ address }: InterruptedTask) =>
    registrations.flatMap(({ group }) => states?.get(group)?.get(address)?.state ?? [])
  const shown = untouched.map((task) => ({ noticeAt: task.noticeAt, states: statesOf(task) }))
  return {
    deregister,
    requeueAfterSeconds: plan.requeueAfterSeconds,
    signs: states ? targetSigns(shown, rules, now) : {},
    deregisteredTasks: deregisteredTasks.length > 0 ? deregisteredTasks : undefined,
  }
}

/** The tasks that nobody else deregisters in time. */
function tasksToDrain(
  noticed: readonly Task[],
  interruptedTasks: Readonly<Record<string, number>>,
  { atNotice }: Policy,
): InterruptedTask[] {
  return noticed.flatMap((task) => {
    const { taskArn = '', stoppingAt } = task
    const address = addressOf(task)
    const reportedAt = interruptedTasks[taskArn]
    // The drain function receives the notices of tasks on Fargate, but not that an instance of a task is interrupted.
    const isScheduled = isOnFargate(task) && reportedAt !== undefined
    const isHandled = atNotice === 'leave' && isScheduled
    if (address === undefined || isHandled || isSimulated(task)) return []
    return [{ taskArn, address, isScheduled, noticeAt: reportedAt ?? stoppingAt?.getTime() ?? 0 }]
  })
}

/**
 * In a game day, ECS keeps a task or stops it for its operator. It deregisters the task itself then, which does not show
 * what it does at a notice.
 */
function isSimulated(task: Task): boolean {
  return (
    isOnFargate(task) && (task.desiredStatus === 'RUNNING' || task.stopCode === 'UserInitiated')
  )
}

function isOnFargate({ launchType, capacityProviderName }: Task): boolean {
  return launchType === 'FARGATE' || !!capacityProviderName?.startsWith('FARGATE')
}

function countsOf({ observation: { primary, standbys } }: Observed): TaskCounts {
  const running = standbys.reduce((sum, standby) => sum + standby.running, primary.running)
  return { needed: primary.desired, running: running - primary.interrupted }
}

/** Undefined if a group cannot be read. Then the tasks stay until the last safe moment. */
async function readStates(
  registrations: readonly Registration[],
  { readTargets, log }: DrainPlanDeps,
): Promise<States | undefined> {
  try {
    const entries = registrations.map(
      async ({ group }) => [group, await readTargets(group)] as const,
    )
    return new Map(await Promise.all(entries))
  } catch (error) {
    log({ level: 'warn', message: 'target health is unknown', error: String(error) })
    return undefined
  }
}

/** How many tasks without a notice are healthy in every target group that receives requests. */
function healthyOf(
  { serving, configured }: Targeted,
  states: States,
  { observation: { primary }, noticed }: Observed,
  { running }: TaskCounts,
): number {
  const interrupted = new Set(noticed.map(addressOf))
  const counts = (serving ?? configured).loadBalancers.map(({ targetGroupArn = '' }) => {
    const targets = [...(states.get(targetGroupArn) ?? [])]
    return targets.filter(
      ([address, { state }]) => state === 'healthy' && !interrupted.has(address),
    ).length
  })
  // Tasks with a notice that ECS counts and does not list are among the healthy ones.
  const unlisted = primary.interrupted - noticed.length
  return Math.min(running, Math.min(...counts) - unlisted)
}
