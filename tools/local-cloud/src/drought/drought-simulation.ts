import { HttpRequest } from '@smithy/protocol-http'
import {
  EcsSimulation,
  type FunctionHost,
  functionOf,
  HandlerError,
  Ledger,
  none,
  type Service,
  type ServiceModel,
  type SqsEvent,
  unlimited,
} from '@tideway/spot-simulator'
import { Delivery } from '../delivery/delivery'
import type { Deployed, DeployedFunction } from '../delivery/deployed'
import { FunctionPermissions } from '../delivery/function-permissions'
import { messageOf, Problems } from '../delivery/problems'
import { type AwsRequest, type AwsResponse, jsonInput } from '../gateway/aws-request'
import { nameOf, type StoredService } from '../patches/ecs'
import type { Input } from '../patches/operations'
import { addGroups, addService, inAllZones } from './deployed-capacity'
import { isPrimary, pairNames } from './pairs'
import { Timeline } from './timeline'

export interface DroughtSimulationProps {
  readonly deployed: Deployed
  readonly seed: number
  /** Runs the deployed functions. */
  readonly host: FunctionHost
}

/** The deployed services on a simulated Spot market, with the deployed rules, queues and functions. */
export class DroughtSimulation {
  readonly aws: EcsSimulation
  readonly ledger: Ledger
  readonly delivery: Delivery
  readonly problems: Problems
  readonly timeline: Timeline
  /** How many invocations of each function succeeded. */
  readonly invocations = new Map<string, number>()
  /** How often the functions called UpdateService, also in vain, by the cluster and name of the service. */
  readonly updates = new Map<string, number>()
  /** The name of a primary and its standbys. */
  readonly pairOf: (service: Service) => string
  private readonly providersInDrought = new Set<string>()
  private readonly simulatedServices = new Set<string>()
  private readonly permissions: FunctionPermissions

  constructor(private readonly props: DroughtSimulationProps) {
    const { deployed, seed } = props
    this.aws = new EcsSimulation({
      seed,
      clusters: [...new Set(deployed.services.map(({ clusterName }) => clusterName))],
      fargate: inAllZones(unlimited()),
      fargateSpot: inAllZones(unlimited()),
    })
    this.problems = new Problems(() => this.aws.now)
    this.permissions = new FunctionPermissions(deployed, this.problems, (serviceArn) =>
      Object.fromEntries(this.find(serviceArn)?.tags ?? []),
    )
    addGroups(this.aws, deployed)
    for (const group of deployed.targetGroups) this.aws.loadBalancers.createTargetGroup(group)
    // Subscribes first, because services send events when they start.
    this.delivery = new Delivery({
      aws: this.aws,
      deployed,
      problems: this.problems,
      invoke: (target, event) => this.invoke(target, event),
    })
    this.aws.endpoint.register('sqs', this.delivery.sqs)
    for (const service of deployed.services) addService(this.aws, service)
    this.pairOf = pairNames(this.aws.services)
    this.ledger = new Ledger(this.aws, {
      groupOf: (service) => ({ group: this.pairOf(service), isPrimary: isPrimary(service) }),
    })
    this.timeline = new Timeline(this.aws)
  }

  get primaries(): Service[] {
    return this.aws.services.filter(isPrimary)
  }

  /** The standbys of a primary. */
  standbys(primary: Service): Service[] {
    return this.aws.services.filter(
      (service) => !isPrimary(service) && this.pairOf(service) === this.pairOf(primary),
    )
  }

  get spotProviders(): string[] {
    return [...this.aws.capacityProviders.values()]
      .filter(({ isSpot }) => isSpot)
      .map(({ name }) => name)
  }

  /** The providers without capacity now. */
  get droughts(): readonly string[] {
    return [...this.providersInDrought]
  }

  setDrought(provider: string, isDrought: boolean): void {
    const capacity = inAllZones(isDrought ? none() : unlimited())
    for (const [zone, trace] of Object.entries(capacity)) this.aws.setTrace(provider, trace, zone)
    if (isDrought) this.providersInDrought.add(provider)
    else this.providersInDrought.delete(provider)
    this.timeline.add(
      'market',
      `${provider} ${isDrought ? 'has no capacity' : 'has capacity again'}`,
    )
  }

  /** Interrupts one Spot task, if there is one. */
  interruptOne(): void {
    const tasks = this.aws.services.flatMap(({ tasks }) => [...tasks])
    const task = tasks.find(({ provider, isServing }) => provider.isSpot && isServing)
    if (task === undefined) return
    this.timeline.add('market', `one task of ${task.service.name} is interrupted`)
    this.aws.interruptTask(task)
  }

  breakZone(zone: string, seconds: number): void {
    this.timeline.add('market', `zone ${zone} fails for ${Math.round(seconds / 60)} minutes`)
    this.aws.breakZone(zone, seconds)
  }

  /** Deploys a new revision of every primary, by its deployment controller. */
  release(): void {
    for (const service of this.primaries) {
      const current = service.primary.release.taskDefinition
      const [family = '', revision = '1'] = current.split(/:(?=\d+$)/)
      const taskDefinition = `${family}:${Number(revision) + 1}`
      if (service.controller === 'ECS') this.aws.deploy(service, { taskDefinition })
      else if (service.deployments.length === 1) this.releaseBlueGreen(service, taskDefinition)
    }
    this.timeline.add('release', 'a new revision of every service')
  }

  async run(seconds: number): Promise<void> {
    await this.aws.run(seconds)
    // Tests read these calls. Here they would only use memory.
    this.aws.endpoint.calls.length = 0
  }

  /** Applies a change of a stored service, by Terraform or a person. */
  applyChange(stored: StoredService, { desiredCount, taskDefinition }: Input): void {
    const service = this.find(stored.serviceArn)
    if (service === undefined) return
    service.tags.clear()
    for (const { key, value } of stored.tags) service.tags.set(key, value)
    if (desiredCount !== undefined) this.aws.setDesiredCount(service, stored.desiredCount)
    if (taskDefinition !== undefined && service.controller === 'ECS') {
      this.aws.deploy(service, { taskDefinition: stored.taskDefinition })
    }
  }

  /** The current counts of a stored service. */
  currentCounts({ serviceArn }: StoredService): Input | undefined {
    const service = this.find(serviceArn)
    if (service === undefined) return undefined
    const { desiredCount, runningCount, pendingCount } = service
    return { desiredCount, runningCount, pendingCount }
  }

  /** Simulates another AWS service, in place of an emulator. */
  simulate(service: string, model: ServiceModel): void {
    this.aws.endpoint.register(service, model)
    this.simulatedServices.add(service)
  }

  /** Responds to calls of functions, and to calls about messages and targets. Undefined for calls about deployed resources. */
  async respond(request: AwsRequest): Promise<AwsResponse | undefined> {
    const caller = functionOf(request.accessKeyId)
    if (caller !== undefined && request.operation === 'UpdateService') this.countUpdate(request)
    const denial = caller === undefined ? undefined : await this.permissions.denial(caller, request)
    if (denial !== undefined || !this.isSimulated(request, caller !== undefined)) return denial
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    const { response } = await this.aws.endpoint.requestHandler.handle(
      new HttpRequest({ method: 'POST', headers, body: request.body }),
    )
    return { status: response.statusCode, headers: response.headers, body: response.body }
  }

  private isSimulated({ service, operation }: AwsRequest, isFunction: boolean): boolean {
    switch (service) {
      case 'ecs':
        return isFunction
      case 'elasticloadbalancing':
        return isFunction || /Target(s|Health)$/.test(operation)
      case 'sqs':
        return operation.includes('Message')
      default:
        return this.simulatedServices.has(service)
    }
  }

  private countUpdate(request: AwsRequest): void {
    const { cluster, service } = jsonInput(request)
    const name = `${nameOf(cluster)}/${nameOf(service)}`
    this.updates.set(name, (this.updates.get(name) ?? 0) + 1)
  }

  private find(serviceArn: string): Service | undefined {
    return this.aws.services.find(({ arn }) => arn === serviceArn)
  }

  private async invoke(target: DeployedFunction, event: SqsEvent): Promise<unknown> {
    try {
      const { response } = await this.props.host.invoke(target, event, this.aws.now)
      this.invocations.set(target.name, (this.invocations.get(target.name) ?? 0) + 1)
      return response
    } catch (error) {
      const what = error instanceof HandlerError ? 'it fails' : 'it does not run'
      this.problems.add(`function ${target.name}`, `${what}: ${messageOf(error)}`)
      throw error
    }
  }

  /** The steps of CodeDeploy: start the green task set, reroute the traffic, terminate the blue one. */
  private releaseBlueGreen(service: Service, taskDefinition: string): void {
    const { simulation } = this.aws
    this.aws.startGreen(service, { taskDefinition })
    simulation.after(180, () => {
      this.aws.rerouteTraffic(service)
      simulation.after(300, () => this.aws.terminateOtherTaskSet(service))
    })
  }
}
