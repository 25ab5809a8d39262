import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { addMiddleware, aroundCalls, type SdkClient } from '@tideway/constructs/aws-errors'
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

/**
 * Clients whose failed calls have a name: see `failedCalls`.
 *
 * @param onTime receives the time of AWS after each call, in milliseconds since 1970
 */
export function awsClients(settings: AwsSettings, onTime: (at: number) => void = () => {}) {
  const named = <Client extends SdkClient>(service: string, client: Client): Client => {
    aroundCalls(client, async (operation, call) => {
      const action = `${service}:${operation}`
      try {
        return await call()
      } catch (error) {
        if (error instanceof Error) failedCalls.set(error, action)
        throw error
      }
    })
    const noteTime: Parameters<typeof addMiddleware>[1] = (next) => async (args) => {
      const result = (await next(args)) as Result
      const date = Date.parse(result.response?.headers?.date ?? '')
      if (!Number.isNaN(date)) onTime(date)
      return result
    }
    addMiddleware(client, noteTime, { step: 'deserialize', priority: 'low' })
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
