import type { AccessRequest } from '@tideway/constructs/iam-evaluator'
import type { EcsSimulation, Queue, Task } from '@tideway/spot-simulator'
import { accessTo, senderKeyActions } from '../access/required-access'
import type { ExecutionState, ScheduleState } from '../console/state'
import { type Deployed, lastPart } from '../delivery/deployed'
import type { FunctionPermissions } from '../delivery/function-permissions'
import type { Problems } from '../delivery/problems'
import { type AwsRequest, type AwsResponse, jsonInput } from '../gateway/aws-request'
import type { Monitoring } from '../monitoring/monitoring'
import { localArn } from '../patches/account'
import { nameOf } from '../patches/ecs'
import { BatchPrograms } from './batch-programs'
import { tasksIn } from './definition'
import type { ExecutionStatus } from './execution'
import type { IntegrationHost } from './integrations'
import { Scheduler, type TargetCall } from './scheduler'
import { type DeployedStateMachine, type ExecutionRecord, StepFunctions } from './step-functions'

export interface ClockProps {
  readonly aws: EcsSimulation
  readonly deployed: Deployed
  readonly problems: Problems
  readonly permissions: FunctionPermissions
  readonly monitoring: Monitoring
  readonly queues: ReadonlyMap<string, Queue>
  /** Whether a process runs the program of a task now. */
  readonly isProcess: (task: Task) => boolean
  /** Adds an entry to the timeline. */
  readonly addEntry: (text: string) => void
  /** Calls a service, in the simulation or in the emulator. */
  readonly call: (request: AwsRequest) => Promise<AwsResponse>
}

const maxShown = 5
const maxFailed = 3

/** What runs by the clock: schedules, state machines, and the tasks that they start. */
export class Clock {
  readonly stepFunctions: StepFunctions
  readonly programs: BatchPrograms
  private readonly scheduler: Scheduler
  private readonly startedAt: number
  private readonly stopCallbacks = new Set<(taskArn: string) => void>()
  /** What the emulator does not simulate, as lines. */
  private readonly notSimulated = new Set<string>()

  constructor(private readonly props: ClockProps) {
    const { aws, deployed, problems, permissions, monitoring, queues } = props
    const { simulation } = aws
    this.startedAt = aws.now
    this.programs = new BatchPrograms(aws)
    aws.bus.tap(({ detail }) => {
      if (detail.lastStatus !== 'STOPPED') return
      for (const callback of this.stopCallbacks) callback(String(detail.taskArn))
    })
    this.programs.isProcess = props.isProcess
    this.stepFunctions = new StepFunctions({
      simulation,
      machines: deployed.stateMachines,
      hostOf: (machine) => this.hostOf(machine),
      measure: ({ arn: StateMachineArn }, values) =>
        monitoring.add('AWS/States', { StateMachineArn }, values),
      onChange: (record) => this.addEntry(record),
    })
    this.scheduler = new Scheduler({
      simulation,
      schedules: deployed.schedules,
      targetOf: (arn) => this.targetOf(arn),
      deniedTo: (roleArn, required) => permissions.deniedTo(roleArn, required),
      addProblem: (part, message) => problems.add(part, message),
      sendDead: (queueArn, body) => void queues.get(lastPart(queueArn))?.send(body),
    })
    for (const line of this.notRun) this.props.addEntry(`not run here: ${line}`)
  }

  /** What is deployed and does not run here, as lines. */
  get notRun(): string[] {
    return [...this.scheduler.notRun, ...this.stepFunctions.notRun, ...this.notSimulated]
  }

  /** The schedules that start state machines, for the console. */
  schedules(): ScheduleState[] {
    return this.props.deployed.schedules
      .filter(({ targetArn }) => targetArn.startsWith('arn:aws:states:'))
      .map((schedule) => {
        const next = this.scheduler.nextTime(schedule)
        return {
          name: schedule.name,
          expression: schedule.expression,
          ...(next !== undefined && { nextAt: this.secondsAt(next) }),
          executions: this.shownExecutions(schedule.targetArn),
        }
      })
  }

  /**
   * Starts the scheduled services now, and not only at their times.
   *
   * @param isFailing whether the first task of each run fails
   */
  startRuns(isFailing: boolean): void {
    const { schedules, stateMachines } = this.props.deployed
    for (const { targetArn, input } of schedules) {
      const machine = stateMachines.find(
        ({ arn, type }) => arn === targetArn && type === 'STANDARD',
      )
      if (machine === undefined || this.stepFunctions.isNotRun(targetArn)) continue
      for (const family of new Set(isFailing ? tasksIn(machine.definition).families : [])) {
        this.programs.failNext(family)
      }
      this.stepFunctions.start(targetArn, input)
    }
  }

  private shownExecutions(machineArn: string): ExecutionState[] {
    const records = this.stepFunctions.executionsOf(machineArn)
    const earlier = records.slice(0, -maxShown).filter(({ result }) => isFailed(result.status))
    return [...earlier.slice(-maxFailed), ...records.slice(-maxShown)]
      .reverse()
      .map((record) => this.executionState(record))
  }

  private executionState(record: ExecutionRecord): ExecutionState {
    const { name, startedAt, stoppedAt, result, execution } = record
    return {
      name,
      at: this.secondsAt(startedAt),
      ...(stoppedAt !== undefined && { endedAt: this.secondsAt(stoppedAt) }),
      status: result.status,
      states: [...execution.entered],
    }
  }

  private secondsAt(time: number): number {
    return (time - this.startedAt) / 1000
  }

  private addEntry({ machine, result, execution }: ExecutionRecord): void {
    const { addEntry, problems } = this.props
    const { status, error = '', cause = '' } = result
    const [, missing] = /Error Code: (NotImplemented)\)$/.exec(cause) ?? []
    if (missing !== undefined) {
      this.notSimulated.add(`state machine ${machine.name}: ${cause}`)
      return
    }
    // Those run each minute.
    if (machine.type === 'EXPRESS' && !isFailed(status)) return
    const states = [...execution.entered].join(' → ')
    addEntry(`${machine.name}: ${outcomes[status]} ${states} ${error}`.trimEnd())
    if (error === 'States.Runtime') problems.add(`state machine ${machine.name}`, cause)
  }

  private hostOf(machine: DeployedStateMachine): IntegrationHost {
    const { permissions, call } = this.props
    const caller = `state machine ${machine.name}`
    const denial = async (request: AwsRequest) =>
      (await permissions.denialOf(machine.roleArn, request, caller)) ??
      permissions.denialTo(machine.roleArn, request, taggingAccess(request), caller)
    return {
      denial,
      call: async (request) => (await denial(request)) ?? call(request),
      onTaskStopped: (callback) => {
        this.stopCallbacks.add(callback)
        return () => this.stopCallbacks.delete(callback)
      },
    }
  }

  private targetOf(arn: string): TargetCall | string | undefined {
    if (arn.startsWith('arn:aws:sqs:')) return this.queueTarget(arn)
    if (!arn.startsWith('arn:aws:states:') || !arn.includes(':stateMachine:')) return undefined
    const { stateMachines } = this.props.deployed
    if (!stateMachines.some((machine) => machine.arn === arn)) {
      return `state machine ${arn} does not exist`
    }
    if (this.stepFunctions.isNotRun(arn)) return undefined
    return {
      required: accessTo(arn, ['states:StartExecution']),
      run: (payload) => void this.stepFunctions.start(arn, payload),
    }
  }

  private queueTarget(arn: string): TargetCall | string {
    const { deployed, queues } = this.props
    const queue = deployed.queues.find((each) => each.arn === arn)
    if (queue === undefined) return `queue ${arn} does not exist`
    return {
      required: [
        ...accessTo(arn, ['sqs:SendMessage']),
        ...(queue.keyArn ? accessTo(queue.keyArn, senderKeyActions) : []),
      ],
      run: (payload) => void queues.get(queue.name)?.send(payload),
    }
  }
}

function isFailed(status: ExecutionStatus): boolean {
  return status !== 'RUNNING' && status !== 'SUCCEEDED'
}

const outcomes: Readonly<Record<ExecutionStatus, string>> = {
  RUNNING: 'a run has started',
  SUCCEEDED: 'a run has succeeded:',
  FAILED: 'a run has failed:',
  TIMED_OUT: 'a run has timed out:',
  ABORTED: 'a run was stopped:',
}

/** RunTask that propagates tags also tags its tasks. */
function taggingAccess(request: AwsRequest): AccessRequest[] {
  if (request.service !== 'ecs' || request.operation !== 'RunTask') return []
  const { cluster, propagateTags } = jsonInput(request)
  if (propagateTags === undefined || propagateTags === 'NONE') return []
  const context = { 'ecs:CreateAction': 'RunTask' }
  return accessTo(localArn('ecs', `task/${nameOf(cluster)}/*`), ['ecs:TagResource'], { context })
}
