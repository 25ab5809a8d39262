import { type AwsEndpoint, DirectRequest } from './endpoint'

type RequestHandler = AwsEndpoint['requestHandler']

interface Command {
  readonly input: object
  readonly constructor: { readonly name: string }
}

interface DirectClient {
  readonly config: { readonly defaultSigningName?: string }
  send: unknown
}

/**
 * Replaces `send` of a client of ECS, DynamoDB, SQS, SNS or Elastic Load Balancing: calls reach the request handler
 * without the middleware of the SDK and without text, which take most of the time of a long simulation. Inputs and
 * outputs are copied, as by the SDK.
 */
export function sendDirectly(client: DirectClient, { handle }: RequestHandler): void {
  const service = client.config.defaultSigningName ?? ''
  // Parameters of the query protocol are text.
  const copyInput = copier(service === 'elasticloadbalancing' ? (_, number) => `${number}` : same)
  const copyOutput = copier(service === 'ecs' ? dateIfTime : same)
  client.send = async (command: Command) => {
    const operation = command.constructor.name.replace(/Command$/, '')
    const copied = copyInput(command.input) as Fields
    const input = service === 'sns' ? withAttributeEntries(copied) : copied
    const { response } = await handle(new DirectRequest({ service, operation, input }))
    if (response.statusCode < 400) return copyOutput(response.body ?? {})
    const { __type: code, message } = response.body
    throw Object.assign(new Error(message), { name: exceptionNames.get(code) ?? code })
  }
}

/** Where the SDK does not use the code in the response of Elastic Load Balancing or SNS. */
const exceptionNames = new Map([
  ['TargetGroupNotFound', 'TargetGroupNotFoundException'],
  ['NotFound', 'NotFoundException'],
  ['InvalidParameter', 'InvalidParameterException'],
  ['ParameterValueInvalid', 'InvalidParameterValueException'],
])

type Fields = Readonly<Record<string, unknown>>

type CopyNumber = (field: string, number: number) => unknown

/** In the query protocol, a map is a list of entries. */
function withAttributeEntries({ MessageAttributes: attributes, ...input }: Fields): Fields {
  if (attributes === undefined) return input
  const entry = Object.entries(attributes as Fields).map(([Name, Value]) => ({ Name, Value }))
  return { ...input, MessageAttributes: { entry } }
}

const same: CopyNumber = (_, number) => number

/** The API of ECS writes times as seconds since 1970. The names of all of them end with `At`. */
const dateIfTime: CopyNumber = (field, number) =>
  field.endsWith('At') ? new Date(Math.round(number * 1000)) : number

/** Copies as JSON does: without undefined fields. A frozen list is copied once, because it never changes. */
function copier(copyNumber: CopyNumber): (value: unknown) => unknown {
  const copies = new WeakMap<object, unknown>()
  const copyOf = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (!Array.isArray(value)) return copyOfFields(value as Fields)
    const known = copies.get(value)
    if (known !== undefined) return known
    const copy = value.map(copyOf)
    if (Object.isFrozen(value)) copies.set(value, copy)
    return copy
  }
  const copyOfFields = (fields: Fields) => {
    const copy: Record<string, unknown> = {}
    // Without a list of entries, which takes most of the time of a copy.
    for (const name of Object.keys(fields)) {
      const field = fields[name]
      if (typeof field === 'string') copy[name] = field
      else if (typeof field === 'number') copy[name] = copyNumber(name, field)
      else if (field !== undefined) copy[name] = copyOf(field)
    }
    return copy
  }
  return copyOf
}
