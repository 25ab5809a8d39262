import { defaultAssumptions, defaultPrices, defaultTiming } from '@tideway/spot-simulator'
import type { PolicyName } from '../policy'

/** What each policy does, in one sentence. */
export const policyTexts: Readonly<Record<PolicyName, string>> = {
  'ecs-only': 'All tasks on Spot, no controller: ECS retries with its own growing delay.',
  'base-25': 'A quarter of the tasks always on demand, the rest on Spot, no controller.',
  'base-50': 'Half of the tasks always on demand, the rest on Spot, no controller.',
  'base-75': 'Three quarters of the tasks always on demand, the rest on Spot, no controller.',
  surplus: 'A quarter more tasks than needed, all on Spot, no controller.',
  seed: 'A Lambda function of 2021 that acts on failed placements and on tasks that run again.',
  flip: 'Moves the whole service to on-demand capacity, and back after 3 to 24 hours.',
  reactive:
    'A Lambda function that covers interrupted tasks at their notice, until Spot tasks are healthy.',
  tideway: 'The failover controller of this project, with its default settings.',
  'tideway-availability': 'The same controller, for services that prefer availability to cost.',
  'tideway-cost': 'The same controller, for services that prefer cost to availability.',
  'all-on-demand': 'No Spot at all.',
  oracle:
    'A bound: it knows every drought and every start beforehand, with the rights of the controller.',
  limit: 'A bound: the oracle, which also ends the retry delay of ECS at each recovery.',
}

export const kindTexts = {
  tideway: 'The controller of this project.',
  baseline: 'A policy that you could use instead.',
  bound: 'No real policy: it knows the future, and shows what is possible.',
} as const

export const terms = {
  Spot: 'Spare AWS capacity at a lower price. AWS takes it back two minutes after a notice.',
  'on demand': 'Capacity at the normal price. AWS does not take it back.',
  drought: 'A time in which AWS has no Spot capacity, or too little of it.',
  task: 'One running copy of a service on Amazon ECS.',
  'failed per million': 'Requests that got an error, for each million requests.',
  cost: 'The bill as a share of all needed tasks on demand on Fargate: 0.6 is 60 % of it. Services on instances also pay for empty room, so theirs can be above 1.',
  'longest shortfall':
    'The longest uninterrupted time in which a service had fewer serving tasks than it needed, in seconds.',
  frontier:
    'The policies that no baseline beats: none fails fewer requests at the same or a lower cost.',
  bound: 'The failed requests that no policy can prevent which reacts to a notice.',
  'serves until drained': 'At the notice, the application serves until it is stopped.',
  'leaves at once': 'At the notice, the application ends at once, and resets its open requests.',
  'leaves after 30 s': 'The application ignores the notice, and is stopped after 30 seconds.',
  'deregistered at the notice':
    'ECS takes an interrupted task out of the load balancer when the notice comes.',
  'deregistered at the stop':
    'ECS takes an interrupted task out of the load balancer when its containers have ended.',
} as const

export const applicationTexts = {
  'serves-until-drained': 'serves until drained',
  'leaves-at-once': 'leaves at once',
  'leaves-after-30s': 'leaves after 30 s',
} as const

export const deregistrationTexts = {
  'at-notice': 'at the notice',
  'at-stop': 'at the stop',
} as const

const range = ([min, max]: readonly [number, number]) => `${min} to ${max} s`

/** The assumptions that matter most, with the values of this version. */
export function assumptions(): string[] {
  const { noticeSeconds, fargateProvisioning, fargatePending, healthy } = defaultTiming
  const { firstRetrySeconds, maxRetrySeconds } = defaultTiming
  const { utilisation, requestsAtOnce, queueLength, deregistrationSeenSeconds } = defaultAssumptions
  return [
    `A notice comes ${noticeSeconds} s before the end of a task. AWS documents that it can come later or not at all.`,
    `A task on Fargate starts in ${range([fargateProvisioning[0] + fargatePending[0], fargateProvisioning[1] + fargatePending[1]])}, and is healthy ${range(healthy)} later.`,
    `After a failed placement, ECS tries again after ${firstRetrySeconds} s, then after twice as long each time, up to ${maxRetrySeconds / 60} minutes.`,
    `Requests arrive at a steady rate of ${100 * utilisation} % of what the needed tasks can take, unless the scenario says otherwise.`,
    `A task works on ${requestsAtOnce} requests at once, and queues ${queueLength}. Further ones fail.`,
    `New requests reach a task for ${deregistrationSeenSeconds} s after its deregistration.`,
    `Spot costs ${100 * defaultPrices.spotDiscount} % less than on demand, at all times.`,
    'On-demand capacity is never short, and events are never lost.',
    'When capacity drops, all tasks above it receive their notices at once.',
    'Requests are expected numbers, computed from rates: fractions, without noise.',
  ]
}
