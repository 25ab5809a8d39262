import type { Random, Simulation } from '@tideway/spot-simulator'
import { type ChoiceRule, isMatch } from './choice'
import type { Catcher, Definition, Retrier, State } from './definition'
import {
  evaluated,
  filled,
  type Json,
  type JsonObject,
  type Payload,
  withValueAt,
} from './json-path'
import { Scope } from './scope'
import { NotRunError, StatesError } from './states-error'

/** An event of GetExecutionHistory. */
export interface HistoryEvent {
  readonly id: number
  readonly previousEventId: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly type: string
  /** Details, by the name of their field. */
  readonly [details: `${string}EventDetails`]: object
}

/** A Task state that runs. */
export interface TaskRun {
  readonly resource: string
  readonly parameters: Json
  readonly timeoutSeconds: number | undefined
  readonly scope: Scope
  /** Adds an event, with its details in the field of its name. */
  record(type: string, details: object): void
}

export interface ExecutionProps {
  readonly simulation: Simulation
  readonly random: Random
  readonly definition: Definition
  readonly input: Json
  /** `$$.Execution` and `$$.StateMachine` */
  readonly context: JsonObject
  readonly roleArn: string
  readonly runTask: (task: TaskRun) => Promise<Json>
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'

export interface ExecutionResult {
  readonly status: ExecutionStatus
  readonly output?: Json
  readonly error?: string | undefined
  readonly cause?: string | undefined
}

/** Ends an execution from outside. No state catches it. */
class ExecutionEnd extends Error {
  constructor(readonly result: ExecutionResult) {
    super(result.status)
  }
}

/** What a state returns. */
interface StateResult {
  readonly output: Json
  readonly next: string | undefined
}

const maxEvents = 25_000

/** Interprets a definition in the Amazon States Language, in virtual time. */
export class Execution {
  readonly events: HistoryEvent[] = []
  /** The names of the states that it entered, in order, without repetitions. */
  readonly entered = new Set<string>()
  private readonly scope: Scope

  constructor(private readonly props: ExecutionProps) {
    this.scope = new Scope(props.simulation)
  }

  /** Ends it before its last state. */
  abort(result: ExecutionResult): void {
    this.scope.end(new ExecutionEnd(result))
  }

  async run(): Promise<ExecutionResult> {
    const { simulation, definition, input, roleArn } = this.props
    const inputDetails = { truncated: false }
    const started = { input: JSON.stringify(input), inputDetails, roleArn }
    this.record('ExecutionStarted', started)
    const { TimeoutSeconds } = definition
    const cancelTimeout =
      TimeoutSeconds === undefined
        ? () => {}
        : simulation.after(TimeoutSeconds, () => this.abort({ status: 'TIMED_OUT' }))
    const result = await this.result()
    cancelTimeout()
    const { status, output, ...failure } = result
    this.record(
      endEvents[status],
      output === undefined
        ? failure
        : { output: JSON.stringify(output), outputDetails: { truncated: false } },
    )
    return result
  }

  private async result(): Promise<ExecutionResult> {
    const { definition, input } = this.props
    try {
      let value = input
      let name: string | undefined = definition.StartAt
      while (name !== undefined) {
        const state: State | undefined = definition.States[name]
        if (state === undefined) {
          throw new StatesError('States.Runtime', `Transition to unknown state: ${name}`)
        }
        const result: StateResult = await this.state(name, state, value)
        value = result.output
        name = result.next
      }
      return { status: 'SUCCEEDED', output: value }
    } catch (error) {
      if (error instanceof ExecutionEnd) return error.result
      if (error instanceof StatesError) {
        return { status: 'FAILED', error: error.error, cause: error.reason }
      }
      // A part that only its data reveals as one that is not simulated.
      if (error instanceof NotRunError) {
        const cause = `not run here: ${error.message}`
        return { status: 'FAILED', error: 'States.Runtime', cause }
      }
      throw error
    }
  }

  private async state(name: string, state: State, input: Json): Promise<StateResult> {
    this.scope.throwIfOver()
    this.entered.add(name)
    const { Type: type } = state
    const entered = { name, input: JSON.stringify(input), inputDetails: { truncated: false } }
    const enteredId = this.record(`${type}StateEntered`, entered, 'stateEntered')
    try {
      const result = await this.typed(name, state, input)
      const output = JSON.stringify(result.output)
      const exited = { name, output, outputDetails: { truncated: false } }
      this.record(`${type}StateExited`, exited, 'stateExited')
      return result
    } catch (error) {
      if (error instanceof ExecutionEnd && type !== 'Fail') this.record(`${type}StateAborted`, {})
      if (error instanceof StatesError && error.error === 'States.Runtime') {
        const where = `An error occurred while executing the state '${name}' (entered at the event id #${enteredId}). `
        throw new StatesError(error.error, where + error.reason)
      }
      throw error
    }
  }

  private async typed(name: string, state: State, input: Json): Promise<StateResult> {
    if (state.Type === 'Task') return this.retriedTask(name, state, input)
    const payload = this.payloadOf(name, state, input, 0)
    const { input: taken } = payload
    const next = state.End ? undefined : state.Next
    switch (state.Type) {
      case 'Pass': {
        const given = state.Parameters === undefined ? taken : filled(state.Parameters, payload)
        return { output: outputOf(state, input, state.Result ?? given, payload), next }
      }
      case 'Succeed':
        return { output: at(state.OutputPath, payload), next: undefined }
      case 'Wait':
        await this.scope.wait(this.waitSeconds(state))
        return { output: at(state.OutputPath, payload), next }
      case 'Choice':
        return { output: at(state.OutputPath, payload), next: choose(state, payload) }
      case 'Fail':
        throw new StatesError(state.Error ?? 'States.Failed', state.Cause ?? '')
      default:
        throw new NotRunError(`state ${name}: its type ${state.Type}`)
    }
  }

  private async retriedTask(name: string, state: State, input: Json): Promise<StateResult> {
    const { Retry = [], Catch = [], ResultSelector } = state
    const used = new Map<Retrier, number>()
    for (let retries = 0; ; retries++) {
      const payload = this.payloadOf(name, state, input, retries)
      try {
        const result = await this.task(state, payload)
        const selected =
          ResultSelector === undefined
            ? result
            : filled(ResultSelector, { ...payload, input: result })
        const output = outputOf(state, input, selected, payload)
        return { output, next: state.End ? undefined : state.Next }
      } catch (error) {
        if (!(error instanceof StatesError)) throw error
        const retrier = Retry.find(({ ErrorEquals }) => matches(ErrorEquals, error))
        const before = retrier === undefined ? 0 : (used.get(retrier) ?? 0)
        if (retrier === undefined || before >= (retrier.MaxAttempts ?? 3)) {
          return caught(Catch, error, input)
        }
        used.set(retrier, before + 1)
        await this.scope.wait(this.retrySeconds(retrier, before))
      }
    }
  }

  private async task(state: State, payload: Payload): Promise<Json> {
    const { Parameters, Resource = '', TimeoutSeconds: timeoutSeconds } = state
    const parameters = Parameters === undefined ? payload.input : filled(Parameters, payload)
    const scope = new Scope(this.props.simulation, this.scope)
    const cancel =
      timeoutSeconds === undefined
        ? () => {}
        : this.props.simulation.after(timeoutSeconds, () =>
            scope.end(new StatesError('States.Timeout', '')),
          )
    try {
      return await this.props.runTask({
        resource: Resource,
        parameters,
        timeoutSeconds,
        scope,
        record: (type, details) => void this.record(type, details),
      })
    } finally {
      cancel()
      scope.leave()
    }
  }

  private waitSeconds({ Seconds = 0, Timestamp }: State): number {
    if (Timestamp === undefined) return Seconds
    return Math.max(0, (Date.parse(Timestamp) - this.props.simulation.now) / 1000)
  }

  private retrySeconds(retrier: Retrier, retries: number): number {
    const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity } = retrier
    const seconds = Math.min(IntervalSeconds * BackoffRate ** retries, MaxDelaySeconds)
    if (retrier.JitterStrategy !== 'FULL') return seconds
    return Math.round(this.props.random.between(0, seconds) * 1000) / 1000
  }

  /** What the paths of a state refer to. */
  private payloadOf(name: string, { InputPath }: State, input: Json, retries: number): Payload {
    const EnteredTime = new Date(this.props.simulation.now).toISOString()
    const State = { EnteredTime, Name: name, RetryCount: retries }
    const context = { ...this.props.context, State }
    return { input: at(InputPath, { input, context }), context }
  }

  private record(type: string, details: object, field = detailsName(type)): number {
    const id = this.events.length + 1
    this.events.push({
      id,
      // The first state follows no event.
      previousEventId: id === 2 ? 0 : id - 1,
      timestamp: this.props.simulation.now,
      type,
      ...(Object.values(details).some((each) => each !== undefined) && {
        [`${field}EventDetails`]: details,
      }),
    })
    if (id === maxEvents) {
      const cause = `The execution reached the maximum number of history events (${maxEvents}).`
      this.abort({ status: 'FAILED', error: 'States.Runtime', cause })
    }
    return id
  }
}

const endEvents: Readonly<Record<ExecutionStatus, string>> = {
  RUNNING: '',
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
}

/** `TaskScheduled` has its details in `taskScheduledEventDetails`. */
function detailsName(type: string): string {
  return type.charAt(0).toLowerCase() + type.slice(1)
}

/** The part of the input that InputPath or OutputPath selects. */
function at(path: string | null | undefined, payload: Payload): Json {
  if (path === null) return {}
  return path === undefined ? payload.input : evaluated(path, payload)
}

function outputOf(state: State, input: Json, result: Json, { context }: Payload): Json {
  const { ResultPath = '$' } = state
  const merged = ResultPath === null ? input : withValueAt(ResultPath, input, result)
  return at(state.OutputPath, { input: merged, context })
}

function choose({ Choices = [], Default }: State, payload: Payload): string {
  const rule = Choices.find((each: ChoiceRule) => isMatch(each, payload))
  const next = rule?.Next ?? Default
  if (next !== undefined) return String(next)
  throw new StatesError('States.NoChoiceMatched', 'No choice rule matches, and there is no Default')
}

function caught(catchers: readonly Catcher[], error: StatesError, input: Json): StateResult {
  const catcher = catchers.find(({ ErrorEquals }) => matches(ErrorEquals, error))
  if (catcher === undefined) throw error
  const { ResultPath = '$', Next: next } = catcher
  const failure = { Error: error.error, Cause: error.reason }
  return {
    output: ResultPath === null ? input : withValueAt(ResultPath, input, failure),
    next,
  }
}

/** Errors of the interpreter itself, which States.ALL does not match. */
const terminal = ['States.DataLimitExceeded', 'States.Runtime']

/** States.TaskFailed matches every error of a task but a timeout. */
function matches(names: readonly string[], { error }: StatesError): boolean {
  return names.some((name) => {
    if (name === error) return true
    if (terminal.includes(error)) return false
    return name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout')
  })
}
