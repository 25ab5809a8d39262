import { FunctionHost, type Service } from '@tideway/spot-simulator'
import { DroughtSimulation } from '../src/drought/drought-simulation'
import { readXml, textsNamed } from '../src/gateway/xml'
import { localArn } from '../src/patches/account'
import { ApplicationAutoscaling } from '../src/patches/application-autoscaling'
import { CloudWatch, type StoredAlarm } from '../src/patches/cloudwatch'
import type { Input } from '../src/patches/operations'
import { stepped } from '../src/scaling/capacity'
import { trackingAlarms } from '../src/scaling/tracking-alarms'
import { nothingDeployed } from './nothing-deployed'
import { FakeMoto, jsonCall, queryCall, responseJson, responseText } from './requests'

const key = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/main/web',
  ScalableDimension: 'ecs:service:DesiredCount',
}
const service = { ClusterName: 'main', ServiceName: 'web' }

const tracking = (PolicyName: string, TargetValue: number, type: string, more: Input = {}) => ({
  ...key,
  PolicyName,
  PolicyType: 'TargetTrackingScaling',
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue,
    ScaleOutCooldown: 60,
    ScaleInCooldown: 300,
    PredefinedMetricSpecification: { PredefinedMetricType: type },
    ...more,
  },
})
const cpu = tracking('cpu', 60, 'ECSServiceAverageCPUUtilization')
const memory = tracking('memory', 70, 'ECSServiceAverageMemoryUtilization')

interface SetUp {
  readonly policies?: readonly Input[]
  readonly target?: Input
  readonly alarms?: readonly StoredAlarm[]
  readonly desiredCount?: number
}

/** A service with autoscaling. `cpu` and `memory` are its metrics of each minute, undefined where they have no data. */
function setUp({ policies = [cpu], target = {}, alarms = [], desiredCount = 2 }: SetUp = {}) {
  const source = new ApplicationAutoscaling()
  const limits = { MinCapacity: 2, MaxCapacity: 20 }
  source.operations.RegisterScalableTarget({ ...key, ...limits, ...target })
  for (const policy of policies) source.operations.PutScalingPolicy(policy)
  const stored = {
    serviceArn: localArn('ecs', 'service/main/web'),
    serviceName: 'web',
    clusterName: 'main',
    status: 'ACTIVE' as const,
    desiredCount,
    taskDefinition: localArn('ecs', 'task-definition/web:1'),
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    tags: [],
  }
  const simulation = new DroughtSimulation({
    deployed: { ...nothingDeployed, services: [stored] },
    seed: 1,
    host: new FunctionHost({ url: '', zipOf: () => undefined }),
    alarms: () => [...alarms, ...trackingAlarms(source.policies)],
    scaling: source,
  })
  const { aws, monitoring } = simulation
  const web = aws.service('web', 'main')
  const startedAt = aws.now
  const changes: [minute: number, desired: number][] = []
  aws.observe({
    desired: ({ desiredCount: after }) => changes.push([(aws.now - startedAt) / 60_000, after]),
  })
  const metrics: { cpu: number | undefined; memory: number | undefined } = {
    cpu: 50,
    memory: undefined,
  }
  const add = (name: string, value: number | undefined) => {
    if (value !== undefined) monitoring.add('AWS/ECS', service, { [name]: value }, aws.now - 30_000)
  }
  aws.simulation.after(30, () => {
    const each = () => {
      add('CPUUtilization', metrics.cpu)
      add('MemoryUtilization', metrics.memory)
    }
    aws.simulation.every(60, each)
  })
  const call = async (operation: string, input: object) => {
    const response = await simulation.respond(jsonCall('application-autoscaling', operation, input))
    return JSON.parse(response?.body.toString() ?? '{}')
  }
  return { simulation, source, web, changes, metrics, call, minutes: minutesOf(simulation) }
}

const minutesOf = (simulation: DroughtSimulation) => (minutes: number) =>
  simulation.run(minutes * 60)

describe('target tracking', () => {
  test('scales out after three minutes in proportion, and in after fifteen, with its cooldowns', async () => {
    const { changes, metrics, minutes, web } = setUp({ desiredCount: 4 })
    await minutes(5)
    metrics.cpu = 90
    await minutes(4)
    // 4 x 90 / 60
    expect(changes).toEqual([[8, 6]])
    metrics.cpu = 58
    await minutes(3)
    metrics.cpu = 30
    await minutes(15)
    expect(changes.slice(1)).toEqual([[27, 3]])
    metrics.cpu = 10
    await minutes(10)
    // The low alarm stays on: the next step is five minutes after the last one was fulfilled.
    expect(changes.slice(2)).toEqual([[33, 2]])
    expect(web.desiredCount).toBe(2)
  })

  test('adds in a cooldown only what a larger scale-out adds', async () => {
    const slow = { ...cpu.TargetTrackingScalingPolicyConfiguration, ScaleOutCooldown: 600 }
    const policy = { ...cpu, TargetTrackingScalingPolicyConfiguration: slow }
    const { changes, metrics, minutes } = setUp({ policies: [policy], desiredCount: 4 })
    metrics.cpu = 90
    await minutes(8)
    expect(changes).toEqual([[4, 6]])
    metrics.cpu = 120
    await minutes(1)
    // Twice the four tasks from before, and not twice the six.
    expect(changes.slice(1)).toEqual([[9, 8]])
  })

  test('takes the largest scale-out of several policies, and scales in only if all agree', async () => {
    const { changes, metrics, minutes } = setUp({ policies: [cpu, memory], desiredCount: 4 })
    Object.assign(metrics, { cpu: 75, memory: 140 })
    await minutes(4)
    expect(changes).toEqual([[4, 8]])
    Object.assign(metrics, { cpu: 10, memory: 68 })
    await minutes(20)
    expect(changes).toHaveLength(1)
    metrics.memory = 35
    await minutes(16)
    // The larger one of 8 x 10 / 60 and 8 x 35 / 70.
    expect(changes[1]?.[1]).toBe(4)
  })

  test('does not scale in where one metric has no data, or where scale-in is off', async () => {
    const without = setUp({ policies: [cpu, memory], desiredCount: 4 })
    without.metrics.cpu = 10
    const off = tracking('cpu', 60, 'ECSServiceAverageCPUUtilization', { DisableScaleIn: true })
    const disabled = setUp({ policies: [off], desiredCount: 4 })
    disabled.metrics.cpu = 10
    for (const { minutes, changes } of [without, disabled]) {
      await minutes(40)
      expect(changes).toEqual([])
    }
    expect(trackingAlarms(disabled.source.policies)).toHaveLength(1)
  })

  test('keeps the limits, and does nothing that its target suspends', async () => {
    const suspended = { DynamicScalingOutSuspended: true, DynamicScalingInSuspended: true }
    const { changes, metrics, minutes, source } = setUp({
      target: { MaxCapacity: 5, SuspendedState: suspended },
      desiredCount: 4,
    })
    metrics.cpu = 600
    await minutes(6)
    expect(changes).toEqual([])
    source.operations.RegisterScalableTarget({
      ...key,
      SuspendedState: { DynamicScalingOutSuspended: false },
    })
    await minutes(1)
    expect(changes).toEqual([[7, 5]])
    metrics.cpu = 1
    await minutes(30)
    expect(changes).toHaveLength(1)
    source.operations.RegisterScalableTarget({
      ...key,
      SuspendedState: { DynamicScalingInSuspended: false },
    })
    await minutes(1)
    expect(changes.slice(1)).toEqual([[38, 2]])
  })

  test('pauses scale-in, and not scale-out, during a deployment', async () => {
    const { changes, metrics, minutes, simulation, web } = setUp({ desiredCount: 4 })
    metrics.cpu = 10
    await minutes(14)
    simulation.aws.defineRevision('web:2', { startFailure: 'CannotPullContainerError' })
    simulation.aws.deploy(web, { taskDefinition: 'web:2' })
    await minutes(20)
    expect(changes).toEqual([])
    metrics.cpu = 120
    await minutes(4)
    expect(changes.map(([, desired]) => desired)).toEqual([8])
  })

  test('computes the math of customized metrics', async () => {
    const query = (Id: string, Namespace: string, MetricName: string, dimensions: Input) => ({
      Id,
      ReturnData: false,
      MetricStat: {
        Stat: 'Average',
        Metric: {
          Namespace,
          MetricName,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
      },
    })
    const metrics = [
      query('work', 'Orders', 'Waiting', { Queue: 'orders' }),
      query('tasks', 'ECS/ContainerInsights', 'RunningTaskCount', service),
      { Id: 'each', Expression: 'work / IF(tasks > 0, tasks, 1)', ReturnData: true },
    ]
    const backlog = tracking('backlog', 10, '', {
      PredefinedMetricSpecification: undefined,
      CustomizedMetricSpecification: { Metrics: metrics },
    })
    const { changes, minutes, simulation } = setUp({ policies: [backlog] })
    const { aws, monitoring } = simulation
    aws.simulation.every(60, () =>
      monitoring.add('Orders', { Queue: 'orders' }, { Waiting: 45 }, aws.now - 60_000),
    )
    await minutes(6)
    expect(changes.map(([, desired]) => desired)).toEqual([5])
  })
})

describe('step scaling', () => {
  const percent = {
    AdjustmentType: 'PercentChangeInCapacity',
    StepAdjustments: [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 50 },
      { MetricIntervalLowerBound: 10, ScalingAdjustment: 100 },
      { MetricIntervalUpperBound: 0, ScalingAdjustment: -30 },
    ],
  } as const

  test.each([
    ['a percentage, rounded down', 5, 0, percent, 7],
    ['the next step at its bound', 5, 10, percent, 10],
    ['at least one task', 1, 5, percent, 2],
    ['a percentage down, rounded towards 0', 9, -1, percent, 7],
    ['at least the minimum', 4, 5, { ...percent, MinAdjustmentMagnitude: 5 }, 9],
    ['a number', 5, 3, { StepAdjustments: [{ ScalingAdjustment: 3 }] }, 8],
    [
      'an exact capacity',
      5,
      3,
      { AdjustmentType: 'ExactCapacity', StepAdjustments: [{ ScalingAdjustment: 12 }] },
      12,
    ],
    [
      'nothing outside the steps',
      5,
      -1,
      { StepAdjustments: percent.StepAdjustments.slice(0, 1) },
      undefined,
    ],
  ] as const)('sets %s', (_, capacity, breach, configuration, expected) => {
    expect(stepped(capacity, breach, configuration)).toBe(expected)
  })

  test('follows its alarm at once, beside target tracking, and not again in its cooldown', async () => {
    const surge = {
      ...key,
      PolicyName: 'surge',
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: { ...percent, Cooldown: 180 },
    }
    const alarms: StoredAlarm[] = []
    const { changes, metrics, minutes, source, simulation } = setUp({
      policies: [cpu, surge],
      alarms,
      desiredCount: 4,
    })
    const policyArn = source.policies[1]?.PolicyARN ?? ''
    alarms.push({
      name: 'surge',
      arn: localArn('cloudwatch', 'alarm:surge'),
      description: undefined,
      queries: [
        {
          id: 'cpu',
          returnsData: true,
          metric: { namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions: service },
          statistic: 'Average',
          period: 60,
        },
      ],
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 85,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      treatMissingData: 'notBreaching',
      actions: { ALARM: [policyArn], OK: [], INSUFFICIENT_DATA: [] },
    })
    metrics.cpu = 88
    await minutes(3)
    expect(changes).toEqual([[2, 6]])
    metrics.cpu = 96
    await minutes(1)
    expect(changes.slice(1)).toEqual([[4, 8]])
    // The policy is not a topic.
    expect(simulation.monitoring.alarms.messages.all).toEqual([])
  })
})

test('a scheduled action changes the limits, and a capacity outside them', async () => {
  const { changes, metrics, minutes, source } = setUp({ desiredCount: 4 })
  const action = (ScheduledActionName: string, Schedule: string, limits: Input) =>
    source.operations.PutScheduledAction({
      ...key,
      ScheduledActionName,
      Schedule,
      Timezone: 'Europe/Berlin',
      ScalableTargetAction: limits,
    })
  // The clock starts at midnight in UTC.
  action('morning', 'cron(30 1 * * ? *)', { MinCapacity: 7, MaxCapacity: 9 })
  action('night', 'cron(0 2 * * ? *)', { MinCapacity: '1', MaxCapacity: '3' })
  metrics.cpu = 58
  await minutes(45)
  expect(changes).toEqual([[30, 7]])
  expect(source.targets[0]).toMatchObject({ MinCapacity: 7, MaxCapacity: 9 })
  await minutes(20)
  expect(changes.slice(1)).toEqual([[60, 3]])
})

test('the activities say why, until a change is fulfilled', async () => {
  const { call, metrics, minutes, simulation, web } = setUp({ desiredCount: 4 })
  simulation.setDrought('FARGATE_SPOT', true)
  metrics.cpu = 90
  await minutes(5)
  const running = (each: Service) => each.servingCount
  const filter = { ServiceNamespace: 'ecs', ResourceId: key.ResourceId }
  const [open] = (await call('DescribeScalingActivities', filter)).ScalingActivities
  expect(open).toMatchObject({
    Description: 'Setting desired count to 6.',
    StatusCode: 'InProgress',
    Cause: expect.stringMatching(
      /^monitor alarm TargetTracking-service\/main\/web-AlarmHigh-\S+ in state ALARM triggered policy cpu$/,
    ),
  })
  simulation.setDrought('FARGATE_SPOT', false)
  metrics.cpu = 58
  await minutes(20)
  expect(running(web)).toBe(6)
  const { ScalingActivities } = await call('DescribeScalingActivities', filter)
  expect(ScalingActivities[0]).toMatchObject({ StatusCode: 'Successful' })
  expect(
    (await call('DescribeScalingActivities', { ...filter, ResourceId: 'service/main/other' }))
      .ScalingActivities,
  ).toEqual([])
})

describe('the alarms of target tracking', () => {
  test('are described beside those of the account, by both protocols, with names and prefixes', async () => {
    const { source } = setUp()
    const cloudWatch = new CloudWatch(() => trackingAlarms(source.policies))
    const moto = () => new FakeMoto(JSON.stringify({ MetricAlarms: [{ AlarmName: 'own' }] }))
    const describe = (input: object) =>
      responseJson<{ MetricAlarms: Input[] }>(
        cloudWatch,
        jsonCall('monitoring', 'DescribeAlarms', input),
        moto(),
      )
    const { MetricAlarms } = await describe({})
    const names = MetricAlarms.map(({ AlarmName }) => String(AlarmName))
    expect(names.map((name) => name.replace(/-[0-9a-f-]{36}$/, ''))).toEqual([
      'own',
      'TargetTracking-service/main/web-AlarmHigh',
      'TargetTracking-service/main/web-AlarmLow',
    ])
    expect(MetricAlarms[2]).toMatchObject({
      Threshold: 54,
      EvaluationPeriods: 15,
      ComparisonOperator: 'LessThanThreshold',
      Namespace: 'AWS/ECS',
      AlarmActions: [source.policies[0]?.PolicyARN],
    })
    expect((await describe({ AlarmNames: [names[1]] })).MetricAlarms).toHaveLength(2)
    expect((await describe({ AlarmNamePrefix: 'Other' })).MetricAlarms).toHaveLength(1)
    const none =
      '<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms/></DescribeAlarmsResult></DescribeAlarmsResponse>'
    const xml = await responseText(
      cloudWatch,
      queryCall('monitoring', 'DescribeAlarms'),
      new FakeMoto(none),
    )
    expect(textsNamed(readXml(xml), 'AlarmName')).toEqual(names.slice(1))
    expect(
      await responseJson(
        source.patch,
        jsonCall('application-autoscaling', 'DescribeScalingPolicies', key),
      ),
    ).toMatchObject({
      ScalingPolicies: [{ Alarms: names.slice(1).map((AlarmName) => ({ AlarmName })) }],
    })
  })
})
