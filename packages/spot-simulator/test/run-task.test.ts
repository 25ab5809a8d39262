import {
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
} from '@aws-sdk/client-ecs'
import { EcsSimulation, none, type Task } from '../src'
import { ecsClient, onSpot, record } from './ecs-support'

const cluster = 'main'
const onFargateSpot = { cluster, taskDefinition: 'batch:3', capacityProviderStrategy: [...onSpot] }

function setUp(settings: Partial<ConstructorParameters<typeof EcsSimulation>[0]> = {}) {
  const aws = new EcsSimulation({ seed: 1, ...settings })
  const ecs = ecsClient(aws)
  return {
    aws,
    ecs,
    run: (input: Partial<RunTaskCommandInput> = {}) =>
      ecs.send(new RunTaskCommand({ ...onFargateSpot, ...input })),
    describe: async (tasks: string[]) =>
      (await ecs.send(new DescribeTasksCommand({ cluster, tasks }))).tasks ?? [],
  }
}

const taskOf = (aws: EcsSimulation, arn: string) => aws.tasks.get(arn) as Task

describe('RunTask', () => {
  it('runs tasks that no service replaces, and publishes their states', async () => {
    const { aws, ecs, run, describe } = setUp()
    const events = record(aws)
    const overrides = { containerOverrides: [{ name: 'main' }] }
    const { tasks = [], failures } = await run({ count: 2, startedBy: 'me', overrides })
    expect(failures).toEqual([])
    expect(tasks).toMatchObject([
      { lastStatus: 'PROVISIONING', group: 'family:batch', startedBy: 'me' },
      { launchType: 'FARGATE', capacityProviderName: 'FARGATE_SPOT', overrides },
    ])
    await aws.run(60)
    const arns = tasks.map(({ taskArn = '' }) => taskArn)
    const listed = await ecs.send(new ListTasksCommand({ cluster, family: 'batch' }))
    expect(listed.taskArns).toEqual(arns)
    const byOthers = await ecs.send(new ListTasksCommand({ cluster, startedBy: 'you' }))
    expect(byOthers.taskArns).toEqual([])
    aws.exit(taskOf(aws, arns[0] ?? ''), 3)
    await aws.run(60)
    expect(await describe(arns)).toMatchObject([
      {
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        containers: [{ name: 'main', exitCode: 3 }],
      },
      { lastStatus: 'RUNNING' },
    ])
    expect(events.map(({ detail }) => detail.lastStatus)).toEqual(
      expect.arrayContaining(['PROVISIONING', 'PENDING', 'RUNNING', 'DEPROVISIONING', 'STOPPED']),
    )
    expect(events.every(({ detail }) => detail.group === 'family:batch')).toBe(true)
    expect(aws.services).toEqual([])
  })

  it('returns failures for the tasks that find no capacity', async () => {
    const { run } = setUp({ fargateSpot: none() })
    const { tasks, failures } = await run({ count: 2 })
    const reason =
      'Capacity is unavailable at this time. Please try again later or in a different availability zone'
    expect(tasks).toEqual([])
    expect(failures).toEqual([{ reason }, { reason }])
  })

  it.each([
    ['leaves-at-once', 143],
    ['leaves-after-30s', 137],
  ] as const)('is interrupted with a notice: %s ends with %i', async (application, exitCode) => {
    const { aws, run, describe } = setUp({ application })
    const { tasks = [] } = await run()
    await aws.run(60)
    const arn = tasks[0]?.taskArn ?? ''
    aws.setTrace('FARGATE_SPOT', none())
    expect(await describe([arn])).toMatchObject([
      { lastStatus: 'RUNNING', desiredStatus: 'STOPPED', stopCode: 'SpotInterruption' },
    ])
    await aws.run(120)
    const stoppedReason = 'Your Spot Task was interrupted.'
    expect(await describe([arn])).toMatchObject([
      { lastStatus: 'STOPPED', stoppedReason, containers: [{ exitCode }] },
    ])
  })

  it('ends with the code of a program that ends at its SIGTERM', async () => {
    const { aws, ecs, run, describe } = setUp()
    const { tasks = [] } = await run({ capacityProviderStrategy: [], launchType: 'FARGATE' })
    await aws.run(60)
    const task = tasks[0]?.taskArn ?? ''
    await ecs.send(new StopTaskCommand({ cluster, task, reason: 'enough' }))
    aws.exit(taskOf(aws, task), 0)
    await aws.run(30)
    const [stopped] = await describe([task])
    expect(stopped).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
      containers: [{ exitCode: 0 }],
    })
    expect(stopped).not.toHaveProperty('capacityProviderName')
  })

  it.each([
    [{ taskDefinition: '' }, 'ClientException'],
    [{ count: 11 }, 'InvalidParameterException'],
    [{ launchType: 'FARGATE' }, 'InvalidParameterException'],
    [{ capacityProviderStrategy: [] }, 'InvalidParameterException'],
    [{ cluster: 'other' }, 'ClusterNotFoundException'],
  ] as const)('rejects %j with %s', async (input, name) => {
    const { aws, run } = setUp()
    await expect(run(input as unknown as RunTaskCommandInput)).rejects.toMatchObject({ name })
    expect(aws.tasks.size).toBe(0)
  })
})
