import { Simulation } from '@tideway/spot-simulator'
import type { IntegrationHost } from '../src/clock/integrations'
import { type Json, valueAt } from '../src/clock/json-path'
import { StepFunctions } from '../src/clock/step-functions'
import { type AwsRequest, readRequest } from '../src/gateway/aws-request'
import { jsonError, jsonResponse } from '../src/gateway/aws-response'

const arn = 'arn:aws:states:us-east-1:123456789012:stateMachine:m'
const machineOf = (definition: object, type: 'STANDARD' | 'EXPRESS' = 'STANDARD') => ({
  name: 'm',
  arn,
  type,
  roleArn: 'arn:aws:iam::123456789012:role/r',
  definition: JSON.stringify(definition),
})

/** A machine, whose calls `answer` responds to. */
function setUp(
  definition: object,
  answer: (request: AwsRequest, now: number) => object = () => ({}),
) {
  const simulation = new Simulation(1)
  const start = simulation.now
  const metrics: Record<string, number> = {}
  const calls: { at: number; operation: string; input: unknown }[] = []
  const host: IntegrationHost = {
    call: async (request) => {
      const at = (simulation.now - start) / 1000
      calls.push({ at, operation: request.operation, input: JSON.parse(request.body.toString()) })
      const output = answer(request, at)
      return 'code' in output ? jsonError(String(output.code), 'no') : jsonResponse(output)
    },
    denial: async () => undefined,
    onTaskStopped: () => () => {},
  }
  const machine = machineOf(definition)
  const stepFunctions = new StepFunctions({
    simulation,
    machines: [machine],
    hostOf: () => host,
    measure: (_, values) => Object.assign(metrics, values),
    onChange: () => {},
  })
  const api = <Output = Record<string, never>>(operation: string, input: object): Output => {
    const headers = { 'x-amz-target': `AWSStepFunctions.${operation}` }
    const request = readRequest('POST', '/', headers, Buffer.from(JSON.stringify(input)))
    const response = stepFunctions.respond({ ...request, service: 'states' })
    return JSON.parse(response?.body.toString() ?? '{}')
  }
  return {
    simulation,
    stepFunctions,
    metrics,
    calls,
    api,
    run: async (input: Json = {}, seconds = 3600) => {
      const { arn: executionArn } = stepFunctions.start(arn, JSON.stringify(input))
      await simulation.run(seconds)
      const { output, ...described } = api<Record<string, string>>('DescribeExecution', {
        executionArn,
      })
      return { ...described, ...(output !== undefined && { output: JSON.parse(output) }) }
    },
    types: (executionArn: string) =>
      api<{ events: { type: string; id: number; previousEventId: number }[] }>(
        'GetExecutionHistory',
        { executionArn },
      ).events,
  }
}

const one = (state: object, others: object = {}) => ({
  StartAt: 'A',
  States: { A: state, ...others },
})
const listReleases = {
  Type: 'Task',
  Resource: 'arn:aws:states:::aws-sdk:codedeploy:listDeployments',
  Parameters: { ApplicationName: 'app' },
  End: true,
}

describe('states', () => {
  it.each<[string, object, Json, object]>([
    [
      'Pass, with a result',
      one({ Type: 'Pass', Result: 1, ResultPath: '$.b', End: true }),
      { a: 0 },
      { output: { a: 0, b: 1 } },
    ],
    [
      'Pass, with paths and parameters',
      one({
        Type: 'Pass',
        InputPath: '$.a',
        Parameters: { 'x.$': '$.b[1]', 'n.$': '$$.Execution.Input.c' },
        OutputPath: '$.x',
        End: true,
      }),
      { a: { b: [1, 2] }, c: 3 },
      { output: 2 },
    ],
    [
      'Fail',
      one({ Type: 'Fail', Error: 'E', Cause: 'w' }),
      {},
      { status: 'FAILED', error: 'E', cause: 'w' },
    ],
    [
      'a path without a value',
      one({ Type: 'Pass', Parameters: { 'x.$': '$.none' }, End: true }),
      {},
      {
        status: 'FAILED',
        error: 'States.Runtime',
        cause:
          "An error occurred while executing the state 'A' (entered at the event id #2). The JSONPath '$.none' could not be found in the input '{}'",
      },
    ],
    [
      'an unknown next state',
      one({ Type: 'Pass', Next: 'B' }),
      {},
      { status: 'FAILED', error: 'States.Runtime' },
    ],
    ['no choice', one({ Type: 'Choice', Choices: [] }), {}, { error: 'States.NoChoiceMatched' }],
    ['a loop', one({ Type: 'Pass', Next: 'A' }), {}, { status: 'FAILED', error: 'States.Runtime' }],
  ])('%s', async (_, definition, input, expected) => {
    expect(await setUp(definition).run(input)).toMatchObject(expected)
  })

  it('waits until a time', async () => {
    const { run } = setUp(one({ Type: 'Wait', Timestamp: '2026-01-05T00:30:00Z', End: true }))
    expect(await run({}, 1799)).toMatchObject({ status: 'RUNNING' })
  })
})

describe('a Task', () => {
  it('calls a service in its own case, and returns the output in that of Step Functions', async () => {
    const { run, calls } = setUp(one(listReleases), () => ({ deployments: ['d-1'] }))
    expect(await run()).toMatchObject({ output: { Deployments: ['d-1'] } })
    const input = { applicationName: 'app' }
    expect(calls).toEqual([{ at: 0, operation: 'ListDeployments', input }])
  })

  it('is retried with delays that grow up to a maximum, and then caught', async () => {
    const retry = {
      ErrorEquals: ['States.TaskFailed'],
      IntervalSeconds: 10,
      MaxDelaySeconds: 30,
      MaxAttempts: 4,
    }
    const caught = { ErrorEquals: ['States.ALL'], Next: 'B', ResultPath: '$.failure' }
    const { run, calls } = setUp(
      one({ ...listReleases, Retry: [retry], Catch: [caught] }, { B: { Type: 'Succeed' } }),
      () => ({ code: 'ThrottlingException' }),
    )
    const cause = 'no (Service: CodeDeploy; Status Code: 400; Error Code: ThrottlingException)'
    expect(await run()).toMatchObject({
      status: 'SUCCEEDED',
      output: { failure: { Error: 'CodeDeploy.ThrottlingException', Cause: cause } },
    })
    expect(calls.map(({ at }) => at)).toEqual([0, 10, 30, 60, 90])
  })

  it('is retried at a random time with full jitter, the same for a seed', async () => {
    const retry = {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 100,
      MaxAttempts: 2,
      JitterStrategy: 'FULL',
    }
    const times = async () => {
      const { run, calls } = setUp(one({ ...listReleases, Retry: [retry] }), () => ({ code: 'E' }))
      await run()
      return calls.map(({ at }) => at)
    }
    const [, first = 0, second = 0] = await times()
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(100)
    expect(second - first).toBeLessThan(200)
    expect(await times()).toEqual([0, first, second])
  })

  it('does not retry what no retrier names', async () => {
    const retry = { ErrorEquals: ['Other'] }
    const { run, calls } = setUp(one({ ...listReleases, Retry: [retry] }), () => ({ code: 'E' }))
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'CodeDeploy.E' })
    expect(calls).toHaveLength(1)
  })
})

describe('executions', () => {
  const definition = {
    ...one({ Type: 'Wait', Seconds: 60, Next: 'B' }, { B: { Type: 'Succeed' } }),
    TimeoutSeconds: 100,
  }

  it('have the history that AWS shows, in pages', async () => {
    const { run, api } = setUp(definition)
    const { executionArn } = (await run({ a: 1 })) as { executionArn: string }
    const page = (input: object) =>
      api<{ events: { id: number }[]; nextToken?: string }>('GetExecutionHistory', {
        executionArn,
        ...input,
      })
    const { events } = page({})
    const input = '{"a":1}'
    const inputDetails = { truncated: false }
    expect(events).toMatchObject([
      {
        id: 1,
        previousEventId: 0,
        type: 'ExecutionStarted',
        executionStartedEventDetails: { input, inputDetails },
      },
      {
        id: 2,
        previousEventId: 0,
        type: 'WaitStateEntered',
        stateEnteredEventDetails: { name: 'A', input },
      },
      {
        id: 3,
        previousEventId: 2,
        type: 'WaitStateExited',
        stateExitedEventDetails: { name: 'A', output: input },
      },
      { id: 4, previousEventId: 3, type: 'SucceedStateEntered' },
      { id: 5, previousEventId: 4, type: 'SucceedStateExited' },
      {
        id: 6,
        previousEventId: 5,
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: input },
      },
    ])
    const first = page({ reverseOrder: true, maxResults: 4 })
    const second = page({ reverseOrder: true, maxResults: 4, nextToken: first.nextToken })
    expect([...first.events, ...second.events].map(({ id }) => id)).toEqual([6, 5, 4, 3, 2, 1])
    expect(second).not.toHaveProperty('nextToken')
  })

  it('are listed by their status, newest first', async () => {
    const { stepFunctions, simulation, api, metrics } = setUp(definition)
    for (const name of ['one', 'two']) stepFunctions.start(arn, '{}', name)
    await simulation.run(10)
    const executionArn = `${arn.replace('stateMachine', 'execution')}:one`
    api('StopExecution', { executionArn, error: 'E', cause: 'c' })
    await simulation.idle()
    const list = (input: object) =>
      api<{ executions: object[] }>('ListExecutions', { stateMachineArn: arn, ...input }).executions
    expect(list({})).toMatchObject([
      { name: 'two', status: 'RUNNING' },
      { name: 'one', status: 'ABORTED' },
    ])
    expect(list({ statusFilter: 'RUNNING' })).toMatchObject([{ name: 'two' }])
    expect(metrics).toMatchObject({ ExecutionsStarted: 1, ExecutionsAborted: 1 })
    expect(api('DescribeExecution', { executionArn })).toMatchObject({ error: 'E', cause: 'c' })
  })

  it('time out', async () => {
    const { run, metrics } = setUp(one({ Type: 'Wait', Seconds: 60, Next: 'A' }))
    expect(await run({}, 60)).toMatchObject({ status: 'RUNNING' })
    const limited = setUp({ ...one({ Type: 'Wait', Seconds: 60, Next: 'A' }), TimeoutSeconds: 100 })
    expect(await limited.run()).toMatchObject({ status: 'TIMED_OUT' })
    expect(limited.metrics).toMatchObject({ ExecutionsTimedOut: 1, ExecutionTime: 100_000 })
    expect(metrics).toEqual({ ExecutionsStarted: 1 })
  })

  it.each([
    ['StartExecution', { stateMachineArn: 'other' }, 'StateMachineDoesNotExist'],
    ['StartExecution', { stateMachineArn: arn, input: '{' }, 'InvalidExecutionInput'],
    [
      'StartExecution',
      { stateMachineArn: arn, name: 'x', input: '{"a":1}' },
      'ExecutionAlreadyExists',
    ],
    ['DescribeExecution', { executionArn: 'other' }, 'ExecutionDoesNotExist'],
    [
      'GetExecutionHistory',
      { executionArn: `${arn.replace('stateMachine', 'execution')}:x`, nextToken: 'x' },
      'InvalidToken',
    ],
  ])('%s rejects %j', (operation, input, code) => {
    const { stepFunctions, api } = setUp(definition)
    stepFunctions.start(arn, '{}', 'x')
    expect(api(operation, input)).toMatchObject({ __type: code })
  })
})

it('names the parts of a definition that are not run', () => {
  const { stepFunctions, api } = setUp(
    one(
      { Type: 'Task', Resource: 'arn:aws:states:::glue:startJobRun.sync' },
      {
        B: { Type: 'Map', SecondsPath: '$.s' },
        C: { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.waitForTaskToken' },
      },
    ),
  )
  expect(stepFunctions.notRun).toEqual([
    'state machine m: state A: its resource arn:aws:states:::glue:startJobRun.sync, state B: its type Map, state B: SecondsPath, state C: its resource arn:aws:states:::ecs:runTask.waitForTaskToken',
  ])
  expect(api('StartExecution', { stateMachineArn: arn })).toMatchObject({
    __type: 'NotImplemented',
  })
})

it.each<[string, Json | undefined]>([
  ['$', { a: { 'b c': [1, { d: null }, 3] }, e: false }],
  ["$.a['b c'][1].d", null],
  ["$.a['b c'][-1]", 3],
  ['$.e', false],
  ['$.constructor', undefined],
])('reads %s', (path, expected) => {
  const input = { a: { 'b c': [1, { d: null }, 3] }, e: false }
  expect(valueAt(path, { input, context: {} })).toEqual(expected)
})

it.each(['$.a[*]', '$..a', '$.a[0:2]', '$.a[?(@.b)]', "States.Format('{}', $.a)"])(
  'does not run %s',
  async (path) => {
    const pass = { Type: 'Pass', Parameters: { 'x.$': path }, End: true }
    const execution = await setUp(one(pass)).run({ a: [] })
    expect(execution).toMatchObject({ cause: expect.stringContaining('not run here') })
  },
)
