import type { Random, Simulation } from '@tideway/spot-simulator'
import { type ChoiceRule, isMatch } from './choice'
import type { Catcher, Definition, Retrier, State, StateGraph } from './definition'
import { type Json, type JsonObject, withValueAt } from './json-path'
import { evaluated, filled, type PayloadContext } from './payload'
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
  /** Adds an event after the last one of the branch. */
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

/** Ends the other branches of a failed Parallel or Map state. */
class BranchEnd extends Error {}

/** Of one sequence of states: the execution, a branch or an iteration. */
interface Branch {
  readonly scope: Scope
  previousEventId: number
  /** `$$.Map` */
  readonly item?: JsonObject
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
    const branch = { scope: this.scope, previousEventId: 0 }
    const inputDetails = { truncated: false }
    const started = { input: JSON.stringify(input), inputDetails, roleArn }
    this.record('ExecutionStarted', 'executionStarted', started, 0)
    const { TimeoutSeconds } = definition
    const cancelTimeout =
      TimeoutSeconds === undefined
        ? () => {}
        : simulation.after(TimeoutSeconds, () => this.abort({ status: 'TIMED_OUT' }))
    const result = await this.resultOf(branch)
    cancelTimeout()
    this.recordEnd(result, branch.previousEventId)
    return result
  }

  private async resultOf(branch: Branch): Promise<ExecutionResult> {
    try {
      const { definition, input } = this.props
      return { status: 'SUCCEEDED', output: await this.graph(definition, input, branch) }
    } catch (error) {
      if (error instanceof ExecutionEnd) return error.result
      if (error instanceof StatesError) {
        return { status: 'FAILED', error: error.error, cause: error.reason }
      }
      // A part that only its data reveals as one that is not simulated.
      if (error instanceof NotRunError) {
        return {
          status: 'FAILED',
          error: 'States.Runtime',
          cause: `not run here: ${error.message}`,
        }
      }
      throw error
    }
  }

  private recordEnd({ status, output, error, cause }: ExecutionResult, previous: number): void {
    const failure = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) }
    const outputDetails = { truncated: false }
    switch (status) {
      case 'SUCCEEDED': {
        const details = { output: JSON.stringify(output), outputDetails }
        this.record('ExecutionSucceeded', 'executionSucceeded', details, previous)
        break
      }
      case 'TIMED_OUT':
        this.record('ExecutionTimedOut', 'executionTimedOut', failure, previous)
        break
      case 'ABORTED':
        this.record('ExecutionAborted', 'executionAborted', failure, previous)
        break
      default:
        this.record('ExecutionFailed', 'executionFailed', failure, previous)
    }
  }

  private async graph(graph: StateGraph, input: Json, branch: Branch): Promise<Json> {
    let value = input
    let name: string | undefined = graph.StartAt
    while (name !== undefined) {
      const state: State | undefined = graph.States[name]
      if (state === undefined) {
        throw new StatesError('States.Runtime', `Transition to unknown state: ${name}`)
      }
      const result: StateResult = await this.state(name, state, value, branch)
      value = result.output
      name = result.next
    }
    return value
  }

  private async state(
    name: string,
    state: State,
    input: Json,
    branch: Branch,
  ): Promise<StateResult> {
    branch.scope.throwIfOver()
    this.entered.add(name)
    const { Type: type } = state
    const entered = { name, input: JSON.stringify(input), inputDetails: { truncated: false } }
    // The first state of an execution follows no event.
    this.follow(branch, `${type}StateEntered`, 'stateEntered', entered)
    const enteredId = branch.previousEventId
    try {
      const result = await this.typed(name, state, input, branch)
      // The last state has no end event where it fails.
      const output = JSON.stringify(result.output)
      const exited = { name, output, outputDetails: { truncated: false } }
      this.follow(branch, `${type}StateExited`, 'stateExited', exited)
      return result
    } catch (error) {
      if (error instanceof ExecutionEnd && type !== 'Fail') {
        this.follow(branch, `${type}StateAborted`, undefined, {})
      }
      if (error instanceof StatesError && error.error === 'States.Runtime') {
        const where = `An error occurred while executing the state '${name}' (entered at the event id #${enteredId}). `
        if (error.reason.startsWith('An error occurred')) throw error
        throw new StatesError(error.error, where + error.reason)
      }
      throw error
    }
  }

  private async typed(
    name: string,
    state: State,
    input: Json,
    branch: Branch,
  ): Promise<StateResult> {
    const context = this.contextOf(name, branch, 0)
    const taken = this.at(state.InputPath, input, context)
    const payload = { input: taken, context, random: this.props.random }
    const next = state.End ? undefined : state.Next
    switch (state.Type) {
      case 'Pass': {
        const given = state.Parameters === undefined ? taken : filled(state.Parameters, payload)
        const result = state.Result ?? given
        return { output: this.outputOf(state, input, result, context), next }
      }
      case 'Succeed':
        return { output: this.at(state.OutputPath, taken, context), next: undefined }
      case 'Wait':
        await branch.scope.wait(this.waitSeconds(state, payload))
        return { output: this.at(state.OutputPath, taken, context), next }
      case 'Choice':
        return {
          output: this.at(state.OutputPath, taken, context),
          next: choose(state, payload),
        }
      case 'Fail':
        throw new StatesError(
          textOf(state.Error, state.ErrorPath, payload) ?? 'States.Failed',
          textOf(state.Cause, state.CausePath, payload) ?? '',
        )
      case 'Task':
      case 'Parallel':
      case 'Map':
        return await this.working(name, state, input, branch)
      default:
        throw new NotRunError(`state ${name}: its type ${state.Type}`)
    }
  }

  /** A state that can be retried, and whose errors can be caught. */
  private async working(
    name: string,
    state: State,
    input: Json,
    branch: Branch,
  ): Promise<StateResult> {
    const { Retry = [], Catch = [] } = state
    const used = new Map<Retrier, number>()
    for (let retries = 0; ; retries++) {
      const context = this.contextOf(name, branch, retries)
      const taken = this.at(state.InputPath, input, context)
      const payload = { input: taken, context, random: this.props.random }
      try {
        const result = await this.attempt(state, payload, branch)
        const selected =
          state.ResultSelector === undefined
            ? result
            : filled(state.ResultSelector, { ...payload, input: result })
        const output = this.outputOf(state, input, selected, context)
        return { output, next: state.End ? undefined : state.Next }
      } catch (error) {
        if (!(error instanceof StatesError)) throw error
        const retrier = Retry.find(({ ErrorEquals }) => matches(ErrorEquals, error))
        const before = retrier === undefined ? 0 : (used.get(retrier) ?? 0)
        if (retrier !== undefined && before < (retrier.MaxAttempts ?? 3)) {
          used.set(retrier, before + 1)
          await branch.scope.wait(this.retrySeconds(retrier, before))
          continue
        }
        return caught(Catch, error, input)
      }
    }
  }

  private attempt(state: State, payload: PayloadContext, branch: Branch): Promise<Json> {
    if (state.Type === 'Task') return this.task(state, payload, branch)
    if (state.Type === 'Parallel') {
      const { Parameters, Branches = [] } = state
      const input = Parameters === undefined ? payload.input : filled(Parameters, payload)
      const runs = Branches.map((graph) => (inner: Branch) => this.graph(graph, input, inner))
      return this.inParallel('Parallel', runs, branch, runs.length, {})
    }
    return this.map(state, payload, branch)
  }

  private async task(state: State, payload: PayloadContext, branch: Branch): Promise<Json> {
    const { Parameters, Resource = '', TimeoutSeconds, TimeoutSecondsPath } = state
    const parameters = Parameters === undefined ? payload.input : filled(Parameters, payload)
    const timeoutSeconds =
      TimeoutSecondsPath === undefined
        ? TimeoutSeconds
        : Number(evaluated(TimeoutSecondsPath, payload))
    const scope = new Scope(this.props.simulation, branch.scope)
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
        record: (type, details) => this.follow(branch, type, detailsName(type), details),
      })
    } finally {
      cancel()
      scope.leave()
    }
  }

  private map(state: State, payload: PayloadContext, branch: Branch): Promise<Json> {
    const { ItemProcessor, Iterator, ItemsPath = '$', ItemSelector, Parameters } = state
    const graph = ItemProcessor ?? Iterator
    const items = evaluated(ItemsPath, payload)
    if (!Array.isArray(items) || graph === undefined) {
      const reason = `Reference path "${ItemsPath}" must point to array.`
      throw new StatesError('States.Runtime', reason)
    }
    const selector = ItemSelector ?? Parameters
    const runs = items.map((value: Json, index) => (inner: Branch) => {
      const item = { Item: { Index: index, Value: value } }
      const context = { ...(payload.context as JsonObject), Map: item }
      const input = selector === undefined ? value : filled(selector, { ...payload, context })
      return this.graph(graph, input, { ...inner, item })
    })
    const most = state.MaxConcurrency || runs.length
    return this.inParallel('Map', runs, branch, most, { length: runs.length })
  }

  /** Runs branches or iterations. The first error ends the others. */
  private async inParallel(
    type: 'Parallel' | 'Map',
    runs: readonly ((branch: Branch) => Promise<Json>)[],
    branch: Branch,
    most: number,
    started: object,
  ): Promise<Json> {
    const { simulation } = this.props
    this.follow(
      branch,
      `${type}StateStarted`,
      type === 'Map' ? 'mapStateStarted' : undefined,
      started,
    )
    const startedId = branch.previousEventId
    const scope = new Scope(simulation, branch.scope)
    const outputs: Json[] = runs.map(() => null)
    let failure: Error | undefined
    let next = 0
    let running = 0
    let wakeUp = () => {}
    const startNext = () => {
      while (failure === undefined && running < most && next < runs.length) {
        const index = next++
        running++
        void simulation.work(async () => {
          const inner: Branch = {
            scope,
            previousEventId: startedId,
            ...(branch.item && { item: branch.item }),
          }
          try {
            outputs[index] = (await runs[index]?.(inner)) ?? null
          } catch (error) {
            failure ??= error as Error
            scope.end(new BranchEnd())
          }
          branch.previousEventId = this.events.length
          running--
          startNext()
          if (running === 0) wakeUp()
        })
      }
    }
    startNext()
    // It ends with its branches, also where they are ended.
    if (running > 0) {
      await new Scope(simulation).wait(Infinity, (wake) => {
        wakeUp = wake
        return () => {}
      })
    }
    scope.leave()
    if (failure !== undefined) {
      if (failure instanceof StatesError) {
        this.follow(branch, `${type}StateFailed`, undefined, {})
      }
      throw failure
    }
    this.follow(branch, `${type}StateSucceeded`, undefined, {})
    return outputs
  }

  private at(path: string | null | undefined, input: Json, context: Json): Json {
    if (path === null) return {}
    if (path === undefined || path === '$') return input
    return evaluated(path, { input, context, random: this.props.random })
  }

  private outputOf(state: State, input: Json, result: Json, context: Json): Json {
    const { ResultPath = '$' } = state
    const merged = ResultPath === null ? input : withValueAt(ResultPath, input, result)
    return this.at(state.OutputPath, merged, context)
  }

  private waitSeconds(state: State, payload: PayloadContext): number {
    const { Seconds, SecondsPath, Timestamp, TimestampPath } = state
    if (Seconds !== undefined) return Seconds
    if (SecondsPath !== undefined) return Number(evaluated(SecondsPath, payload))
    const until = Date.parse(Timestamp ?? String(evaluated(TimestampPath ?? '', payload)))
    return Math.max(0, (until - this.props.simulation.now) / 1000)
  }

  private retrySeconds(retrier: Retrier, retries: number): number {
    const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity } = retrier
    const seconds = Math.min(IntervalSeconds * BackoffRate ** retries, MaxDelaySeconds)
    if (retrier.JitterStrategy !== 'FULL') return seconds
    return Math.round(this.props.random.between(0, seconds) * 1000) / 1000
  }

  private contextOf(name: string, { item }: Branch, retries: number): JsonObject {
    const EnteredTime = new Date(this.props.simulation.now).toISOString()
    const State = { EnteredTime, Name: name, RetryCount: retries }
    return { ...this.props.context, State, ...(item && { Map: item }) }
  }

  private follow(branch: Branch, type: string, field: string | undefined, details: object): void {
    branch.previousEventId = this.record(type, field, details, branch.previousEventId)
  }

  private record(type: string, field: string | undefined, details: object, previous: number) {
    const id = this.events.length + 1
    const hasDetails = field !== undefined && Object.keys(details).length > 0
    this.events.push({
      id,
      previousEventId: previous,
      timestamp: this.props.simulation.now,
      type,
      ...(hasDetails && { [`${field}EventDetails`]: details }),
    })
    if (id === maxEvents) {
      const cause = `The execution reached the maximum number of history events (${maxEvents}).`
      this.abort({ status: 'FAILED', error: 'States.Runtime', cause })
    }
    return id
  }
}

/** `TaskScheduled` has its details in `taskScheduledEventDetails`. */
function detailsName(type: string): string {
  return type.charAt(0).toLowerCase() + type.slice(1)
}

function choose({ Choices = [], Default }: State, payload: PayloadContext): string {
  const rule = Choices.find((each: ChoiceRule) => isMatch(each, payload))
  const next = rule?.Next ?? Default
  if (next !== undefined) return String(next)
  throw new StatesError('States.NoChoiceMatched', 'No choice rule matches, and there is no Default')
}

function textOf(
  text: string | undefined,
  path: string | undefined,
  payload: PayloadContext,
): string | undefined {
  return path === undefined ? text : String(evaluated(path, payload))
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
