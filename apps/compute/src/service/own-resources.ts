import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table'
import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging'
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic'
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy'
import {
  EncryptionKey,
  nameOf,
  PrivateBucket,
  policyDocument,
  resourceName,
  tidewayStackOf,
  tlsOnly,
} from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ServiceDefinition } from '../definition'
import {
  attributesOf,
  type Bucket,
  keyAttributes,
  ownResources,
  partOf,
  type Queue,
  type ResourceKind,
  type Table,
  type Topic,
  topicOf,
} from '../definition/resources'
import { nameInOrder, OwnQueue } from './own-queue'
import { type TeamTopics, tagOwner } from './owner'

/** A resource that tasks use. */
export interface Resource {
  readonly name: string
  /** What the variable of the container is set to: the URL of a queue, the ARN of a topic, or the name. */
  readonly value: string
  readonly arn: string
  /** Undefined for a key of AWS, which needs no permissions. */
  readonly keyArn: string | undefined
}

export interface ServiceResourcesProps {
  readonly services: Readonly<Record<string, ServiceDefinition>>
  readonly logsBucketName: string
  readonly topics: TeamTopics
}

/** The buckets, queues, topics and tables of all services. They exist before the services, which use each other's. */
export class ServiceResources extends Construct {
  private readonly resources = new Map<string, Resource>()

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServiceResourcesProps,
  ) {
    super(scope, id)
    const subscriptions: (() => void)[] = []
    for (const [service, definition] of Object.entries(props.services)) {
      if (ownResources(definition).length > 0)
        subscriptions.push(...this.create(service, definition))
    }
    // The topics of all services exist now.
    for (const subscribe of subscriptions) subscribe()
  }

  resource(service: string, kind: ResourceKind, name: string): Resource {
    const resource = this.resources.get(`${service} ${kind} ${name}`)
    if (resource === undefined) throw new Error(`${service} has no ${kind} ${name}`)
    return resource
  }

  /** Returns functions that subscribe its queues to topics. */
  private create(service: string, definition: ServiceDefinition): (() => void)[] {
    const { logsBucketName, topics } = this.props
    const alarmTopicArn = topics.arnOf(definition)
    const scope = new Construct(this, service)
    tagOwner(scope, definition)
    const key = this.key(scope, service, definition)
    const keyArn = key.arn
    const at = (kind: ResourceKind, name: string) => ({
      scope,
      id: `${kind}-${name}`,
      part: partOf(service, name),
      add: (resource: Omit<Resource, 'keyArn'>) =>
        this.resources.set(`${service} ${kind} ${name}`, { ...resource, keyArn }),
    })
    for (const [name, bucket] of Object.entries(definition.buckets ?? {})) {
      const { id, part, add } = at('bucket', name)
      const created = new OwnBucket(scope, id, { ...bucket, part, key, logsBucketName }).bucket
      add({ name: created.name, value: created.name, arn: created.arn })
    }
    for (const [name, topic] of Object.entries(definition.topics ?? {})) {
      const { id, part, add } = at('topic', name)
      const { arn } = ownTopic(scope, id, { ...topic, part, keyArn })
      add({ name, value: arn, arn })
    }
    for (const [name, table] of Object.entries(definition.tables ?? {})) {
      const { id, part, add } = at('table', name)
      const created = ownTable(scope, id, { ...table, part, keyArn })
      add({ name: created.name, value: created.name, arn: created.arn })
    }
    return Object.entries(definition.queues ?? {}).map(([name, queue]) => {
      const { id, add } = at('queue', name)
      const props = { service, name, definition: queue, keyArn, alarmTopicArn }
      const own = new OwnQueue(scope, id, props)
      add({ name: own.queue.name, value: own.queue.url, arn: own.queue.arn })
      return () =>
        own.subscribe(
          sourcesOf(queue, service).map((source) => ({
            id: `${source.service}:${source.topic}`,
            arn: this.resource(source.service, 'topic', source.topic).arn,
          })),
        )
    })
  }

  private key(scope: Construct, service: string, { queues }: ServiceDefinition): EncryptionKey {
    const { environment } = tidewayStackOf(this)
    const { name, region, account } = environment
    const topicNamed = (part: string) => nameOf(environment, 'aws_sns_topic', part, this.node.path)
    // By name: references to the topics of the same service would be a circle, as they use the key.
    const topicArns = Object.values(queues ?? {})
      .flatMap((queue) => sourcesOf(queue, service))
      .map(({ service: owner, topic }) => {
        const fifo = this.props.services[owner]?.topics?.[topic]?.fifo
        const topicName = nameInOrder(topicNamed, partOf(owner, topic), fifo)
        return `arn:aws:sns:${region}:${account}:${topicName}`
      })
    return new EncryptionKey(scope, 'key', {
      name: `service-${service}`,
      description: `Buckets, queues, topics and tables of ${service} in ${name}`,
      ...(topicArns.length > 0 && {
        // Without this grant, SNS drops the messages for the queues silently.
        services: [
          {
            principal: 'sns.amazonaws.com',
            condition: { ArnEquals: { 'aws:SourceArn': [...new Set(topicArns)] } },
          },
        ],
      }),
    })
  }
}

function sourcesOf({ subscribesTo = [] }: Queue, service: string) {
  return subscribesTo.map((reference) => topicOf(reference, service))
}

interface OwnBucketProps extends Bucket {
  readonly part: string
  readonly key: EncryptionKey
  readonly logsBucketName: string
}

class OwnBucket extends Construct {
  readonly bucket: PrivateBucket

  constructor(scope: Construct, id: string, props: OwnBucketProps) {
    super(scope, id)
    const { part, key, logsBucketName, expireDays, noncurrentDays = 30 } = props
    this.bucket = new PrivateBucket(this, 'bucket', {
      contents: part,
      keyArn: key.arn,
      noncurrentDays,
      ...(expireDays !== undefined && { expireDays }),
      // AWS refuses to delete a bucket with objects, whose key must then stay too.
      dependsOn: [key.resource],
    })
    new S3BucketLoggingA(this, 'access-log', {
      bucket: this.bucket.name,
      targetBucket: logsBucketName,
      targetPrefix: `s3/services/${part}/`,
    })
  }
}

interface Named {
  readonly part: string
  readonly keyArn: string
}

function ownTopic(scope: Construct, id: string, { part, keyArn, fifo }: Topic & Named): SnsTopic {
  const topic = new SnsTopic(scope, id, {
    name: nameInOrder((it) => resourceName(scope, 'aws_sns_topic', it), part, fifo),
    kmsMasterKeyId: keyArn,
    ...(fifo && { fifoTopic: true, contentBasedDeduplication: true }),
  })
  // SNS rejects `sns:*`: some of its actions have no topic.
  const statements = tlsOnly(scope, 'sns:Publish', topic.arn)
  if (statements.length > 0) {
    new SnsTopicPolicy(scope, `${id}:policy`, {
      arn: topic.arn,
      policy: policyDocument(...statements),
    })
  }
  return topic
}

const attributeTypes = { string: 'S', number: 'N', binary: 'B' } as const

function ownTable(
  scope: Construct,
  id: string,
  { part, keyArn, ...table }: Table & Named,
): DynamodbTable {
  const { protectData } = tidewayStackOf(scope).environment
  return new DynamodbTable(scope, id, {
    name: resourceName(scope, 'aws_dynamodb_table', part),
    billingMode: 'PAY_PER_REQUEST',
    ...keySchema(keyAttributes(table)),
    attribute: attributesOf(table).attributes.map(({ name, type }) => ({
      name,
      type: attributeTypes[type],
    })),
    globalSecondaryIndex: Object.entries(table.indexes ?? {}).map(([name, index]) => ({
      name,
      ...keySchema(keyAttributes(index)),
      projectionType: 'ALL',
    })),
    ...(table.expiresAt !== undefined && {
      ttl: { attributeName: table.expiresAt, enabled: true },
    }),
    serverSideEncryption: { enabled: true, kmsKeyArn: keyArn },
    pointInTimeRecovery: { enabled: true },
    deletionProtectionEnabled: protectData,
    lifecycle: { preventDestroy: protectData },
  })
}

function keySchema([hash, range]: readonly { readonly name: string }[]) {
  return { hashKey: hash?.name ?? '', ...(range && { rangeKey: range.name }) }
}
