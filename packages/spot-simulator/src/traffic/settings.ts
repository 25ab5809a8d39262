import { type ServiceTimes, uniformMixture } from './service-times'
import type { TaskCapacity } from './task-queue'

/** Every assumption of the request model. The README gives the source of each default. */
export interface TrafficAssumptions extends TaskCapacity {
  readonly serviceTimes: ServiceTimes
  /** Arrivals of a service without `arrivalsOf`, as a share of what its desired tasks can take. */
  readonly utilisation: number
  readonly algorithm: 'round-robin' | 'least-outstanding'
  /** A target that became healthy receives a share that grows to the full one within this time. */
  readonly slowStartSeconds: number
  /** From a deregistration to the last new request. */
  readonly deregistrationSeenSeconds: number
  /** For the bound of failures: from a notice to the first call of a policy that it reaches. */
  readonly reactionSeconds: number
  /** A target answers so long before it is healthy: while it passes its first health checks. */
  readonly answersBeforeHealthySeconds: number
  /** What happens to requests in flight when an application leaves at SIGTERM. */
  readonly inFlightAtLeave: 'reset' | 'finish'
}

export const defaultAssumptions: TrafficAssumptions = {
  serviceTimes: uniformMixture([
    { share: 0.99, maxSeconds: 0.2 },
    { share: 0.01, maxSeconds: 5 },
  ]),
  requestsAtOnce: 32,
  queueLength: 32,
  lateAfterSeconds: 0.1,
  utilisation: 0.6,
  algorithm: 'round-robin',
  slowStartSeconds: 0,
  deregistrationSeenSeconds: 5,
  reactionSeconds: 0,
  answersBeforeHealthySeconds: 20,
  inFlightAtLeave: 'reset',
}
