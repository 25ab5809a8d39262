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

/** A pair of each kind that there is. */
const kinds = ['plain', 'balanced', 'few', 'mixed', 'instances', 'ladder', 'colours'] as const
type Kind = (typeof kinds)[number]

/** What may happen, as data: a failure prints it as it is. */
export type Step = { readonly afterSeconds: number } & (
  | { readonly do: 'scale'; readonly pair: number; readonly desired: number }
  | { readonly do: 'spot'; readonly provider: SpotProvider; readonly places: Places }
  | { readonly do: 'on-demand'; readonly provider: OnDemandProvider; readonly places: Places }
  | { readonly do: 'break-zone'; readonly seconds: number }
  | { readonly do: 'interrupt'; readonly pair: number; readonly task: number }
  | { readonly do: 'release'; readonly pair: number; readonly isGood: boolean }
  | { readonly do: 'weather'; readonly probability: number; readonly seconds: number }
  | { readonly do: 'replay'; readonly event: number }
  | { readonly do: 'look-at-once'; readonly pair: number; readonly times: number }
  | ({ readonly do: 'in-between'; readonly before: string } & Between)
)

/** What happens in the middle of a run of the function. */
type Between =
  | { readonly what: 'look'; readonly pair: number }
  | { readonly what: 'scale'; readonly pair: number; readonly desired: number }
  | { readonly what: 'no-spot' }

type Places = number | 'plenty'
type SpotProvider = 'FARGATE_SPOT' | 'ec2-spot'
type OnDemandProvider = 'FARGATE' | 'ec2'

export interface History {
  readonly seed: number
  readonly kinds: readonly Kind[]
  readonly delivery: DeliverySettings
  /** Instances of Spot end without a word from ECS. */
  readonly isSilent: boolean
  readonly steps: readonly Step[]
  /** What Spot has in the end. */
  readonly left: Readonly<Record<SpotProvider, Places>>
}

const pair = fc.nat({ max: 1 })
const desired = fc.integer({ min: 0, max: 6 })
const spotProvider = fc.constantFrom('FARGATE_SPOT' as const, 'ec2-spot' as const)
const places = fc.oneof(
  fc.constant('plenty' as const),
  fc.constant(0),
  fc.integer({ min: 1, max: 6 }),
)
const chance = fc.constantFrom(0, 0.1, 0.5)
const be = <Name extends string>(name: Name) => fc.constant(name)

const between: fc.Arbitrary<Between> = fc.oneof(
  fc.record({ what: be('look'), pair }),
  fc.record({ what: be('scale'), pair, desired }),
  fc.record({ what: be('no-spot') }),
)

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.integer({ min: 0, max: 300 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: be('spot'), provider: spotProvider, places }) },
      { weight: 2, arbitrary: fc.record({ do: be('scale'), pair, desired }) },
      fc.record({
        do: be('on-demand'),
        provider: fc.constantFrom('FARGATE' as const, 'ec2' as const),
        places: fc.constantFrom(0 as const, 'plenty' as const),
      }),
      fc.record({ do: be('break-zone'), seconds: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ do: be('interrupt'), pair, task: fc.nat({ max: 5 }) }),
      {
        weight: 2,
        arbitrary: fc.record({ do: be('release'), pair, isGood: fc.boolean() }),
      },
      fc.record({
        do: be('weather'),
        probability: fc.constantFrom(0.05, 0.3, 1),
        seconds: fc.integer({ min: 1, max: 300 }),
      }),
      fc.record({ do: be('replay'), event: fc.nat() }),
      fc.record({ do: be('look-at-once'), pair, times: fc.integer({ min: 1, max: 3 }) }),
      fc
        .tuple(
          fc.constantFrom(
            'BatchGetItem',
            'DescribeServices',
            'PutItem',
            'UpdateService',
            'Publish',
          ),
          between,
        )
        .map(([before, what]) => ({ do: 'in-between' as const, before, ...what })),
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
  // Left to itself, fast-check makes them short.
  steps: fc.array(step, { maxLength: 16, size: 'max' }),
  left: fc.record({ FARGATE_SPOT: places, 'ec2-spot': places }),
})

export interface RandomPair {
  readonly kind: Kind
  readonly primary: Service
  /** In the order of the ladder. */
  readonly standbys: readonly Service[]
  readonly maxStandby: number
  readonly stabilizationSeconds: number
}

const badRevision = 9

/** A account in which a history happens. */
export class RandomAccount extends TestAccount {
  readonly pairs: readonly RandomPair[]
  /** When something last happened in the middle of a run. */
  disturbedAt = Number.NaN
  /** Of each cause; without end, while it lasts. */
  private readonly shortUntil = new Map<string, number>()
  private chaos: Interceptor[] = []
  private readonly events: object[] = []
  private revision = 1

  constructor(private readonly history: History) {
    super({ seed: history.seed, events: history.delivery })
    this.aws.endpoint.interceptors.push(async (call) => {
      for (const strike of this.chaos) await strike(call)
    })
    this.aws.bus.tap((event) => void this.events.push(event))
    this.addGroups()
    this.pairs = history.kinds.map((kind) => this.anyPair(kind))
    for (const { kind } of this.pairs) {
      this.aws.defineRevision(`${kind}:${badRevision}`, {
        startFailure: 'CannotPullContainerError',
      })
    }
    // Nobody's standby, whatever a primary says; and a standby that another primary claims.
    this.aws.createService({ name: 'stranger', desiredCount: 2, startsSteady: true })
    const claimed = this.pairs.map(({ standbys }) => standbys[0]?.name).join(' ')
    this.aws.createService({
      name: 'misled',
      desiredCount: 2,
      startsSteady: true,
      tags: { 'tideway:standbys': `stranger ${claimed}` },
    })
  }

  async apply(step: Step): Promise<void> {
    const { aws } = this
    switch (step.do) {
      case 'scale':
        return aws.setDesiredCount(this.primary(step.pair), step.desired)
      case 'spot':
      case 'on-demand':
        return this.setPlaces(step.provider, step.places)
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
      case 'weather':
        return this.weather(step.probability, step.seconds)
      case 'replay': {
        const event = this.events[step.event % Math.max(1, this.events.length)]
        if (event !== undefined) this.controller.queue('reconcile').send(JSON.stringify(event))
        return
      }
      case 'look-at-once': {
        const looks = Array.from({ length: step.times }, () => this.look(step.pair))
        await Promise.all(looks)
        return
      }
      case 'in-between':
        this.chaos.push(runBefore({ operation: step.before }, 1, () => this.disturb(step)))
    }
  }

  /** When a pair last got less than it asked for, as far as its capacity is the cause. */
  shortAt({ kind }: RandomPair): number {
    const causes = ['FARGATE_SPOT', 'ec2-spot', 'zone', 'one task']
    // The messages of a service do not say which of its providers was short.
    if (kind === 'mixed') causes.push('FARGATE')
    const times = causes.map((cause) => this.shortUntil.get(cause) ?? Number.NEGATIVE_INFINITY)
    return Math.min(this.aws.now, Math.max(...times))
  }

  /** No more faults, but for the delivery of events. Releases end as people would end them. */
  settle(): void {
    const { aws } = this
    this.chaos = []
    for (const provider of ['FARGATE', 'ec2'] as const) this.setPlaces(provider, 'plenty')
    for (const provider of ['FARGATE_SPOT', 'ec2-spot'] as const) {
      this.setPlaces(provider, this.history.left[provider])
    }
    for (const { primary } of this.pairs) {
      const [, other] = primary.deployments
      if (primary.controller === 'ECS') {
        if (isBad(primary.primary)) this.release(primary, true)
      } else if (other !== undefined) {
        if (!isBad(other)) aws.rerouteTraffic(primary)
        aws.terminateOtherTaskSet(primary)
      }
    }
  }

  /** Whether what is left of Spot in the end may be too little for a pair. What it lacks else, no standby is for. */
  lacksSpot({ primary }: RandomPair): boolean {
    const { left } = this.history
    return primary.primary.release.strategy.some(
      ({ capacityProvider: name }) =>
        (name === 'FARGATE_SPOT' || name === 'ec2-spot') && left[name] !== 'plenty',
    )
  }

  private setPlaces(provider: SpotProvider | OnDemandProvider, places: Places): void {
    this.aws.setTrace(provider, traceOf(places))
    if (places !== 'plenty') this.shortUntil.set(provider, Number.POSITIVE_INFINITY)
    else if (this.shortUntil.get(provider) === Number.POSITIVE_INFINITY) {
      this.shortUntil.set(provider, this.aws.now)
    }
  }

  private primary(index: number): Service {
    return (this.pairs[index % this.pairs.length] as RandomPair).primary
  }

  private look(index: number): Promise<void> {
    const services = [this.primary(index).name]
    return this.controller.invoke({
      'detail-type': 'Tideway Look',
      detail: { cluster: 'main', services },
    })
  }

  private async disturb(between: Between): Promise<void> {
    this.disturbedAt = this.aws.now
    if (between.what === 'look') await this.look(between.pair)
    else if (between.what === 'scale') {
      this.aws.setDesiredCount(this.primary(between.pair), between.desired)
    } else this.setPlaces('FARGATE_SPOT', 0)
  }

  /**
   * A call that fails after it was done looks as one that fails at the next call: the message comes again
   * in both cases. So that is not another kind of weather.
   */
  private weather(probability: number, seconds: number): void {
    const { simulation } = this.aws
    const faults = [throttling, serverError, timeout, accessDenied, crash]
    const random = simulation.random.fork(`weather ${this.chaos.length}`)
    const strike = failSometimes({}, probability, random, faults)
    this.chaos.push(strike)
    simulation.after(seconds, () => {
      this.chaos = this.chaos.filter((one) => one !== strike)
    })
  }

  private release(service: Service, isGood: boolean): void {
    const { aws } = this
    const revision = isGood ? 1 + (this.revision++ % (badRevision - 1)) : badRevision
    const taskDefinition = `${service.name}:${revision}`
    if (service.controller === 'ECS') aws.deploy(service, { taskDefinition })
    else if (service.deployments.length > 1) {
      if (isGood) aws.rerouteTraffic(service)
      else aws.terminateOtherTaskSet(service)
    } else {
      const [now] = service.primary.release.loadBalancers
      const other = this.targetGroups(['blue', 'green']).find(
        ({ targetGroupArn }) => targetGroupArn !== now?.targetGroupArn,
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

  private anyPair(kind: Kind): RandomPair {
    const { primary, standby } = this.addPair(kind, this.settingsOf(kind))
    const found = { kind, primary, standbys: [standby], maxStandby: 100, stabilizationSeconds: 60 }
    if (kind === 'few') return { ...found, maxStandby: 2, stabilizationSeconds: 120 }
    if (kind !== 'ladder') return found
    const first = this.aws.createService({
      name: 'ladder-ec2',
      desiredCount: 0,
      strategy: [{ capacityProvider: 'ec2', weight: 1 }],
      startsSteady: true,
      taskDefinition: 'ladder:1',
      tags: { 'tideway:standby-of': 'ladder' },
    })
    return { ...found, standbys: [first, standby] }
  }

  private settingsOf(kind: Kind): Partial<ServiceSettings> {
    const fargateSpot = { capacityProvider: 'FARGATE_SPOT', weight: 1 }
    switch (kind) {
      case 'plain':
        return { circuitBreaker: { enable: true, rollback: true } }
      case 'balanced':
        return { loadBalancers: this.targetGroups(['balanced']) }
      case 'few':
        return {
          desiredCount: 4,
          tags: { 'tideway:max-standby': '2', 'tideway:dwell-seconds': '120' },
        }
      case 'mixed':
        return { strategy: [{ capacityProvider: 'FARGATE', base: 1, weight: 0 }, fargateSpot] }
      case 'instances':
        return { strategy: [{ capacityProvider: 'ec2-spot', weight: 1 }] }
      case 'ladder':
        return { tags: { 'tideway:standbys': 'ladder-ec2 ladder-standby' } }
      case 'colours': {
        const [blue] = this.targetGroups(['blue', 'green'])
        return { controller: 'CODE_DEPLOY', loadBalancers: blue ? [blue] : [] }
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

export function isBad({ release }: Deployment): boolean {
  return release.taskDefinition.endsWith(`:${badRevision}`)
}

function traceOf(places: Places): CapacityTrace {
  return places === 'plenty' ? unlimited() : CapacityTrace.constant(places)
}
