import { AutoScaling } from '@aws-sdk/client-auto-scaling'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { ECS } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Lambda } from '@aws-sdk/client-lambda'
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api'
import { S3 } from '@aws-sdk/client-s3'
import { Scheduler } from '@aws-sdk/client-scheduler'
import { SQS } from '@aws-sdk/client-sqs'
import { account } from './patches/account'

// The SDK warns about Node 20, which still runs everything here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export type AwsClients = ReturnType<typeof awsClients>

/** Settings of SDK clients for the AWS on this machine. */
export function clientSettings(url: string, accessKeyId = 'operator') {
  return {
    endpoint: url,
    region: account.region,
    credentials: { accessKeyId, secretAccessKey: 'local' },
    // A failure here is a bug, not a throttled call.
    maxAttempts: 1,
  }
}

/** Clients with full access. */
export function awsClients(url: string, accessKeyId?: string) {
  const settings = clientSettings(url, accessKeyId)
  return {
    autoScaling: new AutoScaling(settings),
    dynamodb: new DynamoDB(settings),
    ecs: new ECS(settings),
    eventBridge: new EventBridge(settings),
    iam: new IAM(settings),
    kms: new KMS(settings),
    lambda: new Lambda(settings),
    loadBalancing: new ElasticLoadBalancingV2(settings),
    logs: new CloudWatchLogs(settings),
    s3: new S3({ ...settings, forcePathStyle: true }),
    scheduler: new Scheduler(settings),
    // The gateway rewrites queue URLs, so their host is not the endpoint.
    sqs: new SQS({ ...settings, useQueueUrlAsEndpoint: false }),
    tagging: new ResourceGroupsTaggingAPI(settings),
  }
}
