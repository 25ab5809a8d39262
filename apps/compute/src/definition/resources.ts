import {
  checkEach,
  hasExpression,
  isName,
  isNumber,
  isObject,
  isString,
  type Problem,
  type Rule,
  type Rules,
  wholeNumber,
} from '@tideway/constructs'
import { isUnique, optional, problemUnless } from './values'

/** A kind of resource that a service can have. The field of a definition is its plural. */
export const resourceKinds = ['bucket', 'queue', 'topic', 'table'] as const
export type ResourceKind = (typeof resourceKinds)[number]

export interface Bucket {
  /** Days until an object is deleted. @default objects stay */
  readonly expireDays?: number
  /** Days until a replaced or deleted object is removed permanently. @default 30 */
  readonly noncurrentDays?: number
}

export interface Queue {
  /** Seconds that a task has for a message before other tasks receive it too. @default 120 */
  readonly visibilitySeconds?: number
  /** Receives without a deletion until a message becomes a dead letter. @default 5 */
  readonly maxReceives?: number
  /** Days that a message waits at most. Dead letters stay for 14 days from when they were sent. @default 4 */
  readonly retentionDays?: number
  /** Keeps the order of messages, and drops duplicates. Cannot be changed later without a new queue. @default false */
  readonly fifo?: boolean
  /** Topics whose messages the queue receives: of this service by name, or of another. @default none */
  readonly subscribesTo?: readonly TopicReference[]
  /** Messages in the queue per task that autoscaling aims for. Not for scheduled tasks. @default the queue does not scale the service */
  readonly backlogPerTask?: number
}

export type TopicReference =
  | string
  | {
      /** The service that has the topic. */
      readonly service: string
      /** The name of the topic there. */
      readonly topic: string
    }

export interface Topic {
  /** Keeps the order of messages, and drops duplicates. Cannot be changed later without a new topic. @default false */
  readonly fifo?: boolean
}

/** The name of an attribute that is a string, or its name and type. */
export type Attribute =
  | string
  | {
      /** The name of the attribute. */
      readonly name: string
      /** `string`, `number` or `binary`. */
      readonly type: AttributeType
    }
type AttributeType = 'string' | 'number' | 'binary'

export interface TableKey {
  /** The attribute that identifies an item, or a group of items with different sort keys. */
  readonly partitionKey: Attribute
  /** The attribute that orders the items of a partition. @default none */
  readonly sortKey?: Attribute
}

export interface Table extends TableKey {
  /** The attribute with the time in Unix seconds after which DynamoDB deletes an item. @default items do not expire */
  readonly expiresAt?: string
  /** Global secondary indexes by name, with all attributes. @default none */
  readonly indexes?: Readonly<Record<string, TableKey>>
}

/**
 * The resources that belong to a service alone, by name. They are encrypted with a key of the service, reached over TLS only,
 * and deleted with it. Its tasks can read and write them. Other services name them in `uses`.
 */
export interface ResourceFields {
  /**
   * S3 buckets. The container gets the name of `uploads` as `UPLOADS_BUCKET`.
   * @default none
   * @example buckets: { uploads: {}, exports: { expireDays: 30 } }
   */
  readonly buckets?: Readonly<Record<string, Bucket>>
  /**
   * SQS queues, each with a dead-letter queue and an alarm for it. The container gets the URL of `jobs` as `JOBS_QUEUE_URL`.
   * @default none
   * @example queues: { jobs: { visibilitySeconds: 300, subscribesTo: ['events'], maxReceives: 3 } }, topics: { events: {} }
   */
  readonly queues?: Readonly<Record<string, Queue>>
  /**
   * SNS topics. The container gets the ARN of `events` as `EVENTS_TOPIC_ARN`.
   * @default none
   * @example topics: { events: {} }
   */
  readonly topics?: Readonly<Record<string, Topic>>
  /**
   * DynamoDB tables, on demand. The container gets the name of `sessions` as `SESSIONS_TABLE`.
   * @default none
   * @example tables: { sessions: { partitionKey: 'user', sortKey: { name: 'started', type: 'number' }, expiresAt: 'expires' } }
   */
  readonly tables?: Readonly<Record<string, Table>>
}

export interface OwnResource {
  readonly kind: ResourceKind
  readonly name: string
}

export function ownResources(definition: ResourceFields): OwnResource[] {
  return resourceKinds.flatMap((kind) => {
    const named: unknown = definition[`${kind}s`]
    return isObject(named) ? Object.keys(named).map((name) => ({ kind, name })) : []
  })
}

/** The queues of a service that scale it, with the messages per task that autoscaling aims for. */
export function backlogs({ queues }: ResourceFields): [queue: string, perTask: number][] {
  return Object.entries(queues ?? {}).flatMap(([name, queue]): [string, number][] =>
    queue?.backlogPerTask === undefined ? [] : [[name, queue.backlogPerTask]],
  )
}

/** The variable of the container that names a resource. */
export function variableOf(kind: ResourceKind, name: string, service?: string): string {
  const suffix = { bucket: 'BUCKET', queue: 'QUEUE_URL', topic: 'TOPIC_ARN', table: 'TABLE' }[kind]
  return [service, name, suffix]
    .filter((part) => part !== undefined)
    .join('_')
    .replaceAll('-', '_')
    .toUpperCase()
}

/** The last part of the physical name, which is unique for each kind. */
export function partOf(service: string, name: string): string {
  return `${service}-${name}`
}

export function deadLettersOf(part: string): string {
  return `${part}-dead-letters`
}

const days = (max: number, reason: string) => optional(wholeNumber(1, max, reason))
const flag: Rule<boolean | undefined> = {
  hasType: (value): value is boolean | undefined =>
    value === undefined || typeof value === 'boolean',
  isValid: () => true,
  must: 'be true or false',
  fix: 'Choose either.',
}

const bucketRules: Rules<Bucket> = {
  expireDays: days(36_500, ' days'),
  noncurrentDays: days(36_500, ' days'),
}

const queueRules: Rules<Queue> = {
  visibilitySeconds: optional(wholeNumber(0, 43_200, ' seconds: SQS allows 12 hours')),
  maxReceives: optional(
    wholeNumber(
      2,
      1000,
      ': a Spot interruption returns a message unprocessed, so one receive does not mean that it is bad',
    ),
  ),
  retentionDays: days(13, ': SQS deletes a dead letter 14 days after it was sent'),
  fifo: flag,
  subscribesTo: {
    hasType: (value): value is Queue['subscribesTo'] =>
      value === undefined || (Array.isArray(value) && value.every(isTopicReference)),
    isValid: () => true,
    must: "be a list of topics, such as ['events', { service: 'orders', topic: 'events' }]",
    fix: 'Correct the list.',
  },
  backlogPerTask: optional({
    hasType: isNumber,
    isValid: (value) => value > 0 && Number.isFinite(value),
    must: 'be a number above 0',
    fix: 'Choose how many messages one task may have before itself.',
  }),
}

const attribute: Rule<Attribute> = {
  hasType: (value): value is Attribute => attributeOf(value) !== undefined,
  isValid: () => true,
  must: 'be the name of a string attribute with 1 to 255 characters, without expressions of Terraform, or { name, type } with the type string, number or binary',
  fix: "Write it like 'id' or { name: 'id', type: 'number' }.",
}
const keyRules: Rules<TableKey> = { partitionKey: attribute, sortKey: optional(attribute) }
const tableRules: Rules<Table> = {
  ...keyRules,
  expiresAt: optional({
    hasType: isString,
    isValid: isAttributeName,
    must: 'be the name of an attribute with 1 to 255 characters, without expressions of Terraform',
    fix: 'Choose one.',
  }),
  indexes: optional<Readonly<Record<string, TableKey>>>({
    hasType: (value): value is Readonly<Record<string, TableKey>> => isObject(value),
    isValid: (value) => Object.keys(value).length <= 20,
    must: 'be an object with 20 indexes at most: DynamoDB allows no more',
    fix: 'Write each index by its name.',
  }),
}

/** The problems of each resource by itself. */
export function ownResourceProblems(path: string, definition: ResourceFields): Problem[] {
  return resourceKinds.flatMap((kind) => {
    const field = `${kind}s` as const
    const named: unknown = definition[field]
    const at = `${path}.${field}`
    if (named === undefined) return []
    if (!isObject(named)) {
      return [{ path: at, must: `be an object with ${field} by name`, got: named, fix: example }]
    }
    return Object.entries(named).flatMap(([name, resource]) => [
      ...nameProblems(at, name, kind),
      ...problemsOfKind[kind](`${at}.${name}`, resource),
    ])
  })
}

const example = 'Write each by its name, such as { jobs: {} }.'

function nameProblems(at: string, name: string, what: string): Problem[] {
  const must = `name each ${what} with lower-case letters, digits and single hyphens, starting with a letter`
  return problemUnless(isName(name), { path: at, must, got: name, fix: 'Rename it.' })
}

const problemsOfKind: Readonly<
  Record<ResourceKind, (path: string, resource: unknown) => Problem[]>
> = {
  bucket: (path, bucket) => checkEach<Bucket>(path, bucket, bucketRules).problems,
  queue: (path, queue) => checkEach<Queue>(path, queue, queueRules).problems,
  topic: (path, topic) => checkEach<Topic>(path, topic, { fifo: flag }).problems,
  table: tableProblems,
}

function tableProblems(path: string, table: unknown): Problem[] {
  const { problems, areValid } = checkEach<Table>(path, table, tableRules)
  if (!areValid('indexes')) return problems
  const { indexes = {} } = table as Table
  for (const [name, index] of Object.entries(indexes)) {
    const at = `${path}.indexes.${name}`
    if (!/^[\w.-]{3,255}$/.test(name)) {
      const must = 'have a name of 3 to 255 letters, digits, underscores, hyphens and dots'
      problems.push({ path: at, must, got: name, fix: 'Rename it.' })
    }
    problems.push(...checkEach<TableKey>(at, index, keyRules).problems)
  }
  if (problems.length > 0) return problems
  const { attributes, ambiguous, repeated } = attributesOf(table as Table)
  if (ambiguous.length > 0) {
    const must = `give each attribute one type: ${ambiguous.join(', ')} has two`
    problems.push({ path, must, got: attributes, fix: 'Use the same type in every key.' })
  }
  if (repeated.length > 0) {
    const must = 'have different attributes as partitionKey and sortKey'
    problems.push({ path, must, got: repeated, fix: 'Choose another, or remove the sortKey.' })
  }
  return problems
}

/** The attributes of all keys of a table. */
export function attributesOf(table: Table) {
  const keys = [table, ...Object.values(table.indexes ?? {})]
  const all = keys.flatMap(keyAttributes)
  const types = new Map(all.map(({ name, type }) => [name, type]))
  return {
    attributes: [...types].map(([name, type]) => ({ name, type })),
    ambiguous: all.filter(({ name, type }) => types.get(name) !== type).map(({ name }) => name),
    repeated: keys
      .map((key) => keyAttributes(key).map(({ name }) => name))
      .filter((names) => !isUnique(names))
      .flatMap(([name = '']) => name),
  }
}

/** The attributes of a key: that of the partition first. */
export function keyAttributes({ partitionKey, sortKey }: TableKey) {
  return [partitionKey, sortKey].flatMap((each) => attributeOf(each) ?? [])
}

function attributeOf(value: unknown): { name: string; type: AttributeType } | undefined {
  const { name, type } = isString(value)
    ? { name: value, type: 'string' }
    : { name: undefined, type: undefined, ...(isObject(value) ? value : {}) }
  const isName = isAttributeName(name)
  const isType = type === 'string' || type === 'number' || type === 'binary'
  return isName && isType ? { name, type } : undefined
}

function isAttributeName(name: unknown): name is string {
  return isString(name) && name.length >= 1 && name.length <= 255 && !hasExpression(name)
}

/** The service and the name of a topic. */
export function topicOf(reference: TopicReference, self: string) {
  return isString(reference) ? { service: self, topic: reference } : reference
}

function isTopicReference(value: unknown): value is TopicReference {
  return isString(value) || (isObject(value) && isString(value.service) && isString(value.topic))
}
