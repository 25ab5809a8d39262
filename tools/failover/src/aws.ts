import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { failedCalls } from './errors'

// The SDK warns about Node 20, which still runs everything here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export type Aws = ReturnType<typeof awsClients>

export interface AwsSettings {
  readonly region: string
  readonly endpoint?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly maxAttempts?: number
  readonly requestHandler?: { handle: never } | object
}

export interface CallHooks {
  /** Before a call, with its IAM action: `ecs:DescribeServices`. */
  onCall?(action: string): void
  /** After a call, with the time of AWS. */
  onTime?(milliseconds: number): void
}

/** Clients whose failed calls have a name: see `failedCalls`. */
export function awsClients(settings: AwsSettings, hooks: CallHooks = {}) {
  const named = <Client extends Extensible>(service: string, client: Client): Client => {
    const stack = client.middlewareStack as unknown as AnyStack
    stack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          const action = `${service}:${commandName.replace(/Command$/, '')}`
          hooks.onCall?.(action)
          try {
            return await next(args)
          } catch (error) {
            if (error instanceof Error) failedCalls.set(error, action)
            throw error
          }
        },
      { step: 'initialize', priority: 'high' },
    )
    stack.add(
      (next) => async (args) => {
        const result = await next(args)
        const date = Date.parse(result.response?.headers?.date ?? '')
        if (!Number.isNaN(date)) hooks.onTime?.(date)
        return result
      },
      { step: 'deserialize', priority: 'low' },
    )
    return client
  }
  return {
    cloudWatch: named('cloudwatch', new CloudWatchClient(settings as object)),
    dynamodb: named('dynamodb', new DynamoDBClient(settings as object)),
    ec2: named('ec2', new EC2Client(settings as object)),
    ecs: named('ecs', new ECSClient(settings as object)),
    lambda: named('lambda', new LambdaClient(settings as object)),
    loadBalancing: named(
      'elasticloadbalancing',
      new ElasticLoadBalancingV2Client(settings as object),
    ),
    logs: named('logs', new CloudWatchLogsClient(settings as object)),
    sqs: named('sqs', new SQSClient({ ...(settings as object), useQueueUrlAsEndpoint: false })),
    sts: named('sts', new STSClient(settings as object)),
  }
}

interface Result {
  readonly response?: { readonly headers?: Readonly<Record<string, string>> }
}

type Next = (args: unknown) => Promise<Result>

/** Each client types its own middleware; these two fit all. */
interface Extensible {
  readonly middlewareStack: { add(...args: never[]): void }
}

interface AnyStack {
  add(middleware: (next: Next, context: { commandName?: string }) => Next, options: object): void
}
