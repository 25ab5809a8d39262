import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  CapacityTrace,
  EcsSimulation,
  type EcsSimulationSettings,
  Ledger,
  type ServiceSettings,
  type Task,
} from '../src'
import { record } from './ecs-support'

function setUp(
  settings: Partial<EcsSimulationSettings> = {},
  ofService: Partial<ServiceSettings> = {},
) {
  const aws = new EcsSimulation({ seed: 1, ...settings })
  const TargetGroupArn = aws.loadBalancers.createTargetGroup({
    name: 'web',
    deregistrationDelaySeconds: 60,
  })
  const web = aws.createService({
    name: 'web',
    desiredCount: 2,
    loadBalancers: [{ targetGroupArn: TargetGroupArn, containerName: 'app', containerPort: 80 }],
    startsSteady: true,
    ...ofService,
  })
  const [task] = web.tasks as unknown as [Task]
  const client = new ElasticLoadBalancingV2Client(aws.endpoint.clientOptions)
  const describe = async () => {
    const Targets = [{ Id: task.ip, Port: 80 }]
    const command = new DescribeTargetHealthCommand({ TargetGroupArn, Targets })
    const { TargetHealthDescriptions: [found] = [] } = await client.send(command)
    return found?.TargetHealth
  }
  const state = async () => (await describe())?.State
  const deregister = () =>
    client.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: task.ip }] }))
  return { aws, web, task, describe, state, deregister, recorded: record(aws) }
}

describe('an application that serves until drained', () => {
  it('accepts connections until its notice is over', async () => {
    const { aws, web, task, state } = setUp()
    aws.interruptTask(task)
    await aws.run(119)
    expect([task.isAccepting, task.isInService, await state()]).toEqual([true, true, 'healthy'])
    expect(web.runningCount).toBeGreaterThanOrEqual(2)
    await aws.run(1)
    expect([task.isAccepting, task.isInService, await state()]).toEqual([false, false, 'draining'])
    expect(task.lastStatus).toBe('DEPROVISIONING')
    await aws.run(60)
    expect(await state()).toBe('unused')
  })

  it('ends at its stopTimeout', async () => {
    const { aws, task } = setUp({ stopTimeoutSeconds: 30 })
    aws.interruptTask(task)
    await aws.run(29)
    expect(task.isAccepting).toBe(true)
    await aws.run(1)
    expect(task.lastStatus).toBe('DEPROVISIONING')
  })

  it('is out of service while it is deregistered, but still accepts connections', async () => {
    const { aws, task, deregister, state } = setUp()
    aws.interruptTask(task)
    await deregister()
    expect([task.isAccepting, task.isInService, await state()]).toEqual([true, false, 'draining'])
  })
})

describe('an application that leaves at once', () => {
  it('refuses connections from the notice on, and its task ends early', async () => {
    const { aws, web, task } = setUp({ application: 'leaves-at-once' })
    aws.interruptTask(task)
    expect([task.isAccepting, task.isInService, task.lastStatus]).toEqual([false, false, 'RUNNING'])
    await aws.run(2)
    expect([task.lastStatus, web.runningCount]).toEqual(['DEPROVISIONING', 1])
    await aws.run(15)
    expect([task.lastStatus, task.stopCode]).toEqual(['STOPPED', 'SpotInterruption'])
  })

  it('becomes unhealthy after two failed checks if ECS does not deregister it', async () => {
    const { aws, task, describe, state } = setUp({
      application: 'leaves-at-once',
      timing: { deregistering: [40, 40] },
    })
    aws.interruptTask(task)
    await aws.run(19)
    expect(await state()).toBe('healthy')
    await aws.run(1)
    expect(await describe()).toEqual({ State: 'unhealthy', Reason: 'Target.FailedHealthChecks' })
    await aws.run(22)
    expect(await state()).toBe('draining')
  })

  it('serves until SIGTERM when the scheduler stops it', async () => {
    const { aws, web, task, state } = setUp({ application: 'leaves-at-once' })
    aws.setDesiredCount(web, 0)
    await aws.run(5)
    expect([task.lastStatus, task.isAccepting, await state()]).toEqual([
      'DEACTIVATING',
      true,
      'draining',
    ])
    await aws.run(60)
    expect([task.isAccepting, await state()]).toEqual([false, 'unused'])
  })
})

it('an application that leaves after 30 s ends at SIGKILL', async () => {
  const { aws, task } = setUp({ application: 'leaves-after-30s' })
  aws.interruptTask(task)
  await aws.run(29)
  expect([task.lastStatus, task.isAccepting]).toEqual(['RUNNING', true])
  await aws.run(1)
  expect([task.lastStatus, task.isAccepting]).toEqual(['DEPROVISIONING', false])
})

it('a service may differ from the simulation', async () => {
  const { aws, task } = setUp(
    { application: 'leaves-at-once' },
    { application: 'leaves-after-30s' },
  )
  aws.interruptTask(task)
  await aws.run(29)
  expect(task.isAccepting).toBe(true)
})

it('deregisters an interrupted task at its notice', async () => {
  const { aws, task, state } = setUp({ deregistration: 'at-notice' })
  aws.interruptTask(task)
  expect([task.isAccepting, task.isInService, await state()]).toEqual([true, false, 'draining'])
  expect(task.lastStatus).toBe('RUNNING')
})

describe('the scheduler', () => {
  it('deregisters a task, waits for the deregistration delay, then sends SIGTERM', async () => {
    const { aws, web, task, recorded } = setUp()
    aws.setDesiredCount(web, 0)
    await aws.run(200)
    const states = recorded.flatMap(({ at, detail }) =>
      detail.taskArn === task.arn ? [[detail.lastStatus, at] as const] : [],
    )
    expect(states.map(([status]) => status)).toEqual([
      'DEACTIVATING',
      'STOPPING',
      'DEPROVISIONING',
      'STOPPED',
    ])
    const [[, deactivating], [, stopping]] = states as unknown as [
      [string, number],
      [string, number],
    ]
    expect(stopping - deactivating).toBe(60)
  })

  it('does not wait for a task that is drained already', async () => {
    const { aws, web, task, deregister } = setUp()
    await deregister()
    await aws.run(60)
    aws.setDesiredCount(web, 0)
    await aws.run(3)
    expect(task.lastStatus).toBe('STOPPING')
  })

  it('loses a task that it stops when the notice of the task is over', async () => {
    const { aws, web, task } = setUp({ timing: { noticeSeconds: 20 } })
    aws.setDesiredCount(web, 0)
    await aws.run(5)
    aws.interruptTask(task)
    await aws.run(20)
    expect(task.lastStatus).toBe('DEPROVISIONING')
  })
})

it('observers follow the application, the targets and the service of each task', async () => {
  const { aws, task } = setUp({ application: 'leaves-at-once' })
  const seen: unknown[] = []
  aws.observe({
    accepting: ({ arn }, change) => void (arn === task.arn && seen.push(['accepting', change])),
    inService: ({ arn }, change) => void (arn === task.arn && seen.push(['in service', change])),
    target: ({ arn }, _, state) => void (arn === task.arn && seen.push(state)),
  })
  aws.interruptTask(task)
  await aws.run(100)
  expect(seen).toEqual([['accepting', -1], ['in service', -1], 'draining', 'unused'])
})

it('a task is missing in the ledger while it is draining', async () => {
  const { aws, web, task, deregister } = setUp()
  aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(2))
  const ledger = new Ledger(aws)
  aws.interruptTask(task)
  await deregister()
  await aws.run(120)
  expect(ledger.group(web.arn).shortfallTaskSeconds).toBe(120)
})
