/** Attributes of a block in Terraform's JSON. */
export type Values = Readonly<Record<string, unknown>>

/** A synthesized stack: the part of `cdk.tf.json` that can be referenced. */
export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Values>>>>
  readonly data?: Readonly<Record<string, Readonly<Record<string, Values>>>>
  readonly output?: Readonly<Record<string, Values>>
  readonly locals?: Values
  readonly variable?: Readonly<Record<string, Values>>
}

/** `aws_sqs_queue.events.arn` */
export interface ResourceReference {
  readonly kind: 'resource'
  readonly type: string
  readonly id: string
  /** Empty for a reference to the whole resource. */
  readonly attribute: string
}

/** `data.terraform_remote_state.network.outputs.vpc_id` */
export interface OutputReference {
  readonly kind: 'output'
  readonly remoteState: string
  readonly output: string
}

export type Reference = ResourceReference | OutputReference

export interface ResourceTarget extends ResourceReference {
  readonly stack: string
  readonly values: Values
}

export interface OutputTarget {
  readonly kind: 'output'
  readonly stack: string
  readonly output: string
  readonly value: unknown
}

const expressions = /\$\{((?:[^{}]|\{[^{}]*\})*)\}/g
const references =
  /(?<![\w.])(?:data\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)|([a-z]+_\w+)\.([\w-]+)(?:\.(\w+))?)/g

/** The references in all expressions of a value: in lists, blocks, JSON text and function calls. */
export function referencesIn(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (typeof value === 'object' && value !== null) return referencesIn(Object.values(value))
  if (typeof value !== 'string') return []
  return [...value.matchAll(expressions)].flatMap(([, expression = '']) =>
    [...expression.matchAll(references)].map(referenceOf),
  )
}

/** Replaces each expression that consists of a single reference. Other expressions stay. */
export function replaceReferences(
  text: string,
  replace: (reference: Reference, expression: string) => string,
): string {
  return text.replace(expressions, (whole, expression: string) => {
    const [match, ...others] = expression.matchAll(references)
    if (match === undefined || others.length > 0 || match[0] !== expression) return whole
    return replace(referenceOf(match), whole)
  })
}

/** Finds the resources and outputs that references name, across stacks. */
export class ReferenceResolver {
  constructor(private readonly stacks: Readonly<Record<string, StackJson>>) {}

  /** Undefined if the resource or the stack does not exist. */
  target(stack: string, reference: Reference): ResourceTarget | OutputTarget | undefined {
    if (reference.kind === 'resource') {
      const values = this.stacks[stack]?.resource?.[reference.type]?.[reference.id]
      return values && { ...reference, stack, values }
    }
    const producer = this.producerOf(stack, reference.remoteState)
    const { output } = reference
    const outputs = this.stacks[producer]?.output
    return outputs && { kind: 'output', stack: producer, output, value: outputs[output]?.value }
  }

  /** The stack that writes a state: the key of the state ends in its name. */
  private producerOf(stack: string, remoteState: string): string {
    const values = this.stacks[stack]?.data?.terraform_remote_state?.[remoteState]
    const { key = '' } = (values?.config ?? {}) as { readonly key?: string }
    return /([\w-]+)\.tfstate$/.exec(key)?.[1] ?? remoteState
  }
}

function referenceOf(match: RegExpExecArray): Reference {
  const [, remoteState, output = '', type = '', id = '', attribute = ''] = match
  return remoteState === undefined
    ? { kind: 'resource', type, id, attribute }
    : { kind: 'output', remoteState, output }
}
