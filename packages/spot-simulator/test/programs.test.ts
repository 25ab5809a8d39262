import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  EcsSimulation,
  type EcsSimulationSettings,
  type FailedCheck,
  type ServiceSettings,
  type Task,
} from '../src'
import { texts } from './ecs-support'

const wrongCode: FailedCheck = {
  reason: 'Target.ResponseCodeMismatch',
  description: 'Health checks failed with these codes: [404]',
}

function setUp(
  programs: Partial<EcsSimulationSettings>,
  service: Partial<ServiceSettings> = {},
  group: { readonly healthyThreshold?: number } = {},
) {
  const aws = new EcsSimulation({ seed: 1, ...programs })
  const log: string[] = []
  aws.observe({
    started: () => log.push('started'),
    ended: () => log.push('ended'),
    signal: (_, signal) => log.push(signal),
  })
  const TargetGroupArn = aws.loadBalancers.createTargetGroup({
    name: 'web',
    deregistrationDelaySeconds: 10,
    ...group,
  })
  const loadBalancers = [
    { targetGroupArn: TargetGroupArn, containerName: 'app', containerPort: 8080 },
  ]
  const web = aws.createService({ name: 'web', desiredCount: 1, loadBalancers, ...service })
  const health = async () => {
    const client = new ElasticLoadBalancingV2Client(aws.endpoint.clientOptions)
    const output = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
    return output.TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth)
  }
  const all = () => [...aws.tasks.values()]
  return { aws, web, log, health, all, group: TargetGroupArn }
}

const first = (tasks: Iterable<Task>): Task => [...tasks][0] as Task

describe('tasks with programs', () => {
  it('run until their program exits, and have its exit code', async () => {
    const { aws, web, log, all } = setUp({ startsTask: () => undefined })
    await aws.run(100)
    expect(log).toEqual(['started'])
    aws.exit(first(web.tasks), 3)
    expect(log).toEqual(['started', 'ended'])
    await aws.run(60)
    const stopped = all().find(({ lastStatus }) => lastStatus === 'STOPPED')
    expect(stopped).toMatchObject({ exitCode: 3, stopCode: 'EssentialContainerExited' })
    expect(web.runningCount).toBe(1)
  })

  it('receive SIGTERM after the deregistration delay, and end with their exit', async () => {
    const { aws, web, log } = setUp({ startsTask: () => undefined })
    await aws.run(100)
    const task = first(web.tasks)
    aws.setDesiredCount(web, 0)
    await aws.run(9)
    expect(log).toEqual(['started'])
    await aws.run(100)
    expect(log).toEqual(['started', 'SIGTERM'])
    aws.exit(task, 0)
    expect(log).toEqual(['started', 'SIGTERM', 'ended'])
  })

  it('receive SIGKILL after the stop timeout of their revision', async () => {
    const { aws, web, log } = setUp({ startsTask: () => undefined })
    aws.defineRevision('web:1', { stopTimeoutSeconds: 7 })
    await aws.run(100)
    const task = first(web.tasks)
    aws.interruptTask(task)
    expect(log).toEqual(['started', 'SIGTERM'])
    await aws.run(6.9)
    expect(log).toEqual(['started', 'SIGTERM'])
    await aws.run(0.2)
    expect(log).toEqual(['started', 'SIGTERM', 'SIGKILL', 'ended'])
    // The exit of the killed program changes nothing.
    aws.exit(task, 137)
    expect(log.filter((each) => each === 'ended')).toHaveLength(1)
  })

  it('do not start for the reason that the program gives', async () => {
    const reason = 'ResourceInitializationError: unable to pull secrets'
    const { aws, log, all } = setUp({ startsTask: async () => reason })
    await aws.run(100)
    expect(all()[0]).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: reason })
    expect(log).toEqual([])
  })

  it('end a program that started for a task that had to stop meanwhile', async () => {
    let start = () => {}
    const started = new Promise<undefined>((resolve) => {
      start = () => resolve(undefined)
    })
    const { aws, web, log } = setUp({ startsTask: () => started })
    const run = aws.run(60)
    await new Promise(setImmediate)
    aws.interruptTask(first(web.tasks))
    start()
    await run
    expect(log[0]).toBe('SIGKILL')
  })

  it('start in services that are created steady', async () => {
    const { aws, log, all } = setUp({ startsTask: async () => 'no secret' }, { startsSteady: true })
    expect(all()[0]?.lastStatus).toBe('RUNNING')
    await new Promise(setImmediate)
    await aws.run(1)
    expect(all()[0]).toMatchObject({ stoppedReason: 'no secret', stopCode: 'TaskFailedToStart' })
    expect(log).toEqual(['started', 'SIGKILL', 'ended'])
  })
})

describe('an application without a program', () => {
  it('receives SIGKILL only if it does not exit in time', async () => {
    for (const [application, signals] of [
      ['leaves-at-once', ['SIGTERM']],
      ['leaves-after-30s', ['SIGTERM', 'SIGKILL']],
    ] as const) {
      const { aws, web, log } = setUp({ application })
      await aws.run(100)
      aws.setDesiredCount(web, 0)
      await aws.run(100)
      expect(log).toEqual(['started', ...signals, 'ended'])
    }
  })
})

describe('health checks of targets', () => {
  it('make a target healthy at the first that passes, and unhealthy at the threshold', async () => {
    const results: (FailedCheck | undefined)[] = [wrongCode]
    const { aws, web, health } = setUp({ checksTargets: () => results[0] })
    await aws.run(65)
    expect(await health()).toEqual([expect.objectContaining({ State: 'initial' })])
    results[0] = undefined
    await aws.run(10)
    expect(await health()).toEqual([{ State: 'healthy' }])
    expect(web.servingCount).toBe(1)
  })

  it('replace a task with an unhealthy target, and say why', async () => {
    const failing = new Set<string>()
    const { aws, web, health, all, group } = setUp({
      checksTargets: async ({ id }) => (failing.has(id) ? wrongCode : undefined),
    })
    await aws.run(200)
    const task = first(web.tasks)
    failing.add(task.id)
    await aws.run(25)
    expect(await health()).toContainEqual({
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [404]',
    })
    expect(texts(web)).toContainEqual(
      `(service web) (task ${task.id}) (port 8080) is unhealthy in (target-group ${group}) due to (reason Health checks failed with these codes: [404]).`,
    )
    // The replacement starts first.
    expect(task.desiredStatus).toBe('RUNNING')
    await aws.run(200)
    expect(all().find(({ id }) => id === task.id)).toMatchObject({
      lastStatus: 'STOPPED',
      stoppedReason: `Task failed ELB health checks in (target-group ${group})`,
    })
    expect(web.servingCount).toBe(1)
  })

  it('stop an unhealthy task first if there is no room for a replacement', async () => {
    const failing = new Set<string>()
    const limits = { minimumHealthyPercent: 100, maximumPercent: 100 }
    const { aws, web } = setUp(
      { checksTargets: ({ id }) => (failing.has(id) ? wrongCode : undefined) },
      limits,
    )
    await aws.run(200)
    const task = first(web.tasks)
    failing.add(task.id)
    await aws.run(200)
    expect(task.lastStatus).toBe('STOPPED')
    expect(web.servingCount).toBe(1)
  })

  it('are ignored by ECS in the grace period', async () => {
    let failing = 0
    const { aws, web } = setUp({ checksTargets: () => wrongCode }, { healthCheckGraceSeconds: 300 })
    aws.observe({ target: (_, __, state) => (failing += state === 'unhealthy' ? 1 : 0) })
    await aws.run(300)
    const task = first(web.tasks)
    expect(failing).toBe(1)
    expect(task.desiredStatus).toBe('RUNNING')
    await aws.run(100)
    expect(task.desiredStatus).toBe('STOPPED')
  })

  it('need the healthy threshold after an unhealthy state', async () => {
    let failure: FailedCheck | undefined
    const { aws, group } = setUp(
      { checksTargets: () => failure },
      { healthCheckGraceSeconds: 10_000 },
      { healthyThreshold: 3 },
    )
    await aws.run(200)
    const target = aws.loadBalancers.targets(group)[0]
    expect(target?.state).toBe('healthy')
    failure = wrongCode
    await aws.run(30)
    expect(target?.state).toBe('unhealthy')
    const { now } = aws
    failure = undefined
    await aws.run(25)
    expect(target?.state).toBe('unhealthy')
    await aws.run(10)
    expect(target?.state).toBe('healthy')
    expect(target?.since).toBeGreaterThan(now)
  })
})
