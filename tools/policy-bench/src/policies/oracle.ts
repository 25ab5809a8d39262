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
import { rehearse } from './rehearsal'

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

/** Autoscaling follows the load, which follows the cover: the second rehearsal has the cover of the first, and so on. */
const rehearsalsWithAutoscaling = 3

/**
 * A policy that knows droughts, interruptions and starts beforehand: it has rehearsed the scenario. The standby serves
 * when the useful time of an interrupted task ends, and stops when a Spot task serves. An interrupted task is
 * deregistered as late as its last request allows.
 *
 * With the rights of the controller, nothing that it does changes the primary. So its cover is the least with which the
 * desired tasks serve at all times, up to: the delay of the scheduler (1 to 3 s), and the time that it keeps cover for
 * short recoveries, which follows from mean starts and stops. It is no bound where a primary autoscales on traffic that
 * depends on its cover, where a release by CodeDeploy moves the target group while cover starts, and where the standby
 * is on instances, whose starts it does not know: there it starts `instanceStartSeconds` ahead.
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
      const { scenario } = account
      const hasAutoscaling = scenario.services.some(({ load }) => load !== undefined)
      let plans: Plans = new Map()
      for (let count = 0; count < (hasAutoscaling ? rehearsalsWithAutoscaling : 1); count++) {
        plans = await plansFor(scenario, settings, plans, act)
      }
      act(account)
      follow(account, plans)
      return {}
    },
  }
}

export const oracle = boundWith('oracle')

type Plans = ReadonlyMap<string, CoverPlan>

const instanceStartSeconds = 300

async function plansFor(
  scenario: Scenario,
  { share = 1, marginSeconds = defaultMarginSeconds, keepSeconds }: BoundSettings,
  before: Plans,
  act: (account: ScenarioAccount) => void,
): Promise<Plans> {
  const { account, rehearsals } = await rehearse(scenario, (rehearsed) => {
    act(rehearsed)
    follow(rehearsed, before)
  })
  const { timing } = account.aws
  const plans = new Map<string, CoverPlan>()
  for (const [name, rehearsal] of rehearsals) {
    const { standby } = account.pairs.get(name) as SimulatedPair
    const plan = coverPlan(rehearsal, {
      share,
      marginSeconds: isLoadBalanced(standby) ? marginSeconds : 0,
      keepSeconds: keepSeconds ?? restartSeconds(standby, timing),
      startSeconds: (ordinal) => startOf(standby, ordinal, timing),
    })
    plans.set(name, plan)
  }
  return plans
}

/** Does what the plans say, at their times. */
function follow(account: ScenarioAccount, plans: Plans): void {
  const { aws, ecs, pairs } = account
  for (const [name, { counts, deregistrations }] of plans) {
    const { primary, standby } = pairs.get(name) as SimulatedPair
    for (const { at, count } of counts) {
      aws.simulation.after(at, async () => {
        const { taskDefinition, loadBalancers } = primary.primary.release
        const follows = loadBalancers[0]?.targetGroupArn === targetGroupOf(standby)
        const input = { cluster: 'main', service: standby.name, desiredCount: count }
        const revision = { taskDefinition, loadBalancers: [...loadBalancers] }
        await ecs.send(new UpdateServiceCommand({ ...input, ...(!follows && revision) }))
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

function inService({ tasks }: Service, except?: number): number {
  return [...tasks].filter(({ isInService, ordinal }) => isInService && ordinal !== except).length
}

/** A task that is interrupted soon after its start may not be registered yet. */
const registrationPollSeconds = 1

async function deregister(
  account: ScenarioAccount,
  primary: Service,
  ordinal: number,
): Promise<void> {
  const task = [...primary.tasks].find((candidate) => candidate.ordinal === ordinal)
  if (task?.ip === undefined || task.host !== undefined) return
  if (task.startedAt === undefined) {
    const again = () => deregister(account, primary, ordinal)
    account.aws.simulation.after(registrationPollSeconds, again)
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
