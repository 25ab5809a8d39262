/** A block of Terraform's JSON. */
export type Values = Readonly<Record<string, unknown>>

/** What a stack is synthesized to, as far as it is looked at. */
export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Values>>>>
  readonly data?: Readonly<Record<string, Readonly<Record<string, Values>>>>
  readonly output?: Readonly<Record<string, Values>>
}

export interface Resource {
  readonly stack: string
  readonly type: string
  readonly id: string
  /** Where it is in the code, for who reads a finding. */
  readonly path: string
  readonly values: Values
}

/** All stacks as one: what refers to what, also through the outputs that one stack reads of another. */
export class Platform {
  private readonly resources: readonly Resource[]

  constructor(private readonly stacks: Readonly<Record<string, StackJson>>) {
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

  /** Those of a type that name the resource in an attribute. */
  about(resource: Resource, type: string, attribute: string): Resource[] {
    return this.of(type).filter(({ stack, values }) =>
      this.referred(stack, values[attribute]).includes(resource),
    )
  }

  /**
   * Every resource that a value names, wherever in it. An attribute that another resource only hands on, as
   * a policy does with the name of its bucket, leads to both.
   */
  referred(stack: string, value: unknown): Resource[] {
    const found = new Set<Resource>()
    this.follow(stack, value, found, new Set())
    return [...found]
  }

  private follow(stack: string, value: unknown, found: Set<Resource>, seen: Set<string>): void {
    for (const text of stringsIn(value)) {
      for (const [, words = ''] of text.matchAll(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g)) {
        this.followExpression(stack, words, found, seen)
      }
    }
  }

  private followExpression(
    stack: string,
    expression: string,
    found: Set<Resource>,
    seen: Set<string>,
  ): void {
    const once = (key: string) => !seen.has(key) && seen.add(key)
    const remote = /\bdata\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)/g
    for (const [, id = '', output = ''] of expression.matchAll(remote)) {
      const producer = this.producerOf(stack, id)
      const value = this.stacks[producer]?.output?.[output]?.value
      if (once(`${producer} ${output}`)) this.follow(producer, value, found, seen)
    }
    for (const [, type = '', id = '', attribute = ''] of expression.matchAll(
      /(?<![\w.])(aws_\w+)\.([\w-]+)(?:\.(\w+))?/g,
    )) {
      const resource = this.resources.find(
        (other) => other.stack === stack && other.type === type && other.id === id,
      )
      if (resource === undefined) continue
      found.add(resource)
      if (once(`${stack} ${type}.${id}.${attribute}`)) {
        this.follow(stack, resource.values[attribute], found, seen)
      }
    }
  }

  /** Which stack a state belongs to: its key ends in the stack's name. */
  private producerOf(stack: string, id: string): string {
    const config = this.stacks[stack]?.data?.terraform_remote_state?.[id]?.config
    const key = isBlock(config) ? String(config.key) : ''
    return /([\w-]+)\.tfstate$/.exec(key)?.[1] ?? id
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

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(stringsIn)
  return isBlock(value) ? Object.values(value).flatMap(stringsIn) : []
}
