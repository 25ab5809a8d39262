import { UpdateServiceCommand, type UpdateServiceCommandInput } from '@aws-sdk/client-ecs'
import type { ServiceSettings } from '../src'
import { countsByProvider, ecsClient, simulationWithGroups } from './ecs-support'

function setUp(settings: Partial<ServiceSettings> = {}) {
  const aws = simulationWithGroups()
  const web = aws.createService({ name: 'web', desiredCount: 2, startsSteady: true, ...settings })
  const update = (input: Partial<UpdateServiceCommandInput>) =>
    ecsClient(aws).send(new UpdateServiceCommand({ cluster: 'main', service: 'web', ...input }))
  return { aws, web, update }
}

const toFargate = [{ capacityProvider: 'FARGATE', weight: 1 }]
const loadBalancers = [{ targetGroupArn: 'green', containerName: 'app', containerPort: 80 }]

describe('UpdateService', () => {
  it('changes the desired count without a deployment', async () => {
    const { aws, web, update } = setUp()
    const { primary } = web
    const { service } = await update({ desiredCount: 4 })
    expect(service).toMatchObject({ desiredCount: 4, runningCount: 2 })
    await aws.run(300)
    expect(web.runningCount).toBe(4)
    expect(web.primary).toBe(primary)
  })

  it.each([
    { forceNewDeployment: true },
    { taskDefinition: 'web:2' },
    { loadBalancers },
    { capacityProviderStrategy: toFargate, forceNewDeployment: true },
  ])('replaces all tasks with %j', async (input) => {
    const { aws, web, update } = setUp()
    const before = new Set(web.tasks)
    const { service } = await update(input)
    expect(service?.deployments).toMatchObject([{ status: 'PRIMARY' }, { status: 'ACTIVE' }])
    await aws.run(600)
    expect([...web.tasks].filter((task) => before.has(task))).toEqual([])
    expect(web.servingCount).toBe(2)
    if (input.capacityProviderStrategy) expect(countsByProvider(web)).toEqual({ FARGATE: 2 })
  })

  it('does nothing without a change', async () => {
    const { web, update } = setUp()
    const same = [{ capacityProvider: 'FARGATE_SPOT', weight: 1, base: 0 }]
    await update({ desiredCount: 2, taskDefinition: 'web:1', capacityProviderStrategy: same })
    expect(web.deployments).toHaveLength(1)
  })

  it.each<[string, Partial<UpdateServiceCommandInput>, string]>([
    ['a strategy without force', { capacityProviderStrategy: toFargate }, 'must force a new'],
    ['a negative count', { desiredCount: -1 }, 'whole number'],
    [
      'an unknown provider',
      { capacityProviderStrategy: [{ capacityProvider: 'x', weight: 1 }] },
      "'x' was not found",
    ],
    [
      'a strategy without weight',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', base: 1 }] },
      'weight above 0',
    ],
    [
      'two bases',
      {
        capacityProviderStrategy: ['FARGATE', 'FARGATE_SPOT'].map((capacityProvider) => ({
          capacityProvider,
          base: 1,
          weight: 1,
        })),
      },
      'one base only',
    ],
    [
      'Fargate and instances together',
      {
        capacityProviderStrategy: ['FARGATE', 'group'].map((capacityProvider) => ({
          capacityProvider,
          weight: 1,
        })),
      },
      'cannot contain a mix',
    ],
  ])('rejects %s', async (_, input, message) => {
    const { aws, web, update } = setUp()
    const scaling = { kind: 'managed' as const }
    aws.addAutoScalingGroup({ name: 'group', tasksPerInstance: 1, maxInstances: 1, scaling })
    await expect(update(input)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(message),
    })
    expect([web.desiredCount, web.deployments.length]).toEqual([2, 1])
  })

  it('distinguishes a missing service, an inactive service and a missing cluster', async () => {
    const { aws, web, update } = setUp()
    await expect(update({ service: 'x' })).rejects.toMatchObject({
      name: 'ServiceNotFoundException',
    })
    await expect(update({ cluster: 'x' })).rejects.toMatchObject({
      name: 'ClusterNotFoundException',
    })
    aws.deleteService(web)
    await expect(update({ desiredCount: 1 })).rejects.toMatchObject({
      name: 'ServiceNotActiveException',
    })
  })
})

describe('UpdateService on a CODE_DEPLOY service', () => {
  const suffix =
    'on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.'

  it('changes the desired count', async () => {
    const { aws, web, update } = setUp({ controller: 'CODE_DEPLOY' })
    await update({ desiredCount: 5 })
    await aws.run(300)
    expect(web.runningCount).toBe(5)
  })

  it.each<[Partial<UpdateServiceCommandInput>, string]>([
    [{ forceNewDeployment: true }, `Cannot force a new deployment ${suffix}`],
    [{ taskDefinition: 'web:2' }, `Unable to update task definition ${suffix}`],
    [{ loadBalancers }, `Unable to update load balancers ${suffix}`],
    [
      { capacityProviderStrategy: toFargate },
      `Unable to update capacity provider strategy ${suffix}`,
    ],
  ])('rejects %j', async (input, message) => {
    const { web, update } = setUp({ controller: 'CODE_DEPLOY' })
    await expect(update({ desiredCount: 5, ...input })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message,
    })
    expect(web.desiredCount).toBe(2)
  })
})
