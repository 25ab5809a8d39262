import {
  drought,
  type EcsSimulationSettings,
  Ledger,
  onOff,
  partialReturns,
  Random,
  type ServiceSettings,
} from '@tideway/spot-simulator'
import { DirectAccount, SimulatedController, type SimulatedPair } from '../harness'
import { type Counts, clusterMeters } from '../src/meter-names'
import { sumOf } from '../src/meters'

const day = 86_400

/** In US dollars an hour on demand. Each service has another price, so that money is not a multiple of time. */
const prices: Readonly<Record<string, number>> = { api: 0.1, web: 0.04, base: 0.25, worker: 0.07 }

/** Between two reconciles of a calm pair, and of an open one. A cluster with more pairs has longer ones. */
export interface SweepMinutes {
  readonly calm: number
  readonly open: number
}

/** What differs between a month and a shorter time with the same kinds of events. */
export interface MonthSettings {
  /** @default 30 */
  readonly days?: number
  readonly sweepMinutes: SweepMinutes
}

/**
 * A month of an account: services on Spot, on an on-demand base with Spot above it, and on instances; a desired count that
 * follows the day, droughts of several kinds, notices, releases, a pause and a hold.
 */
export class SimulatedMonth {
  readonly account: DirectAccount
  readonly controller: SimulatedController
  readonly ledger: Ledger
  readonly sums = new Map<string, number>()
  readonly pairs: readonly SimulatedPair[]
  private readonly start: number
  private isEnding = false

  constructor(
    readonly seed: number,
    private readonly settings: MonthSettings,
  ) {
    this.account = new DirectAccount(monthly(seed, this.days))
    const { aws, loadBalancers } = this.account
    this.start = aws.now
    this.controller = new SimulatedController(this.account, {
      onLog: (line) => this.add(line),
      maySweep: () => this.maySweep(),
    })
    const targetGroupArn = loadBalancers.createTargetGroup({
      name: 'web',
      port: 80,
      deregistrationDelaySeconds: 90,
    })
    const group = { tasksPerInstance: 2, maxInstances: 20, scaling: { kind: 'managed' } } as const
    aws.addAutoScalingGroup({
      ...group,
      name: 'ec2-spot',
      isSpot: true,
      initialInstances: 3,
      spotInstanceDraining: true,
      capacity: drought({ fromSeconds: this.dateOf(11), toSeconds: this.dateOf(11.2) }),
    })
    aws.addAutoScalingGroup({ ...group, name: 'ec2', initialInstances: 1 })
    const add = (name: string, settings: Partial<ServiceSettings>, standby?: string[]) =>
      this.account.addPair(name, settings, { 'tideway:task-price': `${prices[name]}` }, standby)
    this.pairs = [
      add('api', { desiredCount: 4 }),
      add('web', {
        desiredCount: 3,
        loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 80 }],
      }),
      add('base', {
        desiredCount: 3,
        strategy: [
          { capacityProvider: 'FARGATE', base: 2, weight: 0 },
          { capacityProvider: 'FARGATE_SPOT', weight: 1 },
        ],
      }),
      add('worker', { desiredCount: 4, strategy: [{ capacityProvider: 'ec2-spot', weight: 1 }] }, [
        'ec2',
      ]),
    ]
    this.ledger = new Ledger(aws)
    this.controller.start()
    this.plan()
  }

  private get days(): number {
    return this.settings.days ?? 30
  }

  /** The seconds until a date, which comes earlier where the time is shorter than a month. */
  private dateOf(date: number): number {
    return (date * this.days * day) / 30
  }

  private plan(): void {
    const { aws } = this.account
    const [api, web, base] = this.pairs.map(({ primary }) => primary)
    if (api === undefined || web === undefined || base === undefined) return
    const random = new Random(this.seed)
    for (let date = 0; date < this.days; date++) {
      // Autoscaling follows the day in steps, at no round minute.
      for (const [hour, count] of [
        [7, 5],
        [17, 4],
        [22, 3],
      ] as const) {
        const at = date * day + hour * 3600 + random.between(0, 1800)
        aws.simulation.at(at * 1000 + aws.now, () => aws.setDesiredCount(api, count))
        aws.simulation.at((at + 900) * 1000 + aws.now, () => aws.setDesiredCount(web, count - 1))
      }
    }
    const on = (date: number, action: () => void) =>
      aws.simulation.at(this.dateOf(date) * 1000 + aws.now, action)
    on(4.4, () => aws.release(web, { taskDefinition: 'web:2' }))
    on(19.6, () => aws.release(api, { taskDefinition: 'api:2' }))
    on(8, () => aws.setDesiredCount(base, 0))
    on(9, () => aws.setDesiredCount(base, 3))
    on(14, () => api.tags.set('tideway:hold', 'true'))
    on(16, () => api.tags.delete('tideway:hold'))
    for (let date = 1.3; date < 30; date += 2.7) {
      on(date, () => {
        const [task] = [...web.tasks].filter(({ provider, desiredStatus }) => {
          return provider.isSpot && desiredStatus === 'RUNNING'
        })
        if (task !== undefined) aws.interruptTask(task)
      })
    }
  }

  async run(): Promise<void> {
    await this.account.aws.run(this.days * day - 60)
    this.isEnding = true
    await this.account.aws.run(60)
  }

  private maySweep(): boolean {
    const isWhole = (service: SimulatedPair['primary']) =>
      service.runningCount === service.desiredCount
    const { calm, open } = this.settings.sweepMinutes
    const minute = Math.round(this.account.aws.now / 60_000)
    return (
      this.isEnding ||
      minute - Math.round(this.start / 60_000) < 2 ||
      minute % calm === 0 ||
      (minute % open === 0 &&
        this.pairs.some(({ primary, standby }) => !isWhole(primary) || standby.desiredCount > 0))
    )
  }

  private add(line: Readonly<Record<string, unknown>>): void {
    if (line._aws === undefined) return
    for (const meter of clusterMeters) {
      this.sums.set(meter, (this.sums.get(meter) ?? 0) + Number(line[meter] ?? 0))
    }
  }

  get counts(): Counts {
    return Object.fromEntries(this.sums)
  }

  /** What the ledger of the simulator has for each meter. */
  get expected(): Counts {
    return sumOf(
      this.pairs.flatMap(({ primary, standbys }) => {
        const price = (prices[primary.name] ?? 0) / 3600
        const of = (kind: string, seconds: number) => ({
          [`${kind}TaskSeconds`]: seconds,
          [`${kind}Dollars`]: seconds * price,
        })
        const own = this.ledger.group(primary.arn)
        return [
          of('Spot', own.spotTaskSeconds),
          of('OnDemand', own.onDemandTaskSeconds),
          of('Desired', own.desiredTaskSeconds),
          ...standbys.map(({ arn }) => of('Standby', this.ledger.group(arn).onDemandTaskSeconds)),
        ]
      }),
    )
  }
}

/** FARGATE_SPOT: short and long droughts, and capacity that comes back in part. */
function monthly(seed: number, days: number): Partial<EcsSimulationSettings> {
  const trace = onOff(new Random(seed), {
    meanUpSeconds: 0.4 * days * day,
    meanDownSeconds: 2400,
    untilSeconds: (days + 1) * day,
  })
  return {
    seed,
    fargateSpot: partialReturns(trace, { share: 0.4, full: 60, forSeconds: 900 }),
  }
}
