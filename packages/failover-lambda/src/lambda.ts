import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { BatchResponse, QueueEvent } from './batch'
import { type DrainParts, drain as drainBatch } from './drain'
import { Ecs } from './ecs'
import { consoleLog, type Log } from './log'
import { Looker } from './look'
import { Observer } from './observe'
import { type ReconcileParts, reconcile as reconcileBatch } from './reconcile'
import { readSettings, type Settings } from './settings'
import { Store } from './store'
import { type Clock, systemClock, TokenBucket } from './token-bucket'

/** How the clients are made: in AWS with nothing, in tests with an endpoint in the same process. */
export type ClientSettings = ConstructorParameters<typeof ECSClient>[0]

/** Everything that the handlers work with. */
export function partsOf(
  settings: Settings,
  client: ClientSettings = {},
  clock: Clock = systemClock,
  log: Log = consoleLog,
): ReconcileParts & DrainParts {
  const bucket = new TokenBucket(settings.callsPerSecond, settings.callsBurst, clock)
  const ecs = new Ecs(new ECSClient(client), bucket)
  const store = new Store(new DynamoDBClient(client), settings.tableName)
  const targets = new ElasticLoadBalancingV2Client(client)
  const sns = new SNSClient(client)
  const observer = new Observer(ecs, targets, settings, clock)
  const { topicArn } = settings
  const parts = { ecs, observer, store, sns, settings, clock, log, targets, topicArn }
  const primaries = new Map<string, string>()
  // By the address of the queue, the client would pass by AWS_ENDPOINT_URL.
  const sqs = new SQSClient({ ...client, useQueueUrlAsEndpoint: false })
  return { ...parts, sqs, looker: new Looker(parts), primaries }
}

/** Made at the first event, and kept while the process lives: connections are. */
let parts: (ReconcileParts & DrainParts) | undefined

/** The handler of the queue of everything that is a reason to look. */
export async function reconcile(event: QueueEvent): Promise<BatchResponse> {
  parts ??= partsOf(readSettings(process.env))
  return reconcileBatch(event, parts)
}

/** The handler of the queue of interruption notices. */
export async function drain(event: QueueEvent): Promise<BatchResponse> {
  parts ??= partsOf(readSettings(process.env))
  return drainBatch(event, parts)
}
