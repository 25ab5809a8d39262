import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EC2Client } from '@aws-sdk/client-ec2'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'

// The SDK warns about Node 20, which still runs everything here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export type Aws = ReturnType<typeof awsClients>

export interface AwsSettings {
  readonly region: string
  readonly endpoint?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly maxAttempts?: number
}

export function awsClients(settings: AwsSettings) {
  return {
    cloudWatch: new CloudWatchClient(settings),
    dynamodb: new DynamoDBClient(settings),
    ec2: new EC2Client(settings),
    ecs: new ECSClient(settings),
    lambda: new LambdaClient(settings),
    loadBalancing: new ElasticLoadBalancingV2Client(settings),
    logs: new CloudWatchLogsClient(settings),
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
    sts: new STSClient(settings),
  }
}
