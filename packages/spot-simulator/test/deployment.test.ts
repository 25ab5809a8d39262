import { drought, type Service, type ServiceSettings } from '../src'
import { actions, onDemand, record, simulationWithGroups, texts, watch } from './ecs-support'

const blue = [{ targetGroupArn: 'blue', containerName: 'app', containerPort: 80 }]
const green = [{ targetGroupArn: 'green', containerName: 'app', containerPort: 80 }]
const breaker = { enable: true, rollback: true }

function steady(settings: Partial<ServiceSettings> = {}, seed = 1) {
  const aws = simulationWithGroups(seed)
  const defaults = { name: 'web', desiredCount: 4, loadBalancers: blue, startsSteady: true }
  const web = aws.createService({ ...defaults, ...settings })
  return { aws, web, heard: record(aws) }
}

const revisions = (service: Service) =>
  [...service.tasks].map(({ deployment }) => deployment.release.taskDefinition.split('/').at(-1))

describe('a rolling deployment', () => {
  it.each([
    [100, 200],
    [50, 100],
    [75, 125],
  ])('keeps within %i and %i percent, and replaces all', async (least, most) => {
    const { aws, web, heard } = steady({ minimumHealthyPercent: least, maximumPercent: most })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await watch(aws, 900, () => {
      expect(web.servingCount).toBeGreaterThanOrEqual((4 * least) / 100)
      const wanted = [...web.tasks].filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
      expect(wanted.length).toBeLessThanOrEqual((4 * most) / 100)
    })
    expect(revisions(web)).toEqual(['web:2', 'web:2', 'web:2', 'web:2'])
    expect(web.deployments).toHaveLength(1)
    expect(actions(heard, 'SERVICE_DEPLOYMENT_COMPLETED')).toHaveLength(1)
  })

  it('stops at once what another deployment overtakes before it serves', async () => {
    const { aws, web } = steady()
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(10)
    expect(revisions(web)).toContain('web:2')
    aws.deploy(web, { taskDefinition: 'web:3' })
    await aws.run(20)
    expect(revisions(web)).not.toContain('web:2')
    expect(web.servingCount).toBe(4)
  })

  it('cannot go on with 100 and 100 percent', async () => {
    const { aws, web } = steady({ minimumHealthyPercent: 100, maximumPercent: 100 })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(900)
    expect(revisions(web)).not.toContain('web:2')
  })

  it('moves tasks to another target group only once they are healthy there', async () => {
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

  it('is rolled back by the circuit breaker, and the old one serves on', async () => {
    const { aws, web, heard } = steady({ circuitBreaker: breaker })
    const before = web.primary
    aws.defineRevision('web:2', { startFailure })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await watch(aws, 1800, () => expect(web.servingCount).toBe(4))
    expect(web.primary).toBe(before)
    expect(web.deployments).toHaveLength(1)
    expect(actions(heard, 'SERVICE_DEPLOYMENT_FAILED')).toHaveLength(1)
    const stopped = heard.find(({ detail }) => detail.stopCode === 'TaskFailedToStart')
    expect(stopped?.detail).toMatchObject({ desiredStatus: 'STOPPED', stoppedReason: startFailure })
    expect(texts(web).some((text) => text.includes('rolling back to (deployment'))).toBe(true)
  })

  it('is given up, and nothing is left, where there is nothing to roll back to', async () => {
    const { aws, web } = steady({ circuitBreaker: breaker, startsSteady: false })
    aws.defineRevision('web:1', { startFailure })
    await aws.run(3600)
    expect(web.primary).toMatchObject({ rolloutState: 'FAILED', failedTasks: expect.any(Number) })
    expect(web.tasks.size).toBe(0)
    expect(web.primary.failedTasks).toBeLessThan(8)
  })

  it('is tried for ever without one, less and less often, and no shortage is told', async () => {
    const { aws, web, heard } = steady()
    aws.defineRevision('web:2', { startFailure })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(4 * 3600)
    expect(web.servingCount).toBe(4)
    expect(actions(heard, 'SERVICE_TASK_START_IMPAIRED')).toHaveLength(1)
    expect(actions(heard, 'SERVICE_TASK_PLACEMENT_FAILURE')).toEqual([])
    const { failedTasks } = web.primary
    expect(failedTasks).toBeGreaterThan(8)
    expect(failedTasks).toBeLessThan(150)
  })

  it('is told again after it has started well for a while', async () => {
    const { aws, web, heard } = steady({ desiredCount: 1, startsSteady: false })
    for (const failure of [startFailure, undefined, startFailure]) {
      aws.defineRevision('web:1', failure === undefined ? {} : { startFailure: failure })
      if (failure !== undefined) {
        aws.setDesiredCount(web, 0)
        await aws.run(100)
        aws.setDesiredCount(web, 1)
      }
      await aws.run(3600)
    }
    expect(actions(heard, 'SERVICE_TASK_START_IMPAIRED')).toHaveLength(2)
  })

  it('that ends soon after its start is counted as well', async () => {
    const { aws, web } = steady({ circuitBreaker: breaker })
    aws.defineRevision('web:2', { exitsAfterSeconds: 5 })
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(900)
    expect(new Set(revisions(web))).toEqual(new Set(['web:1']))
  })
})

describe('a deployment in a drought', () => {
  it('is rolled back for want of places: the breaker does not know why tasks fail', async () => {
    const { aws, web, heard } = steady({ circuitBreaker: breaker })
    aws.setTrace('FARGATE_SPOT', drought({ fromSeconds: 0, toSeconds: 1e5, remaining: 4 }))
    aws.deploy(web, { taskDefinition: 'web:2' })
    await aws.run(600)
    expect(actions(heard, 'SERVICE_TASK_PLACEMENT_FAILURE').length).toBeGreaterThan(0)
    expect(actions(heard, 'SERVICE_DEPLOYMENT_FAILED')).toHaveLength(1)
    expect(revisions(web)).toEqual(['web:1', 'web:1', 'web:1', 'web:1'])
    expect(web.servingCount).toBe(4)
  })

  it('goes ahead on on-demand', async () => {
    const { aws, web } = steady({ circuitBreaker: breaker })
    aws.setTrace('FARGATE_SPOT', drought({ fromSeconds: 0, toSeconds: 1e5, remaining: 4 }))
    aws.deploy(web, { strategy: onDemand })
    await aws.run(600)
    expect([...web.tasks].map(({ provider }) => provider.name)).toEqual(Array(4).fill('FARGATE'))
  })
})

describe('a blue/green service', () => {
  it('has two task sets until the old one ends, and its colour changes with the swap', async () => {
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

  it('is deployed by CodeDeploy only', () => {
    const { aws, web } = steady({ controller: 'CODE_DEPLOY' })
    expect(() => aws.deploy(web, {})).toThrow('use startGreen')
    expect(() => aws.rerouteTraffic(web)).toThrow('one task set only')
    expect(() => aws.startGreen(steady().web, {})).toThrow('no second colour')
  })
})

describe('a service that is deleted', () => {
  it('stops its tasks and is INACTIVE then', async () => {
    const { aws, web } = steady()
    aws.deleteService(web)
    await aws.run(5)
    expect([web.status, web.servingCount]).toEqual(['DRAINING', 0])
    await aws.run(120)
    expect([web.status, web.tasks.size]).toEqual(['INACTIVE', 0])
    expect(() => aws.createService({ name: 'web', desiredCount: 1 })).not.toThrow()
  })
})
