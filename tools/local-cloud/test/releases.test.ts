import { FunctionHost } from '@tideway/spot-simulator'
import { DroughtSimulation } from '../src/drought/drought-simulation'
import { localArn } from '../src/patches/account'
import type { StoredAlarm } from '../src/patches/cloudwatch'
import { CodeDeploy } from '../src/patches/codedeploy'
import type { Input } from '../src/patches/operations'
import type { DeployedPath, WeightedTargetGroup } from '../src/path/deployed-path'
import { shiftsOf } from '../src/scaling/deployed-releases'
import {
  balancer,
  emptyPath,
  forwardTo,
  listener,
  rule,
  securityRule,
  targetGroup,
} from './deployed-path'
import { nothingDeployed } from './nothing-deployed'
import { jsonCall } from './requests'

const groupArn = (name: string) =>
  localArn('elasticloadbalancing', `targetgroup/${name}/0000000000000000`)
const [blue, green] = [groupArn('blue'), groupArn('green')]
const listenerArn = localArn('elasticloadbalancing', 'listener/app/web/1/1')
const ruleArn = localArn('elasticloadbalancing', 'listener-rule/app/web/1/1/1')

const errors: StoredAlarm = {
  name: 'errors',
  arn: localArn('cloudwatch', 'alarm:errors'),
  description: undefined,
  queries: [
    {
      id: 'errors',
      returnsData: true,
      metric: { namespace: 'Web', name: 'Errors', dimensions: {} },
      statistic: 'Sum',
      period: 60,
    },
  ],
  comparison: 'GreaterThanThreshold',
  threshold: 5,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  treatMissingData: 'notBreaching',
  actions: { ALARM: [], OK: [], INSUFFICIENT_DATA: [] },
}

/** Of the green tasks. */
const targetErrors: StoredAlarm = {
  ...errors,
  queries: [
    {
      id: 'errors',
      returnsData: true,
      metric: {
        namespace: 'AWS/ApplicationELB',
        name: 'HTTPCode_Target_5XX_Count',
        dimensions: {
          LoadBalancer: 'app/web/1',
          TargetGroup: 'targetgroup/green/0000000000000000',
        },
      },
      statistic: 'Sum',
      period: 60,
    },
  ],
}

const canary = {
  trafficRoutingConfig: {
    type: 'TimeBasedCanary',
    timeBasedCanary: { canaryPercentage: 20, canaryInterval: 5 },
  },
}

const appSpec = {
  version: '0.0',
  Resources: [
    {
      TargetService: {
        Type: 'AWS::ECS::Service',
        Properties: {
          TaskDefinition: localArn('ecs', 'task-definition/web:2'),
          LoadBalancerInfo: { ContainerName: 'app', ContainerPort: 8080 },
          CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Base: 0, Weight: 1 }],
        },
      },
    },
  ],
  Hooks: [{ BeforeInstall: 'migrate' }],
}
const asYaml = `
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: ${localArn('ecs', 'task-definition/web:2')}
        LoadBalancerInfo: { ContainerName: app, ContainerPort: 8080 }
`

/** A service that CodeDeploy releases, and the weights of its listener rule in percent for the green group. */
function setUp(group: Input = {}, viewed?: DeployedPath) {
  const source = new CodeDeploy()
  const { operations } = source
  operations.CreateApplication?.({ applicationName: 'web', computePlatform: 'ECS' })
  operations.CreateDeploymentConfig?.({ deploymentConfigName: 'canary', ...canary })
  operations.CreateDeploymentGroup?.({
    applicationName: 'web',
    deploymentGroupName: 'web',
    deploymentConfigName: 'canary',
    ecsServices: [{ clusterName: 'main', serviceName: 'web' }],
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: [{ name: 'blue' }, { name: 'green' }],
          prodTrafficRoute: { listenerArns: [listenerArn] },
        },
      ],
    },
    blueGreenDeploymentConfiguration: {
      deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT' },
      terminateBlueInstancesOnDeploymentSuccess: {
        action: 'TERMINATE',
        terminationWaitTimeInMinutes: 10,
      },
    },
    autoRollbackConfiguration: {
      enabled: true,
      events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
    },
    alarmConfiguration: { enabled: true, alarms: [{ name: 'errors' }] },
    ...group,
  })
  const service = {
    serviceArn: localArn('ecs', 'service/main/web'),
    serviceName: 'web',
    clusterName: 'main',
    status: 'ACTIVE' as const,
    desiredCount: 2,
    taskDefinition: localArn('ecs', 'task-definition/web:1'),
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    deploymentController: { type: 'CODE_DEPLOY' },
    loadBalancers: [{ targetGroupArn: blue, containerName: 'app', containerPort: 8080 }],
    tags: [],
  }
  const targetGroups = ['blue', 'green'].map((name) => ({
    arn: groupArn(name),
    name,
    port: 8080,
    targetType: 'ip' as const,
  }))
  const simulation = new DroughtSimulation({
    deployed: { ...nothingDeployed, services: [service], targetGroups },
    seed: 1,
    host: new FunctionHost({ url: '', zipOf: () => undefined }),
    alarms: () => [viewed === undefined ? errors : targetErrors],
    releases: source,
    ...(viewed && { path: viewed }),
  })
  const { aws } = simulation
  const startedAt = aws.now
  const weights: [seconds: number, rule: string, green: number][] = []
  simulation.releases.attach({
    deployed: path(),
    setWeights: (rule: string, all: readonly WeightedTargetGroup[] = []) => {
      const weight = all.find(({ targetGroupArn }) => targetGroupArn === green)?.weight ?? -1
      weights.push([(aws.now - startedAt) / 1000, rule, weight])
    },
  })
  const call = async (operation: string, input: Input) => {
    const response = await simulation.respond(jsonCall('codedeploy', operation, input))
    return JSON.parse(response?.body.toString() ?? '{}')
  }
  const create = (content = JSON.stringify(appSpec), more: Input = {}) =>
    call('CreateDeployment', {
      applicationName: 'web',
      deploymentGroupName: 'web',
      revision: { revisionType: 'AppSpecContent', appSpecContent: { content } },
      ...more,
    })
  const info = async (deploymentId: string) =>
    (await call('GetDeployment', { deploymentId })).deploymentInfo
  const web = aws.service('web', 'main')
  return { simulation, aws, web, weights, call, create, info }
}

/** One listener with a rule for the blue group, and one for others. */
function path(): DeployedPath {
  const ruleTo = (arn: string, priority: number, group: string) => ({
    ...rule('web', priority, []),
    arn,
    actions: [forwardTo(group)],
  })
  const http = (arn: string) => ({
    ...listener('web', 80, [ruleTo(ruleArn, 1, blue), ruleTo(`${ruleArn}9`, 9, groupArn('other'))]),
    arn,
    protocol: 'HTTP' as const,
    defaultActions: [],
  })
  const listeners = [http(listenerArn), http(`${listenerArn}2`)]
  const arn = localArn('elasticloadbalancing', 'loadbalancer/app/web/1')
  return {
    ...emptyPath,
    loadBalancers: [{ ...balancer('web', 'internet-facing', ['sg-1'], listeners), arn }],
  }
}

/** What viewers reach by its name. */
function publicPath(): DeployedPath {
  const { loadBalancers, ...others } = path()
  const open = securityRule(undefined, { cidrs: ['0.0.0.0/0'] })
  return {
    ...others,
    records: [
      { name: 'web.example', type: 'A', values: ['web-1.elb.amazonaws.com'], isPrivate: false },
    ],
    loadBalancers: loadBalancers.map((each) => ({
      ...each,
      listeners: each.listeners.slice(0, 1),
    })),
    targetGroups: [blue, green].map((arn, index) => ({
      ...targetGroup(arn, ['blue', 'green'][index] ?? ''),
      targetSecurityGroupIds: undefined,
    })),
    securityGroups: [{ id: 'sg-1', name: 'open', ingress: [open], egress: [open] }],
  }
}

/** The requests of a broken release, which its alarm rolls back, and the failed ones among them. */
async function brokenRelease(inDrought = false) {
  const { simulation, web } = setUp({}, publicPath())
  const { load, aws } = simulation
  if (load === undefined) throw new Error('there is no load')
  load.requestsPerSecond = 20
  await simulation.run(60)
  const before = load.counts.total()
  simulation.release(true)
  await simulation.run(100)
  if (inDrought) {
    simulation.setDrought('FARGATE_SPOT', true)
    aws.simulation.after(200, () => simulation.setDrought('FARGATE_SPOT', false))
  }
  await simulation.run(600)
  const { requests, failed } = load.counts.total()
  const counts = { requests: requests - before.requests, failed: failed - before.failed }
  return { simulation, web, before, counts, samples: load.counts.samples.all }
}

describe('a broken release under load', () => {
  test('fails at most the share of the canary, until its alarm rolls it back', async () => {
    const { web, before, counts, samples, simulation } = await brokenRelease()
    expect(before.failed).toBe(0)
    expect(simulation.releases.states()).toMatchObject([{ state: 'rolled back', percent: 0 }])
    expect(taskSetsOf(web)).toEqual([['PRIMARY', '1', blue]])
    const failing = samples.filter(({ services }) => Number(services.web?.failed) > 0)
    const shifted = failing.reduce((sum, { services }) => sum + Number(services.web?.rate) * 10, 0)
    expect(counts.failed).toBeGreaterThan(0)
    // A fifth of the requests in the minutes of the canary, and no more than three deviations above.
    expect(counts.failed).toBeLessThan(0.2 * shifted + 3 * Math.sqrt(shifted * 0.2 * 0.8))
    // One period of the alarm, its evaluation, and the poll of the deployment.
    expect(failing.length * 10).toBeLessThanOrEqual(140)
    expect(samples.at(-1)?.services.web?.failed).toBe(0)
  })

  test('is the same for the same seed, also in a drought', async () => {
    const runs = [await brokenRelease(true), await brokenRelease(true)]
    const [one, other] = runs.map(({ simulation, counts }) => [
      counts,
      simulation.timeline.entries.all,
      simulation.releases.states(),
    ])
    expect(one).toEqual(other)
  })
})

const taskSetsOf = ({ deployments }: ReturnType<typeof setUp>['web']) =>
  deployments.map(({ status, release }) => [
    status,
    release.taskDefinition.slice(-1),
    release.loadBalancers[0]?.targetGroupArn,
  ])

describe('a release by CodeDeploy', () => {
  test('starts tasks in the other target group, moves the requests in steps, and ends the old tasks', async () => {
    const { simulation, web, weights, create, info } = setUp()
    const { deploymentId } = await create()
    await simulation.run(20)
    expect(taskSetsOf(web)).toEqual([
      ['PRIMARY', '1', blue],
      ['ACTIVE', '2', green],
    ])
    expect(weights).toEqual([])
    await simulation.run(180)
    const [[first = 0] = []] = weights
    expect(weights).toEqual([[first, ruleArn, 20]])
    expect([...web.tasks].filter(({ isServing }) => isServing)).toHaveLength(4)
    await simulation.run(300)
    expect(weights.slice(1)).toEqual([[first + 300, ruleArn, 100]])
    expect(taskSetsOf(web)[0]).toEqual(['PRIMARY', '2', green])
    expect(await info(deploymentId)).toMatchObject({
      status: 'InProgress',
      instanceTerminationWaitTimeStarted: true,
    })
    await simulation.run(600)
    expect(taskSetsOf(web)).toEqual([['PRIMARY', '2', green]])
    expect(web.primary.release.strategy).toMatchObject([{ capacityProvider: 'FARGATE' }])
    expect(await info(deploymentId)).toMatchObject({ status: 'Succeeded', creator: 'user' })
    expect(simulation.releases.states()).toMatchObject([{ state: 'succeeded', percent: 100 }])
    // The next one goes back to the first target group.
    await create(asYaml)
    await simulation.run(200)
    expect(taskSetsOf(web)[1]).toEqual(['ACTIVE', '2', blue])
    expect(weights.at(-1)).toEqual([expect.any(Number), ruleArn, 80])
  })

  test.each([
    ['in the canary', 250, 20],
    ['while the old tasks stay', 700, 100],
  ])('is rolled back by an alarm %s', async (_, seconds, percent) => {
    const { simulation, web, weights, create, info, call } = setUp()
    const { deploymentId } = await create()
    await simulation.run(seconds)
    expect(weights.at(-1)?.[2]).toBe(percent)
    simulation.monitoring.add('Web', {}, { Errors: 9 })
    await simulation.run(80)
    expect(weights.at(-1)?.[2]).toBe(0)
    await simulation.run(300)
    expect(taskSetsOf(web)).toEqual([['PRIMARY', '1', blue]])
    const { status, errorInformation, rollbackInfo } = await info(deploymentId)
    expect([status, errorInformation.code]).toEqual(['Stopped', 'ALARM_ACTIVE'])
    expect(errorInformation.message).toContain('<errors>')
    expect(await info(rollbackInfo.rollbackDeploymentId)).toMatchObject({
      creator: 'codeDeployRollback',
      status: 'Succeeded',
      rollbackInfo: { rollbackTriggeringDeploymentId: deploymentId },
    })
    expect(simulation.releases.states()).toMatchObject([{ state: 'rolled back', percent: 0 }])
    const { deployments } = await call('ListDeployments', {
      applicationName: 'web',
      deploymentGroupName: 'web',
      includeOnlyStatuses: ['Stopped'],
    })
    expect(deployments).toEqual([deploymentId])
  })

  test('only stops where the deployment group does not roll back, and the next one replaces its tasks', async () => {
    const { simulation, web, create, weights } = setUp({ autoRollbackConfiguration: {} })
    await create()
    await simulation.run(250)
    simulation.monitoring.add('Web', {}, { Errors: 9 })
    await simulation.run(400)
    expect(taskSetsOf(web)).toHaveLength(2)
    expect(weights.at(-1)?.[2]).toBe(20)
    const before = web.deployments[1]
    await create()
    await simulation.run(200)
    expect(taskSetsOf(web)).toHaveLength(2)
    expect(web.deployments[1]?.id).not.toBe(before?.id)
    expect(weights.map(([, , percent]) => percent)).toEqual([20, 0, 20])
  })

  test('fails after an hour without healthy tasks, and none of them gets a request', async () => {
    const { simulation, aws, web, weights, create, info } = setUp()
    aws.defineRevision('web:2', { exitsAfterSeconds: 1 })
    const { deploymentId } = await create()
    await simulation.run(3590)
    expect((await info(deploymentId)).status).toBe('InProgress')
    await simulation.run(30)
    const { status, errorInformation } = await info(deploymentId)
    expect([status, errorInformation.code]).toEqual(['Failed', 'TIMEOUT'])
    expect(taskSetsOf(web)).toEqual([['PRIMARY', '1', blue]])
    expect(weights).toEqual([])
  })

  const readyOption = (waitTimeInMinutes: number) => ({
    blueGreenDeploymentConfiguration: {
      deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes },
    },
  })

  test('waits for an operator where its group says so', async () => {
    const { simulation, weights, create, info, call } = setUp(readyOption(30))
    const { deploymentId } = await create()
    await simulation.run(600)
    expect((await info(deploymentId)).status).toBe('Ready')
    await call('ContinueDeployment', { deploymentId, deploymentWaitType: 'READY_WAIT' })
    expect(weights).toEqual([[600, ruleArn, 20]])
    await simulation.run(320)
    expect((await info(deploymentId)).status).toBe('Succeeded')
    const late = setUp(readyOption(5))
    const second = await late.create()
    await late.simulation.run(600)
    expect((await late.info(second.deploymentId)).status).toBe('Stopped')
    expect(late.weights).toEqual([])
  })

  test.each([true, false])('stops by hand, with a rollback: %s', async (autoRollbackEnabled) => {
    const { simulation, web, weights, create, call, info } = setUp()
    const { deploymentId } = await create()
    await simulation.run(200)
    await call('StopDeployment', { deploymentId, autoRollbackEnabled })
    expect((await info(deploymentId)).status).toBe('Stopped')
    expect(weights.at(-1)?.[2]).toBe(autoRollbackEnabled ? 0 : 20)
    expect(web.deployments).toHaveLength(autoRollbackEnabled ? 1 : 2)
    expect(await call('StopDeployment', { deploymentId })).toMatchObject({
      __type: 'DeploymentAlreadyCompletedException',
    })
  })

  test('is rejected as CodeDeploy rejects it', async () => {
    const { create, call, simulation } = setUp()
    const rejected = async (content?: string, more?: Input) => (await create(content, more)).__type
    expect(await rejected('{"Resources":')).toBe('InvalidRevisionException')
    expect(await rejected('{}')).toBe('InvalidRevisionException')
    expect(await rejected(undefined, { applicationName: 'other' })).toBe(
      'ApplicationDoesNotExistException',
    )
    expect(await rejected(undefined, { deploymentGroupName: 'other' })).toBe(
      'DeploymentGroupDoesNotExistException',
    )
    expect(await rejected(undefined, { deploymentConfigName: 'other' })).toBe(
      'DeploymentConfigDoesNotExistException',
    )
    expect(await rejected()).toBeUndefined()
    expect(await rejected()).toBe('DeploymentLimitExceededException')
    expect((await call('GetDeployment', { deploymentId: 'd-0' })).__type).toBe(
      'DeploymentDoesNotExistException',
    )
    await simulation.run(100)
    expect(simulation.problems.all).toEqual([])
  })
})

test.each([
  ['CodeDeployDefault.ECSAllAtOnce', [[0, 100]]],
  [
    'CodeDeployDefault.ECSCanary10Percent15Minutes',
    [
      [0, 10],
      [900, 100],
    ],
  ],
  [
    'CodeDeployDefault.ECSLinear10PercentEvery3Minutes',
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => [step * 180, (step + 1) * 10]),
  ],
  [
    'thirds',
    [
      [0, 40],
      [120, 80],
      [240, 100],
    ],
  ],
])('%s shifts the requests in its steps', (name, expected) => {
  const source = new CodeDeploy()
  source.operations.CreateDeploymentConfig?.({
    deploymentConfigName: 'thirds',
    trafficRoutingConfig: {
      type: 'TimeBasedLinear',
      timeBasedLinear: { linearPercentage: 40, linearInterval: 2 },
    },
  })
  const shifts = shiftsOf(source, name)?.map(({ afterSeconds, percent }) => [afterSeconds, percent])
  expect(shifts).toEqual(expected)
})
