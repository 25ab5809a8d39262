import type { EcsSimulation, Random, Service, Task } from '@tideway/spot-simulator'
import { primaryOf } from '../drought/pairs'
import type { PathRequest, PathResponse } from '../path/request'
import type { Behaviour } from './behaviour'
import { passedCheck, type TaskProgram, type TaskPrograms, type TaskReply } from './program'

/** What the applications do. It can change at any time. */
export interface Application {
  atSigterm: Behaviour
  /** How many times longer each request takes. */
  slowness: number
  /** From this revision on it answers 500, but passes its health checks. By the family of the task definition. */
  readonly brokenFrom: Map<string, number>
  /** How many requests a second a task of a service manages. */
  readonly limitOf: (service: Service) => number
}

/** @param requestsPerMinute at which autoscaling keeps each task of a service. Undefined: it does not follow requests */
export function newApplication(
  requestsPerMinute: (service: Service) => number | undefined = () => undefined,
): Application {
  return {
    atSigterm: 'as-deployed',
    slowness: 1,
    brokenFrom: new Map(),
    limitOf: (service) => {
      const target = requestsPerMinute(service)
      return target === undefined
        ? defaultRequestsAtOnce / meanSeconds
        : target / 60 / shareAtTarget
    },
  }
}

export interface StandInsProps {
  readonly aws: EcsSimulation
  readonly application: Application
  /** The program of a task ended by itself. */
  readonly exit: (task: Task, exitCode: number) => void
}

/** Assumed, as in the simulator's model of requests: what a task works on at once, and what waits for it. */
const defaultRequestsAtOnce = 32
const maxWaiting = 32
/** Assumed: how busy a task is at the target of its autoscaling. */
const shareAtTarget = 0.6
/** As long as a program that serves until it is drained waits for the next request. */
const idleSeconds = 15
const defaultStopSeconds = 30

/** The mean time of a request. */
export const meanSeconds = 0.99 * 0.1 + 0.01 * 2.5

/** @param limit of requests a second */
function requestsAtOnceFor(limit: number): number {
  return Math.ceil(limit * meanSeconds)
}

/** Stand-ins for the programs of tasks, in simulated time: for speeds and numbers that processes do not manage. */
export class StandIns implements TaskPrograms {
  readonly kind = 'stand-ins'
  private readonly programs = new Map<Task, StandIn>()

  constructor(private readonly props: StandInsProps) {}

  start(task: Task): StandIn {
    const program = new StandIn(task, this.props)
    this.programs.set(task, program)
    return program
  }

  programOf(task: Task): StandIn | undefined {
    return this.programs.get(task)
  }

  /** The task has ended, with what was in flight. */
  ended(task: Task): void {
    this.programs.get(task)?.end()
    this.programs.delete(task)
  }
}

/** A program with a fixed number of workers, a queue, and random service times. */
class StandIn implements TaskProgram {
  /** When it ended, in milliseconds. Requests that are in flight at that time are reset. */
  endedAt: number | undefined
  /** How long all its workers together have worked on requests, in seconds. */
  busySeconds = 0
  private readonly random: Random
  private readonly freeAt: Float64Array
  /** When the last requests left the queue. */
  private readonly startedAt = new Float64Array(maxWaiting)
  private started = 0
  private lastRequestAt: number
  private isRetired = false

  constructor(
    private readonly task: Task,
    private readonly props: StandInsProps,
  ) {
    const { aws, application } = props
    this.freeAt = new Float64Array(requestsAtOnceFor(application.limitOf(task.service)))
    // A generator of its own: what the simulation draws does not depend on requests.
    this.random = aws.simulation.random.fork(`${task.service.arn} program ${task.ordinal}`)
    this.lastRequestAt = aws.now
  }

  handle(_port: number, request: PathRequest, weight: number): TaskReply {
    if (this.endedAt !== undefined) return { kind: 'refused' }
    const { now } = this.props.aws
    const before = this.lastRequestAt
    this.lastRequestAt = now
    if (request.headers['user-agent']?.startsWith('ELB-HealthChecker')) return passedCheck
    // The requests that it stands for are spread over the time since the last one.
    let seconds: number | undefined
    const worked = this.busySeconds
    for (let index = 1; index <= weight; index++) {
      seconds = this.work(before + ((now - before) * index) / weight)
    }
    if (seconds === undefined) return full
    const workSeconds = this.busySeconds - worked
    return { kind: 'response', response: this.isBroken() ? broken : answered, seconds, workSeconds }
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (name === 'SIGKILL') {
      this.end()
      return
    }
    const { atSigterm } = this.props.application
    switch (atSigterm === 'as-deployed' ? this.taggedBehaviour() : atSigterm) {
      case 'leaves-at-once':
        this.exit(143)
        break
      case 'leaves-after-30s':
        this.props.aws.simulation.after(defaultStopSeconds, () => this.exit(137))
        break
      case 'serves-until-drained':
        this.exitWhenIdle()
    }
  }

  retire(): void {
    this.isRetired = true
  }

  end(): void {
    this.endedAt ??= this.props.aws.now
  }

  private exit(exitCode: number): void {
    if (this.endedAt !== undefined || this.isRetired) return
    this.end()
    this.props.exit(this.task, exitCode)
  }

  private exitWhenIdle(): void {
    if (this.endedAt !== undefined || this.isRetired) return
    const { aws } = this.props
    const idleAt = Math.max(this.lastRequestAt, ...this.freeAt) + idleSeconds * 1000
    if (aws.now >= idleAt) this.exit(0)
    else aws.simulation.at(idleAt, () => this.exitWhenIdle())
  }

  /** Returns how long a request of this time takes, in seconds, or undefined if the queue is full. */
  private work(at: number): number | undefined {
    const { freeAt, startedAt, random } = this
    if ((startedAt[this.started % maxWaiting] as number) > at) return undefined
    let worker = 0
    for (let index = 1; index < freeAt.length; index++) {
      if ((freeAt[index] as number) < (freeAt[worker] as number)) worker = index
    }
    const maxSeconds = random.next() < 0.99 ? 0.2 : 5
    const seconds = random.next() * maxSeconds * this.props.application.slowness
    const startsAt = Math.max(at, freeAt[worker] as number)
    startedAt[this.started++ % maxWaiting] = startsAt
    freeAt[worker] = startsAt + seconds * 1000
    this.busySeconds += seconds
    return (startsAt - at) / 1000 + seconds
  }

  private isBroken(): boolean {
    const { brokenFrom } = this.props.application
    if (brokenFrom.size === 0) return false
    const { taskDefinition } = this.task.deployment.release
    const [family = '', revision] = taskDefinition.split('/').at(-1)?.split(':') ?? []
    return Number(revision) >= (brokenFrom.get(family) ?? Infinity)
  }

  /** Standbys run the application of their primary. */
  private taggedBehaviour(): Behaviour {
    const { service } = this.task
    const primary = this.props.aws.services.find(
      ({ name, clusterName }) => name === primaryOf(service) && clusterName === service.clusterName,
    )
    const atNotice = (primary ?? service).tags.get('tideway:at-notice')
    return atNotice === 'serve-until-drained' ? 'serves-until-drained' : 'leaves-at-once'
  }
}

function textResponse(status: number, text: string): PathResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: Buffer.from(`${text}\n`) }
}

const answered = textResponse(200, 'a stand-in of the task')
const broken = textResponse(500, 'this revision is broken')
const full: TaskReply = {
  kind: 'response',
  response: textResponse(503, 'too many requests wait'),
  seconds: 0,
}
