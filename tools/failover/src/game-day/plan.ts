import type { Task } from '@aws-sdk/client-ecs'
import { priceIn } from '@tideway/failover-lambda/pair'
import { tags } from '@tideway/failover-lambda/tags'
import { nearestFirst } from '../errors'
import { lastReconcile, standbysOf } from '../pair-status'
import type { PairView } from '../pairs'
import { counted, wrap } from '../table'
import { duration } from '../time'
import { type ClusterView, mostOnOneInstance } from './view'

export interface GameDayOptions {
  /** Primaries. @default all with tasks on Spot */
  readonly services: readonly string[] | undefined
  /** Of the desired count of each service, above 0 and at most 1. */
  readonly share: number
  readonly minutes: number
  /** Of all tasks together. @default three times those at once */
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

/** The experiment that interrupts one instance of an Auto Scaling group. */
export interface InstanceGroup {
  readonly name: string
  readonly provider: string
  readonly templateId: string
}

export interface Plan {
  readonly cluster: string
  readonly services: readonly PlannedService[]
  readonly share: number
  readonly atOnce: number
  readonly maxTasks: number
  readonly minutes: number
  readonly maxUncoveredSeconds: number
  readonly maxFailedPerMillion: number
  /** An upper bound, in US dollars. Undefined if a price is unknown. */
  readonly maxCost: number | undefined
  /** The groups of the services on instances. */
  readonly groups: readonly InstanceGroup[]
}

/** What AWS has for a game day. */
export interface Means {
  readonly spotProviders: readonly string[]
  /** The capacity provider of each Auto Scaling group on Spot. */
  readonly spotGroups: ReadonlyMap<string, string>
  /** The experiment template of each group. */
  readonly templates: ReadonlyMap<string, string>
  /** The running tasks of each primary that may have some on Spot. */
  readonly tasks: ReadonlyMap<string, readonly Task[]>
}

/** Standbys are given back within this time after the last act, or the game day says what is left. */
export const giveBackMinutes = 15

/** The fault injection service charges for each minute of an action: here, for the two minutes of a notice. */
const dollarsPerExperiment = 2 * 0.1

/** From the beginning of an experiment to that of the next one, at least. */
export const experimentMinutes = 3

/** The plan, or why there is none. */
export function planGameDay(
  cluster: string,
  view: ClusterView,
  means: Means,
  options: GameDayOptions,
): Plan | { readonly problems: readonly string[] } {
  const onSpot = ({ primary }: PairView) =>
    (means.tasks.get(primary) ?? []).filter(({ capacityProviderName = '' }) =>
      means.spotProviders.includes(capacityProviderName),
    )
  const names = view.pairs.map(({ primary }) => primary)
  const chosen = view.pairs.filter(
    (pair) => options.services?.includes(pair.primary) ?? onSpot(pair).length > 0,
  )
  const problems = [
    ...troubles(view),
    ...(options.services ?? [])
      .filter((name) => !names.includes(name))
      .map(
        (name) =>
          `--services: ${name} is no service with a standby in ${cluster}; nearest: ${nearestFirst(name, names).slice(0, 3).join(', ') || 'there is none'}.`,
      ),
    ...chosen
      .filter((pair) => onSpot(pair).length === 0)
      .map(({ primary }) => `${primary} has no tasks on Spot now: there is nothing to interrupt.`),
    ...(options.services === undefined && chosen.length === 0
      ? [`${cluster} has no service with tasks on Spot and a standby.`]
      : []),
  ]
  const providers = new Set(
    chosen.flatMap((pair) => onSpot(pair).map((task) => task.capacityProviderName)),
  )
  const groups = [...means.spotGroups]
    .filter(([, provider]) => providers.has(provider))
    .map(([name, provider]) => ({
      name,
      provider,
      templateId: means.templates.get(name) ?? '',
    }))
  for (const { name } of groups.filter(({ templateId }) => templateId === '')) {
    problems.push(
      `There is no experiment template for the Spot instances of ${name}: set failover.gameDay to "on" and apply, or name services on Fargate with --services.`,
    )
  }
  if (problems.length > 0) return { problems }

  const services = chosen.map((pair) => plannedService(pair, onSpot(pair), groups, options.share))
  const onFargate = services.filter(({ isOnInstances }) => !isOnInstances)
  const instanceTasks = chosen.flatMap((pair) => onSpot(pair))
  const perInstance = groups.map(({ provider }) => mostOnOneInstance(instanceTasks, provider))
  const atOnce =
    onFargate.reduce((sum, service) => sum + service.atOnce, 0) + Math.max(0, ...perInstance)
  const maxTasks = options.maxTasks ?? 3 * atOnce
  if (onFargate.length === 0 && Math.min(...perInstance) > maxTasks) {
    return {
      problems: [
        `--max-tasks: must be at least ${Math.min(...perInstance)}, because so many tasks can be on one instance; got ${maxTasks}.`,
      ],
    }
  }
  const experiments =
    groups.length === 0 ? 0 : Math.min(maxTasks, Math.ceil(options.minutes / experimentMinutes))
  return {
    cluster,
    services,
    share: options.share,
    atOnce: Math.min(atOnce, maxTasks),
    maxTasks,
    minutes: options.minutes,
    maxUncoveredSeconds: options.maxUncoveredSeconds,
    maxFailedPerMillion: options.maxFailedPerMillion,
    maxCost: maxCostOf(services, options.minutes, experiments),
    groups,
  }
}

/** How many tasks of a service may be missing at once. */
export function shareOf(desired: number, share: number): number {
  return Math.min(desired, Math.max(1, Math.floor(desired * share)))
}

function plannedService(
  view: PairView,
  onSpot: readonly Task[],
  groups: readonly InstanceGroup[],
  share: number,
): PlannedService {
  const { primary, pair, services } = view
  const state = services.get(primary)
  const { desired = 0 } = state ?? {}
  const perInstance = groups.map(({ provider }) => mostOnOneInstance(onSpot, provider))
  const isOnInstances = Math.max(0, ...perInstance) > 0
  const prices = standbysOf(view).map(({ tags: found }) => priceIn(found, tags.taskPrice))
  return {
    name: primary,
    standbys: pair?.standbys ?? [],
    desired,
    atOnce: isOnInstances
      ? Math.max(...perInstance)
      : Math.min(shareOf(desired, share), onSpot.length),
    isOnInstances,
    taskPrice: prices.reduce(
      (highest, price) => (price && highest !== undefined ? Math.max(price, highest) : undefined),
      0 as number | undefined,
    ),
    atNotice: pair?.policy.atNotice ?? 'leave',
    targetGroups: (state?.serving?.loadBalancers ?? []).flatMap(
      ({ targetGroupArn }) => targetGroupArn ?? [],
    ),
  }
}

/** Each missing task is covered from the first minute until the standby is given back. */
function maxCostOf(
  services: readonly PlannedService[],
  minutes: number,
  experiments: number,
): number | undefined {
  if (services.some(({ taskPrice }) => taskPrice === undefined)) return undefined
  const hours = (minutes + giveBackMinutes) / 60
  const cover = services.reduce(
    // A notice replaces all tasks that run with it, also those that another experiment interrupted before.
    (sum, { atOnce, desired, isOnInstances, taskPrice = 0 }) =>
      sum + (isOnInstances ? desired : atOnce) * taskPrice * hours,
    0,
  )
  return cover + experiments * dollarsPerExperiment
}

/** Why nobody may add a shortage now. */
function troubles({ pairs, alarms, isDeploying, now }: ClusterView): string[] {
  return [
    ...(pairs.length > 0 && !lastReconcile(pairs, now).isRecent
      ? ['The controller has not swept in the last five minutes: nobody would cover the tasks.']
      : []),
    ...(isDeploying ? ['The function of the controller is being deployed.'] : []),
    ...alarms.map((name) => `The alarm ${name} is on.`),
    ...pairs.flatMap(troublesOf),
  ]
}

function troublesOf(view: PairView): string[] {
  const { primary, pair, services, agreement } = view
  const state = services.get(primary)
  if (!state?.active) return [`${primary} does not exist, and its standby does.`]
  if (pair === undefined) {
    return [
      `${primary} has no standby that agrees with it. ${agreement.refusals.join('. ')}`.trim(),
    ]
  }
  const standbys = standbysOf(view)
  const { mode, dryRun } = pair.operator
  const covering = standbys.reduce(
    (sum, { desired, running }) => sum + Math.max(desired, running),
    0,
  )
  const found: readonly (readonly [boolean, string])[] = [
    [[state, ...standbys].some((one) => one.isDeploying), 'is being deployed.'],
    [mode === 'hold', `is held (${tags.hold}).`],
    [typeof mode === 'object', `is forced (${tags.force}).`],
    [dryRun, `is in dry run (${tags.dryRun}).`],
    [state.running < state.desired, `is short: ${state.running} of ${state.desired} tasks run.`],
    [covering > 0, `is covered: its standby has ${covering} tasks.`],
  ]
  return found.flatMap(([holds, text]) => (holds ? [`${primary} ${text}`] : []))
}

/** What the operator agrees to, for a terminal of 80 columns. */
export function statementOf(plan: Plan, environment: string, putBack: string): string[] {
  const { services, atOnce, maxTasks, minutes, maxCost, maxUncoveredSeconds, groups } = plan
  const hasFargate = services.some((service) => !service.isOnInstances)
  const hasInstances = groups.length > 0
  const row = (name: string, text: string) => wrap(`  ${name.padEnd(9)}${text}`, ' '.repeat(11))
  return [
    `GAME DAY in ${environment}, in the cluster ${plan.cluster}: a drought of Spot on purpose.`,
    '',
    ...(hasFargate
      ? wrap(
          'On Fargate it is a SIMULATION: AWS cannot interrupt FARGATE_SPOT on request. The controller receives a marked message for each task, and StopTask stops the task. New tasks on Spot are stopped in the same way, until the end.',
        )
      : []),
    ...(hasInstances
      ? wrap(
          `On instances, the fault injection service of AWS interrupts one Spot instance at a time, with a notice of two minutes, of: ${groups.map(({ name, templateId }) => `${name} (${templateId})`).join(', ')}. All that runs on the instance stops, also tasks of other services.`,
        )
      : []),
    '',
    ...services.flatMap((service) => wrap(`  ${serviceLine(service)}`, '    ')),
    '',
    ...row(
      'at once',
      `at most ${counted(atOnce, 'task')} missing${hasInstances ? ', of the services above' : ''}`,
    ),
    ...row(
      'in all',
      `at most ${counted(maxTasks, 'task')} ${hasInstances ? 'lost: an instance counts as the tasks above that it may have' : 'stopped'}`,
    ),
    ...row(
      'time',
      `${minutes} min, then up to ${giveBackMinutes} min until the standbys are given back`,
    ),
    ...row(
      'cost',
      maxCost === undefined
        ? 'unknown: a standby has no price'
        : `at most ${dollars(maxCost)} for standby tasks${hasInstances ? ' and experiments' : ''}`,
    ),
    '',
    ...wrap(
      `It ends by itself: after ${minutes} min, at a limit, when tasks are uncovered for ${duration(1000 * maxUncoveredSeconds)}, when an alarm of the failover goes off, or when a service is deployed, held or deleted. Ctrl-C ends it too. Then it waits until all is as before.`,
    ),
    ...wrap(
      `If this program is killed, nothing more is stopped, and the messages end within three minutes. The next game day puts back what is left, or:`,
    ),
    `  ${putBack}`,
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
  const where = isOnInstances ? ' on an instance' : ''
  return `${name}: ${atOnce} of ${counted(desired, 'task')}${where}. ${felt(atNotice, targetGroups.length > 0)}`
}

function felt(atNotice: PlannedService['atNotice'], hasLoadBalancer: boolean): string {
  if (!hasLoadBalancer)
    return 'It has no load balancer: work in progress is interrupted by SIGTERM.'
  return atNotice === 'leave'
    ? 'Users may see failed or slow requests until a standby serves: its tasks leave at their notice.'
    : 'Users should see nothing: its tasks serve until they are drained.'
}

export function dollars(amount: number): string {
  return `$${amount.toFixed(amount < 1 ? 4 : 2)}`
}
