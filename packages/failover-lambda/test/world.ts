import {
  clockOf,
  DynamoDb,
  EcsSimulation,
  type EcsSimulationSettings,
  EventSourceMapping,
  endingProcesses,
  Ledger,
  LoadBalancers,
  type Queue,
  type Service,
  type ServiceSettings,
  Sns,
  Sqs,
  type StrategyItem,
} from '@tideway/spot-simulator'
import { drain } from '../src/drain'
import { partsOf } from '../src/lambda'
import { reconcile } from '../src/reconcile'
import { readSettings, type Settings } from '../src/settings'

// The SDK warns of Node 20, which Lambda does not run.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]

/** The ECS events that the deployed rules let through. */
const watched = [
  'ECS Service Action',
  'ECS Task State Change',
  'ECS Deployment State Change',
  'EC2 Spot Instance Interruption Warning',
  'EC2 Instance Launch Unsuccessful',
]

/** ECS, the services around the function, and the function: as they are deployed, in virtual time. */
export class World {
  readonly aws: EcsSimulation
  readonly queue: Queue
  readonly dead: Queue
  readonly dynamodb = new DynamoDb()
  readonly sns: Sns
  readonly log: Record<string, unknown>[] = []
  readonly settings: Settings
  readonly targets: () => LoadBalancers
  /** The operations that each function has called. */
  readonly calls = { reconcile: new Set<string>(), drain: new Set<string>() }
  /** Runs the function once more, with one message, beside what the queue makes it do. */
  invoke: (message: object) => Promise<void> = async () => {}

  constructor(settings: Partial<EcsSimulationSettings> = {}, variables: NodeJS.ProcessEnv = {}) {
    let loadBalancers: LoadBalancers | undefined
    this.aws = new EcsSimulation({
      seed: 1,
      ...settings,
      targetHealth: (simulation) => {
        loadBalancers = new LoadBalancers(simulation)
        return loadBalancers
      },
    })
    const { simulation, endpoint } = this.aws
    this.targets = () => loadBalancers as LoadBalancers
    const sqs = new Sqs(simulation)
    this.sns = new Sns(simulation)
    this.dynamodb.createTable({
      name: 'pairs',
      hashKey: 'pair',
      indexes: [{ name: 'open', hashKey: 'open' }],
    })
    endpoint.register('sqs', sqs)
    endpoint.register('sns', this.sns)
    endpoint.register('dynamodb', this.dynamodb)
    endpoint.register('elasticloadbalancing', this.targets())
    this.dead = sqs.createQueue({ name: 'dead' })
    this.queue = sqs.createQueue({
      name: 'looks',
      visibilityTimeoutSeconds: 60,
      deadLetterQueue: this.dead,
      maxReceiveCount: 5,
    })
    const drains = sqs.createQueue({ name: 'drains', visibilityTimeoutSeconds: 60 })
    this.settings = readSettings({
      TABLE_NAME: 'pairs',
      QUEUE_URL: this.queue.url,
      TOPIC_ARN: this.sns.createTopic('failover'),
      CLUSTERS: 'main',
      SPOT_PROVIDERS: 'FARGATE_SPOT ec2-spot',
      SPOT_GROUPS: 'ec2-spot=ec2-spot',
      ...variables,
    })
    this.listen(this.queue, drains)
  }

  private listen(queue: Queue, drains: Queue): void {
    const { simulation, endpoint, bus } = this.aws
    const client = {
      region: 'us-east-1',
      credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
      maxAttempts: 1,
      requestHandler: endingProcesses(endpoint.requestHandler),
    }
    const clock = clockOf(simulation)
    const log = (line: Readonly<Record<string, unknown>>) => void this.log.push({ ...line })
    // Each function has clients of its own: that tells their calls apart.
    const clientOf = (calls: Set<string>) => ({
      ...client,
      requestHandler: {
        handle: (request: Parameters<typeof client.requestHandler.handle>[0]) => {
          const before = endpoint.calls.length
          return client.requestHandler.handle(request).finally(() => {
            for (const { service, operation } of endpoint.calls.slice(before)) {
              calls.add(`${service}:${operation}`)
            }
          })
        },
      },
    })
    const parts = partsOf(this.settings, clientOf(this.calls.reconcile), clock, log)
    const drainParts = partsOf(this.settings, clientOf(this.calls.drain), clock, log)
    this.invoke = async (message) => {
      const body = JSON.stringify(message)
      await reconcile({ Records: [{ messageId: 'by-hand', body }] }, parts)
    }
    new EventSourceMapping(simulation, {
      queue,
      handler: (event) => reconcile(event, parts),
      batchSize: 100,
      maximumBatchingWindowSeconds: 2,
      reportsBatchItemFailures: true,
    })
    new EventSourceMapping(simulation, {
      queue: drains,
      handler: (event) => drain(event, drainParts),
      batchSize: 100,
      maximumBatchingWindowSeconds: 2,
      reportsBatchItemFailures: true,
    })
    bus.subscribe((event) => void queue.send(JSON.stringify(event)), watched)
    bus.subscribe((event) => void drains.send(JSON.stringify(event)), watched)
    simulation.every(60, () => void queue.send(JSON.stringify({ 'detail-type': 'Tideway Sweep' })))
  }

  /** A service on Spot and its standby, which have been there for long. */
  pair(
    name: string,
    settings: Partial<ServiceSettings> = {},
  ): { primary: Service; standby: Service } {
    const standbyName = `${name}-standby`
    const primary = this.aws.createService({
      name,
      desiredCount: 3,
      startsSteady: true,
      ...settings,
      tags: { 'tideway:standbys': standbyName, ...settings.tags },
    })
    const standby = this.aws.createService({
      name: standbyName,
      desiredCount: 0,
      strategy: onDemand,
      startsSteady: true,
      taskDefinition: `${name}:1`,
      loadBalancers: settings.loadBalancers ?? [],
      tags: { 'tideway:standby-of': name },
    })
    return { primary, standby }
  }

  /** Measures each pair as one: `<name>` and `<name>-standby`. */
  ledger(): Ledger {
    return new Ledger(this.aws, {
      groupOf: ({ name }) => ({
        group: name.replace(/-standby$/, ''),
        isPrimary: !name.endsWith('-standby'),
      }),
    })
  }

  /** Calls of the function that changed something in ECS. */
  get writes() {
    return this.aws.endpoint.calls.filter(({ operation }) => operation === 'UpdateService')
  }

  logged(message: string): Record<string, unknown>[] {
    return this.log.filter((line) => line.message === message)
  }
}
