import { createHash } from 'node:crypto'
import { AwsError } from '@tideway/spot-simulator'
import type { Input } from './operations'

/** The creation time of all resources that patches store: a replay has no recorded clock. */
export const creationTime = 1_767_571_200

/** Resources that a patch stores itself, by key. */
export class ResourceStore extends Map<string, Input> {
  constructor(
    private readonly kind: string,
    private readonly notFoundCode: string,
  ) {
    super()
  }

  /** @throws AwsError if the resource does not exist */
  find(key: unknown): Input {
    const resource = this.get(String(key))
    if (resource !== undefined) return resource
    throw new AwsError(this.notFoundCode, `${this.kind} ${key} does not exist.`)
  }

  /** Stores the changes of a resource, and returns all of it. */
  update(key: unknown, changes: Input): Input {
    const updated = { ...this.find(key), ...changes }
    this.set(String(key), updated)
    return updated
  }

  /** Deletes a resource, and returns it. */
  remove(key: unknown): Input {
    const removed = this.find(key)
    this.delete(String(key))
    return removed
  }

  /** The resource of a key, or all of them without a key. */
  select(key: unknown): Input[] {
    return key === undefined ? [...this.values()] : [this.find(key)]
  }
}

export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** Tags of the resources that a patch stores itself, by ARN or id. */
export class TagStore extends Map<string, Map<string, string>> {
  list(arn: unknown): Tag[] {
    return Object.entries(this.record(arn)).map(([Key, Value]) => ({ Key, Value }))
  }

  record(arn: unknown): Readonly<Record<string, string>> {
    return Object.fromEntries(this.get(String(arn)) ?? [])
  }

  /** Adds tags, given as a list or a record, to a new or a stored resource. */
  put(arn: unknown, tags: unknown): void {
    const stored = this.get(String(arn)) ?? new Map<string, string>()
    this.set(String(arn), stored)
    const entries = Array.isArray(tags)
      ? tags.map(({ Key, Value }: Tag) => [Key, Value] as const)
      : Object.entries((tags ?? {}) as Readonly<Record<string, string>>)
    for (const [key, value] of entries) stored.set(key, value)
  }

  /** @returns the output of an operation that tags a resource, or undefined for a resource in moto */
  add(arn: unknown, tags: unknown): object | undefined {
    if (!this.has(String(arn))) return undefined
    this.put(arn, tags)
    return {}
  }

  /** @returns the output of an operation that untags a resource, or undefined for a resource in moto */
  remove(arn: unknown, keys: unknown): object | undefined {
    const stored = this.get(String(arn))
    for (const key of (keys ?? []) as readonly string[]) stored?.delete(key)
    return stored && {}
  }
}

/** A UUID that is always the same for a name, so that a replay restores it. */
export function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}
