import { FunctionHost } from '@tideway/spot-simulator'
import type { Deployed } from '../src/delivery/deployed'
import { Drill } from '../src/drought/drill'
import { DroughtSimulation } from '../src/drought/drought-simulation'
import { localArn } from '../src/patches/account'
import type { StoredService } from '../src/patches/ecs'
import { nothingDeployed } from './nothing-deployed'

function serviceIn(
  clusterName: string,
  serviceName: string,
  { provider = 'FARGATE_SPOT', desiredCount = 2, tags = {} },
): StoredService {
  return {
    serviceArn: localArn('ecs', `service/${clusterName}/${serviceName}`),
    serviceName,
    clusterName,
    status: 'ACTIVE',
    desiredCount,
    taskDefinition: localArn('ecs', `task-definition/${serviceName}:1`),
    capacityProviderStrategy: [{ capacityProvider: provider, weight: 1 }],
    tags: Object.entries(tags).map(([key, value]) => ({ key, value: String(value) })),
  }
}

/** A primary and its standby, as an owner tags them. */
const pairIn = (cluster: string) => [
  serviceIn(cluster, 'web', { tags: { 'tideway:standbys': 'web-standby' } }),
  serviceIn(cluster, 'web-standby', {
    provider: 'FARGATE',
    desiredCount: 0,
    tags: { 'tideway:standby-of': 'web' },
  }),
]

const shortPlan = { releaseAt: 9000, droughtAt: 10, droughtEndsAt: 200, endsAt: 600 }

function simulationOf(changes: Partial<Deployed>): DroughtSimulation {
  const deployed = { ...nothingDeployed, ...changes }
  const host = new FunctionHost({ url: '', zipOf: () => undefined })
  return new DroughtSimulation({ deployed, seed: 1, host })
}

describe('services with the same names in two clusters', () => {
  const simulation = simulationOf({ services: [...pairIn('shop'), ...pairIn('other')] })
  const [web] = simulation.primaries
  if (web === undefined) throw new Error('there is no primary')
  const [standby] = simulation.standbys(web)
  if (standby === undefined) throw new Error('there is no standby')

  test('are separate pairs', () => {
    expect(simulation.primaries.map(simulation.pairOf)).toEqual(['shop/web', 'other/web'])
    expect(simulation.standbys(web).map(({ arn }) => arn)).toEqual([
      localArn('ecs', 'service/shop/web-standby'),
    ])
  })

  test('are counted, and reported by a drill, each by its cluster', async () => {
    const drill = new Drill(simulation, shortPlan)
    simulation.aws.setDesiredCount(standby, 1)
    await simulation.run(100)
    const counts = simulation.timeline.taskCounts()
    expect(counts['shop/web']).toMatchObject({ desired: 2, onDemand: 1 })
    expect(counts['other/web']).toMatchObject({ desired: 2, onDemand: 0 })
    simulation.aws.setDesiredCount(standby, 0)
    await simulation.run(600)
    const { services } = drill.report()
    expect(services.map(({ name, maxStandbyTasks }) => [name, maxStandbyTasks])).toEqual([
      ['shop/web', 1],
      ['other/web', 0],
    ])
  })
})

test('only the notices of clusters with standbys must reach a function', async () => {
  const services = [...pairIn('shop'), serviceIn('other', 'web', {})]
  const simulation = simulationOf({ services })
  const drill = new Drill(simulation, shortPlan)
  await simulation.run(100)
  const texts = simulation.timeline.entries.all.map(({ text }) => text)
  expect(texts).toContain('a task of other/web has two minutes left')
  expect(drill.report().failures).toContain('delivery: 2 interruption notices reached no function')
})

test('one cluster needs no prefix', () => {
  const simulation = simulationOf({ services: pairIn('shop') })
  expect(Object.keys(simulation.timeline.taskCounts())).toEqual(['web'])
})

test('the group of a capacity provider is in the cluster of its services', () => {
  const group = {
    providerName: 'graviton-spot',
    groupName: 'graviton-spot',
    isSpot: true,
    minInstances: 0,
    maxInstances: 4,
    targetCapacityPercent: 100,
  }
  const services = [
    serviceIn('shop', 'web', {}),
    serviceIn('batch', 'jobs', { provider: 'graviton-spot' }),
  ]
  const { aws } = simulationOf({ services, groups: [group] })
  const [jobs] = aws.services.filter(({ clusterName }) => clusterName === 'batch')
  const instances = [...(jobs?.tasks ?? [])].map(({ host }) => host?.containerInstanceArn)
  expect(instances).toHaveLength(2)
  for (const arn of instances) expect(arn).toContain(':container-instance/batch/')
})

describe('a rule for interrupted instances', () => {
  const rule = {
    name: 'instances',
    arn: localArn('events', 'rule/instances'),
    pattern: { source: ['aws.ec2'] },
    targets: [{ arn: localArn('sqs', 'queue'), queueName: 'queue' }],
  }
  const failuresOf = (isEnabled: boolean) =>
    new Drill(simulationOf({ services: pairIn('shop'), rules: [{ ...rule, isEnabled }] }))
      .report()
      .failures.filter((failure) => failure.startsWith('rule instances'))

  test('needs no event where no capacity provider has instances', () => {
    expect(failuresOf(true)).toEqual([])
  })

  test('must still be enabled', () => {
    expect(failuresOf(false)).toEqual(['rule instances: it is disabled'])
  })
})
