import { AwsError, type Random, type Simulation } from '@tideway/spot-simulator'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { account } from '../patches/account'
import { type Input, respond } from '../patches/operations'
import { uuidOf } from '../patches/stores'
import { type Definition, notRunParts, readDefinition } from './definition'
import { Execution, type ExecutionResult, type ExecutionStatus } from './execution'
import { type IntegrationHost, isRunResource, runIntegration } from './integrations'
import type { Json } from './json-path'

export interface DeployedStateMachine {
  readonly name: string
  readonly arn: string
  readonly type: 'STANDARD' | 'EXPRESS'
  readonly roleArn: string
  /** JSON in the Amazon States Language. */
  readonly definition: string
}

/** An execution, as far as it has run. */
export interface ExecutionRecord {
  readonly arn: string
  readonly name: string
  readonly machine: DeployedStateMachine
  readonly input: string
  /** Milliseconds since 1970, as all times here. */
  readonly startedAt: number
  readonly execution: Execution
  stoppedAt: number | undefined
  result: ExecutionResult
}

export interface StepFunctionsProps {
  readonly simulation: Simulation
  readonly machines: readonly DeployedStateMachine[]
  /** What the states of a machine call, with its role. */
  readonly hostOf: (machine: DeployedStateMachine) => IntegrationHost
  /** Receives the metrics of AWS/States. */
  readonly measure: (
    machine: DeployedStateMachine,
    values: Readonly<Record<string, number>>,
  ) => void
  /** Receives an execution when it starts, and when it has ended. */
  readonly onChange: (record: ExecutionRecord) => void
}

interface Machine {
  readonly deployed: DeployedStateMachine
  readonly definition: Definition | undefined
  /** Why it is not run. */
  readonly notRun: string | undefined
  /** Newest last. */
  readonly executions: Map<string, ExecutionRecord>
}

/** Executions that a machine keeps. AWS keeps those of the last 90 days. */
const maxExecutions = 200

/** Step Functions in a simulation: runs the deployed state machines on the simulated clock. */
export class StepFunctions {
  private readonly machines: ReadonlyMap<string, Machine>
  private readonly random: Random
  private readonly startedAt: number

  constructor(private readonly props: StepFunctionsProps) {
    this.random = props.simulation.random.fork('step functions')
    this.startedAt = props.simulation.now
    this.machines = new Map(
      props.machines.map((deployed) => {
        const definition = readDefinition(deployed.definition)
        if (typeof definition === 'string') {
          return [deployed.arn, machineOf(deployed, undefined, definition)]
        }
        const parts = notRunParts(definition, isRunResource)
        const notRun = parts.length > 0 ? parts.join(', ') : undefined
        return [deployed.arn, machineOf(deployed, definition, notRun)]
      }),
    )
  }

  /** The state machines that are not run, and why, as lines. */
  get notRun(): string[] {
    return [...this.machines.values()].flatMap(({ deployed, notRun }) =>
      notRun === undefined ? [] : [`state machine ${deployed.name}: ${notRun}`],
    )
  }

  isNotRun(machineArn: string): boolean {
    return this.machines.get(machineArn)?.notRun !== undefined
  }

  /** The executions that are kept, oldest first. */
  executionsOf(machineArn: string): ExecutionRecord[] {
    return [...(this.machines.get(machineArn)?.executions.values() ?? [])]
  }

  /** Starts an execution. Throws the error of AWS where it cannot. */
  start(machineArn: string, input: string, givenName?: string): ExecutionRecord {
    const machine = this.machine(machineArn)
    const { deployed, definition, notRun, executions } = machine
    if (definition === undefined || notRun !== undefined) {
      throw new AwsError('NotImplemented', `${deployed.name} is not run here: ${notRun}`, 501)
    }
    const value = readInput(input)
    const name = givenName ?? this.newId()
    const arn = executionArn(deployed, name, () => this.newId())
    const known = executions.get(arn)
    if (known?.result.status === 'RUNNING' && known.input === input) return known
    if (known !== undefined) {
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`)
    }
    const { simulation } = this.props
    const record: ExecutionRecord = {
      arn,
      name,
      machine: deployed,
      input,
      startedAt: simulation.now,
      stoppedAt: undefined,
      result: { status: 'RUNNING' },
      execution: new Execution({
        simulation,
        random: this.random.fork(arn),
        definition,
        input: value,
        roleArn: deployed.roleArn,
        context: {
          Execution: {
            Id: arn,
            Input: value,
            Name: name,
            RoleArn: deployed.roleArn,
            StartTime: new Date(simulation.now).toISOString(),
          },
          StateMachine: { Id: deployed.arn, Name: deployed.name },
        },
        runTask: (task) => runIntegration(task, this.props.hostOf(deployed)),
      }),
    }
    executions.set(arn, record)
    forgetOldest(executions)
    this.props.measure(deployed, { ExecutionsStarted: 1 })
    this.props.onChange(record)
    simulation.after(0, () => {
      void simulation.work(() => this.run(record))
    })
    return record
  }

  /** Undefined for what only the emulator knows. */
  respond(request: AwsRequest): AwsResponse | undefined {
    if (request.service !== 'states') return undefined
    return respond(request, {
      DescribeExecution: (input) => describe(this.execution(input)),
      GetExecutionHistory: (input) => this.history(input),
      ListExecutions: (input) => this.list(input),
      ListStateMachines: () => this.listMachines(),
      StartExecution: ({ stateMachineArn, input = '{}', name }) => {
        const given = name === undefined ? undefined : String(name)
        const { arn, startedAt } = this.start(String(stateMachineArn), String(input), given)
        return { executionArn: arn, startDate: startedAt / 1000 }
      },
      StopExecution: (input) => {
        const { execution } = this.execution(input)
        const { error, cause } = input as { error?: string; cause?: string }
        execution.abort({ status: 'ABORTED', error, cause })
        return { stopDate: this.props.simulation.now / 1000 }
      },
    })
  }

  private newId(): string {
    return uuidOf(`execution ${this.random.next()}`)
  }

  private async run(record: ExecutionRecord): Promise<void> {
    const { simulation, measure, onChange } = this.props
    record.result = await record.execution.run()
    record.stoppedAt = simulation.now
    measure(record.machine, {
      [metrics[record.result.status]]: 1,
      ExecutionTime: record.stoppedAt - record.startedAt,
    })
    onChange(record)
  }

  private listMachines(): object {
    return {
      stateMachines: this.props.machines.map(({ name, arn, type }) => ({
        name,
        stateMachineArn: arn,
        type,
        creationDate: this.startedAt / 1000,
      })),
    }
  }

  private machine(arn: string): Machine {
    const machine = this.machines.get(arn)
    if (machine !== undefined) return machine
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
  }

  private execution({ executionArn: given }: Input): ExecutionRecord {
    const arn = String(given)
    for (const { executions, deployed } of this.machines.values()) {
      const found = executions.get(arn)
      if (found === undefined) continue
      if (deployed.type === 'STANDARD') return found
      throw new AwsError(
        'InvalidArn',
        `Invalid Arn: 'Resource type not valid in this context: express'`,
      )
    }
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
  }

  private list({ stateMachineArn, statusFilter, maxResults, nextToken }: Input): object {
    const { deployed, executions } = this.machine(String(stateMachineArn))
    if (deployed.type === 'EXPRESS') {
      const message = `This operation is not supported by this type of state machine`
      throw new AwsError('StateMachineTypeNotSupported', message)
    }
    const found = [...executions.values()]
      .filter(({ result }) => statusFilter === undefined || result.status === statusFilter)
      .reverse()
    const { page, token } = pageOf(found, maxResults, nextToken)
    return {
      executions: page.map(summaryOf),
      ...token,
    }
  }

  private history(input: Input): object {
    const { events } = this.execution(input).execution
    const written = events.map((event) => ({ ...event, timestamp: event.timestamp / 1000 }))
    if (input.reverseOrder === true) written.reverse()
    const { page, token } = pageOf(written, input.maxResults, input.nextToken)
    return { events: page, ...token }
  }
}

const metrics: Readonly<Record<ExecutionStatus, string>> = {
  RUNNING: 'ExecutionsStarted',
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
}

function machineOf(
  deployed: DeployedStateMachine,
  definition: Definition | undefined,
  notRun: string | undefined,
): Machine {
  return { deployed, definition, notRun, executions: new Map() }
}

function readInput(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AwsError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${String(error)}'`,
    )
  }
}

function executionArn({ name, type }: DeployedStateMachine, execution: string, id: () => string) {
  const here = `arn:aws:states:${account.region}:${account.id}`
  if (type === 'STANDARD') return `${here}:execution:${name}:${execution}`
  return `${here}:express:${name}:${execution}:${id()}`
}

/** Those that run are kept. */
function forgetOldest(executions: Map<string, ExecutionRecord>): void {
  for (const [arn, { result }] of executions) {
    if (executions.size <= maxExecutions) return
    if (result.status !== 'RUNNING') executions.delete(arn)
  }
}

function summaryOf({ arn, name, machine, startedAt, stoppedAt, result }: ExecutionRecord) {
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status: result.status,
    startDate: startedAt / 1000,
    ...(stoppedAt !== undefined && { stopDate: stoppedAt / 1000 }),
  }
}

function describe(record: ExecutionRecord): object {
  const { output, error, cause } = record.result
  const included = { included: true }
  return {
    ...summaryOf(record),
    input: record.input,
    inputDetails: included,
    ...(output !== undefined && { output: JSON.stringify(output), outputDetails: included }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  }
}

/** The items from a token on, and the token of the next page. */
function pageOf<Item>(items: readonly Item[], maxResults: unknown, nextToken: unknown) {
  const size = Number(maxResults ?? 0) || 100
  const start = nextToken === undefined ? 0 : Number(/^from-(\d+)$/.exec(String(nextToken))?.[1])
  if (Number.isNaN(start)) throw new AwsError('InvalidToken', `Invalid Token: '${nextToken}'`)
  if (!(size >= 1 && size <= 1000)) {
    throw new AwsError('ValidationException', 'maxResults must be from 1 to 1000')
  }
  const end = start + size
  return {
    page: items.slice(start, end),
    token: end < items.length ? { nextToken: `from-${end}` } : {},
  }
}
