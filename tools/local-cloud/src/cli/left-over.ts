import { stackNames } from '@tideway/constructs/stacks'
import { type LocalAws, LocalAwsError } from '../delivery/local-aws'
import type { LocalCloud } from '../local-cloud'

/** What is still there of what was deployed: in the states, and in the emulators. Nothing, after a destroy. */
export async function leftOver(cloud: LocalCloud): Promise<string[]> {
  const { aws } = cloud
  const states = (await cloud.stacks()).flatMap(({ name, addresses }) =>
    addresses.map((address) => `state of ${name}: ${address}`),
  )
  const { Functions } = await aws.rest<{ Functions: { FunctionName: string }[] }>(
    'lambda',
    'GET',
    '/2015-03-31/functions',
  )
  const { Rules } = await aws.json<{ Rules: { Name: string }[] }>('events', 'AWSEvents.ListRules')
  const { QueueUrls = [] } = await aws.json<{ QueueUrls?: string[] }>('sqs', 'AmazonSQS.ListQueues')
  const { logGroups } = await aws.json<{ logGroups: { logGroupName: string }[] }>(
    'logs',
    'Logs_20140328.DescribeLogGroups',
  )
  const roles = await aws.query('iam', 'ListRoles')
  return [
    ...states,
    ...cloud.resourceIds(),
    ...(await tagged(aws)),
    ...Functions.map(({ FunctionName }) => `function ${FunctionName}`),
    ...Rules.map(({ Name }) => `rule ${Name}`),
    ...QueueUrls.map((url) => `queue ${url}`),
    ...logGroups.map(({ logGroupName }) => `log group ${logGroupName}`),
    ...[...roles.matchAll(/<RoleName>(tideway-[^<]*)</g)].map(([, name]) => `role ${name}`),
  ]
}

/** What has a tag of one of the stacks, and has not come to its end. */
async function tagged(aws: LocalAws): Promise<string[]> {
  const { ResourceTagMappingList } = await aws.json<{
    ResourceTagMappingList: { ResourceARN: string }[]
  }>('tagging', 'ResourceGroupsTaggingAPI_20170126.GetResources', {
    TagFilters: [{ Key: 'app', Values: stackNames }],
  })
  const arns = ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN)
  const ended = await Promise.all(arns.map((arn) => hasEnded(aws, arn)))
  return arns.filter((_, index) => !ended[index])
}

/** Some things can be seen for a while after their end, in AWS as here. */
async function hasEnded(aws: LocalAws, arn: string): Promise<boolean> {
  const [, , service, , , ...rest] = arn.split(':')
  const id = rest.join(':').split(/[:/]/).at(-1) ?? ''
  switch (`${service} ${rest[0]?.split('/')[0]}`) {
    case 'kms key': {
      const input = { KeyId: id }
      const { KeyMetadata } = await aws.json<{ KeyMetadata: { KeyState: string } }>(
        'kms',
        'TrentService.DescribeKey',
        input,
      )
      return KeyMetadata.KeyState === 'PendingDeletion'
    }
    case 'ecs cluster': {
      const { clusters } = await aws.json<{ clusters: { status: string }[] }>(
        'ecs',
        'AmazonEC2ContainerServiceV20141113.DescribeClusters',
        { clusters: [id] },
      )
      return clusters.every(({ status }) => status === 'INACTIVE')
    }
    case 'ecs task-definition':
      // Revisions are kept on purpose (skip_destroy): a release may still go back to one.
      return true
    case 'ec2 instance':
      return isIn(await aws.query('ec2', 'DescribeInstances', { 'InstanceId.1': id }), 'terminated')
    case 'ec2 natgateway':
      return isIn(
        await aws.query('ec2', 'DescribeNatGateways', { 'NatGatewayId.1': id }),
        'deleted',
      )
    case 'elasticache subnetgroup':
      return isRefused(
        aws.query('elasticache', 'DescribeCacheSubnetGroups', { CacheSubnetGroupName: id }),
      )
    default:
      return false
  }
}

/** An instance has its state by name, a gateway as a word. */
function isIn(xml: string, state: string): boolean {
  return xml.includes(`<name>${state}</name>`) || xml.includes(`<state>${state}</state>`)
}

async function isRefused(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return false
  } catch (error) {
    return error instanceof LocalAwsError
  }
}
