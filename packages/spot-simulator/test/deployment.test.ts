import { drought, type Service, type ServiceSettings } from '../src'
import { actions, onDemand, record, simulationWithGroups, texts, watch } from './ecs-support'

const blue = [{ targetGroupArn: 'blue', containerName: 'app', containerPort: 80 }]
const green = [{ targetGroupArn: 'green', containerName: 'app', containerPort: 80 }]
const breaker = { enable: true, rollback: true }

function steady(settings: Partial<ServiceSettings> = {}, seed = 1) {
  const aws = simulationWithGroups(seed)
  const defaults = { name: 'web', desiredCount: 4, loadBalancers: blue, startsSteady: true }
  const web = aws.createService({ ...defaults, ...settings })
  return { aws, web, recorded: record(aws) }
}

const revisions = (service: Service) =>
  [...service.tasks].map(({ deployment }) => deployment.release.taskDefinition.split('/').at(-1))

describe('a rolling deployment', () => {
  it.each([
    [100, 200],
    [50, 100],
    [75, 125],
  ])('replaces all tasks within %i and %i percent', async (min, max) => {
    const { aws, web, recorded } = steady({ minimumHealthyPercent: min, maximumPercent: max })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await watch(aws, 900, () => {
      expect(web.servingCount).toBeGreaterThanOrEqual((4 * min) / 100)
      const wanted = [...web.tasks].filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
      expect(wanted.length).toBeLessThanOrEqual((4 * max) / 100)
    })
    expect(revisions(web)).toEqual(['web:2', 'web:2', 'web:2', 'web:2'])
    expect(web.deployments).toHaveLength(1)
    expect(actions(recorded, 'SERVICE_DEPLOYMENT_COMPLETED')).toHaveLength(1)
  })

  it('stops tasks that do not serve yet when another deployment starts', async () => {
    const { aws, web } = steady()
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(10)
    expect(revisions(web)).toContain('web:2')
    aws.deploy(web, { taskDefinition: 'web:3' })
    await aws.run(20)
    expect(revisions(web)).not.toContain('web:2')
    expect(web.servingCount).toBe(4)
  })

  it('makes no progress with 100 and 100 percent', async () => {
    const { aws, web } = steady({ minimumHealthyPercent: 100, maximumPercent: 100 })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(900)
    expect(revisions(web)).not.toContain('web:2')
  })

  it('replaces tasks only once the new ones are healthy in their target group', async () => {
    const { aws, web } = steady()
    aws.deploy(web, { loadBalancers: green })
    await watch(aws, 300, () => {
      const healthy = [...web.tasks].filter(
        ({ ip = '' }) =>
          aws.loadBalancers.isHealthy('blue', ip, 80) ||
          aws.loadBalancers.isHealthy('green', ip, 80),
      )
      expect(healthy.length).toBeGreaterThanOrEqual(4)
    })
    const inGreen = [...web.tasks].filter(({ ip = '' }) =>
      aws.loadBalancers.isHealthy('green', ip, 80),
    )
    expect(inGreen).toHaveLength(4)
  })
})

describe('a revision that does not start', () => {
  const startFailure = 'CannotPullContainerError: pull image manifest has been retried 5 time(s)'

  it('is rolled back by the circuit breaker, while the old one serves', async () => {
    const { aws, web, recorded } = steady({ circuitBreaker: breaker })
    const before = web.primary
    aws.defineRevision('web:2', { startFailure })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await watch(aws, 1800, () => expect(web.servingCount).toBe(4))
    expect(web.primary).toBe(before)
    expect(web.deployments).toHaveLength(1)
    expect(actions(recorded, 'SERVICE_DEPLOYMENT_FAILED')).toHaveLength(1)
    const stopped = recorded.find(({ detail }) => detail.stopCode === 'TaskFailedToStart')
    expect(stopped?.detail).toMatchObject({ desiredStatus: 'STOPPED', stoppedReason: startFailure })
    expect(texts(web).some((text) => text.includes('rolling back to (deployment'))).toBe(true)
  })

  it('fails without tasks if there is no deployment to roll back to', async () => {
    const { aws, web } = steady({ circuitBreaker: breaker, startsSteady: false })
    aws.defineRevision('web:1', { startFailure })
    await aws.run(3600)
    expect(web.primary).toMatchObject({ rolloutState: 'FAILED', failedTasks: expect.any(Number) })
    expect(web.tasks.size).toBe(0)
    expect(web.primary.failedTasks).toBeLessThan(8)
  })

  it('is retried with backoff without a circuit breaker, and causes no placement failure', async () => {
    const { aws, web, recorded } = steady()
    aws.defineRevision('web:2', { startFailure })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(4 * 3600)
    expect(web.servingCount).toBe(4)
    expect(actions(recorded, 'SERVICE_TASK_START_IMPAIRED')).toHaveLength(1)
    expect(actions(recorded, 'SERVICE_TASK_PLACEMENT_FAILURE')).toEqual([])
    const { failedTasks } = web.primary
    expect(failedTasks).toBeGreaterThan(8)
    expect(failedTasks).toBeLessThan(150)
  })

  it('is reported again after a successful start', async () => {
    const { aws, web, recorded } = steady({ desiredCount: 1, startsSteady: false })
    for (const failure of [startFailure, undefined, startFailure]) {
      aws.defineRevision('web:1', failure === undefined ? {} : { startFailure: failure })
      if (failure !== undefined) {
        aws.setDesiredCount(web, 0)
        await aws.run(100)
        aws.setDesiredCount(web, 1)
      }
      await aws.run(3600)
    }
    expect(actions(recorded, 'SERVICE_TASK_START_IMPAIRED')).toHaveLength(2)
  })

  it('counts as failed if it exits soon after its start', async () => {
    const { aws, web } = steady({ circuitBreaker: breaker })
    aws.defineRevision('web:2', { exitsAfterSeconds: 5 })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(900)
    expect(new Set(revisions(web))).toEqual(new Set(['web:1']))
  })
})

describe('a deployment in a drought', () => {
  it('is rolled back, because the circuit breaker counts placement failures', async () => {
    const { aws, web, recorded } = steady({ circuitBreaker: breaker })
    aws.setTrace('FARGATE_SPOT', drought({ fromSeconds: 0, toSeconds: 1e5, remaining: 4 }))
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(600)
    expect(actions(recorded, 'SERVICE_TASK_PLACEMENT_FAILURE').length).toBeGreaterThan(0)
    expect(actions(recorded, 'SERVICE_DEPLOYMENT_FAILED')).toHaveLength(1)
    expect(revisions(web)).toEqual(['web:1', 'web:1', 'web:1', 'web:1'])
    expect(web.servingCount).toBe(4)
  })

  it('succeeds on on-demand capacity', async () => {
    const { aws, web } = steady({ circuitBreaker: breaker })
    aws.setTrace('FARGATE_SPOT', drought({ fromSeconds: 0, toSeconds: 1e5, remaining: 4 }))
    aws.deploy(web, { strategy: onDemand })
    await aws.run(600)
    expect([...web.tasks].map(({ provider }) => provider.name)).toEqual(Array(4).fill('FARGATE'))
  })
})

describe('a blue/green service', () => {
  it('has two task sets until the old one is deleted, and a new PRIMARY after the reroute', async () => {
    const { aws, web } = steady({ controller: 'CODE_DEPLOY' })
    aws.startGreen(web, { taskDefinition: 'web:2', loadBalancers: green })
    await aws.run(300)
    expect(web.servingCount).toBe(8)
    expect(web.primary.release.loadBalancers).toEqual(blue)
    aws.rerouteTraffic(web)
    expect(web.primary.release).toMatchObject({ loadBalancers: green })
    expect(web.deployments.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE'])
    await aws.run(300)
    aws.terminateOtherTaskSet(web)
    await aws.run(300)
    expect(revisions(web)).toEqual(['web:2', 'web:2', 'web:2', 'web:2'])
    expect(web.servingCount).toBe(4)
  })

  it('keeps both task sets at the desired count', async () => {
    const { aws, web } = steady({ controller: 'CODE_DEPLOY' })
    aws.startGreen(web, { taskDefinition: 'web:2', loadBalancers: green })
    aws.setDesiredCount(web, 6)
    await aws.run(300)
    expect(revisions(web).filter((revision) => revision === 'web:1')).toHaveLength(6)
    expect(revisions(web).filter((revision) => revision === 'web:2')).toHaveLength(6)
  })

  it('rejects rolling deployments', () => {
    const { aws, web } = steady({ controller: 'CODE_DEPLOY' })
    expect(() => aws.deploy(web, {})).toThrow('use startGreen')
    expect(() => aws.rerouteTraffic(web)).toThrow('has only one task set')
    expect(() => aws.startGreen(steady().web, {})).toThrow('only CODE_DEPLOY has a second task set')
  })
})

describe('a release by CodeDeploy', () => {
  const green2 = { taskDefinition: 'web:2', loadBalancers: green }

  it('reroutes once the green tasks are healthy, and deletes the old task set later', async () => {
    const { aws, web } = steady({ controller: 'CODE_DEPLOY' })
    aws.simulation.after(600, () => {
      aws.release(web, green2, { rerouteAfterSeconds: 300, terminateAfterSeconds: 900 })
    })
    await aws.run(600 + 300)
    expect(web.servingCount).toBe(8)
    expect(web.primary.release.loadBalancers).toEqual(blue)
    await aws.run(300)
    expect(web.primary.release).toMatchObject({ loadBalancers: green })
    expect(web.deployments).toHaveLength(2)
    await aws.run(900)
    expect(revisions(web)).toEqual(['web:2', 'web:2', 'web:2', 'web:2'])
  })

  it('deletes a green task set that does not become healthy', async () => {
    const { aws, web } = steady({ controller: 'CODE_DEPLOY' })
    aws.setTrace('FARGATE_SPOT', drought({ fromSeconds: 0, toSeconds: 1e5, remaining: 6 }))
    aws.release(web, green2, { timeoutSeconds: 1200 })
    await aws.run(1200)
    expect(revisions(web)).toContain('web:2')
    await aws.run(200)
    expect(revisions(web)).toEqual(['web:1', 'web:1', 'web:1', 'web:1'])
    expect(web.primary.release.loadBalancers).toEqual(blue)
  })

  it('leaves a deployment alone that an operator has ended', async () => {
    const { aws, web } = steady({ controller: 'CODE_DEPLOY' })
    aws.release(web, green2)
    await aws.run(5)
    aws.terminateOtherTaskSet(web)
    aws.startGreen(web, green2)
    await aws.run(3600)
    expect(web.primary.release.loadBalancers).toEqual(blue)
    expect(web.deployments).toHaveLength(2)
  })

  it('of a rolling service is a rolling deployment', async () => {
    const { aws, web } = steady()
    aws.release(web, { taskDefinition: 'web:2' })
    await aws.run(900)
    expect(new Set(revisions(web))).toEqual(new Set(['web:2']))
  })
})

describe('a deleted service', () => {
  it('stops its tasks, then is INACTIVE', async () => {
    const { aws, web } = steady()
    aws.deleteService(web)
    await aws.run(5)
    expect([web.status, web.servingCount]).toEqual(['DRAINING', 0])
    await aws.run(120)
    expect([web.status, web.tasks.size]).toEqual(['INACTIVE', 0])
    expect(() => aws.createService({ name: 'web', desiredCount: 1 })).not.toThrow()
  })
})
