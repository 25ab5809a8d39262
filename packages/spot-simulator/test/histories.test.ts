import fc from 'fast-check'
import { CapacityTrace, EcsSimulation, type Service, type Task, unlimited } from '../src'

const loadBalancers = [{ targetGroupArn: 'blue', containerName: 'app', containerPort: 80 }]

interface Simulated {
  readonly aws: EcsSimulation
  readonly services: readonly Service[]
}

type Step = (simulated: Simulated) => void

const index = fc.nat({ max: 3 })
const providers = ['FARGATE', 'FARGATE_SPOT', 'ec2', 'ec2-spot']

const steps: fc.Arbitrary<{ readonly text: string; readonly run: Step }> = fc.oneof(
  step('set-desired-count', index, fc.nat({ max: 7 }), ({ aws, services }, service, count) => {
    aws.setDesiredCount(services[service] as Service, count)
  }),
  step('set-capacity', index, fc.nat({ max: 6 }), ({ aws }, provider, count) => {
    aws.setTrace(providers[provider] as string, CapacityTrace.constant(count))
  }),
  step('release', index, fc.nat({ max: 2 }), ({ aws, services }, number, revision) => {
    const service = services[number] as Service
    const release = { taskDefinition: `app:${revision + 1}` }
    if (service.controller === 'ECS') aws.deploy(service, release)
    else if (service.deployments.length === 1) aws.startGreen(service, release)
    else if (revision === 0) aws.rerouteTraffic(service)
    else aws.terminateOtherTaskSet(service)
  }),
  step('interrupt', index, fc.nat({ max: 6 }), ({ aws, services }, service, number) => {
    const task = [...(services[service] as Service).tasks][number]
    if (task?.provider.isSpot) aws.interruptTask(task)
  }),
  step('break-zone', fc.constant(0), fc.integer({ min: 1, max: 900 }), ({ aws }, _, seconds) => {
    aws.breakZone('us-east-1a', seconds)
  }),
)

function step(
  name: string,
  one: fc.Arbitrary<number>,
  other: fc.Arbitrary<number>,
  run: (simulated: Simulated, one: number, other: number) => void,
) {
  return fc.tuple(one, other).map(([first, second]) => ({
    text: `${name} ${first} ${second}`,
    run: (simulated: Simulated) => run(simulated, first, second),
  }))
}

const history = fc.array(fc.record({ seconds: fc.integer({ min: 0, max: 400 }), step: steps }), {
  maxLength: 25,
})

function createSimulated(seed: number): Simulated {
  const aws = new EcsSimulation({ seed, missingNotices: 0.2, readLagSeconds: 5 })
  aws.loadBalancers.createTargetGroup({ name: 'blue', arn: 'blue' })
  const group = { tasksPerInstance: 2, maxInstances: 30, scaling: { kind: 'managed' as const } }
  aws.addAutoScalingGroup({ ...group, name: 'ec2', initialInstances: 2 })
  aws.addAutoScalingGroup({ ...group, name: 'ec2-spot', isSpot: true, spotInstanceDraining: true })
  // This revision never starts.
  aws.defineRevision('app:3', { startFailure: 'CannotPullContainerError' })
  const circuitBreaker = { enable: true, rollback: true }
  const create = (name: string, items: readonly string[], settings = {}) =>
    aws.createService({
      name,
      desiredCount: 3,
      taskDefinition: 'app:1',
      loadBalancers,
      circuitBreaker,
      strategy: items.map((capacityProvider) => ({ capacityProvider, weight: 1 })),
      ...settings,
    })
  return {
    aws,
    services: [
      create('spot', ['FARGATE_SPOT'], { deregistration: 'at-notice' }),
      create('mixed', ['FARGATE', 'FARGATE_SPOT'], {
        minimumHealthyPercent: 50,
        application: 'leaves-at-once',
      }),
      create('blue-green', ['FARGATE'], {
        controller: 'CODE_DEPLOY',
        application: 'leaves-after-30s',
      }),
      create('instances', ['ec2', 'ec2-spot'], { startsSteady: true }),
    ],
  }
}

/** The violated invariants. One `expect` for all, because thousands of them take longer than the simulation. */
function violations({ aws, services }: Simulated): string[] {
  const found: string[] = []
  const check = (isValid: boolean, violation: string) => void (isValid || found.push(violation))
  const blue = aws.loadBalancers.health('blue').filter(({ state }) => state !== 'draining')
  const inBlue = new Set(blue.map(({ id }) => id))
  const isRunning = (task: Task) => task.lastStatus === 'RUNNING'
  const isTarget = (task: Task) =>
    isRunning(task) && !(task.isInterrupted && task.service.taskEnd.deregistration === 'at-notice')
  for (const { name, tasks, deployments, messages } of services) {
    for (const task of tasks) {
      check(inBlue.has(task.ip ?? '') === isTarget(task), `${task.arn} is not in its target group`)
      check(isRunning(task) || !task.isServing, `${task.arn} serves, but does not run`)
      check(
        !task.isInService || (task.isAccepting && inBlue.has(task.ip ?? '')),
        `${task.arn} is in service, but no request reaches it`,
      )
      check(
        task.stopCode !== undefined || task.desiredStatus === 'RUNNING',
        `${task.arn} stops without a code`,
      )
    }
    const primaries = deployments.filter(({ status }) => status === 'PRIMARY')
    check(primaries.length === 1, `${name} has ${primaries.length} PRIMARY deployments`)
    check(messages.length <= 100, `${name} has ${messages.length} messages`)
  }
  const targets = services.flatMap(({ tasks }) => [...tasks]).filter(isTarget)
  check(inBlue.size === targets.length, `${inBlue.size} targets for ${targets.length} tasks`)
  return found
}

describe('any history', () => {
  it('keeps all parts consistent, and ends steady once capacity returns', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), history, async (seed, events) => {
        const simulated = createSimulated(seed)
        const { aws, services } = simulated
        for (const { seconds, step: event } of events) {
          await aws.run(seconds)
          event.run(simulated)
          expect(violations(simulated)).toEqual([])
        }
        for (const provider of providers) aws.setTrace(provider, unlimited())
        // Waits until broken zones recover: before that, the circuit breaker would fail the next deployments.
        await aws.run(900)
        // Replaces revisions that cannot start, as an operator would.
        for (const service of services) {
          if (service.controller === 'ECS') aws.deploy(service, { taskDefinition: 'app:2' })
          else {
            if (service.deployments.length > 1) aws.terminateOtherTaskSet(service)
            if (service.primary.release.taskDefinition.endsWith(':3')) {
              aws.startGreen(service, { taskDefinition: 'app:2' })
              aws.rerouteTraffic(service)
              aws.terminateOtherTaskSet(service)
            }
          }
        }
        await aws.run(2 * 3600)
        expect(violations(simulated)).toEqual([])
        for (const { name, servingCount, isSteady, desiredCount, tasks } of services) {
          expect({ name, servingCount, isSteady, tasks: tasks.size }).toEqual({
            name,
            servingCount: desiredCount,
            isSteady: true,
            tasks: desiredCount,
          })
        }
      }),
      { numRuns: 200 },
    )
  })
})
