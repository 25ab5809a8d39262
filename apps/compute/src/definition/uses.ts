import { contracts, isObject, isString, type Problem } from '@tideway/constructs'
import { type ResourceKind, resourceKinds } from './resources'

/** A shared part of the platform. */
export type SharedUse = 'cache' | 'database' | 'internal-alb' | 'work-queue'

type Access =
  | {
      /** A bucket. The container gets its name, such as `ASSETS_BUCKET`. */
      readonly bucket: string
      /** `read`, `write` or `read-write` for buckets and tables; `send`, `receive` or `send-receive` for queues; `publish` for topics. */
      readonly access: 'read' | 'write' | 'read-write'
    }
  | {
      /** A queue. The container gets its URL, such as `ORDERS_JOBS_QUEUE_URL`. */
      readonly queue: string
      readonly access: 'send' | 'receive' | 'send-receive'
    }
  | {
      /** A topic. The container gets its ARN, such as `ORDERS_EVENTS_TOPIC_ARN`. */
      readonly topic: string
      readonly access: 'publish'
    }
  | {
      /** A table. The container gets its name, such as `ORDERS_ITEMS_TABLE`. */
      readonly table: string
      readonly access: 'read' | 'write' | 'read-write'
    }

export type ServiceUse = Access & {
  /** The service whose definition has the resource. */
  readonly service: string
}

export type StackUse = Access & {
  /** The stack whose contract has the resource: `assets` stands for `assets_bucket_arn` and `assets_bucket_name`. */
  readonly stack: 'data'
}

export type Use = SharedUse | ServiceUse | StackUse

export interface DependencyFields {
  /**
   * What the tasks may reach: parts of the platform, and resources of other services and of stacks. Each grants the network
   * access and the permissions for it, and sets variables of the container.
   *
   * @example uses: ['database', 'cache', 'internal-alb', 'work-queue', { stack: 'data', bucket: 'assets', access: 'read' }]
   */
  readonly uses: readonly Use[]
}

/** A dependency on a resource, in one form for all kinds. */
export interface ResourceUse {
  readonly kind: ResourceKind
  readonly name: string
  /** The service that has it. Undefined if the contract of the data stack does. */
  readonly service: string | undefined
  readonly access: readonly ResourceAccess[]
}

export type ResourceAccess = 'read' | 'write' | 'send' | 'receive' | 'publish'

/** The simple kinds of access to each kind of resource. `read-write` combines two. */
export const accessOfKind = {
  bucket: ['read', 'write'],
  queue: ['send', 'receive'],
  topic: ['publish'],
  table: ['read', 'write'],
} as const satisfies Record<ResourceKind, readonly ResourceAccess[]>

const sharedUses: readonly string[] = [
  'cache',
  'database',
  'internal-alb',
  'work-queue',
] satisfies SharedUse[]

export function isShared(use: Use): use is SharedUse {
  return typeof use === 'string'
}

/** The dependencies on resources of other services and stacks. Valid ones only: see `useProblems`. */
export function resourceUses(uses: readonly Use[]): ResourceUse[] {
  return uses.filter((use) => !isShared(use)).flatMap((use) => resourceUse(use) ?? [])
}

function resourceUse(use: unknown): ResourceUse | undefined {
  if (!isObject(use)) return undefined
  const [kind, ...others] = resourceKinds.filter((each) => use[each] !== undefined)
  if (kind === undefined || others.length > 0) return undefined
  const { [kind]: name, access, service, stack } = use
  const known: readonly string[] = accessOfKind[kind]
  const words = isString(access) ? access.split('-') : []
  const isAccess = access === known.join('-') || (words.length === 1 && known.includes(`${access}`))
  const isFromOne = stack === 'data' ? service === undefined : stack === undefined
  if (!isString(name) || !isAccess || !isFromOne) return undefined
  if (service !== undefined && !isString(service)) return undefined
  if (service === undefined && stack === undefined) return undefined
  return { kind, name, service, access: words as ResourceAccess[] }
}

/** The outputs of the data stack that describe a resource. */
export function outputsOf(kind: ResourceKind, name: string) {
  const value = { bucket: 'name', queue: 'url', topic: 'arn', table: 'name' }[kind]
  return {
    arn: `${name}_${kind}_arn`,
    value: `${name}_${kind}_${value}`,
    /** Without this output, the resource is encrypted with a key of AWS, which needs no permissions. */
    key: `${name}_key_arn`,
  }
}

/** @param has whether a service has a resource, or undefined if there is no such service */
export function useProblems(
  path: string,
  self: string,
  uses: unknown,
  has: (service: string, kind: ResourceKind, name: string) => boolean | undefined,
): Problem[] {
  const at = `${path}.uses`
  if (!Array.isArray(uses)) {
    return [{ path: at, must: 'be a list', got: uses, fix: 'Write [] if it uses nothing.' }]
  }
  const seen = new Set<string>()
  return uses.flatMap((use: unknown, index) => {
    const problem = (must: string, fix: string): Problem[] => [
      { path: `${at}[${index}]`, must, got: use, fix },
    ]
    const resource = resourceUse(use)
    const key = isString(use) ? use : resource && outputsOrPath(resource)
    if (key !== undefined && seen.has(key)) {
      return problem('name each dependency once', 'Remove one, or combine them: "read-write".')
    }
    if (key !== undefined) seen.add(key)
    if (isString(use)) {
      return sharedUses.includes(use)
        ? []
        : problem(`be ${sharedUses.join(', ')}, or a resource`, 'Choose one of them.')
    }
    if (resource === undefined) {
      const kinds = resourceKinds.map(
        (kind) => `${kind} (${[...accessOfKind[kind], ...combined(kind)].join(', ')})`,
      )
      return problem(
        `name a service or the stack "data", one resource and its access: ${kinds.join('; ')}`,
        "Write it like { service: 'orders', queue: 'jobs', access: 'send' }.",
      )
    }
    const { service, kind, name } = resource
    if (service === undefined) {
      const published = publishedOf(kind)
      return published.includes(name)
        ? []
        : problem(
            `name a ${kind} that the data stack publishes: ${published.join(', ') || 'there is none'}`,
            `Choose one, or add the outputs ${outputsOf(kind, name).arn} and ${outputsOf(kind, name).value} to its contract.`,
          )
    }
    if (service === self) {
      return problem(
        'name another service: a service has access to its own resources already',
        'Remove it.',
      )
    }
    return has(service, kind, name) === true
      ? []
      : problem(
          has(service, kind, name) === undefined
            ? `name a service: there is no ${service}`
            : `name a ${kind} of ${service}: it has no ${name}`,
          `Add it to the ${kind}s of ${service}, or correct the name.`,
        )
  })
}

function outputsOrPath({ kind, name, service }: ResourceUse): string {
  return `${service ?? ''}/${kind}/${name}`
}

function combined(kind: ResourceKind): string[] {
  const simple = accessOfKind[kind]
  return simple.length > 1 ? [simple.join('-')] : []
}

/** The names of the resources of a kind that the data stack publishes. */
function publishedOf(kind: ResourceKind): string[] {
  const outputs = Object.keys(contracts.data)
  const suffix = `_${kind}_arn`
  return outputs
    .filter((output) => output.endsWith(suffix))
    .map((output) => output.slice(0, -suffix.length))
    .filter((name) => outputs.includes(outputsOf(kind, name).value))
}
