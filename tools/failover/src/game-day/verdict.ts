import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { floorTo, MetricReader, sumOf, type TimeRange } from '../metrics'
import { duration } from '../time'
import type { VerbContext } from '../verb'
import { dollars, type Plan, type PlannedService } from './plan'

/** What the services of a pair were like at one moment. */
export interface Sample {
  readonly at: number
  readonly desired: number
  /** Tasks of the primary that run and were not stopped. */
  readonly running: number
  readonly standbyRunning: number
  readonly standbyDesired: number
}

export interface Requests {
  readonly requests: number
  readonly failed: number
}

export interface ServiceVerdict {
  readonly service: string
  readonly stopped: number
  readonly longestBelowDesiredSeconds: number
  /** From the first missing task until as many run as before. Undefined if they never did. */
  readonly secondsToCover: number | undefined
  readonly peakStandbyTasks: number
  /** From the last act until the standby has no task. Undefined if it has some. */
  readonly givenBackAfterSeconds: number | undefined
  readonly dollars: number | undefined
  /** Undefined without a load balancer. */
  readonly requests: { readonly before: Requests; readonly during: Requests } | undefined
}

export interface Verdict {
  readonly isPassed: boolean
  readonly reasons: readonly string[]
  /** Why nothing more was stopped. */
  readonly ended: string
  readonly startedAt: number
  readonly endedAt: number
  readonly services: readonly ServiceVerdict[]
  /** That experiments interrupted, or that they were started for. */
  readonly instances: number
}

/** What the samples of a service show. They are in the order of time. */
export function measure(
  { name, taskPrice }: PlannedService,
  samples: readonly Sample[],
  stopped: number,
  actsEndedAt: number,
): Omit<ServiceVerdict, 'requests'> {
  let below: number | undefined
  let longest = 0
  let firstBelow: number | undefined
  let coveredAt: number | undefined
  let taskMilliseconds = 0
  samples.forEach((sample, index) => {
    const previous = samples[index - 1]
    if (previous !== undefined) {
      taskMilliseconds += previous.standbyRunning * (sample.at - previous.at)
    }
    if (sample.running + sample.standbyRunning < sample.desired) {
      below ??= sample.at
      firstBelow ??= sample.at
    } else {
      if (firstBelow !== undefined) coveredAt ??= sample.at
    }
    if (below !== undefined) longest = Math.max(longest, sample.at - below)
    if (sample.running + sample.standbyRunning >= sample.desired) below = undefined
  })
  const last = samples.at(-1)
  const hasLeft = last !== undefined && last.standbyDesired === 0 && last.standbyRunning === 0
  // By position: where the clock of AWS is fast, samples can have the same time.
  const lastWithTasks = samples.findLastIndex(({ standbyRunning }) => standbyRunning > 0)
  const left = hasLeft ? samples[lastWithTasks + 1] : undefined
  return {
    service: name,
    stopped,
    longestBelowDesiredSeconds: longest / 1000,
    secondsToCover:
      firstBelow === undefined ? 0 : coveredAt && Math.round((coveredAt - firstBelow) / 1000),
    peakStandbyTasks: Math.max(0, ...samples.map(({ standbyDesired }) => standbyDesired)),
    givenBackAfterSeconds: left && Math.max(0, Math.round((left.at - actsEndedAt) / 1000)),
    dollars: taskPrice === undefined ? undefined : (taskMilliseconds / 3_600_000) * taskPrice,
  }
}

/** Why it failed. Empty if it passed. */
export function failures(
  plan: Plan,
  { services, instances }: Pick<Verdict, 'instances' | 'services'>,
  problem: string | undefined,
): string[] {
  const found = problem === undefined ? [] : [problem]
  if (instances === 0 && services.every(({ stopped }) => stopped === 0)) {
    found.push('No task was stopped, so nothing was shown.')
  }
  for (const one of services) {
    if (one.longestBelowDesiredSeconds > plan.maxUncoveredSeconds) {
      found.push(
        `${one.service} was below its desired count for ${duration(1000 * one.longestBelowDesiredSeconds)}; allowed: ${duration(1000 * plan.maxUncoveredSeconds)}.`,
      )
    }
    if (one.givenBackAfterSeconds === undefined) {
      found.push(`The standby of ${one.service} was not given back.`)
    }
    if (one.requests === undefined) continue
    const { before, during } = one.requests
    const more = perMillion(during) - perMillion(before)
    if (more > plan.maxFailedPerMillion) {
      found.push(
        `${one.service} failed ${perMillion(during)} requests in a million, after ${perMillion(before)} in the same time before; allowed: ${plan.maxFailedPerMillion} more.`,
      )
    }
  }
  return found
}

export function perMillion({ requests, failed }: Requests): number {
  // The load balancer counts a request that it answers itself in no target group.
  const all = Math.max(requests, failed)
  return all === 0 ? 0 : Math.round((failed / all) * 1e6)
}

/** In the drill, and in the same time before. Undefined if no load balancer counts the requests of the service. */
export async function requestsOf(
  { aws }: Pick<VerbContext, 'aws'>,
  { targetGroups }: PlannedService,
  startedAt: number,
  endedAt: number,
): Promise<ServiceVerdict['requests']> {
  if (targetGroups.length === 0) return undefined
  const { TargetGroups = [] } = await aws.loadBalancing.send(
    new DescribeTargetGroupsCommand({ TargetGroupArns: [...targetGroups] }),
  )
  const pairs = TargetGroups.flatMap(({ TargetGroupArn = '', LoadBalancerArns = [], Protocol }) =>
    // Other load balancers count connections.
    Protocol?.startsWith('HTTP')
      ? LoadBalancerArns.map((arn) => [TargetGroupArn, arn] as const)
      : [],
  )
  if (pairs.length === 0) return undefined
  const ofTargets = pairs.map(([group, balancer]) => ({
    LoadBalancer: balancerIn(balancer),
    TargetGroup: group.split(':').at(-1) ?? '',
  }))
  const balancers = new Set(ofTargets.map(({ LoadBalancer }) => LoadBalancer))
  const ofBalancers = [...balancers].map((LoadBalancer) => ({ LoadBalancer }))
  const reader = new MetricReader(aws.cloudWatch)
  const query = { namespace: 'AWS/ApplicationELB', stat: 'Sum', period: 60 } as const
  const countIn = async (range: TimeRange): Promise<Requests> => {
    const names = [
      'RequestCount',
      'HTTPCode_Target_5XX_Count',
      'TargetConnectionErrorCount',
    ] as const
    const targets = await reader.readEach(ofTargets, names, query, range)
    const own = await reader.readEach(ofBalancers, ['HTTPCode_ELB_5XX_Count'], query, range)
    const sum = (name: (typeof names)[number]) => sumOf(targets.flatMap((each) => each[name]))
    // A load balancer answers a failed connection itself, and counts its answers for all of its target groups together.
    const answers = sumOf(own.flatMap((each) => each.HTTPCode_ELB_5XX_Count))
    const unanswered = Math.max(sum('TargetConnectionErrorCount'), answers)
    return {
      requests: sum('RequestCount'),
      failed: sum('HTTPCode_Target_5XX_Count') + unanswered,
    }
  }
  const minute = 60_000
  const from = floorTo(startedAt, 60)
  const to = Math.ceil(endedAt / minute) * minute
  return {
    before: await countIn({ from: 2 * from - to, to: from }),
    during: await countIn({ from, to }),
  }
}

function balancerIn(arn: string): string {
  return arn.split(':loadbalancer/').at(-1) ?? ''
}

export function verdictLines({ isPassed, reasons, ended, services, instances }: Verdict): string[] {
  return [
    ended,
    '',
    ...(instances > 0 ? [`instances interrupted      ${instances}`, ''] : []),
    ...services.flatMap((one) => [
      `${one.service}`,
      `  tasks stopped            ${one.stopped}`,
      `  longest below desired    ${duration(1000 * one.longestBelowDesiredSeconds)}`,
      `  time to cover            ${one.secondsToCover === undefined ? 'never' : duration(1000 * one.secondsToCover)}`,
      `  peak of standby tasks    ${one.peakStandbyTasks}`,
      `  given back after         ${one.givenBackAfterSeconds === undefined ? 'not yet' : duration(1000 * one.givenBackAfterSeconds)}`,
      `  cost of the cover        ${one.dollars === undefined ? 'unknown: no price' : dollars(one.dollars)}`,
      `  failed in a million      ${requestText(one.requests)}`,
    ]),
    '',
    isPassed ? 'PASSED' : 'FAILED',
    ...reasons.map((reason) => `  ${reason}`),
  ]
}

function requestText(requests: ServiceVerdict['requests']): string {
  if (requests === undefined) return 'no load balancer counts its requests'
  const { before, during } = requests
  if (during.requests === 0) return 'there were no requests'
  return `${perMillion(during)} of ${during.requests}, and ${perMillion(before)} in the same time before`
}
