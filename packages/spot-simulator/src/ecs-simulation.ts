import { accountId, region } from './aws/account'
import { LoadBalancers } from './aws/load-balancers'
import { type Application, type TaskEnd, taskEnd } from './ecs/application'
import { Arns } from './ecs/arns'
import { AsgProvider } from './ecs/asg/asg-provider'
import type { AutoScalingGroupSettings } from './ecs/asg/settings'
import { type BlueGreenSettings, completeBlueGreen } from './ecs/blue-green'
import type { ZoneTraces } from './ecs/capacity-pool'
import type { CapacityProvider } from './ecs/capacity-provider'
import { Cluster } from './ecs/cluster'
import type { EcsContext, Observer, Programs, RevisionBehaviour } from './ecs/context'
import type { Release } from './ecs/deployment'
import { FargateProvider } from './ecs/fargate-provider'
import { Ids } from './ecs/ids'
import type { Rate } from './ecs/rate-limit'
import { ReadReplica } from './ecs/read-replica'
import { Service, type Task } from './ecs/service'
import { ServiceControl } from './ecs/service-control'
import { ServiceScheduler } from './ecs/service-scheduler'
import { type ReleaseSettings, releaseOf, type ServiceSettings } from './ecs/service-settings'
import { defaultTiming, type Timing } from './ecs/settings'
import { StandaloneTasks } from './ecs/standalone-tasks'
import { checkCount, checkStrategy } from './ecs/update-service'
import { EcsApi } from './ecs-api'
import { AwsEndpoint } from './endpoint'
import { type DeliverySettings, EventBus } from './event-bus'
import { Simulation } from './simulation'
import { unlimited } from './synthetic-traces'
import { CapacityTrace } from './trace'

/** `TaskEnd` is for services that do not set it. */
export interface EcsSimulationSettings extends Partial<TaskEnd>, Programs {
  readonly seed: number
  /** @default one, named main */
  readonly clusters?: readonly string[]
  /** Overrides of the default timing. */
  readonly timing?: Partial<Timing>
  readonly events?: DeliverySettings
  /**
   * Available tasks on FARGATE: of a region with one zone, or of each zone by name.
   * @default unlimited
   */
  readonly fargate?: CapacityTrace | ZoneTraces
  /**
   * Available tasks on FARGATE_SPOT, in the same form.
   * @default unlimited
   */
  readonly fargateSpot?: CapacityTrace | ZoneTraces
  /** The launch rate of FARGATE, and separately of FARGATE_SPOT. @default 20 a second after a burst of 100 */
  readonly fargateLaunches?: Rate
  /**
   * Spreads the notices of one drop of capacity over this time.
   * @default 0
   */
  readonly noticeSpreadSeconds?: number
  /**
   * The share of interruptions without a notice: the task or the instance ends at once.
   * @default 0
   */
  readonly missingNotices?: number
  /**
   * DescribeServices and DescribeTasks return the state of this time ago.
   * @default 0
   */
  readonly readLagSeconds?: number
  /**
   * ECS calls above this rate are throttled.
   * @default unlimited
   */
  readonly apiCallRate?: Rate
}

/** ECS on a Spot market, in virtual time, behind an endpoint for clients of the SDK. */
export class EcsSimulation {
  readonly simulation: Simulation
  readonly bus: EventBus
  /** Pass its `clientOptions` to clients of the SDK. Other services can be registered on it. */
  readonly endpoint = new AwsEndpoint(() => this.now)
  readonly arns: Arns
  /** Create the target groups of a service before the service. */
  readonly loadBalancers: LoadBalancers
  /** All tasks that DescribeTasks returns, by ARN. */
  readonly tasks: ReadonlyMap<string, Task>
  private readonly context: EcsContext
  private readonly control: ServiceControl
  private readonly scheduler: ServiceScheduler
  private readonly outages = new Map<string, number>()
  private readonly clusters = new Map<string, Cluster>()
  private readonly providers = new Map<string, CapacityProvider<Task>>()
  readonly capacityProviders: ReadonlyMap<string, CapacityProvider<Task>> = this.providers

  constructor(private readonly settings: EcsSimulationSettings) {
    const { seed, clusters = ['main'], readLagSeconds = 0 } = settings
    this.simulation = new Simulation(seed)
    const { simulation } = this
    this.bus = new EventBus(simulation, settings.events)
    this.arns = new Arns(region, accountId)
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
      programs: settings,
      missingNotices: settings.missingNotices ?? 0,
      replica:
        readLagSeconds > 0 ? new ReadReplica(simulation, this.arns, readLagSeconds) : undefined,
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
      standalone: new StandaloneTasks(context, this.scheduler, providers, taskEnd(settings)),
      ...(settings.apiCallRate && { callRate: settings.apiCallRate }),
    })
    this.endpoint.register('ecs', api)
    this.endpoint.register('elasticloadbalancing', this.loadBalancers)
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.simulation.now
  }

  get timing(): Timing {
    return this.context.timing
  }

  run(seconds: number): Promise<void> {
    return this.simulation.run(seconds)
  }

  createService(settings: ServiceSettings): Service {
    const { cluster: clusterName = 'main', name, tags = {}, circuitBreaker } = settings
    const cluster = this.cluster(clusterName)
    checkCount(settings.desiredCount)
    const release = this.releaseOf(settings, {
      taskDefinition: this.arns.taskDefinition(`${name}:1`),
      strategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      loadBalancers: [],
    })
    const service = new Service({
      arn: this.arns.service(clusterName, name),
      name,
      clusterName,
      clusterArn: cluster.arn,
      controller: settings.controller ?? 'ECS',
      desiredCount: settings.desiredCount,
      deploymentSettings: {
        minimumHealthyPercent: settings.minimumHealthyPercent ?? 100,
        maximumPercent: settings.maximumPercent ?? 200,
        circuitBreaker: circuitBreaker ?? { enable: false, rollback: false },
      },
      tags,
      createdAt: this.now,
      random: this.context.random.fork(`${clusterName} ${name}`),
      taskEnd: taskEnd({ ...this.settings, ...settings }),
      ...(settings.healthCheckGraceSeconds !== undefined && {
        healthCheckGraceSeconds: settings.healthCheckGraceSeconds,
      }),
    })
    cluster.add(service)
    this.context.replica?.changed(service)
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
    const provider = new AsgProvider({
      context: this.context,
      lifecycle,
      requestReconcile: ({ service }) => this.scheduler.requestReconcile(service),
      clusterName: this.cluster(cluster).name,
      settings,
    })
    this.providers.set(settings.name, provider)
    return provider
  }

  /** @param reference a name, or an ARN */
  service(reference: string, cluster = 'main'): Service {
    const service = this.cluster(cluster).find(reference)
    if (service === undefined) throw new RangeError(`no service ${reference} in ${cluster}`)
    return service
  }

  /** The services of all clusters. */
  get services(): Service[] {
    return [...this.clusters.values()].flatMap(({ services }) => [...services])
  }

  /** Ends the delay of failed placements, as a new deployment does, but without new tasks for those that run. */
  endBackoff(service: Service): void {
    this.scheduler.endBackoff(service)
  }

  /** Stops the tasks of a service. It is INACTIVE once they have ended. */
  deleteService(service: Service): void {
    this.control.delete(service)
  }

  setClusterTags(name: string, tags: Readonly<Record<string, string>>): void {
    this.cluster(name).tags = tags
  }

  /** Changes the desired count, as Application Auto Scaling or an operator does. */
  setDesiredCount(service: Service, desiredCount: number): void {
    checkCount(desiredCount)
    this.control.setDesiredCount(service, desiredCount)
  }

  /** Starts a rolling deployment. Settings that are left out stay as they are. */
  deploy(service: Service, release: ReleaseSettings): void {
    if (service.controller !== 'ECS') {
      throw new TypeError(
        `${service.name} uses the CODE_DEPLOY deployment controller: use startGreen`,
      )
    }
    this.control.deploy(service, this.releaseOf(release, service.primary.release))
  }

  /**
   * A whole release: a rolling deployment, or one of CodeDeploy, which starts the other task set, reroutes all traffic
   * once its tasks are healthy, and later deletes the old one.
   */
  release(service: Service, release: ReleaseSettings, blueGreen: BlueGreenSettings = {}): void {
    if (service.controller === 'ECS') {
      this.deploy(service, release)
      return
    }
    this.startGreen(service, release)
    completeBlueGreen(this.simulation, this.control, service, blueGreen)
  }

  /** CodeDeploy starts the other task set. */
  startGreen(service: Service, release: ReleaseSettings): void {
    this.control.startGreen(service, this.releaseOf(release, service.primary.release))
  }

  /** CodeDeploy makes the other task set the PRIMARY. */
  rerouteTraffic(service: Service): void {
    this.control.rerouteTraffic(service)
  }

  /** CodeDeploy deletes the task set that is not the PRIMARY. */
  terminateOtherTaskSet(service: Service): void {
    this.control.terminateOtherTaskSet(service)
  }

  /** @param revision `family:1`, or an ARN */
  defineRevision(revision: string, behaviour: RevisionBehaviour): void {
    this.context.revisions.set(this.arns.taskDefinition(revision), behaviour)
  }

  /** Sets the longest `stopTimeout` of the containers of a revision. */
  setStopTimeout(revision: string, stopTimeoutSeconds: number): void {
    const arn = this.arns.taskDefinition(revision)
    this.context.revisions.set(arn, { ...this.context.revisions.get(arn), stopTimeoutSeconds })
  }

  /** Replaces a trace: its second 0 is now. With several zones, the zone is required. */
  setTrace(provider: string, trace: CapacityTrace, zone?: string): void {
    this.provider(provider).setTrace(trace, zone)
  }

  /** Interrupts a task on Spot, as a drop of its trace does. */
  interruptTask(task: Task): void {
    if (!task.provider.isSpot) throw new TypeError(`${task.arn} is not on Spot`)
    task.provider.interrupt(task)
  }

  /** The program of a task has ended: by itself, or at the signal that it received. */
  exit(task: Task, exitCode: number): void {
    this.scheduler.lifecycle.exit(task, exitCode)
  }

  /** Removes all capacity of a zone. Spot tasks end after their notice, on-demand tasks at once. */
  breakZone(zone: string, seconds: number): void {
    // Outages may overlap: the zone recovers with the end of the last one.
    this.outages.set(zone, (this.outages.get(zone) ?? 0) + 1)
    for (const provider of this.providers.values()) provider.setBroken(zone, true)
    this.simulation.after(seconds, () => {
      const remaining = (this.outages.get(zone) ?? 1) - 1
      this.outages.set(zone, remaining)
      if (remaining > 0) return
      for (const provider of this.providers.values()) provider.setBroken(zone, false)
    })
  }

  /** Replaces the application of a service, for tasks that run as well. Undefined: that of the settings. */
  setApplication(service: Service, application: Application | undefined): void {
    service.taskEnd = taskEnd({ ...this.settings, ...(application && { application }) })
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
      zones: capacity instanceof CapacityTrace ? { [`${region}a`]: capacity } : capacity,
      ...(fargateLaunches && { launches: fargateLaunches }),
      ...(noticeSpreadSeconds !== undefined && { noticeSpreadSeconds }),
    })
    this.providers.set(name, provider)
  }

  private releaseOf(settings: ReleaseSettings, base: Release): Release {
    const release = releaseOf(settings, this.arns, base)
    checkStrategy(release.strategy, new Set(this.providers.keys()))
    return release
  }

  private provider(name: string): CapacityProvider<Task> {
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
