import { UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { DeregisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { SimulatedPair } from '@tideway/failover-lambda/harness'
import {
  drawn,
  type SecondsRange,
  type Service,
  startSeconds,
  type Timing,
} from '@tideway/spot-simulator'
import { type Policy, type PolicyName, spot } from '../policy'
import type { Scenario } from '../scenario'
import type { ScenarioAccount } from '../scenario-account'
import { type CoverPlan, coverPlan } from './cover-plan'
import { type Rehearsal, rehearse } from './rehearsal'

export interface BoundSettings {
  /**
   * The share of the desired tasks that must serve: what it may spend.
   * @default 1
   */
  readonly share?: number
  /** @default until a deregistration is seen (5 s) and the slowest request of the traffic has ended (5 s) */
  readonly marginSeconds?: number
  /** @default as long as a stop and a start cost more */
  readonly keepSeconds?: number
}

/** A load balancer sees a deregistration after 5 s, and the slowest request takes 5 s. */
const defaultMarginSeconds = 11

/** A plan can change what it was made for. So it is made again for what happens with it, at most so often. */
const maxRehearsals = 12

/** If plans keep changing what happens, the later ones have cover for all that has happened in rehearsals. */
const rehearsalsApart = 3

/**
 * A policy that knows droughts, interruptions, loads and starts beforehand: it has rehearsed the scenario. The standby
 * serves when the useful time of an interrupted task ends, and stops when a Spot task serves. An interrupted task is
 * deregistered as late as its last request allows. Of all plans that it has rehearsed, it follows the one that fails
 * least, and of those the cheapest.
 *
 * So its cover is the least with which the needed tasks serve at all times, up to: the delay of the scheduler (1 to 3 s),
 * the time that it keeps cover for short recoveries, which follows from mean starts and stops, and the start of a standby
 * on instances, which is `instanceStartSeconds` ahead.
 */
export function boundWith(
  name: PolicyName,
  settings: BoundSettings = {},
  act: (account: ScenarioAccount) => void = () => {},
): Policy {
  return {
    name,
    declare: () => ({ strategy: spot }),
    start: async (account) => {
      const plans = await bestPlans(account.scenario, settings, act)
      act(account)
      follow(account, plans, settings)
      return {}
    },
  }
}

export const oracle = boundWith('oracle')

/** By the name of the primary. */
type Plans = ReadonlyMap<string, CoverPlan & { readonly standbyIndex: number }>

const instanceStartSeconds = 300

type Rehearsals = ReadonlyMap<string, Rehearsal>

interface Result {
  readonly failedPerMillion: number
  readonly cost: number
}

interface Outcome extends Result {
  readonly plans: Plans
}

async function bestPlans(
  scenario: Scenario,
  settings: BoundSettings,
  act: (account: ScenarioAccount) => void,
): Promise<Plans> {
  const standbys = Math.max(1, ...scenario.services.map((service) => service.standbys?.length ?? 1))
  const outcomes: Outcome[] = []
  for (let index = 0; index < standbys; index++) {
    const bound: Bound = { scenario, settings, act, standbyIndex: index }
    let { next: plans } = await rehearsed(bound, new Map(), [])
    const earlier: Rehearsals[] = []
    for (let count = 0; count < maxRehearsals; count++) {
      const others = count < rehearsalsApart ? [] : earlier
      const { next, rehearsals, ...outcome } = await rehearsed(bound, plans, others)
      const before = outcomes.at(-1)
      outcomes.push({ plans, ...outcome })
      if (JSON.stringify([...next]) === JSON.stringify([...plans])) break
      const isSettled = outcome.failedPerMillion < negligible && before !== undefined
      if (isSettled && !isBetter(outcome, before)) break
      earlier.push(rehearsals)
      plans = next
    }
  }
  return outcomes.reduce((best, one) => (isBetter(one, best) ? one : best)).plans
}

/** Queues overflow by chance: so few failures do not count. */
const negligible = 0.01

/** The share of the cost that is not worth another rehearsal. */
const samePrice = 0.001

function isBetter(one: Result, other: Result): boolean {
  const difference = one.failedPerMillion - other.failedPerMillion
  if (Math.abs(difference) > negligible) return difference < 0
  return one.cost < other.cost * (1 - samePrice)
}

interface Bound {
  readonly scenario: Scenario
  readonly settings: BoundSettings
  readonly act: (account: ScenarioAccount) => void
  readonly standbyIndex: number
}

/** What happens with these plans, and the plans that are right for it. */
async function rehearsed(
  { scenario, settings, act, standbyIndex }: Bound,
  plans: Plans,
  others: readonly Rehearsals[],
): Promise<Result & { readonly next: Plans; readonly rehearsals: Rehearsals }> {
  const { share = 1, marginSeconds = defaultMarginSeconds, keepSeconds } = settings
  const { account, rehearsals: found } = await rehearse(scenario, (rehearsal) => {
    act(rehearsal)
    follow(rehearsal, plans, settings)
  })
  const rehearsals = new Map(
    [...found].map(([name, rehearsal]) => [
      name,
      { ...rehearsal, desired: neededByLoad(scenario, name) ?? rehearsal.desired },
    ]),
  )
  const { timing } = account.aws
  const next: Map<string, CoverPlan & { standbyIndex: number }> = new Map()
  for (const [name, rehearsal] of rehearsals) {
    const { standbys } = account.pairs.get(name) as SimulatedPair
    const index = Math.min(standbyIndex, standbys.length - 1)
    const standby = standbys[index] as Service
    const plan = coverPlan(
      rehearsal,
      {
        share,
        marginSeconds: isLoadBalanced(standby) ? marginSeconds : 0,
        keepSeconds: keepSeconds ?? restartSeconds(standby, timing),
        startSeconds: (ordinal) => startOf(standby, ordinal, timing),
      },
      others.flatMap((other) => other.get(name) ?? []),
    )
    next.set(name, { ...plan, standbyIndex: index })
  }
  const { failedPerMillion } = account.traffic.total()
  return { failedPerMillion, cost: account.bill.total, next, rehearsals }
}

/** Autoscaling follows the load late, and a primary that is short of tasks wants more than the load needs. */
function neededByLoad({ services }: Scenario, name: string): Rehearsal['desired'] | undefined {
  const { desiredCount = 0, load } = services.find((service) => service.name === name) ?? {}
  return load?.surges.map(({ atSeconds, factor }) => ({
    at: atSeconds,
    count: Math.ceil(desiredCount * factor - 1e-9),
  }))
}

/** Does what the plans say, at their times. */
function follow(account: ScenarioAccount, plans: Plans, { share = 1 }: BoundSettings): void {
  const { aws, pairs } = account
  const start = aws.now
  for (const [name, { counts, deregistrations, standbyIndex }] of plans) {
    const { primary, standbys } = pairs.get(name) as SimulatedPair
    const standby = standbys[standbyIndex] as Service
    const now = () => (aws.now - start) / 1000
    const needed = () => {
      const load = neededByLoad(account.scenario, name)?.findLast(({ at }) => at <= now())
      return Math.ceil((load?.count ?? primary.desiredCount) * share)
    }
    let planned = 0
    const lower = async (): Promise<void> => {
      // Where it happens otherwise than rehearsed, cover stays until it is not needed.
      const still = Math.min(standby.desiredCount, needed() - inService(primary))
      const count = Math.max(planned, still)
      if (count < standby.desiredCount) await setStandby(account, primary, standby, count)
      if (count > planned) aws.simulation.after(pollSeconds, lower)
    }
    for (const { at, count } of counts) {
      aws.simulation.after(at, () => {
        planned = count
        if (count >= standby.desiredCount) return setStandby(account, primary, standby, count)
        // At the same moment, but after the tasks of the primary serve.
        return void aws.simulation.after(0, lower)
      })
    }
    for (const { at, exitAt, ordinal } of deregistrations) {
      const deregisterIfCovered = () => {
        // Without enough others, its last requests are worth more than those that its end resets.
        const others = inService(primary, ordinal) + inService(standby)
        if (others >= primary.desiredCount) return deregister(account, primary, ordinal)
        aws.simulation.after(exitAt - at, () => deregister(account, primary, ordinal))
        return undefined
      }
      // At the same moment, but after the cover serves.
      aws.simulation.after(at, () => void aws.simulation.after(0, deregisterIfCovered))
    }
  }
}

async function setStandby(
  { ecs }: ScenarioAccount,
  primary: Service,
  standby: Service,
  desiredCount: number,
): Promise<void> {
  const { taskDefinition, loadBalancers } = primary.primary.release
  const follows = loadBalancers[0]?.targetGroupArn === targetGroupOf(standby)
  const input = { cluster: 'main', service: standby.name, desiredCount }
  const revision = { taskDefinition, loadBalancers: [...loadBalancers] }
  await ecs.send(new UpdateServiceCommand({ ...input, ...(!follows && revision) }))
}

function inService({ tasks, controller }: Service, except?: number): number {
  return [...tasks].filter(
    ({ isInService, ordinal, deployment }) =>
      isInService &&
      ordinal !== except &&
      (controller !== 'CODE_DEPLOY' || deployment.status === 'PRIMARY'),
  ).length
}

const pollSeconds = 1

async function deregister(
  account: ScenarioAccount,
  primary: Service,
  ordinal: number,
): Promise<void> {
  const task = [...primary.tasks].find((candidate) => candidate.ordinal === ordinal)
  if (task?.ip === undefined) return
  if (task.startedAt === undefined) {
    // A task that is interrupted soon after its start may not be registered yet.
    const again = () => deregister(account, primary, ordinal)
    account.aws.simulation.after(pollSeconds, again)
    return
  }
  for (const { targetGroupArn, containerPort } of task.deployment.release.loadBalancers) {
    await account.targets.send(
      new DeregisterTargetsCommand({
        TargetGroupArn: targetGroupArn,
        Targets: [{ Id: task.ip, Port: containerPort }],
      }),
    )
  }
}

function targetGroupOf({ primary }: Service): string | undefined {
  return primary.release.loadBalancers[0]?.targetGroupArn
}

function isLoadBalanced(service: Service): boolean {
  return targetGroupOf(service) !== undefined
}

/** From UpdateService until the nth task serves: its own random numbers are drawn before it exists. */
function startOf(standby: Service, ordinal: number, timing: Timing): number {
  const isOnFargate = standby.primary.release.strategy.every(({ capacityProvider }) =>
    capacityProvider.startsWith('FARGATE'),
  )
  if (!isOnFargate) return instanceStartSeconds
  const random = standby.randomOfTask(ordinal)
  const { provisioning, pending } = startSeconds(random, timing)
  const healthy = isLoadBalanced(standby) ? drawn(random, timing.healthy) : 0
  return timing.scheduler[1] + provisioning + pending + healthy
}

/** What a task that is stopped and replaced costs more than the time in which neither serves. */
function restartSeconds(standby: Service, timing: Timing): number {
  const mean = ([min, max]: SecondsRange) => (min + max) / 2
  const starts = Array.from({ length: 20 }, (_, ordinal) => startOf(standby, ordinal, timing))
  const start = starts.reduce((sum, seconds) => sum + seconds, 0) / starts.length
  // The deregistration delay of the bench.
  const drain = isLoadBalanced(standby) ? 60 : 0
  return start + drain + mean(timing.stopping)
}
