import { HttpRequest } from '@smithy/protocol-http'
import { environments } from '@tideway/constructs/environments'
import {
  type CapacityTrace,
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
import { type Deployed, type DeployedFunction, strategyOf } from '../delivery/deployed'
import { FunctionRights } from '../delivery/function-rights'
import { Troubles } from '../delivery/troubles'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import type { StoredService } from '../patches/ecs'
import type { Input } from '../patches/operations'
import { Story } from './story'

export interface WorldProps {
  readonly deployed: Deployed
  readonly seed: number
  /** Runs the deployed functions. */
  readonly host: FunctionHost
}

/** How many tasks an instance is taken to hold: the simulator knows no sizes. */
const tasksPerInstance = 2

/** What messages are: the rest of SQS is about queues. */
const aboutMessages = /Message/

/** The deployed services on a Spot market, watched over by the deployed rules, queues and functions. */
export class World {
  readonly aws: EcsSimulation
  readonly ledger: Ledger
  readonly delivery: Delivery
  readonly troubles: Troubles
  readonly story: Story
  /** How often each function has answered. */
  readonly invocations = new Map<string, number>()
  private readonly short = new Set<string>()
  private readonly served = new Set<string>()
  private readonly rights: FunctionRights

  constructor(private readonly props: WorldProps) {
    const { deployed, seed } = props
    const inZones = (trace: CapacityTrace) =>
      Object.fromEntries(zones.map((zone) => [zone, trace] as const))
    this.aws = new EcsSimulation({
      seed,
      clusters: deployed.clusterNames,
      fargate: inZones(unlimited()),
      fargateSpot: inZones(unlimited()),
    })
    this.troubles = new Troubles(() => this.aws.now)
    this.rights = new FunctionRights(deployed, this.troubles, (serviceArn) =>
      Object.fromEntries(this.aws.services.find(({ arn }) => arn === serviceArn)?.tags ?? []),
    )
    this.addCapacity()
    for (const group of deployed.targetGroups) this.aws.loadBalancers.createTargetGroup(group)
    // Listens before there are services: it must not miss what they say first.
    this.delivery = new Delivery({
      simulation: this.aws.simulation,
      deployed,
      troubles: this.troubles,
      invoke: (deployed, event) => this.invoke(deployed, event),
    })
    this.aws.endpoint.register('sqs', this.delivery.sqs)
    this.aws.bus.subscribe((event) => this.delivery.hear(event))
    // A primary goes before its standbys, which are known by its name.
    for (const service of deployed.services) this.add(service)
    this.ledger = new Ledger(this.aws, {
      groupOf: (service) => ({ group: primaryOf(service), isPrimary: isPrimary(service) }),
    })
    this.story = new Story(this.aws)
  }

  get now(): number {
    return this.aws.now
  }

  /** Providers in a drought now. */
  get droughts(): readonly string[] {
    return [...this.short]
  }

  get spotProviders(): string[] {
    return [...this.aws.capacityProviders.values()]
      .filter(({ isSpot }) => isSpot)
      .map(({ name }) => name)
  }

  setDrought(provider: string, isShort: boolean): void {
    for (const zone of zones) this.aws.setTrace(provider, isShort ? none() : unlimited(), zone)
    if (isShort) this.short.add(provider)
    else this.short.delete(provider)
    this.story.say('market', isShort ? `${provider} runs dry` : `${provider} is back`)
  }

  /** Takes one task of a service on Spot, if there is one. */
  interruptOne(): void {
    for (const service of this.aws.services) {
      const task = [...service.tasks].find(
        ({ provider, isServing }) => provider.isSpot && isServing,
      )
      if (task === undefined) continue
      this.story.say('market', `one task of ${service.name} is taken back`)
      this.aws.interruptTask(task)
      return
    }
  }

  breakZone(zone: string, seconds: number): void {
    this.story.say('market', `zone ${zone} breaks for ${Math.round(seconds / 60)} minutes`)
    this.aws.breakZone(zone, seconds)
  }

  /** A new revision of every primary, each in its own way. */
  release(): void {
    for (const service of this.primaries) {
      const [family = '', revision = '1'] =
        service.primary.release.taskDefinition.split(/:(?=\d+$)/)
      const taskDefinition = `${family}:${Number(revision) + 1}`
      if (service.controller === 'ECS') this.aws.deploy(service, { taskDefinition })
      else if (service.deployments.length === 1) this.releaseBlueGreen(service, taskDefinition)
    }
    this.story.say('release', 'a new revision of every service')
  }

  /** Answers a service of AWS itself from now on, where there is nothing else that could. */
  serve(service: string, model: ServiceModel): void {
    this.aws.endpoint.register(service, model)
    this.served.add(service)
  }

  get primaries(): Service[] {
    return this.aws.services.filter(isPrimary)
  }

  get standbys(): Service[] {
    return this.aws.services.filter((service) => !isPrimary(service))
  }

  async run(seconds: number): Promise<void> {
    await this.aws.run(seconds)
    // For assertions in tests: here it would only grow, for as long as somebody watches.
    this.aws.endpoint.calls.length = 0
  }

  /** What somebody has changed of a service: Terraform, or a person with a tag. */
  changed(stored: StoredService, { desiredCount, taskDefinition }: Input): void {
    const service = this.aws.services.find(({ arn }) => arn === stored.serviceArn)
    if (service === undefined) return
    service.tags.clear()
    for (const { key, value } of stored.tags) service.tags.set(key, value)
    if (desiredCount !== undefined) this.aws.setDesiredCount(service, stored.desiredCount)
    if (taskDefinition !== undefined && service.controller === 'ECS') {
      this.aws.deploy(service, { taskDefinition: stored.taskDefinition })
    }
  }

  /** What ECS shows of a service while time goes on. */
  live({ serviceArn }: StoredService): Input | undefined {
    const service = this.aws.services.find(({ arn }) => arn === serviceArn)
    if (service === undefined) return undefined
    return {
      desiredCount: service.desiredCount,
      runningCount: service.runningCount,
      pendingCount: service.pendingCount,
    }
  }

  /** A call of a function, or one about messages or targets. Nothing where it is about what is deployed. */
  async answer(request: AwsRequest): Promise<AwsResponse | undefined> {
    const { service, operation } = request
    const name = functionOf(request.accessKeyId)
    const refusal = name === undefined ? undefined : this.rights.refusal(name, request)
    if (refusal !== undefined) return refusal
    const isMine =
      this.served.has(service) ||
      (service === 'ecs' && name !== undefined) ||
      (service === 'sqs' && aboutMessages.test(operation)) ||
      (service === 'elasticloadbalancing' && /Target(s|Health)$/.test(operation)) ||
      (service === 'elasticloadbalancing' && name !== undefined)
    if (!isMine) return undefined
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
    )
    const { response } = await this.aws.endpoint.requestHandler.handle(
      new HttpRequest({ method: 'POST', headers, body: request.body }),
    )
    const { statusCode, headers: answered, body } = response
    return { status: statusCode, headers: answered, body }
  }

  private async invoke(deployed: DeployedFunction, event: SqsEvent): Promise<unknown> {
    try {
      const { response } = await this.props.host.invoke(deployed, event, this.now)
      this.invocations.set(deployed.name, (this.invocations.get(deployed.name) ?? 0) + 1)
      return response
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const what = error instanceof HandlerError ? 'it fails' : 'it does not run'
      this.troubles.add(`function ${deployed.name}`, `${what}: ${message}`)
      throw error
    }
  }

  private addCapacity(): void {
    const { groups, services, clusterNames } = this.props.deployed
    for (const group of groups) {
      const tasks = services
        .filter((service) =>
          strategyOf(service).some((item) => item.capacityProvider === group.providerName),
        )
        .reduce((sum, { desiredCount }) => sum + desiredCount, 0)
      const needed = Math.ceil(tasks / tasksPerInstance)
      this.aws.addAutoScalingGroup(
        {
          name: group.providerName,
          groupName: group.groupName,
          isSpot: group.isSpot,
          tasksPerInstance,
          minInstances: group.minInstances,
          maxInstances: group.maxInstances,
          initialInstances: Math.max(group.minInstances, Math.min(needed, group.maxInstances)),
          scaling: { kind: 'managed', targetCapacityPercent: group.targetCapacityPercent },
          capacity: Object.fromEntries(zones.map((zone) => [zone, unlimited()])),
        },
        clusterNames[0],
      )
    }
  }

  private add(service: StoredService): void {
    const { minimumHealthyPercent, maximumPercent, deploymentCircuitBreaker } =
      (service.deploymentConfiguration ?? {}) as {
        minimumHealthyPercent?: number
        maximumPercent?: number
        deploymentCircuitBreaker?: { enable: boolean; rollback: boolean }
      }
    const { type = 'ECS' } = (service.deploymentController ?? {}) as {
      type?: 'ECS' | 'CODE_DEPLOY'
    }
    this.aws.createService({
      name: service.serviceName,
      cluster: service.clusterName,
      desiredCount: service.desiredCount,
      taskDefinition: service.taskDefinition,
      strategy: strategyOf(service),
      loadBalancers: (service.loadBalancers ?? []) as {
        targetGroupArn: string
        containerName: string
        containerPort: number
      }[],
      tags: Object.fromEntries(service.tags.map(({ key, value }) => [key, value])),
      controller: type,
      ...(minimumHealthyPercent !== undefined && { minimumHealthyPercent }),
      ...(maximumPercent !== undefined && { maximumPercent }),
      ...(deploymentCircuitBreaker && { circuitBreaker: deploymentCircuitBreaker }),
      startsSteady: true,
    })
  }

  /** As CodeDeploy does it: the second colour, the traffic when it serves, and the first one away. */
  private releaseBlueGreen(service: Service, taskDefinition: string): void {
    const { simulation } = this.aws
    this.aws.startGreen(service, { taskDefinition })
    const end = () => simulation.after(300, () => this.aws.terminateOtherTaskSet(service))
    simulation.after(180, () => {
      this.aws.rerouteTraffic(service)
      end()
    })
  }
}

const zones = environments.local.availabilityZones

function isPrimary({ tags }: Service): boolean {
  return !tags.has('tideway:standby-of')
}

/** Of a standby its primary; of a primary itself. */
export function primaryOf({ name, tags }: Service): string {
  return tags.get('tideway:standby-of') ?? name
}
