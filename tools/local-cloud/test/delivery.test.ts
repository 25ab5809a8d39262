import type { PolicyDocument, Statement } from '@tideway/constructs/iam-evaluator'
import { zipSync } from 'fflate'
import { AwsCalls } from '../src/aws-call'
import { awsClients } from '../src/aws-clients'
import type { Deployed, DeployedRule } from '../src/delivery/deployed'
import { Synthesized } from '../src/delivery/synthesized'
import { Drill, type DrillPlan, type DrillReport } from '../src/drought/drill'
import { allowedShortfallSeconds } from '../src/drought/pairs'
import type { StoredService } from '../src/patches/ecs'
import { SimulatedCloud } from '../src/simulated-cloud'
import { withSynthesizedCompute } from './synthesize'

type Change = (deployed: Deployed) => Deployed

/** The stack of the services, as synthesized for this machine, with a change. */
class ChangedStack extends Synthesized {
  change: Change = unchanged
  zip: Buffer | undefined

  override deployed(): Deployed {
    return this.change(super.deployed())
  }

  override zipOf(name: string): Buffer | undefined {
    return this.zip ?? super.zipOf(name)
  }
}

function unchanged(deployed: Deployed): Deployed {
  return deployed
}

const folder = withSynthesizedCompute()
let stack: ChangedStack
// One cloud for all cases, because its start reads the synthesized stack.
let cloud: SimulatedCloud

beforeAll(async () => {
  stack = new ChangedStack({ compute: folder() })
  cloud = await SimulatedCloud.start(() => stack)
})
afterAll(() => cloud.close())

/** Long enough for each rule to match. */
const shortPlan = { releaseAt: 10, droughtAt: 60, droughtEndsAt: 90, endsAt: 90 }

/** Long enough for each call of a function to happen. */
const planOfCalls = { releaseAt: 10, droughtAt: 120, droughtEndsAt: 240, endsAt: 300 }

/** The phases of a whole drill, which the end-to-end test runs, in less time. */
const wholePlan = {
  releaseAt: 10,
  droughtAt: 520,
  rollback: { at: 640, endsAt: 760 },
  droughtEndsAt: 900,
  endsAt: 3600,
}

interface Case {
  readonly change?: Change
  readonly zip?: Buffer
  readonly plan?: DrillPlan
  /** Ends the drill once it reports a failure that matches. */
  readonly until?: RegExp
}

/** Runs a drill without waiting for real time. */
async function drill({
  change = unchanged,
  zip,
  plan = shortPlan,
  until,
}: Case): Promise<DrillReport> {
  Object.assign(stack, { change, zip })
  const simulation = await cloud.startSimulation(1)
  const drill = new Drill(simulation, plan)
  const hasFailure = () =>
    until !== undefined &&
    simulation.problems.all.some(({ part, message }) => until.test(`${part}: ${message}`))
  while (!drill.isDone && !hasFailure()) await simulation.run(10)
  return drill.report()
}

/** The failures of a drill on a changed stack. A problem is reported at once, other failures at the end. */
async function failuresOf(change: Change, problem?: string): Promise<string> {
  const until = problem === undefined ? undefined : new RegExp(escaped(problem))
  const { failures } = await drill({ change, ...(until && { until }) })
  return failures.join('\n')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

const rulesWith =
  (change: (rule: DeployedRule) => DeployedRule): Change =>
  (deployed) => ({ ...deployed, rules: deployed.rules.map(change) })

/** Removes an action from all statements of a role. */
const without =
  (role: string, action: string): Change =>
  (deployed) => ({
    ...deployed,
    rolePolicies: new Map(
      [...deployed.rolePolicies].map(([arn, policies]) => [
        arn,
        arn.endsWith(`/${role}`) ? policies.map((policy) => lacking(policy, action)) : policies,
      ]),
    ),
  })

function lacking({ Statement }: PolicyDocument, action: string): PolicyDocument {
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as readonly Statement[]
  return {
    Statement: statements.map((statement) => ({
      ...statement,
      Action: [statement.Action ?? []].flat().filter((each) => each !== action),
    })),
  }
}

test('no service falls below its desired count on the deployed stack, also in a rollback of the controller, and all fail back', async () => {
  const { failures, services, hasPassed, rollback } = await drill({ plan: wholePlan })
  expect(failures).toEqual([])
  expect(hasPassed).toBe(true)
  expect(
    services.map(({ name, longestShortfallSeconds }) => ({ name, longestShortfallSeconds })),
  ).toEqual([
    { name: 'tideway-local-api', longestShortfallSeconds: 0 },
    { name: 'tideway-local-worker', longestShortfallSeconds: 0 },
  ])
  // In mid-drought, while all of them are covered.
  expect(rollback?.covered).toEqual([services.length, services.length])
  expect(rollback?.invocations).toBeGreaterThan(0)
  for (const { maxStandbyTasks, failoverSeconds } of services) {
    expect(maxStandbyTasks).toBeGreaterThan(0)
    // Within the two minutes of the interruption notice.
    expect(failoverSeconds).toBeLessThan(120)
  }
})

test('a short drill already sends events for every rule, and finds nothing broken', async () => {
  const { failures } = await drill({})
  const ofServices = failures.filter((failure) => failure.startsWith('service '))
  expect(failures).toEqual(ofServices)
})

const reconcile = 'tideway-local-failover-reconcile'
const drain = 'tideway-local-failover-drain'
const role = 'tideway-local-compute-failover'

const isNightly = Number(process.env.TIDEWAY_CASES ?? 1) > 1

/** The patterns have tests of their own, with an event of each kind. The nightly run also tests these in a drill. */
const otherRules = [
  'task-state',
  'task-running',
  'deployment-state',
  'instance-notice',
  'launch-failure',
]

test.each(['placement-failure', 'task-notice', ...(isNightly ? otherRules : [])])(
  'a drill reports a broken pattern of rule %s',
  async (rule) => {
    const name = `tideway-local-failover-${rule}`
    const failures = await failuresOf(
      rulesWith((each) =>
        each.name === name ? { ...each, pattern: { source: ['aws.batch'] } } : each,
      ),
    )
    expect(failures).toContain(`rule ${name}: its pattern matches none of the`)
  },
)

test.each<[string, Change, string]>([
  [
    'a rule that is disabled',
    rulesWith((rule) => ({ ...rule, isEnabled: !rule.name.endsWith('task-notice') })),
    'rule tideway-local-failover-task-notice: it is disabled',
  ],
  [
    'a rule without its target',
    rulesWith((rule) => (rule.name.endsWith('task-notice') ? { ...rule, targets: [] } : rule)),
    'rule tideway-local-failover-task-notice: it has no target',
  ],
  [
    'a queue without its policy',
    (deployed) => ({
      ...deployed,
      queues: deployed.queues.map((queue) =>
        queue.name === drain ? { ...queue, policy: { Statement: [] } } : queue,
      ),
    }),
    `queue policy of ${drain}: it does not allow events.amazonaws.com to send for rule tideway-local-failover-task-notice`,
  ],
  [
    'a permissions boundary',
    (deployed) => ({
      ...deployed,
      boundaries: new Map(
        [...deployed.rolePolicies.keys()].map((arn) => [
          arn,
          { Statement: { Effect: 'Allow', NotAction: 'dynamodb:*', Resource: '*' } },
        ]),
      ),
    }),
    'it does not allow dynamodb:',
  ],
  [
    'a key that EventBridge may not use',
    (deployed) => ({ ...deployed, keyPolicies: new Map() }),
    `it does not allow events.amazonaws.com to encrypt for queue ${reconcile}`,
  ],
  [
    'a queue that nothing reads',
    (deployed) => ({
      ...deployed,
      mappings: deployed.mappings.filter(({ functionName }) => functionName !== drain),
    }),
    `event source mapping of queue ${drain}: none is enabled`,
  ],
  [
    'a platform without standbys',
    (deployed) => ({
      ...deployed,
      services: deployed.services.map((service) => ({ ...service, tags: [] })),
    }),
    'services: none has a standby, so the drill tests nothing',
  ],
  [
    'a mapping that is disabled',
    (deployed) => ({
      ...deployed,
      mappings: deployed.mappings.map((mapping) => ({ ...mapping, isEnabled: false })),
    }),
    `event source mapping of ${reconcile}: it is not enabled`,
  ],
  [
    'a handler that is not in the zip',
    (deployed) => ({
      ...deployed,
      functions: deployed.functions.map((each) => ({ ...each, handler: 'index.nothing' })),
    }),
    `function ${reconcile}: it fails: Error: index exports no function nothing`,
  ],
  [
    'a function without a variable',
    (deployed) => ({
      ...deployed,
      functions: deployed.functions.map(
        ({ variables: { TABLE_NAME: _, ...variables }, ...each }) => ({
          ...each,
          variables,
        }),
      ),
    }),
    'TABLE_NAME: must be set',
  ],
])('a drill reports %s', async (_, change, failure) => {
  expect(await failuresOf(change, failure)).toContain(failure)
})

type Action = readonly [role: string, action: string]

/** One for each part that checks a role: ECS, a passed role, a queue, its key, a load balancer and a schedule. */
const actions: readonly Action[] = [
  ['reconcile', 'ecs:UpdateService'],
  ['reconcile', 'iam:PassRole'],
  ['reconcile', 'sqs:ReceiveMessage'],
  ['reconcile', 'kms:Decrypt'],
  ['drain', 'elasticloadbalancing:DeregisterTargets'],
  ['sweep', 'sqs:SendMessage'],
]

/** The compute stack's own tests compare these with the recorded calls. The nightly run also tests them in a drill. */
const otherActions: readonly Action[] = [
  ['reconcile', 'ecs:DescribeClusters'],
  ['reconcile', 'ecs:DescribeServices'],
  ['reconcile', 'ecs:DescribeTasks'],
  ['reconcile', 'ecs:ListTasks'],
  ['reconcile', 'ecs:ListServices'],
  ['reconcile', 'ecs:ListContainerInstances'],
  ['reconcile', 'elasticloadbalancing:DescribeTargetHealth'],
  ['reconcile', 'dynamodb:BatchGetItem'],
  ['reconcile', 'dynamodb:PutItem'],
  ['reconcile', 'dynamodb:Query'],
  ['reconcile', 'sqs:SendMessage'],
  ['reconcile', 'elasticloadbalancing:DeregisterTargets'],
  ['reconcile', 'sns:Publish'],
  ['drain', 'ecs:DescribeServices'],
  ['drain', 'elasticloadbalancing:DescribeTargetGroups'],
  ['drain', 'elasticloadbalancing:DescribeTargetHealth'],
  ['drain', 'sqs:SendMessage'],
  ['drain', 'sns:Publish'],
  ['drain', 'sqs:DeleteMessage'],
]
test.each(isNightly ? [...actions, ...otherActions] : actions)(
  'a drill reports that the role of %s does not allow %s',
  async (name, action) => {
    const failure = new RegExp(`${role}-${name}.* does not allow ${action} on`)
    const own = without(`${role}-${name}`, action)
    // The drain deregisters only what the reconcile has left.
    const left = without(`${role}-reconcile`, 'elasticloadbalancing:DeregisterTargets')
    const change: Change = (deployed) => own(name === 'drain' ? left(deployed) : deployed)
    const { failures } = await drill({ change, plan: planOfCalls, until: failure })
    expect(failures.join('\n')).toMatch(failure)
  },
)

test.each([
  ['that is not a zip', Buffer.from('no zip'), 'it does not run: its zip cannot be read'],
  [
    'without its handler',
    Buffer.from(zipSync({ 'a.txt': Buffer.from('a') })),
    'it fails: Error: the zip has no index',
  ],
  [
    'whose code fails',
    Buffer.from(zipSync({ 'index.mjs': Buffer.from('throw new Error("early")') })),
    'it fails: Error: early',
  ],
  [
    'whose code exits',
    Buffer.from(zipSync({ 'index.mjs': Buffer.from('process.exit(3)') })),
    'it does not run: its process ended with 3',
  ],
])('a drill reports a zip %s', async (_, zip, message) => {
  const failure = `function ${reconcile}: ${message}`
  const { failures } = await drill({ zip, until: new RegExp(escaped(failure)) })
  expect(failures.join('\n')).toContain(failure)
})

/** For what runs without the controller: no event reaches it, and no sweep. */
const withoutController: Change = (deployed) => ({
  ...deployed,
  rules: [],
  schedules: deployed.schedules.filter(({ name }) => !name.endsWith('-sweep')),
})

test('the deployed autoscaling follows a load, is suspended by a release, and by nothing after it', async () => {
  Object.assign(stack, { change: withoutController, zip: undefined })
  const simulation = await cloud.startSimulation(1)
  const { aws, monitoring } = simulation
  const api = aws.service('tideway-local-api', 'tideway-local-compute')
  const dimensions = { ClusterName: api.clusterName, ServiceName: api.name }
  let work = 100
  aws.simulation.every(60, () => {
    const values = { CPUUtilization: work / api.runningCount, MemoryUtilization: 20 }
    monitoring.add('AWS/ECS', dimensions, values, aws.now - 60_000)
  })
  await simulation.run(50)
  simulation.release()
  await simulation.run(200)
  expect(api.deployments).toHaveLength(2)
  work = 600
  await simulation.run(600)
  expect(api.desiredCount).toBe(3)
  // The canary, the old tasks, and a minute for the state machine.
  await simulation.run(800)
  expect(api.deployments).toHaveLength(1)
  expect(api.desiredCount).toBeGreaterThanOrEqual(6)
  expect(simulation.releases.states()).toMatchObject([{ state: 'succeeded' }])
  expect(simulation.problems.all).toEqual([])
})

describe('a simulation', () => {
  beforeEach(() => Object.assign(stack, { change: unchanged, zip: undefined }))

  test('a change of a service takes effect at once: the standby of a held pair stays at 0', async () => {
    const simulation = await cloud.startSimulation(1)
    const [primary] = simulation.primaries
    const hold = { key: 'tideway:hold', value: 'true' }
    const stored = (tags: StoredService['tags'], desiredCount: number) =>
      ({ serviceArn: primary?.arn, tags, desiredCount }) as StoredService
    const tags = [...(primary?.tags ?? [])].map(([key, value]) => ({ key, value }))
    simulation.applyChange(stored([...tags, hold], 4), { desiredCount: 4 })
    await simulation.run(300)
    expect(simulation.currentView(stored([], 4))).toMatchObject({
      desiredCount: 4,
      runningCount: 4,
    })
    simulation.setDrought('FARGATE_SPOT', true)
    await simulation.run(600)
    if (primary === undefined) throw new Error('there is no primary')
    const [standby] = simulation.standbys(primary)
    expect(standby?.desiredCount).toBe(0)
    simulation.applyChange(stored(tags, 4), {})
    await simulation.run(300)
    expect(standby?.desiredCount).toBeGreaterThan(0)
  })

  test('a service may be short for the time of a notice only if its tasks leave at a notice of Fargate', async () => {
    const { primaries } = await cloud.startSimulation(1)
    const allowed = () =>
      Object.fromEntries(primaries.map((each) => [each.name, allowedShortfallSeconds(each)]))
    const services = { 'tideway-local-api': 0, 'tideway-local-worker': 0 }
    expect(allowed()).toEqual(services)
    for (const { tags } of primaries) tags.delete('tideway:at-notice')
    expect(allowed()).toEqual({ ...services, 'tideway-local-api': 120 })
  })

  test('standbys cover the tasks of a failed zone', async () => {
    const simulation = await cloud.startSimulation(1)
    simulation.breakZone('us-east-1a', 600)
    await simulation.run(900)
    for (const { name, desiredCount } of simulation.primaries) {
      const { serving = 0 } = simulation.timeline.taskCounts()[name] ?? {}
      expect(serving).toBeGreaterThanOrEqual(desiredCount)
    }
    expect(simulation.problems.all).toEqual([])
  })

  test('answers an operator for tasks, logs, metrics and the time', async () => {
    const simulation = await cloud.startSimulation(1)
    const { ecs, logs } = awsClients(cloud.url)
    const cluster = 'tideway-local-compute'
    const serviceName = 'tideway-local-api'
    await simulation.run(180)
    const { taskArns = [] } = await ecs.listTasks({ cluster, serviceName })
    expect(taskArns).toHaveLength(simulation.primaries[0]?.desiredCount ?? 0)
    const [first = ''] = taskArns
    const stopped = await ecs.stopTask({ cluster, task: first, reason: 'a test' })
    expect(stopped.task).toMatchObject({ taskArn: first, stopCode: 'UserInitiated' })
    const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: taskArns })
    expect(tasks.filter(({ desiredStatus }) => desiredStatus === 'STOPPED')).toHaveLength(1)
    const { events = [] } = await logs.filterLogEvents({
      logGroupName: '/aws/lambda/tideway-local-failover-reconcile',
      startTime: simulation.aws.now - 180_000,
    })
    expect(events.map(({ message }) => message).join('\n')).toContain('"Sweeps"')
    const sweeps = {
      namespace: 'Tideway/Failover',
      name: 'Sweeps',
      dimensions: { Cluster: cluster },
    }
    const range = { start: simulation.aws.now - 180_000, end: simulation.aws.now, period: 180 }
    expect([...simulation.monitoring.metrics.series(sweeps, 'Sum', range).values()]).toEqual([2])
    const running = {
      namespace: 'ECS/ContainerInsights',
      name: 'RunningTaskCount',
      dimensions: { ClusterName: cluster, ServiceName: serviceName },
    }
    const counts = simulation.monitoring.metrics.series(running, 'Minimum', range)
    expect([...counts.values()]).toEqual([taskArns.length])
    const signed =
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sts/aws4_request, Signature='
    const { headers } = await fetch(cloud.url, { headers: { authorization: signed } })
    expect(Date.parse(headers.get('date') ?? '')).toBe(simulation.aws.now)
  })

  test('counts what a rule cannot send, and what a function fails', async () => {
    const broken: Change = (deployed) => ({
      ...deployed,
      queues: deployed.queues.map((queue) => ({ ...queue, policy: { Statement: [] } })),
    })
    Object.assign(stack, { change: broken })
    const simulation = await cloud.startSimulation(1)
    simulation.setDrought('FARGATE_SPOT', true)
    await simulation.run(120)
    const failed = simulation.monitoring.metrics.all.filter(
      ({ name }) => name === 'FailedInvocations',
    )
    expect(failed.map(({ dimensions }) => dimensions.RuleName)).toContain(
      'tideway-local-failover-task-notice',
    )
  })
})

describe('the scheduled service', () => {
  const machineName = 'tideway-local-scheduler'
  const machineArn = `arn:aws:states:us-east-1:123456789012:stateMachine:${machineName}`

  interface Listed {
    readonly executionArn: string
    readonly status: string
  }

  interface HistoryEvent {
    readonly type: string
    readonly taskFailedEventDetails?: { readonly error: string; readonly cause: string }
    readonly taskSubmitFailedEventDetails?: { readonly error: string; readonly cause: string }
  }

  /** The schedule of the service, each so many minutes. */
  const everyMinutes =
    (minutes: number): Change =>
    (deployed) => ({
      ...deployed,
      schedules: deployed.schedules.map((schedule) =>
        schedule.name === machineName
          ? { ...schedule, expression: `rate(${minutes} minutes)` }
          : schedule,
      ),
    })

  async function start(change: Change) {
    const changed: Change = (deployed) => change(withoutController(deployed))
    Object.assign(stack, { change: changed, zip: undefined })
    const simulation = await cloud.startSimulation(1)
    const states = new AwsCalls(cloud.url)
    return {
      simulation,
      list: async () => {
        const { executions } = await states.json<{ executions: Listed[] }>(
          'states',
          'ListExecutions',
          { stateMachineArn: machineArn },
        )
        return executions
      },
      historyOf: async (executionArn = '') => {
        const { events } = await states.json<{ events: HistoryEvent[] }>(
          'states',
          'GetExecutionHistory',
          { executionArn },
        )
        return events
      },
      metric: (name: string) => {
        const metric = {
          namespace: 'AWS/States',
          name,
          dimensions: { StateMachineArn: machineArn },
        }
        const range = { start: 0, end: simulation.aws.now + 1, period: 3600 }
        const series = simulation.monitoring.metrics.series(metric, 'Sum', range)
        return [...series.values()].reduce((sum, value) => sum + value, 0)
      },
    }
  }

  it('runs on Spot at its times', async () => {
    const { simulation, list, historyOf, metric } = await start(unchanged)
    await simulation.run(899)
    expect(await list()).toEqual([])
    await simulation.run(300)
    const [execution] = await list()
    expect(execution).toMatchObject({ status: 'SUCCEEDED' })
    const types = (await historyOf(execution?.executionArn)).map(({ type }) => type)
    expect(types).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ])
    expect([metric('ExecutionsStarted'), metric('ExecutionsFailed')]).toEqual([1, 0])
    expect(simulation.problems.all).toEqual([])
    expect(simulation.clock.notRun).toEqual([])
  })

  it('runs on demand where Spot refuses it, and where Spot interrupts it', async () => {
    const { simulation, list, historyOf } = await start(everyMinutes(10))
    simulation.setDrought('FARGATE_SPOT', true)
    await simulation.run(1000)
    const [refused] = await list()
    const events = await historyOf(refused?.executionArn)
    const failed = events.find(({ type }) => type === 'TaskSubmitFailed')
    expect(failed?.taskSubmitFailedEventDetails).toMatchObject({
      error: 'ECS.AmazonECSException',
      cause: expect.stringContaining('Capacity is unavailable at this time'),
    })
    simulation.setDrought('FARGATE_SPOT', false)
    await simulation.run(260)
    simulation.setDrought('FARGATE_SPOT', true)
    await simulation.run(400)
    const [interrupted, ...others] = await list()
    expect(others).toEqual([refused])
    const stopped = (await historyOf(interrupted?.executionArn)).find(
      ({ type }) => type === 'TaskFailed',
    )
    expect(stopped?.taskFailedEventDetails).toMatchObject({ error: 'States.TaskFailed' })
    expect(JSON.parse(stopped?.taskFailedEventDetails?.cause ?? '')).toMatchObject({
      StopCode: 'SpotInterruption',
      StoppedReason: 'Your Spot Task was interrupted.',
      CapacityProviderName: 'FARGATE_SPOT',
      CreatedAt: Date.UTC(2026, 0, 5, 0, 20),
    })
    expect([refused?.status, interrupted?.status]).toEqual(['SUCCEEDED', 'SUCCEEDED'])
    const schedules = simulation.clock.schedules()
    expect(schedules.find(({ name }) => name === machineName)).toMatchObject({
      nextAt: 1800,
      executions: [
        { at: 1200, states: ['OnSpot', 'WasSpotToBlame', 'OnDemand'] },
        { at: 600, states: ['OnSpot', 'WasSpotToBlame', 'OnDemand'] },
      ],
    })
  })

  it('fails for another reason than capacity', async () => {
    const { simulation, list, historyOf, metric } = await start(everyMinutes(5))
    simulation.clock.startRuns(true)
    await simulation.run(590)
    const [next, execution] = await list()
    expect([next?.status, execution?.status]).toEqual(['SUCCEEDED', 'FAILED'])
    const types = (await historyOf(execution?.executionArn)).map(({ type }) => type)
    expect(types.slice(-5)).toEqual([
      'TaskStateExited',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'FailStateEntered',
      'ExecutionFailed',
    ])
    expect(metric('ExecutionsFailed')).toBe(1)
  })

  it('stops its task at a timeout', async () => {
    const { simulation, list, historyOf } = await start((deployed) => ({
      ...everyMinutes(5)(deployed),
      stateMachines: deployed.stateMachines.map((machine) => ({
        ...machine,
        definition: machine.definition.replaceAll('"TimeoutSeconds":3600', '"TimeoutSeconds":60'),
      })),
    }))
    await simulation.run(420)
    const [execution] = await list()
    expect(execution?.status).toBe('FAILED')
    const types = (await historyOf(execution?.executionArn)).map(({ type }) => type)
    expect(types).toContain('TaskTimedOut')
    const tasks = [...simulation.aws.tasks.values()].filter(({ service }) => service.standalone)
    expect(tasks.map(({ stopCode, lastStatus }) => ({ stopCode, lastStatus }))).toEqual([
      { stopCode: 'UserInitiated', lastStatus: 'STOPPED' },
    ])
    expect(simulation.problems.all).toEqual([])
  })

  it.each([
    ['tideway-local-compute-scheduler-clock', 'states:StartExecution', 0],
    ['tideway-local-compute-scheduler-run', 'ecs:RunTask', 1],
    ['tideway-local-compute-scheduler-run', 'ecs:TagResource', 1],
    ['tideway-local-compute-scheduler-run', 'iam:PassRole', 1],
    ['tideway-local-compute-scheduler-run', 'events:PutRule', 1],
  ])('names role %s that does not allow %s', async (role, action, executions) => {
    const { simulation, list } = await start((deployed) =>
      without(role, action)(everyMinutes(1)(deployed)),
    )
    await simulation.run(61)
    expect(await list()).toHaveLength(executions)
    const problems = simulation.problems.all.map(({ part, message }) => `${part}: ${message}`)
    expect(problems.join('\n')).toContain(`does not allow ${action} on `)
    expect(problems.join('\n')).toContain('scheduler')
  })
})
