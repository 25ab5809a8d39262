import { HttpRequest } from '@smithy/protocol-http'
import {
  type EcsSimulation,
  type FunctionHost,
  functionOf,
  HandlerError,
  Ledger,
  none,
  type Service,
  type ServiceModel,
  serviceView,
  type Task,
  unlimited,
} from '@tideway/spot-simulator'
import { Clock } from '../clock/clock'
import { statesKey } from '../clock/integrations'
import { Delivery } from '../delivery/delivery'
import type { Deployed, DeployedFunction } from '../delivery/deployed'
import { FunctionPermissions } from '../delivery/function-permissions'
import { messageOf, Problems } from '../delivery/problems'
import { type AwsRequest, type AwsResponse, jsonInput } from '../gateway/aws-request'
import { jsonError } from '../gateway/aws-response'
import { Comparison } from '../load/comparison'
import type { Load } from '../load/load'
import { SimulatedRequests } from '../load/simulated-requests'
import type { AlarmMessage } from '../monitoring/alarms'
import { Monitoring } from '../monitoring/monitoring'
import type { StoredAlarm } from '../patches/cloudwatch'
import { nameOf, type StoredService } from '../patches/ecs'
import type { Input } from '../patches/operations'
import type { DeployedPath } from '../path/deployed-path'
import { noReleases, type ReleaseSource } from '../scaling/deployed-releases'
import { noScaling, requestTargetOf, type ScalingSource } from '../scaling/deployed-scaling'
import { Releases } from '../scaling/releases'
import { Scaling } from '../scaling/scaling'
import { isTrackingAlarm } from '../scaling/tracking-alarms'
import type { Behaviour } from '../tasks/behaviour'
import { type Application, newApplication } from '../tasks/stand-in'
import { addGroups, addService, addTargetGroups, createAws, inAllZones } from './deployed-capacity'
import { isPrimary, pairNames, primaryOf } from './pairs'
import { addResourceMetrics } from './resource-metrics'
import { Timeline } from './timeline'

export interface DroughtSimulationProps {
  readonly deployed: Deployed
  readonly seed: number
  /** Runs the deployed functions. */
  readonly host: FunctionHost
  /** What requests pass before they reach a task. @default there are no requests */
  readonly path?: DeployedPath
  /** Runs the same services without the controller beside. @default false */
  readonly hasComparison?: boolean
  /** The deployed alarms, read at each evaluation. @default none */
  readonly alarms?: () => readonly StoredAlarm[]
  /** The deployed autoscaling. @default none */
  readonly scaling?: ScalingSource
  /** The deployed applications of CodeDeploy. @default none */
  readonly releases?: ReleaseSource
  /** Passes the calls of state machines on to the emulator. @default the simulation serves all calls */
  readonly call?: (request: AwsRequest) => Promise<AwsResponse>
  /** Publishes the message of an alarm. @default it is only kept */
  readonly publish?: (message: AlarmMessage) => Promise<unknown>
}

/** The deployed services on a simulated Spot market, with the deployed rules, queues and functions. */
export class DroughtSimulation {
  readonly aws: EcsSimulation
  readonly ledger: Ledger
  readonly delivery: Delivery
  readonly problems: Problems
  readonly timeline: Timeline
  /** What runs by the clock. */
  readonly clock: Clock
  readonly monitoring: Monitoring
  readonly scaling: Scaling
  readonly releases: Releases
  /** How many invocations of each function succeeded. */
  readonly invocations = new Map<string, number>()
  /** How many of them ran other code than the deployed one. */
  otherInvocations = 0
  /** How often the functions called UpdateService, also in vain, by the cluster and name of the service. */
  readonly updates = new Map<string, number>()
  /** The name of a primary and its standbys. */
  readonly pairOf: (service: Service) => string
  /** The path to the tasks, and their programs. */
  readonly requests: SimulatedRequests | undefined
  readonly load: Load | undefined
  readonly comparison: Comparison | undefined
  /** What the applications do, also in the comparison. */
  readonly application: Application
  private readonly providersInDrought = new Set<string>()
  private readonly simulatedServices = new Set<string>()
  private readonly permissions: FunctionPermissions
  private readonly clusterTags = new Map<string, Readonly<Record<string, string>>>()
  private otherCode: Buffer | undefined
  private behaviour: Behaviour = 'as-deployed'

  constructor(private readonly props: DroughtSimulationProps) {
    const { deployed, seed, path, alarms = () => [], publish = async () => {} } = props
    this.application = newApplication((service) =>
      requestTargetOf(props.scaling?.policies ?? [], {
        clusterName: service.clusterName,
        name: primaryOf(service),
      }),
    )
    const requests = this.simulatedRequests()
    this.requests = requests
    this.aws = requests?.aws ?? createAws(deployed, seed, {})
    const { scaling = noScaling, releases = noReleases } = props
    this.problems = new Problems(() => this.aws.now)
    this.permissions = new FunctionPermissions(deployed, this.problems, (serviceArn) =>
      Object.fromEntries(this.find(serviceArn)?.tags ?? []),
    )
    for (const [name, tags] of deployed.clusterTags) this.setClusterTags(name, tags)
    this.monitoring = new Monitoring({
      now: () => this.aws.now,
      logGroups: new Map(deployed.functions.map((each) => [each.name, each.logGroupName])),
      alarms,
      onAlarm: ({ alarm, state, before, reason }) => {
        // The low alarm of a service at its minimum is always on.
        if (isTrackingAlarm(alarm)) return
        this.timeline.add('alarm', `${alarm.name} ${before} → ${state}: ${reason}`)
      },
      publish,
    })
    addGroups(this.aws, deployed)
    addTargetGroups(this.aws, deployed, path)
    // Subscribes first, because services send events when they start.
    this.delivery = new Delivery({
      aws: this.aws,
      deployed,
      problems: this.problems,
      permissions: this.permissions,
      invoke: (target, event) => this.invoke(target, event),
      onFailedInvocation: (RuleName) =>
        this.monitoring.add('AWS/Events', { RuleName }, { FailedInvocations: 1 }),
    })
    this.aws.endpoint.register('sqs', this.delivery.sqs)
    for (const service of deployed.services) addService(this.aws, service)
    this.pairOf = pairNames(this.aws.services)
    this.ledger = new Ledger(this.aws, {
      groupOf: (service) =>
        service.standalone === undefined
          ? { group: this.pairOf(service), isPrimary: isPrimary(service) }
          : undefined,
    })
    this.timeline = new Timeline(this.aws, () => this.providersInDrought.size)
    const { notRun = [] } = requests?.path ?? {}
    if (notRun.length > 0) {
      this.timeline.add(
        'local cloud',
        `${notRun.length} parts of the path of requests do not run here`,
        notRun.map(({ part, message }) => ({ label: part, text: message })),
      )
    }
    this.clock = new Clock({
      ...this,
      deployed,
      permissions: this.permissions,
      queues: this.delivery.queues,
      isProcess: (task) => requests?.programs.programOf(task)?.isProcess === true,
      addEntry: (text) => this.timeline.add('schedule', text),
      call: async (request) => (await this.respond(request)) ?? this.passOn(request),
    })
    this.scaling = new Scaling({
      aws: this.aws,
      source: scaling,
      alarms: this.monitoring.alarms,
      deployedAlarms: alarms,
      onChange: ({ name, desiredCount }, before, cause) =>
        this.timeline.add('scaling', `${name}: ${before} → ${desiredCount} tasks`, [
          { label: 'cause', text: cause },
        ]),
    })
    this.releases = new Releases({
      aws: this.aws,
      source: releases,
      targetGroups: deployed.targetGroups,
      alarms: this.monitoring.alarms,
      problems: this.problems,
      onChange: (text) => this.timeline.add('release', text),
    })
    if (requests) this.releases.attach(requests.path)
    this.load = requests?.startLoad(this.primaries, this.pairOf)
    if (requests && this.load && props.hasComparison) {
      this.comparison = this.compared(this.load)
    }
    this.aws.simulation.every(60, async () => {
      addResourceMetrics(this)
      requests?.addMetrics(this.monitoring)
      await this.monitoring.alarms.evaluate()
      this.scaling.evaluate()
    })
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
    this.onMarkets((aws) => {
      for (const [zone, trace] of Object.entries(capacity)) aws.setTrace(provider, trace, zone)
    })
    if (isDrought) this.providersInDrought.add(provider)
    else this.providersInDrought.delete(provider)
    this.timeline.add(
      'market',
      `${provider} ${isDrought ? 'has no capacity' : 'has capacity again'}`,
    )
  }

  /**
   * The next invocations of the functions behind queues run this zip, or what is deployed. As in Lambda, those that run
   * now end with their code.
   */
  updateCode(zip: Buffer | undefined, what: string): void {
    this.otherCode = zip
    this.timeline.add('release', what)
  }

  /** The code of a function, where it is not the deployed one. */
  codeOf(functionName: string): Buffer | undefined {
    const { mappings } = this.delivery.deployed
    return mappings.some((each) => each.functionName === functionName) ? this.otherCode : undefined
  }

  /** Interrupts one Spot task, if there is one. */
  interruptOne(): void {
    const tasks = this.aws.services.flatMap(({ tasks }) => [...tasks])
    const task = tasks.find(({ provider, isServing }) => provider.isSpot && isServing)
    if (task === undefined) return
    this.timeline.add('market', `one task of ${task.service.name} is interrupted`)
    this.interrupt(task)
  }

  /** Interrupts all Spot tasks at once. */
  interruptAll(): void {
    const tasks = this.aws.services.flatMap(({ tasks }) => [...tasks])
    const interrupted = tasks.filter(
      ({ provider, lastStatus, desiredStatus }) =>
        provider.isSpot && lastStatus === 'RUNNING' && desiredStatus === 'RUNNING',
    )
    this.timeline.add('market', `all ${interrupted.length} Spot tasks are interrupted`)
    for (const task of interrupted) this.interrupt(task)
  }

  /** Sets what the applications of all services do at an interruption notice. */
  setBehaviour(behaviour: Behaviour): void {
    if (behaviour === this.behaviour) return
    this.behaviour = behaviour
    const application = behaviour === 'as-deployed' ? undefined : behaviour
    this.application.atSigterm = behaviour
    this.onMarkets((aws) => {
      for (const service of aws.services) aws.setApplication(service, application)
    })
    this.timeline.add('release', `applications at a notice: ${behaviour.replaceAll('-', ' ')}`)
  }

  /** Interrupts Spot instances with tasks, as an experiment does. Returns the ids of the instances. */
  interruptInstances(groupName: string, count: number): string[] {
    const group = this.props.deployed.groups.find((each) => each.groupName === groupName)
    const onGroup = this.aws.services
      .flatMap(({ tasks }) => [...tasks])
      .filter(({ provider }) => provider.isSpot && provider.name === group?.providerName)
    const byInstance = new Map(onGroup.map((task) => [task.host?.instanceId ?? '', task]))
    byInstance.delete('')
    const chosen = [...byInstance].slice(0, count)
    for (const [instanceId, task] of chosen) {
      this.timeline.add('market', `instance ${instanceId} of ${groupName} is interrupted`)
      this.interrupt(task)
    }
    return chosen.map(([instanceId]) => instanceId)
  }

  breakZone(zone: string, seconds: number): void {
    this.timeline.add('market', `zone ${zone} fails for ${Math.round(seconds / 60)} minutes`)
    this.onMarkets((aws) => aws.breakZone(zone, seconds))
  }

  /**
   * Deploys a new revision of every primary, by its deployment controller.
   *
   * @param isBroken its tasks answer requests with errors under CodeDeploy, and else end soon after their start
   */
  release(isBroken = false): void {
    for (const service of this.primaries) {
      const current = service.primary.release.taskDefinition
      const [family = '', revision = '1'] = current.split(/:(?=\d+$)/)
      const taskDefinition = `${family}:${Number(revision) + 1}`
      if (service.controller === 'ECS') {
        this.defineRevision(taskDefinition, isBroken)
        this.aws.deploy(service, { taskDefinition })
      } else if (service.deployments.length === 1) {
        this.releaseBlueGreen(service, taskDefinition, isBroken)
      }
    }
    this.timeline.add('release', `a ${isBroken ? 'broken' : 'new'} revision of every service`)
  }

  async run(seconds: number): Promise<void> {
    await this.aws.run(seconds)
    await this.comparison?.run(seconds)
    // Tests read these calls. Here they would only use memory.
    this.aws.endpoint.calls.length = 0
  }

  /** Applies a change of a stored service, by Terraform or a person. */
  applyChange(stored: StoredService, { desiredCount, taskDefinition }: Input): void {
    const service = this.find(stored.serviceArn)
    if (service === undefined) return
    service.tags.clear()
    for (const { key, value } of stored.tags) service.tags.set(key, value)
    if (desiredCount !== undefined) {
      this.aws.setDesiredCount(service, stored.desiredCount)
      this.comparison?.followCount(service)
    }
    if (taskDefinition !== undefined && service.controller === 'ECS') {
      this.aws.deploy(service, { taskDefinition: stored.taskDefinition })
    }
  }

  /** The counts, deployments and events of a stored service. */
  currentView({ serviceArn }: StoredService): Input | undefined {
    const service = this.find(serviceArn)
    if (service === undefined) return undefined
    const { desiredCount, runningCount, pendingCount, deployments, taskSets, events } = serviceView(
      service,
      this.aws.arns,
      false,
    )
    const counts = { desiredCount, runningCount, pendingCount }
    return { ...counts, deployments, events, ...(taskSets && { taskSets }) }
  }

  /** Changes tags of a cluster, and removes those without a value. */
  setClusterTags(cluster: string, tags: Readonly<Record<string, string | undefined>>): void {
    if (!this.props.deployed.services.some(({ clusterName }) => clusterName === cluster)) return
    const changed = { ...this.clusterTags.get(cluster), ...tags }
    const kept = Object.fromEntries(
      Object.entries(changed).filter((tag): tag is [string, string] => tag[1] !== undefined),
    )
    this.clusterTags.set(cluster, kept)
    this.aws.setClusterTags(cluster, kept)
  }

  /** Records a line of a function's log. */
  addLogLine(functionName: string, line: string): void {
    this.monitoring.addLine(functionName, line)
    this.timeline.addLogLine(line)
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
    const own =
      denial ??
      this.clock.stepFunctions.respond(request) ??
      this.monitoring.respond(request) ??
      this.scaling.respond(request) ??
      this.releases.respond(request)
    if (own !== undefined) return own
    const isFunction = caller !== undefined || request.accessKeyId === statesKey
    if (!this.isSimulated(request, isFunction)) return undefined
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    const { response } = await this.aws.endpoint.requestHandler.handle(
      new HttpRequest({ method: 'POST', headers, body: request.body }),
    )
    return { status: response.statusCode, headers: response.headers, body: response.body }
  }

  /** Requests take another path from now on, also in the comparison. */
  updatePath(path: DeployedPath): void {
    this.requests?.update(path)
    this.comparison?.requests.update(path)
  }

  /** An act of the market, in the comparison too. */
  private onMarkets(act: (aws: EcsSimulation) => void): void {
    act(this.aws)
    if (this.comparison) act(this.comparison.aws)
  }

  private interrupt(task: Task): void {
    const same = this.comparison?.sameTask(task)
    this.aws.interruptTask(task)
    if (same) this.comparison?.aws.interruptTask(same)
  }

  private simulatedRequests(isLive = true): SimulatedRequests | undefined {
    const { deployed, path, seed } = this.props
    if (path === undefined) return undefined
    return new SimulatedRequests({
      deployed: path,
      application: this.application,
      seed,
      createAws: (programs) => createAws(deployed, seed, programs),
      ...(isLive && { onProblem: ({ part, message }) => this.problems.add(part, message) }),
    })
  }

  private compared(load: Load): Comparison | undefined {
    const { deployed, path } = this.props
    const requests = this.simulatedRequests(false)
    if (requests === undefined) return undefined
    addGroups(requests.aws, deployed)
    addTargetGroups(requests.aws, deployed, path)
    for (const service of deployed.services) addService(requests.aws, service)
    this.releases.attach(requests.path)
    const { alarms = () => [], scaling = noScaling } = this.props
    return new Comparison({ ...this, load, isPrimary }, requests, { alarms, scaling })
  }

  private isSimulated(request: AwsRequest, isFunction: boolean): boolean {
    const { service, operation } = request
    switch (service) {
      case 'ecs':
        return isFunction || this.isOfTasks(request)
      case 'elasticloadbalancing':
        return isFunction || /Target(s|Health)$/.test(operation)
      case 'sqs':
        return operation.includes('Message') || operation === 'PurgeQueue'
      default:
        return this.simulatedServices.has(service)
    }
  }

  /** Whether an operator's call is about the tasks of services, and not about those that a deploy has started. */
  private isOfTasks(request: AwsRequest): boolean {
    const { cluster, tasks = [] } = jsonInput<{ cluster?: string; tasks?: string[] }>(request)
    if (!this.props.deployed.services.some((each) => each.clusterName === nameOf(cluster))) {
      return false
    }
    switch (request.operation) {
      case 'ListContainerInstances':
      case 'ListTasks':
      case 'RunTask':
      case 'StopTask':
        return true
      case 'DescribeTasks': {
        const ids = new Set([...this.aws.tasks.values()].map(({ id }) => id))
        return tasks.some((task) => ids.has(nameOf(task)))
      }
      default:
        return false
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

  /** Where nothing simulates a service, the caller gets the error of an emulator without it. */
  private async passOn(request: AwsRequest): Promise<AwsResponse> {
    const message = `${request.service} is not simulated`
    return this.props.call?.(request) ?? jsonError('NotImplemented', message, 501)
  }

  private async invoke(target: DeployedFunction, event: object): Promise<unknown> {
    const { now } = this.aws
    const measure = (values: Readonly<Record<string, number>>) =>
      this.monitoring.add('AWS/Lambda', { FunctionName: target.name }, values, now)
    measure({ Invocations: 1, Throttles: 0 })
    const isOther = this.codeOf(target.name) !== undefined
    try {
      const { response, milliseconds } = await this.props.host.invoke(target, event, now)
      measure({ Errors: 0, Duration: milliseconds })
      this.invocations.set(target.name, (this.invocations.get(target.name) ?? 0) + 1)
      if (isOther) this.otherInvocations++
      return response
    } catch (error) {
      measure({ Errors: 1 })
      const what = error instanceof HandlerError ? 'it fails' : 'it does not run'
      this.problems.add(`function ${target.name}`, `${what}: ${messageOf(error)}`)
      throw error
    }
  }

  private releaseBlueGreen(service: Service, taskDefinition: string, isBroken: boolean): void {
    const { brokenFrom } = this.application
    const [family = '', revision] = nameOf(taskDefinition).split(':')
    // Without requests, nobody would notice errors.
    this.defineRevision(taskDefinition, isBroken && this.requests === undefined)
    if (isBroken) brokenFrom.set(family, Number(revision))
    else brokenFrom.delete(family)
    if (this.releases.groupOf(service) !== undefined) this.releases.start(service, taskDefinition)
    else this.timeline.add('release', `${service.name}: no deployment group releases it`)
  }

  private defineRevision(taskDefinition: string, exits: boolean): void {
    this.onMarkets((aws) =>
      aws.defineRevision(taskDefinition, exits ? { exitsAfterSeconds: 5 } : {}),
    )
  }
}
