import type { EcsSimulation, Random, Task } from '@tideway/spot-simulator'
import type { PathProblem, PathRequest } from '../path/request'
import type { Finished, Routed } from '../path/routed'
import type { TaskPrograms, TaskReply } from '../tasks/program'
import { RequestCounts, sampleSeconds } from './counts'
import { type Flow, requestOf } from './flows'
import type { FailureCause } from './measures'
import type { SimulatedTargets } from './simulated-targets'

/** A request that has passed the path, to a task and back. */
export interface Completed {
  readonly flow: Flow
  readonly weight: number
  readonly routed: Routed
  /** Undefined: the path answered. */
  readonly reply: TaskReply | undefined
  readonly task: Task | undefined
  readonly finished: Finished
}

export interface LoadProps {
  readonly aws: EcsSimulation
  readonly route: (request: PathRequest, now: number, weight: number) => Routed
  readonly targets: Pick<SimulatedTargets, 'taskOf'>
  readonly programs: Pick<TaskPrograms, 'programOf'>
  readonly flows: readonly Flow[]
  /** The rate of a load that nobody has set. */
  readonly usualRate: number
  /** How many requests each one stands for, at least. @default 1 */
  readonly weight?: number
  readonly onCompleted?: (completed: Completed) => void
  readonly onProblem?: (problem: PathProblem) => void
}

/** Assumed: viewers ask for so many paths of a service. */
const maxPaths = 10_000
/** Requests that are routed in a second of the wall clock, at most. */
const maxRoutedPerSecond = 4000
const shownFailures = 20
/** So that the rate limit of a web ACL sees many viewers. */
const viewers = 65_536

/** An open loop of requests by many viewers, in simulated time. */
export class Load {
  readonly counts = new RequestCounts()
  readonly flows: readonly Flow[]
  private readonly random: Random
  private readonly startedAt: number
  private cancel = () => {}
  private readonly shares: number
  private speed = 1
  private rate = 0

  constructor(private readonly props: LoadProps) {
    const { aws, flows } = props
    this.flows = flows
    this.shares = flows.reduce((sum, { share }) => sum + share, 0)
    // A generator of its own: what the simulation draws does not depend on the load.
    this.random = aws.simulation.random.fork('load')
    this.startedAt = aws.now
    const services = [...new Set(flows.map(({ service }) => service))]
    aws.simulation.every(sampleSeconds, () => {
      this.counts.sample((aws.now - this.startedAt) / 1000, services)
    })
  }

  get usualRate(): number {
    return this.props.usualRate
  }

  /** Of viewers, to the site. Internal services have theirs in addition. */
  get requestsPerSecond(): number {
    return this.rate
  }

  set requestsPerSecond(rate: number) {
    if (rate === this.rate) return
    this.rate = rate
    this.schedule()
  }

  /** How many requests each one stands for, so that a fast clock does not need more time than there is. */
  get requestsPerSample(): number {
    const { weight = 1 } = this.props
    return (
      weight * Math.max(1, Math.ceil((this.rate * this.shares * this.speed) / maxRoutedPerSecond))
    )
  }

  /** @param speed simulated seconds per second */
  setSpeed(speed: number): void {
    if (speed === this.speed) return
    this.speed = speed
    this.schedule()
  }

  get requests(): RequestCounts['samples'] {
    return this.counts.samples
  }

  /** Why requests failed, the most frequent causes first. */
  failures(): readonly FailureCause[] {
    return this.counts.failures.slice(0, shownFailures)
  }

  /** Takes the rate and the speed of another load. */
  follow({ rate, speed }: Load): void {
    this.setSpeed(speed)
    this.requestsPerSecond = rate
  }

  /** The time to the next request has no memory, so it can be drawn again at any time. */
  private schedule(): void {
    this.cancel()
    const rate = this.rate * this.shares
    if (rate <= 0) return
    const weight = this.requestsPerSample
    const seconds = (-Math.log(1 - this.random.next()) * weight) / rate
    this.cancel = this.props.aws.simulation.after(seconds, () => {
      this.schedule()
      this.send(this.nextFlow(), weight)
    })
  }

  private nextFlow(): Flow {
    const { flows } = this.props
    let share = this.random.next() * this.shares
    const found = flows.find((flow) => {
      share -= flow.share
      return share < 0
    })
    return found ?? (flows[0] as Flow)
  }

  private send(flow: Flow, weight: number): void {
    const { aws, route, targets, programs } = this.props
    const routed = route(
      { ...requestOf(flow, this.random.integer(1, maxPaths)), clientIp: this.viewer(flow) },
      aws.now,
      weight,
    )
    if (routed.kind === 'answer') {
      this.complete({ flow, weight, routed, reply: undefined, task: undefined, finished: routed })
      return
    }
    const task = targets.taskOf(routed.targetGroupArn, routed.target)
    const program = task && programs.programOf(task)
    const finish = (reply: TaskReply) =>
      this.complete({ flow, weight, routed, reply, task, finished: routed.finish(reply) })
    const reply = program?.handle(routed.target.port, routed.request, weight) ?? refused
    if (reply instanceof Promise) void reply.then(finish)
    else if (reply.kind !== 'response') finish(reply)
    else {
      const endsAt = aws.now + reply.seconds * 1000
      aws.simulation.after(reply.seconds, () => {
        finish((program?.endedAt ?? Infinity) < endsAt ? reset : reply)
      })
    }
  }

  private complete(completed: Completed): void {
    const { flow, weight, finished } = completed
    const { seconds, problem } = finished
    this.counts.add({ service: flow.service, weight, seconds, failure: failureOf(completed) })
    this.props.onCompleted?.(completed)
    if (problem !== undefined) this.props.onProblem?.(problem)
  }

  private viewer(flow: Flow): string {
    if (flow.request.callerGroupIds !== undefined) return flow.request.clientIp
    const viewer = this.random.integer(0, viewers - 1)
    return `198.18.${viewer >> 8}.${viewer & 255}`
  }
}

const refused: TaskReply = { kind: 'refused' }
const reset: TaskReply = { kind: 'reset' }

/** Why a request failed, as the console shows it. All requests of the load are valid, so a 4xx is a failure too. */
function failureOf({ finished, routed, reply }: Completed): string | undefined {
  const { status } = finished.response
  if (status < 400) return undefined
  const { rule, targetGroup = rule } = routed.by
  return `${status} from ${targetGroup}: ${reply === undefined ? (finished.problem?.message ?? 'the path answers it') : whatHappened(reply)}`
}

function whatHappened(reply: TaskReply): string {
  switch (reply.kind) {
    case 'reset':
      return 'the connection was reset'
    case 'refused':
      return 'nothing listened on the port'
    case 'response':
      return `the task answered ${reply.response.status}`
  }
}
