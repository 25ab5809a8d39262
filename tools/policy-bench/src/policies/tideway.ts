import { drain, partsOf, readSettings, reconcile } from '@tideway/failover-lambda'
import { clockOf, DynamoDb, EventSourceMapping, Sns, Sqs } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'

/** The ECS events that the deployed rules let through. */
const watched = {
  'detail-type': ['ECS Service Action', 'ECS Task State Change', 'ECS Deployment State Change'],
}

/**
 * The handlers that are deployed, unchanged, behind their queues and with the real SDK, with the settings that they
 * have by default. The policy of each pair is the default one too: its services carry no tags but the names.
 */
export const tideway: Policy = {
  name: 'tideway',
  strategy: spot,
  start: (world) => {
    const { simulation, endpoint, bus } = world.aws
    const dynamodb = new DynamoDb()
    dynamodb.createTable({
      name: 'pairs',
      hashKey: 'pair',
      indexes: [{ name: 'open', hashKey: 'open' }],
    })
    const sqs = new Sqs(simulation)
    endpoint.register('sqs', sqs)
    endpoint.register('sns', new Sns(simulation))
    endpoint.register('dynamodb', dynamodb)
    const looks = sqs.createQueue({ name: 'looks', visibilityTimeoutSeconds: 60 })
    const drains = sqs.createQueue({ name: 'drains', visibilityTimeoutSeconds: 60 })
    const settings = readSettings({ TABLE_NAME: 'pairs', QUEUE_URL: looks.url, CLUSTERS: 'main' })
    const clock = clockOf(simulation)
    const problems: string[] = []
    const parts = partsOf(settings, world.client, clock, (line) => {
      if (line.level === 'error') problems.push(JSON.stringify(line))
    })
    const mappings = [
      new EventSourceMapping(simulation, {
        queue: looks,
        handler: (event) => reconcile(event, parts),
        batchSize: 10,
        maximumBatchingWindowSeconds: 1,
        reportsBatchItemFailures: true,
      }),
      new EventSourceMapping(simulation, {
        queue: drains,
        handler: (event) => drain(event, parts),
        batchSize: 10,
        reportsBatchItemFailures: true,
      }),
    ]
    for (const queue of [looks, drains]) {
      bus.subscribe((event) => void queue.send(JSON.stringify(event)), watched)
    }
    simulation.every(60, () => void looks.send(JSON.stringify({ 'detail-type': 'Tideway Sweep' })))
    const thrown = () =>
      mappings.flatMap(({ invocations }) => invocations.flatMap(({ error }) => error ?? []))
    return { problems: () => [...problems, ...thrown().map(String)] }
  },
}
