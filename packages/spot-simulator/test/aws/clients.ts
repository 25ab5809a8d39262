import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { AwsEndpoint } from '../../src'

// The SDK warns about Node 20 on the first client.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

/** Clients of the SDK without retries, which send to the simulated AWS. */
export function clientsOf({ requestHandler }: Pick<AwsEndpoint, 'requestHandler'>) {
  const settings = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    maxAttempts: 1,
    requestHandler,
  }
  // Created on demand, because most tests use only one of them.
  return {
    get dynamodb() {
      return new DynamoDBClient(settings)
    },
    get loadBalancers() {
      return new ElasticLoadBalancingV2Client(settings)
    },
    get sns() {
      return new SNSClient(settings)
    },
    get sqs() {
      return new SQSClient(settings)
    },
  }
}
