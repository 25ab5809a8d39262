import { tags } from '@tideway/failover-lambda/tags'
import { nearestFirst } from '../errors'
import { duration } from '../time'
import type { ClusterView, PairView } from './view'

export interface GameDayOptions {
  /** Primaries. @default all with tasks on Spot */
  readonly services: readonly string[] | undefined
  /** Of the desired count of each service, above 0 and at most 1. */
  readonly share: number
  readonly minutes: number
  /** Of all tasks and instances together. @default three times those at once */
  readonly maxTasks: number | undefined
  /** Tasks may be missing that nobody covers for so long. */
  readonly maxUncoveredSeconds: number
  /** More failed requests in a million than in the same time before. */
  readonly maxFailedPerMillion: number
}

/** One service, and how much of it. */
export interface PlannedService {
  readonly name: string
  readonly standbys: readonly string[]
  readonly desired: number
  /** Tasks that are missing at once. */
  readonly atOnce: number
  /** Whether its Spot tasks are on instances, which the fault injection service interrupts. */
  readonly isOnInstances: boolean
  readonly taskPrice: number | undefined
  readonly atNotice: 'leave' | 'serve-until-drained'
  readonly targetGroups: readonly string[]
}

export interface Plan {
  readonly cluster: string
  readonly services: readonly PlannedService[]
  readonly atOnce: number
  readonly maxTasks: number
  readonly minutes: number
  readonly maxUncoveredSeconds: number
  readonly maxFailedPerMillion: number
  /** An upper bound, in US dollars. Undefined if a price is unknown. */
  readonly maxCost: number | undefined
  /** Of the experiment. Undefined if no service is on instances. */
  readonly templateId: string | undefined
}

/** Standbys are given back within this time after the last act, or the game day says what is left. */
export const giveBackMinutes = 15

/** The fault injection service charges for each minute of an action. */
const dollarsPerActionMinute = 0.1

/** The longest experiment: the two minutes of a notice. */
export const experimentMinutes = 2

/** The plan, or why there is none. */
export function planGameDay(
  cluster: string,
  view: ClusterView,
  spot: { readonly providers: readonly string[]; readonly groups: ReadonlyMap<string, string> },
  templateId: string | undefined,
  options: GameDayOptions,
): Plan | { readonly problems: readonly string[] } {
  const problems = [...troubles(view)]
  const onInstances = new Set(spot.groups.values())
  const isOnSpot = ({ primary }: PairView) =>
    primary.providers.some((name) => spot.providers.includes(name))
  const isOnInstances = ({ primary }: PairView) =>
    primary.providers.some((name) => onInstances.has(name))
  const names = view.pairs.map(({ primary }) => primary.name)
  for (const name of options.services ?? []) {
    if (names.includes(name)) continue
    problems.push(
      `--services: ${name} is no service with a standby in ${cluster}; nearest: ${nearestFirst(name, names).slice(0, 3).join(', ') || 'there is none'}.`,
    )
  }
  const chosen = view.pairs.filter(
    (pair) =>
      options.services?.includes(pair.primary.name) ?? (isOnSpot(pair) && pair.primary.desired > 0),
  )
  for (const pair of chosen) {
    const { name, desired } = pair.primary
    if (desired === 0)
      problems.push(`${name} has a desired count of 0: there is nothing to interrupt.`)
    if (!isOnSpot(pair))
      problems.push(`${name} has no tasks on Spot: there is nothing to interrupt.`)
    if (isOnInstances(pair) && templateId === undefined) {
      problems.push(
        `${name} runs on Spot instances, and there is no experiment template for ${cluster}: set failover.gameDay to "on" and apply, or name other services with --services.`,
      )
    }
  }
  if (chosen.length === 0 && problems.length === 0) {
    problems.push(`${cluster} has no service with tasks on Spot and a standby.`)
  }
  if (problems.length > 0) return { problems }

  const services = chosen.map((pair) => plannedService(pair, isOnInstances(pair), options.share))
  const atOnce = services.reduce((sum, service) => sum + service.atOnce, 0)
  const maxTasks = options.maxTasks ?? 3 * atOnce
  const usesInstances = services.some((service) => service.isOnInstances)
  return {
    cluster,
    services,
    atOnce: Math.min(atOnce, maxTasks),
    maxTasks,
    minutes: options.minutes,
    maxUncoveredSeconds: options.maxUncoveredSeconds,
    maxFailedPerMillion: options.maxFailedPerMillion,
    maxCost: maxCostOf(services, options.minutes, usesInstances ? maxTasks : 0),
    templateId: usesInstances ? templateId : undefined,
  }
}

function plannedService(
  { pair, primary, standbys, taskPrice }: PairView,
  isOnInstances: boolean,
  share: number,
): PlannedService {
  return {
    name: primary.name,
    standbys: standbys.map(({ name }) => name),
    desired: primary.desired,
    atOnce: Math.max(1, Math.floor(primary.desired * share)),
    isOnInstances,
    taskPrice,
    atNotice: pair.policy.atNotice,
    targetGroups: primary.targetGroups,
  }
}

/** Each missing task is covered from the first minute until the standby is given back. */
function maxCostOf(
  services: readonly PlannedService[],
  minutes: number,
  maxInstances: number,
): number | undefined {
  if (services.some(({ taskPrice }) => taskPrice === undefined)) return undefined
  const hours = (minutes + giveBackMinutes) / 60
  const cover = services.reduce(
    // On instances, every task of the service may be on the one that is interrupted.
    (sum, { atOnce, desired, isOnInstances, taskPrice = 0 }) =>
      sum + (isOnInstances ? desired : atOnce) * taskPrice * hours,
    0,
  )
  return cover + maxInstances * experimentMinutes * dollarsPerActionMinute
}

/** Why nobody may add a shortage now. */
function troubles(view: ClusterView): string[] {
  const found: string[] = []
  if (!view.hasSwept) {
    found.push(
      'The controller has not swept in the last five minutes: nobody would cover the tasks.',
    )
  }
  if (view.isDeploying) found.push('The function of the controller is being deployed.')
  for (const name of view.alarms) found.push(`The alarm ${name} is on.`)
  for (const { pair, primary, standbys } of view.pairs) {
    const { name, desired, running } = primary
    const { mode, dryRun } = pair.operator
    if (standbys.length === 0) found.push(`${name} has no standby that agrees with it.`)
    if (primary.isDeploying || standbys.some(({ isDeploying }) => isDeploying)) {
      found.push(`${name} is being deployed.`)
    }
    if (mode === 'hold') found.push(`${name} is held (${tags.hold}).`)
    if (typeof mode === 'object') found.push(`${name} is forced (${tags.force}).`)
    if (dryRun) found.push(`${name} is in dry run (${tags.dryRun}).`)
    if (running < desired) found.push(`${name} is short: ${running} of ${desired} tasks run.`)
    const covering = standbys.reduce(
      (sum, standby) => sum + Math.max(standby.desired, standby.running),
      0,
    )
    if (covering > 0) found.push(`${name} is covered: its standby has ${covering} tasks.`)
  }
  return found
}

/** What the operator agrees to. */
export function statementOf(plan: Plan, environment: string): string[] {
  const { services, atOnce, maxTasks, minutes, maxCost, maxUncoveredSeconds, templateId } = plan
  const onFargate = services.filter((service) => !service.isOnInstances)
  return [
    `A game day in ${environment}: a drought of Spot in the cluster ${plan.cluster}.`,
    '',
    ...(onFargate.length > 0
      ? [
          'On Fargate it is a SIMULATION: AWS cannot interrupt FARGATE_SPOT on request. The controller receives a marked',
          'message for each task, and the task is stopped with StopTask. New tasks on Spot are stopped in the same way.',
        ]
      : []),
    ...(templateId !== undefined
      ? [
          'On instances, the fault injection service of AWS interrupts one Spot instance at a time, with a notice of two',
          `minutes (${templateId}). Everything that runs on it is stopped, also tasks of other services.`,
        ]
      : []),
    '',
    ...services.map((service) => `  ${serviceLine(service)}`),
    '',
    `  at once  at most ${tasks(atOnce)}`,
    `  in all   at most ${tasks(maxTasks)}${templateId === undefined ? '' : ' and instances together'}`,
    `  time     ${minutes} min; then up to ${giveBackMinutes} min until the standbys are given back`,
    `  cost     ${maxCost === undefined ? 'unknown: a standby has no price' : `at most ${dollars(maxCost)} for standby tasks${templateId === undefined ? '' : ' and experiments'}`}`,
    '',
    `It ends by itself after ${minutes} min, at its limits, when tasks are uncovered for ${duration(1000 * maxUncoveredSeconds)}, when an alarm of the`,
    'failover goes off, or with Ctrl-C. If this program is killed, nothing more is stopped, the messages end within three',
    'minutes, and the next game day puts back what is left (or: gameday --put-back).',
  ]
}

function serviceLine({
  name,
  desired,
  atOnce,
  isOnInstances,
  atNotice,
  targetGroups,
}: PlannedService) {
  const lost = isOnInstances ? 'those on the instance' : `${atOnce}`
  return `${name}: ${lost} of ${tasks(desired)}. ${felt(atNotice, targetGroups.length > 0)}`
}

function felt(atNotice: PlannedService['atNotice'], hasLoadBalancer: boolean): string {
  if (!hasLoadBalancer)
    return 'It has no load balancer: work in progress is interrupted by SIGTERM.'
  return atNotice === 'leave'
    ? 'Users may see failed or slow requests until a standby serves: its tasks leave at their notice.'
    : 'Users should see nothing: its tasks serve until they are drained.'
}

function tasks(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`
}

export function dollars(amount: number): string {
  return `$${amount.toFixed(amount < 1 ? 4 : 2)}`
}
