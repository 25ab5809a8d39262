import { type AccessRequest, unknownPart } from '@tideway/constructs/iam-evaluator'
import type { AwsRequest } from '../gateway/aws-request'
import { account } from '../patches/account'
import { actionNamed, actionsOf, type IamAction, iamPrefixOf } from './iam-actions'
import { type Input, type Operation, operationOf, textsIn } from './operations'
import { resourcesOf, someResourceOf } from './resources'

type Result<Value> = Value | Promise<Value>

/** The deployed resources that a call refers to. */
export interface ReferredResources {
  /** The tags of a resource, by its ARN. Undefined if they are not known. */
  tagsOf(arn: string): Result<Readonly<Record<string, string>> | undefined>
  /** The task role and the execution role of a task definition. */
  rolesOf(taskDefinition: string): Result<readonly string[]>
  /** The ARN of the customer managed key that encrypts a queue, a topic, a secret, a parameter or a function. */
  keyOf(arn: string): Result<string | undefined>
  /** The aliases of a key. */
  aliasesOf(keyArn: string): Result<readonly string[]>
  /** The permissions boundary of a role. */
  boundaryOf(roleArn: string): Result<string | undefined>
}

/** A call whose actions or resources are not known. */
export class UnknownAccessError extends Error {
  override readonly name = 'UnknownAccessError'
}

/** Everything that the role of a caller must allow for a call. Throws an UnknownAccessError where that is not known. */
export async function requiredAccess(
  request: AwsRequest,
  referred: ReferredResources,
  accountId: string = account.id,
): Promise<AccessRequest[]> {
  const { service } = request
  // Everybody may call it.
  if (service === 'sts' && request.operation === 'GetCallerIdentity') return []
  const operation = await operationOf(request)
  if (operation === undefined) {
    throw new UnknownAccessError(
      `${service} ${request.method} ${request.url.split('?')[0]} (its operation is missing in operations.ts)`,
    )
  }
  const actions = await actionsOf(service, operation.name)
  if (actions === undefined) {
    throw new UnknownAccessError(
      `${service}:${operation.name} (no action has this name: add it to iam-actions.ts)`,
    )
  }
  const call: Call = { service, operation, referred, accountId }
  const own = await Promise.all(actions.map((action) => accessOf(action, call)))
  const resources = own[0]?.map(({ resource }) => resource) ?? []
  return [
    ...own.flat(),
    ...(await tagAccess(actions, resources, call)),
    ...(await passedRoles(actions, call)),
    ...(await keyAccess(resources, call)),
  ]
}

/** One request for each action. */
export function accessTo(
  resource: string,
  actions: readonly string[],
  rest: Pick<AccessRequest, 'principal' | 'context' | 'unknownKeys'> = {},
): AccessRequest[] {
  return actions.map((action) => ({ action, resource, ...rest }))
}

/** The actions that a sender to an encrypted queue or topic needs on its key. */
export const senderKeyActions = ['kms:Decrypt', 'kms:GenerateDataKey']

interface Call {
  readonly service: string
  readonly operation: Operation
  readonly referred: ReferredResources
  readonly accountId: string
}

/** Keys of every request that this machine has no value for. */
const unknownGlobalKeys = [
  'aws:CurrentTime',
  'aws:EpochTime',
  'aws:MultiFactorAuth',
  'aws:Principal',
  'aws:SourceIp',
  'aws:SourceVpc',
  'aws:VpcSourceIp',
]

async function accessOf(action: IamAction, call: Call): Promise<AccessRequest[]> {
  const { operation, referred, accountId } = call
  const resources = resourcesOf(action, operation, accountId)
  return Promise.all(
    resources.map(async (named) => {
      const resource = await keyBehindAlias(named, call)
      const context = {
        'aws:RequestedRegion': account.region,
        'aws:SecureTransport': 'true',
        'aws:ViaAWSService': 'false',
        ...tagContext('aws:RequestTag', tagsIn(operation.input)),
        ...(await keysOf(action, resource, call)),
        ...tagContext('aws:ResourceTag', (await referred.tagsOf(resource)) ?? {}),
      }
      const areTagsKnown = (await referred.tagsOf(resource)) !== undefined
      return {
        action: action.action,
        resource,
        context,
        unknownKeys: [...action.conditionKeys, ...unknownGlobalKeys]
          .map((key) => key.replace(/\$\{.*|<.*|tag-key$/, ''))
          .filter((key) => !/^aws:(RequestTag\/|TagKeys)|^iam:PermissionsBoundary$/.test(key))
          .filter((key) => !(areTagsKnown && key === 'aws:ResourceTag/')),
      }
    }),
  )
}

/** A change of an alias is also a change of its key, which the call does not name. */
async function keyBehindAlias(resource: string, { operation, referred }: Call): Promise<string> {
  const [start, rest] = resource.split(`:key/${unknownPart}`)
  const { AliasName } = operation.input
  if (rest !== '' || AliasName === undefined) return resource
  return (await referred.keyOf(`${start}:${AliasName}`)) ?? resource
}

/** The condition keys of single services. */
async function keysOf(
  { conditionKeys }: IamAction,
  resource: string,
  { operation: { input }, referred, accountId }: Call,
): Promise<Record<string, string | string[]>> {
  const keys: Record<string, string | string[]> = {}
  const tagKeys = Object.keys(tagsIn(input))
  if (tagKeys.length > 0) keys['aws:TagKeys'] = tagKeys
  for (const [key, value] of [
    ['iam:PolicyARN', input.PolicyArn],
    ['iam:AWSServiceName', input.AWSServiceName],
  ] as const) {
    if (typeof value === 'string') keys[key] = value
  }
  if (conditionKeys.includes('ecs:cluster')) {
    const name = String(input.cluster ?? 'default')
      .split('/')
      .at(-1)
    keys['ecs:cluster'] = `arn:aws:ecs:${account.region}:${accountId}:cluster/${name}`
  }
  if (conditionKeys.includes('iam:PermissionsBoundary')) {
    const boundary = input.PermissionsBoundary ?? (await referred.boundaryOf(resource))
    if (boundary !== undefined) keys['iam:PermissionsBoundary'] = String(boundary)
  }
  return keys
}

/** A service asks for its tagging action too when a resource is created with tags. */
const tagActions = [
  'TagResource',
  'AddTagsToResource',
  'AddTags',
  'CreateTags',
  'CreateOrUpdateTags',
]

async function tagAccess(
  actions: readonly IamAction[],
  resources: readonly string[],
  { service, operation: { name, input } }: Call,
): Promise<AccessRequest[]> {
  const [, noun] = /^(?:Create|Register|Run|Allocate|Request|Put)(\w+)$/.exec(name) ?? []
  const tags = tagsIn(input)
  if (noun === undefined || Object.keys(tags).length === 0 || actions.length > 1) return []
  const prefix = iamPrefixOf(service)
  const found = await Promise.all(
    [`Tag${noun}`, ...tagActions].map((action) => actionNamed(prefix, action)),
  )
  const action = found.find((each) => each !== undefined)
  if (action === undefined) return []
  const context = {
    ...tagContext('aws:RequestTag', tags),
    'aws:TagKeys': Object.keys(tags),
  }
  // Of several resources, the new one has no id yet.
  const created = resources.filter((resource) => resource.includes(unknownPart))
  return (created.length > 0 ? created : resources).flatMap((resource) =>
    accessTo(resource === '*' ? someResourceOf(action.action) : resource, [action.action], {
      context,
    }),
  )
}

/** The service that a role is passed to, where it is not `SERVICE.amazonaws.com`. */
const passedTo: Readonly<Record<string, string>> = {
  'ec2 CreateFlowLogs': 'vpc-flow-logs',
  'ec2 RequestSpotFleet': 'spotfleet',
  'iam AddRoleToInstanceProfile': 'ec2',
  'rds CreateDBInstance': 'monitoring.rds',
  ecs: 'ecs-tasks',
}

/** A caller that names a role in a change must be allowed to pass it. */
async function passedRoles(actions: readonly IamAction[], call: Call): Promise<AccessRequest[]> {
  const { service, operation, referred, accountId } = call
  const { name, input } = operation
  if (actions.every(({ isRead }) => isRead)) return []
  const roles = new Set<string>()
  if (service !== 'iam') {
    for (const text of textsIn(input)) if (/^arn:aws:iam::\d+:role\//.test(text)) roles.add(text)
  }
  if (name === 'AddRoleToInstanceProfile') {
    roles.add(`arn:aws:iam::${accountId}:role/${input.RoleName}`)
  }
  if (service === 'ecs' && input.taskDefinition !== undefined) {
    for (const role of await referred.rolesOf(String(input.taskDefinition))) roles.add(role)
  }
  const principal = passedTo[`${service} ${name}`] ?? passedTo[service] ?? service
  const context = { 'iam:PassedToService': `${principal}.amazonaws.com` }
  return [...roles].flatMap((role) =>
    accessTo(role, ['iam:PassRole'], { context, unknownKeys: ['iam:AssociatedResourceArn'] }),
  )
}

/** What the caller needs on the key of a resource, for the operations that read or write its contents. */
const keyActions: readonly [service: string, operation: RegExp, actions: readonly string[]][] = [
  ['lambda', /^GetFunction(Configuration)?$/, ['kms:Decrypt']],
  ['s3', /^(Get|Head)Object$/, ['kms:Decrypt']],
  ['s3', /^PutObject$/, ['kms:GenerateDataKey']],
  ['secretsmanager', /^GetSecretValue$/, ['kms:Decrypt']],
  ['secretsmanager', /^(Create|Update)Secret$|^PutSecretValue$/, senderKeyActions],
  ['sns', /./, senderKeyActions],
  ['sqs', /Message/, senderKeyActions],
  ['ssm', /^GetParameter/, ['kms:Decrypt']],
  ['ssm', /^PutParameter$/, ['kms:Encrypt']],
]

/** Encryption contexts with the ARN of what is encrypted. */
const arnContexts: Readonly<Record<string, string>> = {
  secretsmanager: 'SecretARN',
  ssm: 'PARAMETER_ARN',
}

async function keyAccess(
  resources: readonly string[],
  { service, operation: { name, input }, referred }: Call,
): Promise<AccessRequest[]> {
  const actions = keyActions.find((each) => each[0] === service && each[1].test(name))?.[2]
  if (actions === undefined || (service === 'ssm' && input.WithDecryption === false)) return []
  const access = resources.map(async (resource) => {
    const key = await referred.keyOf(resource)
    if (key === undefined) return []
    const aliases = await referred.aliasesOf(key)
    return accessTo(key, actions, {
      context: {
        'aws:ViaAWSService': 'true',
        'kms:ViaService': `${service}.${account.region}.amazonaws.com`,
        ...(aliases.length > 0 && { 'kms:ResourceAliases': aliases }),
        ...(service in arnContexts && {
          [`kms:EncryptionContext:${arnContexts[service]}`]: resource,
        }),
      },
      unknownKeys: ['kms:EncryptionContext', ...unknownGlobalKeys],
    })
  })
  return (await Promise.all(access)).flat()
}

function tagContext(key: string, tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`${key}/${name}`, value]))
}

/** The tags in a request: as a list of keys and values, as a record, or in a specification of EC2. */
function tagsIn(input: Input): Record<string, string> {
  const found = Object.entries(input).find(([name]) =>
    /^tag(s|list|set|specification)?$/i.test(name),
  )
  const value = found?.[1]
  if (Array.isArray(value)) {
    const pairs = value.map((each) => {
      const { Key = each.key, Value = each.value } = each
      return Key === undefined ? tagsIn(each) : { [Key]: String(Value ?? '') }
    })
    return Object.assign({}, ...pairs)
  }
  if (typeof value !== 'object' || value === null) return {}
  const nested = Object.values(value)[0]
  return typeof nested === 'object' ? tagsIn(value as Input) : (value as Record<string, string>)
}
