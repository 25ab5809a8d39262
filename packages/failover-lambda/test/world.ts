import {
  clockOf,
  type EcsSimulationSettings,
  EventSourceMapping,
  stopOnCrash,
} from '@tideway/spot-simulator'
import { drain } from '../src/drain'
import { partsOf } from '../src/lambda'
import { reconcile } from '../src/reconcile'
import { Account } from './account'

// The SDK warns of Node 20, which Lambda does not run.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

/** The events that the deployed rules let through. */
const watched = {
  'detail-type': [
    'ECS Service Action',
    'ECS Task State Change',
    'ECS Deployment State Change',
    'EC2 Spot Instance Interruption Warning',
    'EC2 Instance Launch Unsuccessful',
  ],
}

/** An account, and the function in it: as they are deployed, in virtual time. */
export class World extends Account {
  readonly log: Record<string, unknown>[] = []
  /** What each function needs a right to: the operations that it has called, and what ECS asks for besides. */
  readonly calls = { reconcile: new Set<string>(), drain: new Set<string>() }
  /** Runs the function once more, with one message, beside what the queue makes it do. */
  invoke: (message: object) => Promise<void> = async () => {}

  constructor(settings: Partial<EcsSimulationSettings> = {}, variables: NodeJS.ProcessEnv = {}) {
    super(settings, variables)
    this.listen()
  }

  private listen(): void {
    const { queue, drains } = this
    const { simulation, endpoint, bus } = this.aws
    const client = {
      region: 'us-east-1',
      credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
      maxAttempts: 1,
      requestHandler: stopOnCrash(endpoint.requestHandler),
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
            for (const { service, operation, input } of endpoint.calls.slice(before)) {
              calls.add(`${service}:${operation}`)
              // A task definition has roles, and whoever gives it to a service hands them on.
              if (operation === 'UpdateService' && input.taskDefinition !== undefined) {
                calls.add('iam:PassRole')
              }
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

  logged(message: string): Record<string, unknown>[] {
    return this.log.filter((line) => line.message === message)
  }
}
