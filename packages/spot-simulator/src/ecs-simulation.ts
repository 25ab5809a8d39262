import * as home from './aws/account'
import { LoadBalancers } from './aws/load-balancers'
import { Arns } from './ecs/arns'
import { AsgProvider } from './ecs/asg/asg-provider'
import type { AutoScalingGroupSettings } from './ecs/asg/settings'
import type { ZoneTraces } from './ecs/capacity-pool'
import type { CapacityProvider } from './ecs/capacity-provider'
import { Cluster } from './ecs/cluster'
import type { EcsContext, Observer, RevisionBehaviour } from './ecs/context'
import type { Release } from './ecs/deployment'
import { FargateProvider } from './ecs/fargate-provider'
import { Ids } from './ecs/ids'
import type { Rate } from './ecs/rate-limit'
import { Service } from './ecs/service'
import { ServiceControl } from './ecs/service-control'
import { ServiceScheduler } from './ecs/service-scheduler'
import { type ReleaseSettings, releaseOf, type ServiceSettings } from './ecs/service-settings'
import { defaultTiming, type Timing } from './ecs/settings'
import type { Task } from './ecs/task'
import { refuseBadCount, refuseBadStrategy } from './ecs/update-service'
import { EcsApi } from './ecs-api'
import { AwsEndpoint } from './endpoint'
import { type DeliverySettings, EventBus } from './event-bus'
import { Simulation } from './simulation'
import { unlimited } from './synthetic-traces'
import { CapacityTrace } from './trace'

export interface EcsSimulationSettings {
  readonly seed: number
  /** @default us-east-1 */
  readonly region?: string
  /** @default 123456789012 */
  readonly account?: string
  /** @default one, named main */
  readonly clusters?: readonly string[]
  /** What differs from the default timing. */
  readonly timing?: Partial<Timing>
  /** How events are delivered. */
  readonly events?: DeliverySettings
  /**
   * Places for tasks on FARGATE: for the region as one zone, or for each zone by name.
   * @default unlimited
   */
  readonly fargate?: CapacityTrace | ZoneTraces
  /**
   * The same for FARGATE_SPOT.
   * @default unlimited
   */
  readonly fargateSpot?: CapacityTrace | ZoneTraces
  /** @default 20 a second after a burst of 100, for each of the two */
  readonly fargateLaunches?: Rate
  /**
   * Notices of one fall are spread over so long.
   * @default 0
   */
  readonly noticeSpreadSeconds?: number
  /**
   * ECS calls above this rate are refused.
   * @default none is
   */
  readonly apiCallRate?: Rate
}

/** ECS on a Spot market, in virtual time, behind an endpoint that the SDK talks to. */
export class EcsSimulation {
  readonly simulation: Simulation
  readonly bus: EventBus
  /** Hand its `requestHandler` to the SDK's clients. Other services can be registered on it. */
  readonly endpoint = new AwsEndpoint()
  readonly arns: Arns
  /** Create the target groups of a service before the service. */
  readonly loadBalancers: LoadBalancers
  /** All tasks that can be described, by ARN. */
  readonly tasks: ReadonlyMap<string, Task>
  private readonly context: EcsContext
  private readonly control: ServiceControl
  private readonly scheduler: ServiceScheduler
  private readonly outages = new Map<string, number>()
  private readonly clusters = new Map<string, Cluster>()
  private readonly providers = new Map<string, CapacityProvider>()
  readonly capacityProviders: ReadonlyMap<string, CapacityProvider> = this.providers

  constructor(settings: EcsSimulationSettings) {
    const { seed, region = home.region, account = home.accountId, clusters = ['main'] } = settings
    this.simulation = new Simulation(seed)
    const { simulation } = this
    this.bus = new EventBus(simulation, { region, account }, settings.events)
    this.arns = new Arns(region, account)
    this.loadBalancers = new LoadBalancers(simulation)
    this.context = {
      simulation,
      random: simulation.random.fork('ecs'),
      bus: this.bus,
      arns: this.arns,
      ids: new Ids(simulation.random.fork('ids')),
      timing: { ...defaultTiming, ...settings.timing },
      loadBalancers: this.loadBalancers,
      observers: [],
      revisions: new Map(),
    }
    this.scheduler = new ServiceScheduler(this.context, this.providers)
    this.tasks = this.scheduler.tasks
    this.control = new ServiceControl(this.context, this.scheduler)
    for (const name of clusters) this.clusters.set(name, new Cluster(name, this.arns.cluster(name)))
    this.addFargate('FARGATE', settings.fargate, settings)
    this.addFargate('FARGATE_SPOT', settings.fargateSpot, settings)
    const { context, control, tasks, providers } = this
    const api = new EcsApi({
      context,
      control,
      tasks,
      providers,
      clusters: this.clusters,
      ...(settings.apiCallRate && { callRate: settings.apiCallRate }),
    })
    this.endpoint.register('ecs', api)
    this.endpoint.register('elasticloadbalancing', this.loadBalancers)
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.simulation.now
  }

  run(seconds: number): Promise<void> {
    return this.simulation.run(seconds)
  }

  createService(settings: ServiceSettings): Service {
    const { cluster: clusterName = 'main', name, tags = {}, circuitBreaker } = settings
    const cluster = this.cluster(clusterName)
    refuseBadCount(settings.desiredCount)
    const release = this.release(settings, {
      taskDefinition: this.arns.taskDefinition(`${name}:1`),
      strategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      loadBalancers: [],
    })
    const service = new Service(
      this.arns.service(clusterName, name),
      name,
      clusterName,
      cluster.arn,
      settings.controller ?? 'ECS',
      settings.desiredCount,
      {
        minimumHealthyPercent: settings.minimumHealthyPercent ?? 100,
        maximumPercent: settings.maximumPercent ?? 200,
        circuitBreaker: circuitBreaker ?? { enable: false, rollback: false },
      },
      new Map(Object.entries(tags)),
      this.now,
    )
    cluster.add(service)
    for (const observer of this.context.observers) observer.desired?.(service, undefined)
    if (settings.startsSteady) this.control.createSteady(service, release)
    else this.control.deploy(service, release)
    return service
  }

  /** An Auto Scaling group behind a capacity provider of the same name. */
  addAutoScalingGroup(settings: AutoScalingGroupSettings, cluster = 'main'): AsgProvider {
    if (this.providers.has(settings.name) || /^(aws|ecs|fargate)/i.test(settings.name)) {
      throw new RangeError(`a capacity provider cannot have the name ${settings.name}`)
    }
    const { lifecycle } = this.scheduler
    const touch = ({ service }: Task) => this.scheduler.touch(service)
    const { name } = this.cluster(cluster)
    const provider = new AsgProvider(this.context, lifecycle, touch, name, settings)
    this.providers.set(settings.name, provider)
    return provider
  }

  /** @param reference a name, or an ARN */
  service(reference: string, cluster = 'main'): Service {
    const service = this.cluster(cluster).find(reference)
    if (service === undefined) throw new RangeError(`no service ${reference} in ${cluster}`)
    return service
  }

  /** All of them, in all clusters. */
  get services(): Service[] {
    return [...this.clusters.values()].flatMap(({ services }) => [...services])
  }

  /** It stops its tasks, and is INACTIVE when they are gone. */
  deleteService(service: Service): void {
    this.control.delete(service)
  }

  /** What application autoscaling or a person does. */
  setDesiredCount(service: Service, desiredCount: number): void {
    refuseBadCount(desiredCount)
    this.control.setDesiredCount(service, desiredCount)
  }

  /** A rolling deployment. What is left out stays as it is. */
  deploy(service: Service, release: ReleaseSettings): void {
    if (service.controller !== 'ECS') {
      throw new TypeError(`${service.name} is deployed by CodeDeploy: use startGreen`)
    }
    this.control.deploy(service, this.release(release, service.primary.release))
  }

  /** CodeDeploy starts the other task set. */
  startGreen(service: Service, release: ReleaseSettings): void {
    this.control.startGreen(service, this.release(release, service.primary.release))
  }

  /** CodeDeploy makes the other task set the PRIMARY. */
  rerouteTraffic(service: Service): void {
    this.control.rerouteTraffic(service)
  }

  /** CodeDeploy ends the task set that is not the PRIMARY. */
  terminateOtherTaskSet(service: Service): void {
    this.control.terminateOtherTaskSet(service)
  }

  /** @param revision `family:1`, or an ARN */
  defineRevision(revision: string, behaviour: RevisionBehaviour): void {
    this.context.revisions.set(this.arns.taskDefinition(revision), behaviour)
  }

  /** From now on another trace, its second 0 now. Where the provider has zones, one of them is to be named. */
  setTrace(provider: string, trace: CapacityTrace, zone?: string): void {
    this.provider(provider).setTrace(trace, zone)
  }

  /** Spot takes this task back, as it does when its trace falls. */
  interruptTask(task: Task): void {
    if (!task.provider.isSpot) throw new TypeError(`${task.arn} is not on Spot`)
    task.provider.interrupt(task)
  }

  /** Nothing can be had in the zone, and what is there goes: Spot with notice, on-demand at once. */
  breakZone(zone: string, seconds: number): void {
    // Outages may overlap: the last one to end mends the zone.
    this.outages.set(zone, (this.outages.get(zone) ?? 0) + 1)
    for (const provider of this.providers.values()) provider.setBroken(zone, true)
    this.simulation.after(seconds, () => {
      const left = (this.outages.get(zone) ?? 1) - 1
      this.outages.set(zone, left)
      if (left > 0) return
      for (const provider of this.providers.values()) provider.setBroken(zone, false)
    })
  }

  observe(observer: Observer): void {
    this.context.observers.push(observer)
  }

  private addFargate(
    name: 'FARGATE' | 'FARGATE_SPOT',
    capacity: CapacityTrace | ZoneTraces = unlimited(),
    { fargateLaunches, noticeSpreadSeconds }: EcsSimulationSettings,
  ): void {
    const provider = new FargateProvider(this.context, this.scheduler.lifecycle, name, {
      zones: capacity instanceof CapacityTrace ? { [`${this.arns.region}a`]: capacity } : capacity,
      ...(fargateLaunches && { launches: fargateLaunches }),
      ...(noticeSpreadSeconds !== undefined && { noticeSpreadSeconds }),
    })
    this.providers.set(name, provider)
  }

  private release(settings: ReleaseSettings, otherwise: Release): Release {
    const release = releaseOf(settings, this.arns, otherwise)
    refuseBadStrategy(release.strategy, new Set(this.providers.keys()))
    return release
  }

  private provider(name: string): CapacityProvider {
    const provider = this.providers.get(name)
    if (provider === undefined) throw new RangeError(`no capacity provider ${name}`)
    return provider
  }

  private cluster(name: string): Cluster {
    const cluster = this.clusters.get(name)
    if (cluster === undefined) throw new RangeError(`no cluster ${name}`)
    return cluster
  }
}
