import {
  ReferenceResolver,
  referencesIn,
  type StackJson,
  type Values,
} from '@tideway/constructs/references'

export type { StackJson, Values }

export interface Resource {
  readonly stack: string
  readonly type: string
  readonly id: string
  /** The path of its construct. */
  readonly path: string
  readonly values: Values
}

/** All stacks together, with references within and between them. */
export class Platform {
  private readonly resources: readonly Resource[]
  private readonly resolver: ReferenceResolver

  constructor(stacks: Readonly<Record<string, StackJson>>) {
    this.resolver = new ReferenceResolver(stacks)
    this.resources = Object.entries(stacks).flatMap(([stack, json]) =>
      Object.entries(json.resource ?? {}).flatMap(([type, blocks]) =>
        Object.entries(blocks).map(([id, values]) => ({
          stack,
          type,
          id,
          path: pathOf(values) ?? `${stack}: ${type}.${id}`,
          values,
        })),
      ),
    )
  }

  of(...types: readonly string[]): Resource[] {
    return this.resources.filter(({ type }) => types.includes(type))
  }

  /** The resources of a type that refer to the resource in an attribute. */
  about(resource: Resource, type: string, attribute: string): Resource[] {
    return this.of(type).filter(({ stack, values }) =>
      this.referred(stack, values[attribute]).includes(resource),
    )
  }

  /**
   * The resources that a value refers to. An attribute that another resource passes on, such as the bucket name of
   * a bucket policy, leads to both.
   */
  referred(stack: string, value: unknown): Resource[] {
    const found = new Set<Resource>()
    this.follow(stack, value, found, new Set())
    return [...found]
  }

  private follow(stack: string, value: unknown, found: Set<Resource>, seen: Set<string>): void {
    for (const reference of referencesIn(value)) {
      const target = this.resolver.target(stack, reference)
      if (target === undefined) continue
      const name =
        target.kind === 'output'
          ? `output ${target.output}`
          : `${target.type}.${target.id}.${target.attribute}`
      const key = `${target.stack} ${name}`
      if (seen.has(key)) continue
      seen.add(key)
      if (target.kind === 'output') {
        this.follow(target.stack, target.value, found, seen)
        continue
      }
      const { type, id, attribute } = target
      for (const resource of this.of(type)) {
        if (resource.stack === stack && resource.id === id) found.add(resource)
      }
      this.follow(stack, target.values[attribute], found, seen)
    }
  }
}

export function isBlock(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pathOf(values: Values): string | undefined {
  const note = values['//']
  const metadata = isBlock(note) ? note.metadata : undefined
  return isBlock(metadata) && typeof metadata.path === 'string' ? metadata.path : undefined
}
