import type { Task } from '@aws-sdk/client-ecs'
import { decideDeregistrations, dependsOnHealth } from './deregistration'
import type { ServiceState } from './ecs'
import { addressOf, type Observed } from './observe'
import type { Pair } from './pair'
import { deregister, isRegistered, registrationsOf, type TargetDeps, targetStates } from './targets'
import type { Clock } from './token-bucket'

/**
 * Deregisters interrupted tasks whose place others have taken, and those that no other function deregisters.
 *
 * @returns when to decide again
 */
export async function deregisterInterrupted(
  { cluster, primary: name, policy }: Pair,
  services: ReadonlyMap<string, ServiceState>,
  { observation: { primary, standbys }, noticed }: Observed,
  interruptedTasks: Readonly<Record<string, number>>,
  deps: TargetDeps & { readonly clock: Clock },
): Promise<number | undefined> {
  const service = services.get(name)
  if (service === undefined) return undefined
  const registrations = registrationsOf(service)
  if (registrations.length === 0) return undefined
  const tasks = noticed.flatMap((task) => {
    const address = addressOf(task)
    const reportedAt = interruptedTasks[task.taskArn ?? '']
    // The drain function receives the notices of tasks on Fargate, but not that an instance of a task is interrupted.
    const isScheduled = isOnFargate(task) && reportedAt !== undefined
    // A task that leaves at SIGTERM gets it on an instance only when ECS stops it, and ECS deregisters it before.
    const isHandled = policy.atNotice === 'leave' && (isScheduled || !isOnFargate(task))
    if (address === undefined || isHandled) return []
    return [{ address, isScheduled, noticeAt: reportedAt ?? task.stoppingAt?.getTime() ?? 0 }]
  })
  const running = standbys.reduce(
    (sum, standby) => sum + standby.running,
    primary.running - primary.interrupted,
  )
  const counts = { needed: primary.desired, running, healthy: undefined }
  const now = deps.clock.now()
  const times = tasks.map(({ noticeAt }) => noticeAt)
  const isHealthRelevant = dependsOnHealth(times, counts, policy, now)
  const states = new Map(
    await Promise.all(
      (isHealthRelevant ? registrations : []).map(
        async ({ group }) => [group, await targetStates(group, deps.targets)] as const,
      ),
    ),
  )
  const registeredIn = (address: string) =>
    registrations.filter(({ group }) => isRegistered(states.get(group)?.get(address)))
  const noticedAddresses = new Set(noticed.map(addressOf))
  // Tasks with a notice that ECS counts and does not list are among the healthy ones.
  const unlisted = primary.interrupted - noticed.length
  const plan = decideDeregistrations(
    tasks.map((task) => ({
      ...task,
      isRegistered: !isHealthRelevant || registeredIn(task.address).length > 0,
    })),
    {
      ...counts,
      healthy: isHealthRelevant
        ? Math.min(running, healthyIn(servingGroups(service), states, noticedAddresses) - unlisted)
        : undefined,
    },
    policy,
    now,
  )
  for (const address of plan.deregister) {
    await deregister(address, registeredIn(address), { cluster, primary: name }, deps)
  }
  return plan.requeueAfterSeconds
}

function isOnFargate({ launchType, capacityProviderName }: Task): boolean {
  return launchType === 'FARGATE' || !!capacityProviderName?.startsWith('FARGATE')
}

function servingGroups({ serving, configured }: ServiceState): string[] {
  const { loadBalancers } = serving ?? configured
  return loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? [])
}

/** How many targets without a notice are healthy in each of the groups. */
function healthyIn(
  groups: readonly string[],
  states: ReadonlyMap<string, ReadonlyMap<string, string>>,
  noticed: ReadonlySet<string | undefined>,
): number {
  const counts = groups.map(
    (group) =>
      [...(states.get(group) ?? [])].filter(
        ([address, state]) => state === 'healthy' && !noticed.has(address),
      ).length,
  )
  return Math.min(...counts)
}
