import { ElastiCache } from '@aws-sdk/client-elasticache'
import { stackNames } from '@tideway/constructs/stacks'
import { clientSettings } from '../aws-clients'
import type { LocalCloud } from '../local-cloud'

/** The resources of the stacks that still exist in the Terraform states or in the emulator. Empty after a destroy. */
export async function leftoverResources(cloud: LocalCloud): Promise<string[]> {
  const { lambda, eventBridge, sqs, logs, iam } = cloud.aws
  const states = (await cloud.stacks()).flatMap(({ name, addresses }) =>
    addresses.map((address) => `state of ${name}: ${address}`),
  )
  const { Functions = [] } = await lambda.listFunctions({})
  const { Rules = [] } = await eventBridge.listRules({})
  const { QueueUrls = [] } = await sqs.listQueues({})
  const { logGroups = [] } = await logs.describeLogGroups({})
  const { Roles = [] } = await iam.listRoles({})
  return [
    ...states,
    ...cloud.resourceIds(),
    ...(await taggedResources(cloud)),
    ...Functions.map(({ FunctionName }) => `function ${FunctionName}`),
    ...Rules.map(({ Name }) => `rule ${Name}`),
    ...QueueUrls.map((url) => `queue ${url}`),
    ...logGroups.map(({ logGroupName }) => `log group ${logGroupName}`),
    // The roles of CI belong to the bootstrap.
    ...Roles.map(({ RoleName }) => `role ${RoleName}`).filter((role) =>
      /^role tideway-(?!local-ci-)/.test(role),
    ),
  ]
}

/** Resources with the tag of a stack that still exist. */
async function taggedResources(cloud: LocalCloud): Promise<string[]> {
  const { ResourceTagMappingList = [] } = await cloud.aws.tagging.getResources({
    TagFilters: [{ Key: 'app', Values: [...stackNames] }],
  })
  const arns = ResourceTagMappingList.flatMap(({ ResourceARN }) => ResourceARN ?? [])
  const areGone = await Promise.all(arns.map((arn) => isGone(cloud, arn)))
  return arns.filter((_, index) => !areGone[index])
}

/** AWS lists some resources for a while after their deletion, and moto does the same. */
async function isGone({ aws, url }: LocalCloud, arn: string): Promise<boolean> {
  const [, , service, , , ...rest] = arn.split(':')
  const id = rest.join(':').split(/[:/]/).at(-1) ?? ''
  switch (`${service} ${rest[0]?.split('/')[0]}`) {
    case 'kms key': {
      const { KeyMetadata } = await aws.kms.describeKey({ KeyId: id })
      return KeyMetadata?.KeyState === 'PendingDeletion'
    }
    case 'ecs cluster': {
      const { clusters = [] } = await aws.ecs.describeClusters({ clusters: [id] })
      return clusters.every(({ status }) => status === 'INACTIVE')
    }
    case 'ecs task-definition':
      // Old revisions stay on purpose (skip_destroy), so that a release can roll back to them.
      return true
    case 'ec2 instance': {
      const ec2 = await ec2Client(url)
      const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: [id] })
      const instances = Reservations.flatMap(({ Instances = [] }) => Instances)
      return instances.every(({ State }) => State?.Name === 'terminated')
    }
    case 'ec2 natgateway': {
      const ec2 = await ec2Client(url)
      const { NatGateways = [] } = await ec2.describeNatGateways({ NatGatewayIds: [id] })
      return NatGateways.every(({ State }) => State === 'deleted')
    }
    case 'elasticache subnetgroup':
      return new ElastiCache(clientSettings(url))
        .describeCacheSubnetGroups({ CacheSubnetGroupName: id })
        .then(
          () => false,
          ({ name }: Error) => name.includes('NotFound'),
        )
    default:
      return false
  }
}

/** Loaded here only, because it takes as long as all other clients together. */
export async function ec2Client(url: string) {
  const { EC2 } = await import('@aws-sdk/client-ec2')
  return new EC2(clientSettings(url))
}
