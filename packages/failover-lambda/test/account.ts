import {
  DynamoDb,
  EcsSimulation,
  type EcsSimulationSettings,
  Ledger,
  type LoadBalancers,
  type Queue,
  type Service,
  type ServiceSettings,
  Sns,
  Sqs,
  type StrategyItem,
} from '@tideway/spot-simulator'
import { readSettings, type Settings } from '../src/settings'

const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]

/** ECS and the services around the function, in virtual time, and no function: the zip brings its own. */
export class Account {
  readonly aws: EcsSimulation
  readonly queue: Queue
  readonly dead: Queue
  readonly drains: Queue
  readonly dynamodb = new DynamoDb()
  readonly sns: Sns
  readonly settings: Settings
  readonly targets: LoadBalancers

  constructor(settings: Partial<EcsSimulationSettings> = {}, variables: NodeJS.ProcessEnv = {}) {
    this.aws = new EcsSimulation({ seed: 1, ...settings })
    this.targets = this.aws.loadBalancers
    const { simulation, endpoint } = this.aws
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
    this.dead = sqs.createQueue({ name: 'dead' })
    this.queue = sqs.createQueue({
      name: 'looks',
      visibilityTimeoutSeconds: 60,
      deadLetterQueue: this.dead,
      maxReceiveCount: 5,
    })
    this.drains = sqs.createQueue({ name: 'drains', visibilityTimeoutSeconds: 60 })
    this.settings = readSettings({
      TABLE_NAME: 'pairs',
      QUEUE_URL: this.queue.url,
      TOPIC_ARN: this.sns.createTopic('failover'),
      CLUSTERS: 'main',
      SPOT_PROVIDERS: 'FARGATE_SPOT ec2-spot',
      SPOT_GROUPS: 'ec2-spot=ec2-spot',
      ...variables,
    })
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

  /** Calls that changed something in ECS. */
  get writes() {
    return this.aws.endpoint.calls.filter(({ operation }) => operation === 'UpdateService')
  }
}
