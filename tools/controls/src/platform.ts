import { ReferenceResolver, referencesIn, type StackJson } from '@tideway/constructs/references'
import { groupAfter, valueOfExpression } from './hcl'
import { policyDocumentOf } from './policy-document'
import { isBlock, type Values, valueAt } from './values'

export type { StackJson }

export interface Resource {
  readonly stack: string
  readonly type: string
  readonly id: string
  /** The construct path, or the address where there is none. */
  readonly path: string
  readonly values: Values
}

/** The resources of all stacks. References also lead through the outputs that one stack reads from another. */
export class Platform {
  private readonly resources: readonly Resource[]
  private readonly resolver: ReferenceResolver

  constructor(private readonly stacks: Readonly<Record<string, StackJson>>) {
    this.resolver = new ReferenceResolver(stacks)
    this.resources = Object.entries(stacks).flatMap(([stack, json]) =>
      Object.entries(json.resource ?? {}).flatMap(([type, blocks]) =>
        Object.entries(blocks).map(([id, values]) => ({
          stack,
          type,
          id,
          path: String(valueAt(values, '//.metadata.path') ?? `${stack}: ${type}.${id}`),
          values,
        })),
      ),
    )
  }

  ofType(...types: readonly string[]): Resource[] {
    return this.resources.filter(({ type }) => types.includes(type))
  }

  /** The resources of a type with an attribute that references the given one. */
  referrers(resource: Resource, type: string, attribute: string): Resource[] {
    return this.ofType(type).filter(({ stack, values }) =>
      this.referenced(stack, values[attribute]).includes(resource),
    )
  }

  /**
   * All resources that a value references. Where a resource copies the attribute from another, as a bucket
   * policy copies the name of its bucket, both are included.
   */
  referenced(stack: string, value: unknown): Resource[] {
    const found = new Set<Resource>()
    const visited = new Set<string>()
    const follow = (from: string, attribute: unknown) => {
      for (const reference of referencesIn(attribute)) {
        const key = JSON.stringify([from, reference])
        const target = this.resolver.target(from, reference)
        if (target === undefined || visited.has(key)) continue
        visited.add(key)
        if (target.kind === 'output') follow(target.stack, target.value)
        else {
          const { type, id } = target
          for (const resource of this.ofType(type)) {
            if (resource.stack === from && resource.id === id) found.add(resource)
          }
          follow(from, target.values[target.attribute])
        }
      }
    }
    follow(stack, value)
    return [...found]
  }

  /**
   * Replaces what is known before a plan: attributes of resources, outputs of other stacks, locals, defaults of
   * variables, `jsonencode` and IAM policy documents. Other expressions stay as they are.
   */
  resolve(stack: string, value: unknown, within: readonly string[] = []): unknown {
    const inside = (owner: string, found: unknown) =>
      this.resolve(owner, found, [...within, JSON.stringify(value)])
    if (Array.isArray(value)) return value.flatMap((each) => this.resolve(stack, each, within))
    if (isBlock(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [key, this.resolve(stack, each, within)]),
      )
    }
    const expression = typeof value === 'string' ? groupAfter('$', value)?.trim() : undefined
    if (expression === undefined || within.includes(JSON.stringify(value))) return value
    const encoded = groupAfter('jsonencode', expression)
    if (encoded !== undefined) return inside(stack, valueOfExpression(encoded))
    const { data, locals, variable } = this.stacks[stack] ?? {}
    const [, kind, name = ''] =
      /^(local|var|data\.aws_iam_policy_document)\.([\w-]+)(?:\.(?:minified_)?json)?$/.exec(
        expression,
      ) ?? []
    const document = kind?.startsWith('data.') ? data?.aws_iam_policy_document?.[name] : undefined
    if (document !== undefined) return policyDocumentOf(inside(stack, document))
    const known = kind === 'local' ? locals?.[name] : variable?.[name]?.default
    if (kind !== undefined) return known === undefined ? value : inside(stack, known)
    const [reference, ...others] = referencesIn(value)
    const target = reference && this.resolver.target(stack, reference)
    // The value of a call is unknown, and so is that of an attribute that AWS sets.
    if (!/^[\w.-]+$/.test(expression) || others.length > 0 || target === undefined) return value
    const found = target.kind === 'output' ? target.value : target.values[target.attribute]
    return found === undefined ? value : inside(target.stack, found)
  }
}
