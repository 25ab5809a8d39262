import {
  type ApiCall,
  type ColdStarts,
  clockOf,
  DynamoDb,
  type EcsSimulation,
  EventDelivery,
  type EventSourceMapping,
  type EventWiring,
  type Queue,
  Sns,
  Sqs,
  stopOnCrash,
} from '@tideway/spot-simulator'
import { deployment } from '../src/deployment'
import { drainBatch } from '../src/drain'
import { eventRules, type HandlerName } from '../src/event-rules'
import { type Clients, createDeps, type HandlerDeps, reconcileBatch } from '../src/handler'
import { readSettings, type Settings } from '../src/settings'
import type { SimulatedAccount } from './simulated-account'

const handlerNames = ['reconcile', 'drain'] as const
const tableName = 'pairs'
const spotGroup = 'ec2-spot'

/** The queues, rules, mappings and schedule of the controller, as the compute stack deploys them. */
function controllerWiring({ arns }: EcsSimulation): EventWiring {
  const rules = eventRules({
    clusterArn: arns.cluster('main'),
    clusterName: 'main',
    spotGroupNames: [spotGroup],
    regionAndAccount: `${arns.region}:${arns.account}`,
  })
  const { mapping, visibilityTimeoutSeconds, maxReceiveCount } = deployment
  const { sweepMinutes, sweepMessage: input } = deployment
  return {
    rules: Object.entries(rules).map(([name, { pattern, targets }]) => ({
      name,
      pattern,
      targets: targets.map((queueName) => ({ queueName })),
    })),
    queues: handlerNames.flatMap((name) => [
      { name: deadLetterName(name) },
      {
        name,
        visibilityTimeoutSeconds,
        deadLetterName: deadLetterName(name),
        maxReceiveCount,
      },
    ]),
    mappings: handlerNames.map((name) => ({ queueName: name, functionName: name, ...mapping })),
    schedules: [{ name: 'sweep', everySeconds: 60 * sweepMinutes, queueName: 'reconcile', input }],
  }
}

function deadLetterName(name: HandlerName): string {
  return `${name}-dead-letters`
}

/** What a zip contains. */
export interface Release {
  readonly createDeps: typeof createDeps
  readonly readSettings: typeof readSettings
  readonly reconcileBatch: typeof reconcileBatch
  readonly drainBatch: typeof drainBatch
}

export const thisRelease: Release = { createDeps, readSettings, reconcileBatch, drainBatch }

interface RunningRelease {
  readonly release: Release
  readonly deps: Readonly<Record<HandlerName, HandlerDeps>>
}

export interface SimulatedControllerProps {
  /** Environment variables of the functions, on top of those that the deployment sets. */
  readonly variables?: NodeJS.ProcessEnv
  /** @default the functions are always warm */
  readonly coldStarts?: ColdStarts
  /** Whether a minute has a sweep. @default it has */
  readonly maySweep?: () => boolean
  /** @default kept in `log` */
  readonly onLog?: (line: Readonly<Record<string, unknown>>) => void
}

/**
 * The controller as it is deployed, in a simulated account: the real handlers and the SDK without signatures, with the
 * deployed rules, queues, mapping values and schedule, in virtual time.
 */
export class SimulatedController {
  readonly delivery: EventDelivery
  readonly dynamodb = new DynamoDb()
  readonly sns: Sns
  readonly settings: Settings
  readonly log: Readonly<Record<string, unknown>>[] = []
  /** The operations that each function has called, and the permissions that ECS requires in addition. */
  readonly calls = { reconcile: new Set<string>(), drain: new Set<string>() }
  /** Each function has its own clients, so that its calls can be recorded separately. They have no state. */
  private readonly clients: Readonly<Record<HandlerName, Clients>>
  /** What the functions run. Invocations alternate between several releases. */
  private running: readonly RunningRelease[]
  private invocations = 0
  /** The environment variables of the functions. */
  readonly variables: NodeJS.ProcessEnv

  constructor(
    private readonly account: SimulatedAccount,
    private readonly props: SimulatedControllerProps = {},
  ) {
    const { aws } = account
    const { simulation, endpoint, bus } = aws
    const sqs = new Sqs(simulation)
    this.sns = new Sns(simulation)
    this.delivery = new EventDelivery({
      simulation,
      bus,
      sqs,
      wiring: controllerWiring(aws),
      ...(props.coldStarts && { coldStarts: props.coldStarts }),
      ...(props.maySweep && { maySchedule: props.maySweep }),
    })
    const { hashKey, index } = deployment.table
    this.dynamodb.createTable({
      name: tableName,
      hashKey,
      indexes: [{ name: index, hashKey: index }],
    })
    endpoint.register('sqs', sqs)
    endpoint.register('sns', this.sns)
    endpoint.register('dynamodb', this.dynamodb)
    this.variables = {
      TABLE_NAME: tableName,
      QUEUE_URL: this.queue('reconcile').url,
      TOPIC_ARN: this.sns.createTopic('failover'),
      CLUSTERS: 'main',
      SPOT_PROVIDERS: 'FARGATE_SPOT ec2-spot',
      SPOT_GROUPS: `${spotGroup}=ec2-spot`,
      ...props.variables,
    }
    this.settings = readSettings(this.variables)
    this.clients = {
      reconcile: this.createClients('reconcile'),
      drain: this.createClients('drain'),
    }
    this.running = [this.inNewProcesses(thisRelease)]
  }

  /** The next invocations run this release, in new processes. With several releases, each runs every so many invocations. */
  deploy(...releases: readonly [Release, ...Release[]]): void {
    this.running = releases.map((release) => this.inNewProcesses(release))
  }

  /** Runs the functions from now on. */
  start(): EventSourceMapping[] {
    return this.delivery.start((name, event) => {
      const { release, deps } = this.next()
      const { reconcileBatch: reconcile, drainBatch: drain } = release
      return { reconcile, drain }[name as HandlerName](event, deps[name as HandlerName])
    })
  }

  /** Invokes the reconcile function directly, in addition to the invocations by its queue. */
  async invoke(message: object): Promise<void> {
    const body = JSON.stringify(message)
    const event = { Records: [{ messageId: 'manual', body }] }
    const { release, deps } = this.next()
    await release.reconcileBatch(event, deps.reconcile)
  }

  /** The queue of a function, or its dead-letter queue. */
  queue(name: HandlerName, kind: 'dead-letters' | 'events' = 'events'): Queue {
    const queueName = kind === 'events' ? name : deadLetterName(name)
    return this.delivery.queues.get(queueName) as Queue
  }

  logged(message: string): Readonly<Record<string, unknown>>[] {
    return this.log.filter((line) => line.message === message)
  }

  private next(): RunningRelease {
    return this.running[this.invocations++ % this.running.length] as RunningRelease
  }

  private inNewProcesses(release: Release): RunningRelease {
    const deps = {
      reconcile: this.createDeps(release, 'reconcile'),
      drain: this.createDeps(release, 'drain'),
    }
    return { release, deps }
  }

  private createDeps(release: Release, name: HandlerName): HandlerDeps {
    const { onLog = (line) => void this.log.push({ ...line }) } = this.props
    return release.createDeps({
      settings: release.readSettings({ ...this.variables, QUEUE_URL: this.queue(name).url }),
      clients: this.clients[name],
      clock: clockOf(this.account.aws.simulation),
      log: onLog,
    })
  }

  private createClients(name: HandlerName): Clients {
    const { endpoint } = this.account.aws
    const { handle } = stopOnCrash(endpoint.requestHandler)
    const requestHandler = {
      handle: (request: Parameters<typeof handle>[0]) => {
        const before = endpoint.calls.length
        return handle(request).finally(() => this.note(name, endpoint.calls.slice(before)))
      },
    }
    return this.account.clients({ requestHandler })
  }

  private note(name: HandlerName, calls: readonly ApiCall[]): void {
    for (const { service, operation, input } of calls) {
      this.calls[name].add(`${service}:${operation}`)
      // A task definition contains roles, so setting it on a service requires iam:PassRole.
      if (operation === 'UpdateService' && input.taskDefinition !== undefined) {
        this.calls[name].add('iam:PassRole')
      }
    }
  }
}
