import {
  accessDenied,
  CapacityTrace,
  crash,
  type DeliverySettings,
  type Deployment,
  failSometimes,
  type Interceptor,
  runBefore,
  type Service,
  type ServiceSettings,
  serverError,
  throttling,
  timeout,
  unlimited,
} from '@tideway/spot-simulator'
import fc from 'fast-check'
import { TestAccount } from './test-account'

/** The kinds of pairs. */
const kinds = [
  'plain',
  'load-balanced',
  'bounded',
  'on-demand-base',
  'instances',
  'several-standbys',
  'blue-green',
] as const
type Kind = (typeof kinds)[number]

/** What can happen, as data, so that a failure can print it. */
export type Step = { readonly afterSeconds: number } & (
  | { readonly do: 'scale'; readonly pair: number; readonly desired: number }
  | { readonly do: 'spot'; readonly provider: SpotProvider; readonly capacity: Capacity }
  | { readonly do: 'on-demand'; readonly provider: OnDemandProvider; readonly capacity: Capacity }
  | { readonly do: 'break-zone'; readonly seconds: number }
  | { readonly do: 'interrupt'; readonly pair: number; readonly task: number }
  | { readonly do: 'release'; readonly pair: number; readonly isGood: boolean }
  | { readonly do: 'call-faults'; readonly probability: number; readonly seconds: number }
  | { readonly do: 'replay'; readonly event: number }
  | { readonly do: 'reconcile-concurrently'; readonly pair: number; readonly times: number }
  | ({ readonly do: 'disturb'; readonly beforeOperation: string } & Disturbance)
)

/** What happens in the middle of a run of the function. */
type Disturbance =
  | { readonly what: 'reconcile'; readonly pair: number }
  | { readonly what: 'scale'; readonly pair: number; readonly desired: number }
  | { readonly what: 'end-spot' }

type Capacity = number | 'unlimited'
type SpotProvider = 'FARGATE_SPOT' | 'ec2-spot'
type OnDemandProvider = 'FARGATE' | 'ec2'

export interface History {
  readonly seed: number
  readonly kinds: readonly Kind[]
  readonly delivery: DeliverySettings
  /** ECS sends no event before a Spot instance stops. */
  readonly isSilent: boolean
  readonly steps: readonly Step[]
  /** The Spot capacity after the last step. */
  readonly finalSpot: Readonly<Record<SpotProvider, Capacity>>
}

const pair = fc.nat({ max: 1 })
const desired = fc.integer({ min: 0, max: 6 })
const spotProvider = fc.constantFrom('FARGATE_SPOT' as const, 'ec2-spot' as const)
const capacity = fc.oneof(
  fc.constant('unlimited' as const),
  fc.constant(0),
  fc.integer({ min: 1, max: 6 }),
)
const chance = fc.constantFrom(0, 0.1, 0.5)
const literal = <Name extends string>(name: Name) => fc.constant(name)

const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.record({ what: literal('reconcile'), pair }),
  fc.record({ what: literal('scale'), pair, desired }),
  fc.record({ what: literal('end-spot') }),
)

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.integer({ min: 0, max: 300 }),
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ do: literal('spot'), provider: spotProvider, capacity }),
      },
      { weight: 2, arbitrary: fc.record({ do: literal('scale'), pair, desired }) },
      fc.record({
        do: literal('on-demand'),
        provider: fc.constantFrom('FARGATE' as const, 'ec2' as const),
        capacity: fc.constantFrom(0 as const, 'unlimited' as const),
      }),
      fc.record({ do: literal('break-zone'), seconds: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ do: literal('interrupt'), pair, task: fc.nat({ max: 5 }) }),
      {
        weight: 2,
        arbitrary: fc.record({ do: literal('release'), pair, isGood: fc.boolean() }),
      },
      fc.record({
        do: literal('call-faults'),
        probability: fc.constantFrom(0.05, 0.3, 1),
        seconds: fc.integer({ min: 1, max: 300 }),
      }),
      fc.record({ do: literal('replay'), event: fc.nat() }),
      fc.record({
        do: literal('reconcile-concurrently'),
        pair,
        times: fc.integer({ min: 1, max: 3 }),
      }),
      fc
        .tuple(
          fc.constantFrom(
            'BatchGetItem',
            'DescribeServices',
            'PutItem',
            'UpdateService',
            'Publish',
          ),
          disturbance,
        )
        .map(([beforeOperation, what]) => ({ do: 'disturb' as const, beforeOperation, ...what })),
    ),
  )
  .map(([afterSeconds, what]) => ({ afterSeconds, ...what }))

export const randomHistory: fc.Arbitrary<History> = fc.record({
  seed: fc.nat(),
  kinds: fc.shuffledSubarray([...kinds], { minLength: 1, maxLength: 2 }),
  delivery: fc.record({
    losses: fc.constantFrom(0, 0.3, 1),
    duplicates: chance,
    reorders: chance,
  }),
  isSilent: fc.boolean(),
  // By default, fast-check draws short arrays.
  steps: fc.array(step, { maxLength: 16, size: 'max' }),
  finalSpot: fc.record({ FARGATE_SPOT: capacity, 'ec2-spot': capacity }),
})

export interface RandomPair {
  readonly kind: Kind
  readonly primary: Service
  /** In the order in which they are used. */
  readonly standbys: readonly Service[]
  readonly maxStandby: number
  readonly stabilizationSeconds: number
}

/** A revision whose tasks do not start. */
const badRevision = 9

/** An account that runs a history. */
export class RandomAccount extends TestAccount {
  readonly pairs: readonly RandomPair[]
  /** When a run of the function was last disturbed. */
  disturbedAt = Number.NaN
  /** When each cause of a shortage ends. Infinity while it lasts. */
  private readonly shortUntil = new Map<string, number>()
  private faults: Interceptor[] = []
  private readonly events: object[] = []
  private revision = 1

  constructor(private readonly history: History) {
    super({ seed: history.seed, events: history.delivery })
    this.aws.endpoint.interceptors.push(async (call) => {
      for (const fault of this.faults) await fault(call)
    })
    this.aws.bus.tap((event) => void this.events.push(event))
    this.addGroups()
    this.pairs = history.kinds.map((kind) => this.createPair(kind))
    for (const { kind } of this.pairs) {
      this.aws.defineRevision(`${kind}:${badRevision}`, {
        startFailure: 'CannotPullContainerError',
      })
    }
    // A primary whose tags name a service that is no standby, and standbys of other primaries.
    this.aws.createService({ name: 'not-a-standby', desiredCount: 2, startsSteady: true })
    const claimed = this.pairs.map(({ standbys }) => standbys[0]?.name).join(' ')
    this.aws.createService({
      name: 'wrongly-tagged',
      desiredCount: 2,
      startsSteady: true,
      tags: { 'tideway:standbys': `not-a-standby ${claimed}` },
    })
  }

  async apply(step: Step): Promise<void> {
    const { aws } = this
    switch (step.do) {
      case 'scale':
        return aws.setDesiredCount(this.primary(step.pair), step.desired)
      case 'spot':
      case 'on-demand':
        return this.setCapacity(step.provider, step.capacity)
      case 'break-zone': {
        const until = aws.now + step.seconds * 1000
        this.shortUntil.set('zone', Math.max(until, this.shortUntil.get('zone') ?? 0))
        return aws.breakZone('us-east-1a', step.seconds)
      }
      case 'interrupt': {
        const task = [...this.primary(step.pair).tasks][step.task]
        if (!task?.provider.isSpot) return
        aws.interruptTask(task)
        this.shortUntil.set('one task', aws.now)
        return
      }
      case 'release':
        return this.release(this.primary(step.pair), step.isGood)
      case 'call-faults':
        return this.failCalls(step.probability, step.seconds)
      case 'replay': {
        const event = this.events[step.event % Math.max(1, this.events.length)]
        if (event !== undefined) this.controller.queue('reconcile').send(JSON.stringify(event))
        return
      }
      case 'reconcile-concurrently': {
        const runs = Array.from({ length: step.times }, () => this.reconcile(step.pair))
        await Promise.all(runs)
        return
      }
      case 'disturb':
        this.faults.push(
          runBefore({ operation: step.beforeOperation }, 1, () => this.disturb(step)),
        )
    }
  }

  /** When the capacity of a pair was last short. */
  shortAt({ kind }: RandomPair): number {
    const causes = ['FARGATE_SPOT', 'ec2-spot', 'zone', 'one task']
    // The messages of a service do not name the provider that was short.
    if (kind === 'on-demand-base') causes.push('FARGATE')
    const times = causes.map((cause) => this.shortUntil.get(cause) ?? Number.NEGATIVE_INFINITY)
    return Math.min(this.aws.now, Math.max(...times))
  }

  /** Ends all faults except those of event delivery, and completes releases. */
  endFaults(): void {
    const { aws } = this
    this.faults = []
    for (const provider of ['FARGATE', 'ec2'] as const) this.setCapacity(provider, 'unlimited')
    for (const provider of ['FARGATE_SPOT', 'ec2-spot'] as const) {
      this.setCapacity(provider, this.history.finalSpot[provider])
    }
    for (const { primary } of this.pairs) {
      const [, other] = primary.deployments
      if (primary.controller === 'ECS') {
        if (cannotStart(primary.primary)) this.release(primary, true)
      } else if (other !== undefined) {
        if (!cannotStart(other)) aws.rerouteTraffic(primary)
        aws.terminateOtherTaskSet(primary)
      }
    }
  }

  /** Whether the final Spot capacity can be too low for a pair. Its standbys replace only tasks missing for lack of Spot. */
  lacksSpot({ primary }: RandomPair): boolean {
    const { finalSpot } = this.history
    return primary.primary.release.strategy.some(
      ({ capacityProvider: name }) =>
        (name === 'FARGATE_SPOT' || name === 'ec2-spot') && finalSpot[name] !== 'unlimited',
    )
  }

  private setCapacity(provider: SpotProvider | OnDemandProvider, capacity: Capacity): void {
    this.aws.setTrace(provider, traceOf(capacity))
    if (capacity !== 'unlimited') this.shortUntil.set(provider, Number.POSITIVE_INFINITY)
    else if (this.shortUntil.get(provider) === Number.POSITIVE_INFINITY) {
      this.shortUntil.set(provider, this.aws.now)
    }
  }

  private primary(index: number): Service {
    return (this.pairs[index % this.pairs.length] as RandomPair).primary
  }

  private reconcile(index: number): Promise<void> {
    const services = [this.primary(index).name]
    return this.controller.invoke({
      'detail-type': 'Tideway Look',
      detail: { cluster: 'main', services },
    })
  }

  private async disturb(disturbance: Disturbance): Promise<void> {
    this.disturbedAt = this.aws.now
    if (disturbance.what === 'reconcile') await this.reconcile(disturbance.pair)
    else if (disturbance.what === 'scale') {
      this.aws.setDesiredCount(this.primary(disturbance.pair), disturbance.desired)
    } else this.setCapacity('FARGATE_SPOT', 0)
  }

  /**
   * Makes calls fail for a while. A call that fails after its effect needs no case of its own: for the function it
   * equals a failure of the next call, since the message is retried in both cases.
   */
  private failCalls(probability: number, seconds: number): void {
    const { simulation } = this.aws
    const faults = [throttling, serverError, timeout, accessDenied, crash]
    const random = simulation.random.fork(`faults ${this.faults.length}`)
    const fault = failSometimes({}, probability, random, faults)
    this.faults.push(fault)
    simulation.after(seconds, () => {
      this.faults = this.faults.filter((one) => one !== fault)
    })
  }

  private release(service: Service, isGood: boolean): void {
    const { aws } = this
    const revision = isGood ? 1 + (this.revision++ % (badRevision - 1)) : badRevision
    const taskDefinition = `${service.name}:${revision}`
    const [, green] = service.deployments
    if (service.controller === 'ECS') aws.deploy(service, { taskDefinition })
    else if (green !== undefined) {
      // CodeDeploy moves no traffic to a task set that cannot start.
      if (isGood && !cannotStart(green)) aws.rerouteTraffic(service)
      else aws.terminateOtherTaskSet(service)
    } else {
      const [current] = service.primary.release.loadBalancers
      const other = this.targetGroups(['blue', 'green']).find(
        ({ targetGroupArn }) => targetGroupArn !== current?.targetGroupArn,
      )
      aws.startGreen(service, { taskDefinition, loadBalancers: other ? [other] : [] })
    }
  }

  private addGroups(): void {
    const { isSilent } = this.history
    for (const [name, isSpot] of [
      ['ec2-spot', true],
      ['ec2', false],
    ] as const) {
      this.aws.addAutoScalingGroup({
        name,
        isSpot,
        tasksPerInstance: 2,
        maxInstances: 20,
        initialInstances: isSpot ? 3 : 0,
        scaling: { kind: 'managed' },
        managedDraining: !isSilent,
        spotInstanceDraining: !isSilent,
      })
    }
  }

  private createPair(kind: Kind): RandomPair {
    const { primary, standby } = this.addPair(kind, this.settingsOf(kind))
    const found = { kind, primary, standbys: [standby], maxStandby: 100, stabilizationSeconds: 15 }
    if (kind === 'bounded') return { ...found, maxStandby: 2, stabilizationSeconds: 120 }
    if (kind !== 'several-standbys') return found
    const first = this.aws.createService({
      name: 'several-standbys-ec2',
      desiredCount: 0,
      strategy: [{ capacityProvider: 'ec2', weight: 1 }],
      startsSteady: true,
      taskDefinition: 'several-standbys:1',
      tags: { 'tideway:standby-of': 'several-standbys' },
    })
    return { ...found, standbys: [first, standby] }
  }

  private settingsOf(kind: Kind): Partial<ServiceSettings> {
    const fargateSpot = { capacityProvider: 'FARGATE_SPOT', weight: 1 }
    switch (kind) {
      case 'plain':
        return { circuitBreaker: { enable: true, rollback: true } }
      case 'load-balanced':
        return {
          loadBalancers: this.targetGroups(['load-balanced']),
          tags: { 'tideway:at-notice': 'serve-until-drained' },
        }
      case 'bounded':
        return {
          desiredCount: 4,
          tags: { 'tideway:max-standby': '2', 'tideway:dwell-seconds': '120' },
        }
      case 'on-demand-base':
        return { strategy: [{ capacityProvider: 'FARGATE', base: 1, weight: 0 }, fargateSpot] }
      case 'instances':
        return { strategy: [{ capacityProvider: 'ec2-spot', weight: 1 }] }
      case 'several-standbys':
        return { tags: { 'tideway:standbys': 'several-standbys-ec2 several-standbys-standby' } }
      case 'blue-green': {
        const [blue] = this.targetGroups(['blue', 'green'])
        return {
          controller: 'CODE_DEPLOY',
          loadBalancers: blue ? [blue] : [],
          tags: { 'tideway:at-notice': 'serve-until-drained' },
        }
      }
    }
  }

  private readonly groups = new Map<string, string>()

  private targetGroups(names: readonly string[]) {
    return names.map((name) => {
      const targetGroupArn =
        this.groups.get(name) ?? this.loadBalancers.createTargetGroup({ name, port: 80 })
      this.groups.set(name, targetGroupArn)
      return { targetGroupArn, containerName: 'app', containerPort: 80 }
    })
  }
}

export function cannotStart({ release }: Deployment): boolean {
  return release.taskDefinition.endsWith(`:${badRevision}`)
}

function traceOf(capacity: Capacity): CapacityTrace {
  return capacity === 'unlimited' ? unlimited() : CapacityTrace.constant(capacity)
}
