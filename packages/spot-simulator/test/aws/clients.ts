import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { AwsEndpoint } from '../../src'

// The SDK's own switch: it warns of this Node.js version on the first client otherwise.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

/** The SDK's clients as a handler has them, with everything but the network. */
export function clientsOf({ requestHandler }: Pick<AwsEndpoint, 'requestHandler'>) {
  const settings = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    maxAttempts: 1,
    requestHandler,
  }
  return {
    dynamodb: new DynamoDBClient(settings),
    ecs: new ECSClient(settings),
    loadBalancers: new ElasticLoadBalancingV2Client(settings),
    sns: new SNSClient(settings),
    sqs: new SQSClient(settings),
  }
}
