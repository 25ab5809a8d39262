import { type PolicyStatement, tidewayStackOf } from '@tideway/constructs'
import type { ServiceDefinition } from '../definition'
import { ownResources, type ResourceKind, variableOf } from '../definition/resources'
import {
  accessOfKind,
  outputsOf,
  type ResourceAccess,
  type ResourceUse,
  resourceUses,
} from '../definition/uses'
import type { ServiceContext, ServiceProps } from './context'
import type { Resource } from './own-resources'

interface Grant {
  readonly Sid: string
  readonly actions: readonly string[]
  readonly keyActions: readonly string[]
  /** The ARNs of the parts of a resource. */
  readonly parts?: (arn: string) => string[]
}

const objects = (arn: string) => [arn, `${arn}/*`]
const indexes = (arn: string) => [arn, `${arn}/index/*`]
const decrypts = ['kms:Decrypt']
/** Senders also decrypt: SQS and SNS check that they can, and S3 needs it for uploads in parts. */
const encrypts = ['kms:Decrypt', 'kms:GenerateDataKey']

const grants: Readonly<Record<ResourceKind, Partial<Record<ResourceAccess, Grant>>>> = {
  bucket: {
    read: {
      Sid: 'ReadBuckets',
      actions: ['s3:GetObject', 's3:ListBucket'],
      keyActions: decrypts,
      parts: objects,
    },
    write: {
      Sid: 'WriteBuckets',
      actions: [
        's3:AbortMultipartUpload',
        's3:DeleteObject',
        's3:ListMultipartUploadParts',
        's3:PutObject',
      ],
      keyActions: encrypts,
      parts: objects,
    },
  },
  queue: {
    send: {
      Sid: 'SendToQueues',
      actions: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
      keyActions: encrypts,
    },
    receive: {
      Sid: 'ReceiveFromQueues',
      actions: [
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
      ],
      keyActions: decrypts,
    },
  },
  topic: {
    publish: { Sid: 'PublishToTopics', actions: ['sns:Publish'], keyActions: encrypts },
  },
  table: {
    read: {
      Sid: 'ReadTables',
      actions: [
        'dynamodb:BatchGetItem',
        'dynamodb:ConditionCheckItem',
        'dynamodb:DescribeTable',
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:Scan',
      ],
      keyActions: decrypts,
      parts: indexes,
    },
    write: {
      Sid: 'WriteTables',
      actions: [
        'dynamodb:BatchWriteItem',
        'dynamodb:DeleteItem',
        'dynamodb:DescribeTable',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
      ],
      keyActions: encrypts,
      parts: indexes,
    },
  },
}

interface Granted {
  readonly grant: Grant
  readonly resource: Resource
}

/** The variables and permissions for a service's own resources, for those in `uses`, and its `permissions`. */
export function resourceAccess({ name, definition, context }: ServiceProps<ServiceDefinition>) {
  const own = ownResources(definition).map((resource): ResourceUse => {
    return { ...resource, service: name, access: accessOfKind[resource.kind] }
  })
  const used = resourceUses(definition.uses)
  const granted = [...own, ...used].flatMap((use): Granted[] => {
    const resource = resourceOf(use, context)
    return use.access.flatMap((access) => {
      const grant = grants[use.kind][access]
      return grant === undefined ? [] : [{ grant, resource }]
    })
  })
  return {
    environment: Object.fromEntries([
      ...own.map((use) => [variableOf(use.kind, use.name), resourceOf(use, context).value]),
      ...used.map((use) => [
        variableOf(use.kind, use.name, use.service),
        resourceOf(use, context).value,
      ]),
    ]),
    statements: [
      ...resourceStatements(granted),
      ...keyStatements(granted),
      ...permissionStatements(definition, context),
    ],
  }
}

function resourceOf({ kind, name, service }: ResourceUse, context: ServiceContext): Resource {
  if (service !== undefined) return context.resources.resource(service, kind, name)
  const outputs = outputsOf(kind, name)
  const data: Readonly<Record<string, unknown>> = context.data
  const text = (output: string) => `${data[output]}`
  const keyArn = outputs.key in data ? text(outputs.key) : undefined
  return { name, value: text(outputs.value), arn: text(outputs.arn), keyArn }
}

/** One statement for all resources with the same access: the policies of a role share 10,240 characters. */
function resourceStatements(granted: readonly Granted[]): PolicyStatement[] {
  return groupsBy(granted, ({ grant }) => grant.Sid).map(([Sid, same]) => ({
    Sid,
    Action: [...(same[0]?.grant.actions ?? [])],
    Resource: same.flatMap(({ grant, resource }) => grant.parts?.(resource.arn) ?? [resource.arn]),
  }))
}

function keyStatements(granted: readonly Granted[]): PolicyStatement[] {
  const actionsOf = new Map<string, Set<string>>()
  for (const { grant, resource } of granted) {
    if (resource.keyArn === undefined) continue
    const actions = actionsOf.get(resource.keyArn) ?? new Set()
    for (const action of grant.keyActions) actions.add(action)
    actionsOf.set(resource.keyArn, actions)
  }
  const sidOf = (actions: ReadonlySet<string>) =>
    encrypts.every((action) => actions.has(action)) ? 'EncryptByKeys' : 'DecryptByKeys'
  return groupsBy([...actionsOf], ([, actions]) => sidOf(actions)).map(([Sid, keys]) => ({
    Sid,
    Action: [...(keys[0]?.[1] ?? [])],
    Resource: keys.map(([arn]) => arn),
  }))
}

function groupsBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return [...groups]
}

function permissionStatements(
  { permissions = [] }: ServiceDefinition,
  { cluster }: ServiceContext,
): PolicyStatement[] {
  const { name, region, account } = tidewayStackOf(cluster).environment
  const values: Readonly<Record<string, string>> = { region, account, environment: name }
  return permissions.map(({ actions, resources = '*', conditions }) => {
    // Without resources only for actions that have none: see permissionProblems.
    const statement = {
      Action: actions,
      Resource: resources,
      ...(conditions && { Condition: conditions }),
    }
    const text = JSON.stringify(statement).replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all)
    return JSON.parse(text) as PolicyStatement
  })
}
