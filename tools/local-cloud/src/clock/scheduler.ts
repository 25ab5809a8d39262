import type { AccessRequest } from '@tideway/constructs/iam-evaluator'
import { AwsError, type Random, type Simulation } from '@tideway/spot-simulator'
import { messageOf } from '../delivery/problems'
import { uuidOf } from '../patches/stores'
import { type ScheduleExpression, scheduleExpression } from './schedule-expression'

/** A schedule of EventBridge Scheduler. */
export interface DeployedSchedule {
  readonly name: string
  readonly arn: string
  /** `rate(5 minutes)`, `cron(0 3 * * ? *)` or `at(2026-11-20T13:00:00)` */
  readonly expression: string
  /** @default UTC */
  readonly timeZone?: string | undefined
  readonly isEnabled: boolean
  /** It starts at a random time within so many minutes. @default at once */
  readonly flexibleMinutes?: number | undefined
  /** Milliseconds since 1970. */
  readonly startsAt?: number | undefined
  readonly endsAt?: number | undefined
  readonly targetArn: string
  readonly roleArn: string
  readonly input: string
  /** @default 185 */
  readonly maxRetries?: number | undefined
  /** @default a day */
  readonly maxAgeSeconds?: number | undefined
  readonly deadLetterArn?: string | undefined
}

/** What a schedule needs for a call of its target, and the call. */
export interface TargetCall {
  readonly required: readonly AccessRequest[]
  /** Throws where the target rejects the call. */
  run(payload: string): void | Promise<void>
}

export interface SchedulerProps {
  readonly simulation: Simulation
  readonly schedules: readonly DeployedSchedule[]
  /** How to call a target. Text: why it cannot be called. Undefined: targets of this kind are not run. */
  readonly targetOf: (arn: string) => TargetCall | string | undefined
  /** The first request that a role does not allow. */
  readonly deniedTo: (
    roleArn: string,
    required: readonly AccessRequest[],
  ) => AccessRequest | undefined
  readonly addProblem: (part: string, message: string) => void
  /** Sends what could not be delivered to a dead-letter queue. */
  readonly sendDead: (queueArn: string, body: string, attributes: Record<string, string>) => void
}

interface Invocation {
  readonly schedule: DeployedSchedule
  readonly scheduledAt: number
  readonly id: string
  readonly attempt: number
}

/** EventBridge Scheduler in a simulation: starts the targets of the deployed schedules on the simulated clock. */
export class Scheduler {
  /** Schedules whose targets are not run, as lines. */
  readonly notRun: string[] = []
  private readonly expressions = new Map<DeployedSchedule, ScheduleExpression>()
  private readonly random: Random

  constructor(private readonly props: SchedulerProps) {
    const { simulation, schedules } = props
    this.random = simulation.random.fork('scheduler')
    for (const schedule of schedules) if (schedule.isEnabled) this.add(schedule)
  }

  /** When a schedule starts its target next, in milliseconds since 1970. */
  nextTime(schedule: DeployedSchedule): number | undefined {
    const { now } = this.props.simulation
    const { startsAt = now, endsAt = Infinity } = schedule
    const next = this.expressions.get(schedule)?.next(Math.max(now, startsAt - 1))
    return next !== undefined && next <= endsAt ? next : undefined
  }

  private add(schedule: DeployedSchedule): void {
    const { simulation, targetOf, addProblem } = this.props
    const { name, expression, timeZone, startsAt, targetArn } = schedule
    if (targetOf(targetArn) === undefined) {
      this.notRun.push(`schedule ${name}: its target ${targetArn}`)
      return
    }
    try {
      const anchor = startsAt ?? simulation.now
      this.expressions.set(schedule, scheduleExpression(expression, { timeZone, anchor }))
    } catch (error) {
      addProblem(`schedule ${name}`, messageOf(error))
      return
    }
    this.await(schedule)
  }

  private await(schedule: DeployedSchedule): void {
    const { simulation } = this.props
    const next = this.nextTime(schedule)
    if (next === undefined) return
    simulation.at(next, () => {
      this.await(schedule)
      const { flexibleMinutes = 0 } = schedule
      const delay = flexibleMinutes === 0 ? 0 : this.random.between(0, flexibleMinutes * 60)
      const invocation = {
        schedule,
        scheduledAt: next,
        id: uuidOf(`invocation ${this.random.next()}`),
        attempt: 1,
      }
      if (delay === 0) return this.invoke(invocation)
      simulation.after(delay, () => this.invoke(invocation))
    })
  }

  private async invoke(invocation: Invocation): Promise<void> {
    const { schedule } = invocation
    const { name, roleArn, targetArn } = schedule
    const { addProblem, deniedTo, targetOf } = this.props
    const target = targetOf(targetArn)
    if (target === undefined) return
    if (typeof target === 'string') {
      addProblem(`target of schedule ${name}`, target)
      this.giveUp(invocation, 'ResourceNotFoundException', target)
      return
    }
    const denied = deniedTo(roleArn, target.required)
    if (denied !== undefined) {
      const message = `${roleArn.split('/').at(-1)} does not allow ${denied.action} on ${denied.resource}`
      addProblem(`role of schedule ${name}`, message)
      this.giveUp(invocation, 'AccessDeniedException', message)
      return
    }
    try {
      await target.run(payloadOf(invocation))
    } catch (error) {
      const code = error instanceof AwsError ? error.code : 'InternalServerException'
      addProblem(`target of schedule ${name}`, `${code}: ${messageOf(error)}`)
      // Errors of the caller are the same the next time.
      const isFinal = error instanceof AwsError && error.status < 500 && !/Throttl/.test(code)
      if (isFinal || !this.retry(invocation)) this.giveUp(invocation, code, messageOf(error))
    }
  }

  /** Tries again with a delay that doubles. Returns false where the retry policy allows no more. */
  private retry(invocation: Invocation): boolean {
    const { simulation } = this.props
    const { schedule, attempt, scheduledAt } = invocation
    const { maxRetries = 185, maxAgeSeconds = 86_400 } = schedule
    const seconds = Math.min(2 ** (attempt - 1), 3600)
    const isTooOld = simulation.now + seconds * 1000 > scheduledAt + maxAgeSeconds * 1000
    if (attempt > maxRetries || isTooOld) return false
    simulation.after(seconds, () => this.invoke({ ...invocation, attempt: attempt + 1 }))
    return true
  }

  private giveUp(invocation: Invocation, code: string, message: string): void {
    const { schedule, attempt, scheduledAt } = invocation
    if (schedule.deadLetterArn === undefined) return
    this.props.sendDead(schedule.deadLetterArn, payloadOf(invocation), {
      ERROR_CODE: code,
      ERROR_MESSAGE: message,
      RETRY_ATTEMPTS: String(attempt - 1),
      SCHEDULE_ARN: schedule.arn,
      SCHEDULED_TIME: isoSeconds(scheduledAt),
      TARGET_ARN: schedule.targetArn,
    })
  }
}

/** The input, with the context attributes of Scheduler. */
function payloadOf({ schedule, scheduledAt, id, attempt }: Invocation): string {
  const values: Readonly<Record<string, string>> = {
    'schedule-arn': schedule.arn,
    'scheduled-time': isoSeconds(scheduledAt),
    'execution-id': id,
    'attempt-number': String(attempt),
  }
  return schedule.input.replace(/<aws\.scheduler\.([\w-]+)>/g, (text, key) => values[key] ?? text)
}

function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '')
}
