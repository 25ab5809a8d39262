import { deployment } from './deployment'
import { noticeSeconds, type Policy } from './observation'

/** Seconds that the last safe moment depends on. */
const seconds = {
  /** Until all nodes of a load balancer have seen a deregistration. */
  propagation: 5,
  /** Our own delay: the queue with its batching window, whole seconds, and a run of the function. */
  usualDelay: deployment.mapping.maximumBatchingWindowSeconds + 2,
  /** With a cold start as well. */
  longDelay: deployment.mapping.maximumBatchingWindowSeconds + 5,
  /** Until a target of a task that has begun to run is healthy. */
  health: 15,
  /** Until ECS has deregistered a task, where it does so at the notice. */
  settling: 10,
  /** Until a task runs, where no start has been seen. */
  start: 60,
}

/** An interrupted task that serves requests through a load balancer. */
export interface InterruptedTarget {
  readonly address: string
  /** When its notice came, in milliseconds since 1970. */
  readonly noticeAt: number
  /** Whether it still receives new requests. */
  readonly isRegistered: boolean
  /** Deregistered by another function at the last safe moment, so this one need not be there in time. */
  readonly isScheduled: boolean
}

/** The tasks of a pair without a notice, primary and standbys together. */
export interface TaskCounts {
  /** The desired count of the primary. */
  readonly needed: number
  readonly running: number
}

export interface Capacity extends TaskCounts {
  /** Those that are healthy in their target groups. Undefined if that is unknown. */
  readonly healthy: number | undefined
}

export interface DeregistrationPlan {
  readonly deregister: readonly string[]
  /** When to decide again. Undefined if the next event or sweep is early enough. */
  readonly requeueAfterSeconds?: number
}

type Rules = Pick<Policy, 'atNotice' | 'slowestRequestSeconds' | 'stopSeconds'>

/**
 * What a notice means to the tasks of a service. That of an instance sends them no SIGTERM. They serve until ECS has
 * replaced and deregistered them, or until the instance ends, whatever the application does at SIGTERM.
 */
export function rulesAtNotice(rules: Rules, areOnInstances: boolean): Rules {
  return areOnInstances
    ? { ...rules, atNotice: 'serve-until-drained', stopSeconds: noticeSeconds }
    : rules
}

/**
 * When an interrupted task is deregistered at the latest, so that it can finish a request that it received just
 * before. A task that leaves at its notice refuses requests from then on, so it is deregistered at once.
 */
export function lastSafeMoment(noticeAt: number, rules: Rules): number {
  if (rules.atNotice === 'leave') return noticeAt
  const { propagation, usualDelay, longDelay } = seconds
  // No replacement serves before the end of a short life. Then the target group lacks the task for each second that it
  // leaves too early, which costs more than its open requests at the end.
  const reserve =
    lifeSeconds(rules) < seconds.start ? usualDelay : longDelay + rules.slowestRequestSeconds
  return noticeAt + 1000 * Math.max(0, lifeSeconds(rules) - propagation - reserve)
}

/** From its notice, a task lives as long as its stopTimeout allows. */
function lifeSeconds({ stopSeconds }: Pick<Rules, 'stopSeconds'>): number {
  return Math.min(noticeSeconds, stopSeconds)
}

/** Whether the task has ended. ECS has deregistered it then, and another task may have its address. */
export function hasEnded(
  noticeAt: number,
  rules: Pick<Rules, 'stopSeconds'>,
  now: number,
): boolean {
  return now > noticeAt + 1000 * lifeSeconds(rules)
}

/** Whether an interrupted task leaves its target groups before a replacement that starts at its notice runs. */
export function losesAtNotice(
  rules: Rules,
  isDeregisteredByEcs = false,
  startSeconds: number = seconds.start,
): boolean {
  return isDeregisteredByEcs || lastSafeMoment(0, rules) < 1000 * startSeconds
}

/** Whether the health of the targets can change the decision. Reading it costs calls. */
export function dependsOnHealth(
  noticeTimes: readonly number[],
  { needed, running }: TaskCounts,
  rules: Rules,
  now: number,
): boolean {
  return (
    noticeTimes.length > 0 &&
    (running >= needed || noticeTimes.some((at) => now >= lastSafeMoment(at, rules)))
  )
}

/**
 * Decides which interrupted tasks to deregister now. One that serves until it is drained stays until enough others
 * are healthy, or until the last safe moment.
 *
 * Pure and total, like `decide`.
 */
export function decideDeregistrations(
  targets: readonly InterruptedTarget[],
  { needed, running, healthy }: Capacity,
  rules: Rules,
  now: number,
): DeregistrationPlan {
  const isReplaced = healthy !== undefined && healthy >= needed
  const registered = targets.filter(({ isRegistered }) => isRegistered)
  const isDue = ({ noticeAt }: InterruptedTarget) =>
    isReplaced || now >= lastSafeMoment(noticeAt, rules)
  const later = registered.filter((target) => !isDue(target))
  const times = later
    .filter(({ isScheduled }) => !isScheduled)
    .map(({ noticeAt }) => (lastSafeMoment(noticeAt, rules) - now) / 1000)
  // The replacements run already and are not healthy yet.
  if (later.length > 0 && running >= needed) times.push(seconds.health)
  return {
    deregister: registered.filter(isDue).map(({ address }) => address),
    ...(times.length > 0 && { requeueAfterSeconds: Math.min(...times) }),
  }
}

/** What the targets of interrupted tasks show about a pair. Undefined: nothing. */
export interface TargetSigns {
  /** Whether ECS deregisters a task at its notice. */
  readonly isDeregisteredByEcs?: boolean
  /** Whether a task fails its health checks after SIGTERM. */
  readonly failsChecks?: boolean
}

/**
 * What the controller learns from targets that it has not deregistered.
 *
 * @param targets each with its states in the target groups of its task. A target that is in none of them has none
 */
export function targetSigns(
  targets: readonly { readonly noticeAt: number; readonly states: readonly string[] }[],
  rules: Rules,
  now: number,
): TargetSigns {
  // From the last safe moment on, the drain function may have deregistered it.
  const found = targets.filter(
    ({ noticeAt }) =>
      now - noticeAt >= 1000 * seconds.settling && now < lastSafeMoment(noticeAt, rules),
  )
  if (found.length === 0) return {}
  const isGone = (states: readonly string[]) => states.every((state) => state === 'draining')
  return {
    isDeregisteredByEcs: found.every(({ states }) => isGone(states)),
    failsChecks: found.some(({ states }) => states.includes('unhealthy')),
  }
}
