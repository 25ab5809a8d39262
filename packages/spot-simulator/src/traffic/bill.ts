import { AsgProvider } from '../ecs/asg/asg-provider'
import type { Task } from '../ecs/service'
import type { EcsSimulation } from '../ecs-simulation'

/** In dollars. The README gives the source of each default. */
export interface Prices {
  /** An hour of a task on FARGATE. @default 0.04937: 1 vCPU and 2 GB, Linux on x86, us-east-1 */
  readonly fargateTaskHour: number
  /** An hour of an instance. @default 0.096: m5.large, us-east-1 */
  readonly instanceHour: (provider: string) => number
  /** The price advantage of Spot over on-demand. @default 0.68 */
  readonly spotDiscount: number
  /** Of a task. @default 60 */
  readonly minimumSeconds: number
}

export const defaultPrices: Prices = {
  fargateTaskHour: 0.04048 + 2 * 0.004445,
  instanceHour: () => 0.096,
  spotDiscount: 0.68,
  minimumSeconds: 60,
}

/**
 * The bill of an account by capacity provider, from its creation on. Tasks on Fargate are billed by the second, for a
 * minute at least. Instances are billed by the second, whether or not tasks use them.
 */
export class Bill {
  private readonly dollars = new Map<string, number>()
  private readonly running = new Map<Task, number>()
  private readonly instances = new Map<string, { count: number; since: number }>()
  private readonly prices: Prices

  constructor(
    private readonly aws: EcsSimulation,
    prices: Partial<Prices> = {},
  ) {
    this.prices = { ...defaultPrices, ...prices }
    for (const { tasks } of aws.services) {
      for (const task of tasks) {
        if (task.zone !== undefined && !task.isReleased) this.running.set(task, aws.now)
      }
    }
    for (const provider of aws.capacityProviders.values()) {
      if (provider instanceof AsgProvider)
        this.instance(provider.name, provider.group.instances.size)
    }
    aws.observe({
      paid: (task, change) => this.task(task, change),
      instance: (provider, change) => this.instance(provider, change),
    })
  }

  /** In dollars. A running task is billed for what it has used, a minute at least. */
  get byProvider(): Readonly<Record<string, number>> {
    const dollars = new Map(this.dollars)
    const add = (provider: string, more: number) =>
      dollars.set(provider, (dollars.get(provider) ?? 0) + more)
    for (const [task, since] of this.running) add(task.provider.name, this.taskPrice(task, since))
    for (const [provider, { count, since }] of this.instances) {
      add(provider, this.instancePrice(provider, count, since))
    }
    return Object.fromEntries(dollars)
  }

  get total(): number {
    return Object.values(this.byProvider).reduce((sum, dollars) => sum + dollars, 0)
  }

  private task(task: Task, change: 1 | -1): void {
    if (change > 0) {
      this.running.set(task, this.aws.now)
      return
    }
    const since = this.running.get(task)
    if (since === undefined) return
    this.running.delete(task)
    this.add(task.provider.name, this.taskPrice(task, since))
  }

  private instance(provider: string, change: number): void {
    const { count, since } = this.instances.get(provider) ?? { count: 0, since: this.aws.now }
    this.add(provider, this.instancePrice(provider, count, since))
    this.instances.set(provider, { count: count + change, since: this.aws.now })
  }

  /** Tasks on instances cost nothing beside their instances. */
  private taskPrice({ provider }: Task, since: number): number {
    if (provider.launchType !== 'FARGATE') return 0
    const seconds = Math.max(this.prices.minimumSeconds, (this.aws.now - since) / 1000)
    return (seconds / 3600) * this.prices.fargateTaskHour * this.share(provider.isSpot)
  }

  private instancePrice(provider: string, count: number, since: number): number {
    const isSpot = this.aws.capacityProviders.get(provider)?.isSpot ?? false
    const hours = (count * (this.aws.now - since)) / 3_600_000
    return hours * this.prices.instanceHour(provider) * this.share(isSpot)
  }

  private share(isSpot: boolean): number {
    return isSpot ? 1 - this.prices.spotDiscount : 1
  }

  private add(provider: string, dollars: number): void {
    this.dollars.set(provider, (this.dollars.get(provider) ?? 0) + dollars)
  }
}
