import { stackNames } from '@tideway/constructs/stacks'
import type { LocalCloud } from '../local-cloud'

/** What is still there of what was deployed: in the states, and in the emulators. Nothing, after a destroy. */
export async function leftOver(cloud: LocalCloud): Promise<string[]> {
  const { aws } = cloud
  const states = (await cloud.stacks()).flatMap(({ name, addresses }) =>
    addresses.map((address) => `state of ${name}: ${address}`),
  )
  const { ResourceTagMappingList } = await aws.json<{
    ResourceTagMappingList: { ResourceARN: string; Tags: { Key: string; Value: string }[] }[]
  }>('tagging', 'ResourceGroupsTaggingAPI_20170126.GetResources', {
    TagFilters: [{ Key: 'app', Values: stackNames }],
  })
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
    ...(await cloud.kept()),
    // A key can only be scheduled for its end.
    ...ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN).filter(
      (arn) => !arn.startsWith('arn:aws:kms:'),
    ),
    ...Functions.map(({ FunctionName }) => `function ${FunctionName}`),
    ...Rules.map(({ Name }) => `rule ${Name}`),
    ...QueueUrls.map((url) => `queue ${url}`),
    ...logGroups.map(({ logGroupName }) => `log group ${logGroupName}`),
    ...[...roles.matchAll(/<RoleName>(tideway-[^<]*)</g)].map(([, name]) => `role ${name}`),
  ]
}
