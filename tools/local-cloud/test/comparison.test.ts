import { spotDiscount } from '@tideway/constructs/prices'
import { CapacityTrace, FunctionHost } from '@tideway/spot-simulator'
import { Session } from '../src/console/session'
import type { Deployed } from '../src/delivery/deployed'
import { inAllZones } from '../src/drought/deployed-capacity'
import { DroughtSimulation } from '../src/drought/drought-simulation'
import { flowsOf } from '../src/load/flows'
import { localArn } from '../src/patches/account'
import { ApplicationAutoscaling } from '../src/patches/application-autoscaling'
import type { StoredService } from '../src/patches/ecs'
import type {
  DeployedPath,
  HealthCheck,
  ListenerRule,
  LoadBalancer,
  SecurityGroup,
  TargetGroup,
} from '../src/path/deployed-path'
import { trackingAlarms } from '../src/scaling/tracking-alarms'
import {
  balancer as anyBalancer,
  emptyPath,
  forwardTo,
  listener,
  rule,
  targetGroup,
} from './deployed-path'
import { nothingDeployed } from './nothing-deployed'

const targetGroupArn = localArn('elasticloadbalancing', 'targetgroup/web/1')
const hourlyPrice = 0.05

function service(serviceName: string, provider: string, desiredCount: number, tags: object) {
  return {
    serviceArn: localArn('ecs', `service/shop/${serviceName}`),
    serviceName,
    clusterName: 'shop',
    status: 'ACTIVE',
    desiredCount,
    taskDefinition: localArn('ecs', 'task-definition/web:1'),
    capacityProviderStrategy: [{ capacityProvider: provider, weight: 1 }],
    loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    tags: Object.entries(tags).map(([key, value]) => ({ key, value: String(value) })),
  } satisfies StoredService
}

const services = [
  service('web', 'FARGATE_SPOT', 3, {
    'tideway:standbys': 'web-standby',
    'tideway:at-notice': 'serve-until-drained',
  }),
  service('web-standby', 'FARGATE', 0, {
    'tideway:standby-of': 'web',
    'tideway:task-price': hourlyPrice,
  }),
]

const forward = forwardTo(targetGroupArn)

function balancer(changes: Partial<LoadBalancer>, conditions: ListenerRule['conditions'] = []) {
  const http = {
    ...listener('shop', 80, [{ ...rule('shop', 1, conditions), actions: [forward] }]),
    protocol: 'HTTP' as const,
    defaultActions: [{ type: 'fixed-response', status: 404 } as const],
  }
  return {
    ...anyBalancer('shop', 'internet-facing', [], [http]),
    arn: localArn('elasticloadbalancing', 'loadbalancer/app/shop/2'),
    ...changes,
  }
}

function pathOf(loadBalancer: LoadBalancer): DeployedPath {
  return {
    ...emptyPath,
    records: [
      {
        name: 'www.example.com',
        type: 'A',
        values: [`dualstack.${loadBalancer.dnsName}.`],
        isPrivate: loadBalancer.scheme === 'internal',
      },
    ],
    loadBalancers: [loadBalancer],
    targetGroups: [{ ...targetGroup(targetGroupArn, 'web'), targetSecurityGroupIds: undefined }],
  }
}

function simulate(
  path = pathOf(balancer({})),
  scaling?: ApplicationAutoscaling,
): DroughtSimulation {
  const deployed: Deployed = {
    ...nothingDeployed,
    services,
    targetGroups: [{ arn: targetGroupArn, name: 'web', port: 8080, targetType: 'ip' }],
  }
  const host = new FunctionHost({ url: '', zipOf: () => undefined })
  return new DroughtSimulation({
    deployed,
    seed: 1,
    host,
    path,
    hasComparison: true,
    ...(scaling && { scaling, alarms: () => trackingAlarms(scaling.policies) }),
  })
}

/** As the controller does. */
function cover(simulation: DroughtSimulation): void {
  const standby = simulation.aws.service('web-standby', 'shop')
  simulation.aws.setDesiredCount(standby, 3)
}

function parts(simulation: DroughtSimulation) {
  const { load, comparison } = simulation
  if (load === undefined || comparison === undefined) throw new Error('there is no load')
  return { load, comparison, totals: () => comparison.totals() }
}

describe('the comparison', () => {
  test('counts the requests that fail without standbys', async () => {
    const simulation = simulate()
    const { load, comparison, totals } = parts(simulation)
    load.requestsPerSecond = 20
    await simulation.run(30)
    simulation.setDrought('FARGATE_SPOT', true)
    cover(simulation)
    for (let minute = 0; minute < 4; minute++) await simulation.run(60)
    const [live, without, onDemand] = totals()
    expect(live).toMatchObject({ policy: 'tideway', longestLossSeconds: 0 })
    // Nothing deregisters the interrupted tasks here, so some requests are in flight at their SIGKILL.
    expect(live?.failed).toBeLessThan(10)
    expect((without?.requests ?? 0) / (live?.requests ?? 0)).toBeCloseTo(1, 1)
    // All of the last two minutes.
    expect(without?.failed).toBeGreaterThan(2000)
    expect(without?.longestLossSeconds).toBeGreaterThan(100)
    expect(onDemand).toMatchObject({ policy: 'on-demand', requests: live?.requests })
    expect(comparison.samples.last).toMatchObject({ policy: 'without' })
    expect(comparison.samples.last?.services.web).toMatchObject({ serving: 0 })
    expect(load.requests.last?.services.web).toMatchObject({ failed: 0 })
  })

  test('follows the market, the desired count and the releases', async () => {
    const simulation = simulate()
    const { comparison } = parts(simulation)
    const primary = simulation.aws.service('web', 'shop')
    const same = comparison.aws.service('web', 'shop')
    simulation.aws.setDesiredCount(primary, 5)
    await simulation.run(200)
    expect(same.servingCount).toBe(5)
    simulation.interruptOne()
    await simulation.run(1)
    const interrupted = [primary, same].map(({ tasks }) =>
      [...tasks].filter((task) => task.isInterrupted).map(({ ordinal }) => ordinal),
    )
    expect(interrupted[0]).toHaveLength(1)
    expect(interrupted[1]).toEqual(interrupted[0])
    simulation.release()
    await simulation.run(400)
    await simulation.run(400)
    expect(same.primary.release.taskDefinition).toBe(primary.primary.release.taskDefinition)
    expect(same.primary.release.taskDefinition).toMatch(/:2$/)
  })

  test('scales by its own load', async () => {
    const scaling = new ApplicationAutoscaling()
    const web = { ServiceNamespace: 'ecs', ResourceId: 'service/shop/web' }
    const key = { ...web, ScalableDimension: 'ecs:service:DesiredCount' }
    scaling.operations.RegisterScalableTarget({ ...key, MinCapacity: 3, MaxCapacity: 9 })
    scaling.operations.PutScalingPolicy({
      ...key,
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
    })
    const simulation = simulate(undefined, scaling)
    const { load, comparison } = parts(simulation)
    load.requestsPerSecond = 300
    await simulation.run(60)
    // One task of three is left, and only the live service has standbys.
    for (const aws of [simulation.aws, comparison.aws]) {
      for (const [index, zone] of Object.keys(inAllZones(CapacityTrace.constant(0))).entries()) {
        aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(index === 0 ? 1 : 0), zone)
      }
    }
    cover(simulation)
    await simulation.run(600)
    const desired = [simulation.aws, comparison.aws].map(
      (aws) => aws.service('web', 'shop').desiredCount,
    )
    expect(desired[0]).toBe(3)
    expect(desired[1]).toBeGreaterThan(3)
  })

  test('has the same application at a notice', async () => {
    const simulation = simulate()
    const { comparison } = parts(simulation)
    simulation.setBehaviour('leaves-at-once')
    simulation.interruptAll()
    await simulation.run(5)
    const accepting = [...comparison.aws.service('web', 'shop').tasks].filter(
      ({ isAccepting }) => isAccepting,
    )
    expect(accepting).toEqual([])
  })

  test('pays for Spot with its discount, and for all on demand without', async () => {
    const simulation = simulate()
    const { totals } = parts(simulation)
    await simulation.run(3600)
    const [live, without, onDemand] = totals()
    expect(onDemand?.dollars).toBeCloseTo(3 * hourlyPrice, 6)
    expect(live?.dollars).toBeCloseTo(3 * hourlyPrice * (1 - spotDiscount.fargate), 6)
    expect(without?.dollars).toBeCloseTo(live?.dollars ?? 0, 6)
  })

  test('is the same for the same seed', async () => {
    const counts = async () => {
      const simulation = simulate()
      const { load, comparison, totals } = parts(simulation)
      load.requestsPerSecond = 5
      await simulation.run(20)
      simulation.interruptAll()
      await simulation.run(180)
      return [totals(), load.failures(), load.requests.all, comparison.samples.all]
    }
    expect(await counts()).toEqual(await counts())
  })
})

describe('the metrics of requests', () => {
  test('have the dimensions of alarms and scaling policies', async () => {
    const simulation = simulate()
    const { load } = parts(simulation)
    const start = simulation.aws.now
    load.requestsPerSecond = 20
    await simulation.run(300)
    const { metrics } = simulation.monitoring
    const sum = (
      namespace: string,
      name: string,
      dimensions: Record<string, string>,
      stat = 'Sum',
    ) =>
      [
        ...metrics
          .series({ namespace, name, dimensions }, stat, {
            start,
            end: start + 300_000,
            period: 300,
          })
          .values(),
      ][0]
    const dimensions = { LoadBalancer: 'app/shop/2', TargetGroup: 'targetgroup/web/1' }
    const namespace = 'AWS/ApplicationELB'
    const { requests } = load.counts.total()
    // Those of the last moment are in flight.
    expect((sum(namespace, 'RequestCount', dimensions) ?? 0) / requests).toBeCloseTo(1, 2)
    expect(sum(namespace, 'HTTPCode_Target_2XX_Count', dimensions)).toBe(
      sum(namespace, 'RequestCount', { LoadBalancer: 'app/shop/2' }),
    )
    expect(sum(namespace, 'HTTPCode_Target_5XX_Count', dimensions)).toBeUndefined()
    expect(sum(namespace, 'HealthyHostCount', dimensions, 'Minimum')).toBe(3)
    expect(sum(namespace, 'TargetResponseTime', dimensions, 'Average')).toBeCloseTo(0.124, 1)
    const perTarget = { TargetGroup: 'targetgroup/web/1' }
    expect((sum(namespace, 'RequestCountPerTarget', perTarget) ?? 0) / (requests / 3)).toBeCloseTo(
      1,
      2,
    )
    const ecs = { ClusterName: 'shop', ServiceName: 'web' }
    // 20 requests a second of 0.124 s, on three tasks with 32 workers each.
    const percent = (100 * 20 * 0.124) / (3 * 32)
    expect((sum('AWS/ECS', 'CPUUtilization', ecs, 'Average') ?? 0) / percent).toBeCloseTo(1, 1)
    expect(sum('AWS/ECS', 'MemoryUtilization', ecs, 'Average')).toBeGreaterThan(0)
    expect(
      sum('AWS/ECS', 'CPUUtilization', { ClusterName: 'shop', ServiceName: 'web-standby' }),
    ).toBeUndefined()
  })

  test('leave out the targets of a group that is not in the simulation', async () => {
    const path = pathOf(balancer({}))
    const other = localArn('elasticloadbalancing', 'targetgroup/other/5')
    const simulation = simulate({
      ...path,
      loadBalancers: [
        balancer({
          listeners: balancer({}).listeners.map((listener) => ({
            ...listener,
            rules: [],
            defaultActions: [
              { type: 'forward', targetGroups: [{ targetGroupArn: other, weight: 1 }] },
            ],
          })),
        }),
      ],
      targetGroups: path.targetGroups.flatMap((group) => [
        group,
        { ...group, arn: other, name: 'other' },
      ]),
    })
    const { requests } = simulation
    const routed = requests?.path.route(
      {
        scheme: 'http',
        host: 'www.example.com',
        method: 'GET',
        path: '/',
        headers: {},
        clientIp: '198.18.0.1',
      },
      simulation.aws.now,
    )
    expect(routed).toMatchObject({ kind: 'answer', response: { status: 503 } })
    await simulation.run(60)
  })

  test('of a load balancer without targets are its own errors', async () => {
    const simulation = simulate()
    const { load } = parts(simulation)
    simulation.setBehaviour('leaves-at-once')
    load.requestsPerSecond = 20
    const start = simulation.aws.now
    simulation.interruptAll()
    await simulation.run(60)
    const series = simulation.monitoring.metrics.series(
      {
        namespace: 'AWS/ApplicationELB',
        name: 'HTTPCode_ELB_5XX_Count',
        dimensions: { LoadBalancer: 'app/shop/2' },
      },
      'Sum',
      { start, end: start + 60_000, period: 60 },
    )
    expect([...series.values()][0]).toBe(load.counts.total().failed)
  })
})

describe('the flow of a service', () => {
  const flowOf = (path: DeployedPath) => {
    const simulation = simulate(path)
    const { primaries, pairOf, requests, aws, application } = simulation
    if (requests === undefined) throw new Error('there are no requests')
    const route = requests.path.route.bind(requests.path)
    const props = { ...application, deployed: path, now: aws.now, primaries, pairOf }
    return flowsOf({ ...props, route }).flows[0]
  }

  test('is what its rule asks for', () => {
    const path = pathOf(
      balancer({}, [
        { field: 'host-header', values: ['*.example.com'] },
        { field: 'path-pattern', values: ['/shop/*'] },
        { field: 'http-request-method', values: ['POST'] },
        { field: 'http-header', name: 'X-Tenant', values: ['north'] },
        { field: 'query-string', values: [{ key: 'version', value: '2' }] },
      ]),
    )
    expect(flowOf(path)).toMatchObject({
      service: 'web',
      share: 1,
      request: {
        scheme: 'http',
        host: 'www.example.com',
        path: '/shop/?version=2',
        method: 'POST',
        headers: { 'x-tenant': 'north' },
      },
    })
  })

  test('of an internal load balancer comes from a group that it allows', () => {
    const path = pathOf(balancer({ scheme: 'internal', securityGroupIds: ['sg-1'] }))
    const ingress = [
      { protocol: 'tcp', fromPort: 80, toPort: 80, cidrs: [], groupIds: ['sg-2'], prefixLists: [] },
    ]
    const group = { id: 'sg-1', name: 'internal', ingress, egress: [] }
    expect(flowOf({ ...path, securityGroups: [group] })?.request).toMatchObject({
      host: 'www.example.com',
      callerGroupIds: ['sg-2'],
    })
  })

  test('exists also where no request can reach the service', () => {
    const path = pathOf(balancer({}, [{ field: 'host-header', values: ['other.example.com'] }]))
    expect(flowOf(path)?.request.host).toBe('other.example.com')
  })
})

test('a session starts a load that the tasks of the site manage', () => {
  const simulation = simulate()
  const session = new Session({ simulation, stacks: [], phase: 'synthesized', sources: {} })
  expect(session.state()).toMatchObject({
    load: 200,
    programs: { kind: 'stand-ins', requestsPerSample: 1 },
    comparison: [{ policy: 'tideway' }, { policy: 'without' }, { policy: 'on-demand' }],
  })
  session.act({ kind: 'load', requestsPerSecond: 5000 })
  expect(session.state()).toMatchObject({ load: 5000, programs: { requestsPerSample: 2 } })
})

test('a session stands still while another simulation starts, and keeps its drought', async () => {
  const stage = () =>
    ({ simulation: simulate(), stacks: [], phase: 'deployed', sources: {} }) as const
  const first = stage()
  const session = new Session(first)
  const [provider = ''] = session.state().spotProviders
  session.act({ kind: 'drought', provider, on: true })
  const running = session.run()
  const next = stage()
  await session.move(async () => {
    const { now } = first.simulation.aws
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(first.simulation.aws.now).toBe(now)
    return next
  })
  expect(session.simulation).toBe(next.simulation)
  expect(session.state().droughts).toEqual([provider])
  await expect(session.move(() => Promise.reject(new Error('no answer')))).rejects.toThrow(
    'no answer',
  )
  const { now } = next.simulation.aws
  while (next.simulation.aws.now === now) await new Promise((resolve) => setTimeout(resolve, 10))
  session.stop()
  await running
})

describe('health checks', () => {
  const group: SecurityGroup = {
    id: 'sg',
    name: 'sg',
    ingress: [
      {
        protocol: 'tcp',
        fromPort: 8080,
        toPort: 8080,
        cidrs: [],
        groupIds: ['sg'],
        prefixLists: [],
      },
    ],
    egress: [{ protocol: '-1', cidrs: ['0.0.0.0/0'], groupIds: [], prefixLists: [] }],
  }

  test.each<[Partial<HealthCheck>, TargetGroup['protocolVersion'], number]>([
    [{ matcher: '204' }, 'HTTP1', 3],
    [{ matcher: '12' }, 'GRPC', 3],
    [{ port: 8080 }, 'HTTP1', 3],
    // Only the port of the check is closed.
    [{ port: 9090 }, 'HTTP1', 0],
  ])('of stand-ins, with %j and %s: %i tasks serve', async (check, protocolVersion, serving) => {
    const path = pathOf(balancer({ securityGroupIds: ['sg'] }))
    const simulation = simulate({
      ...path,
      securityGroups: [group],
      targetGroups: path.targetGroups.map((each) => ({
        ...each,
        protocolVersion,
        healthCheck: { ...each.healthCheck, ...check },
        targetSecurityGroupIds: ['sg'],
      })),
    })
    await simulation.run(120)
    expect(simulation.aws.service('web', 'shop').servingCount).toBe(serving)
  })
})
