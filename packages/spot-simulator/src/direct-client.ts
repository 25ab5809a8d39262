import { HttpRequest } from '@smithy/protocol-http'
import type { AwsEndpoint } from './endpoint'

type RequestHandler = AwsEndpoint['requestHandler']

interface Command {
  readonly input: object
  readonly constructor: { readonly name: string }
}

interface JsonClient {
  readonly config: { readonly defaultSigningName?: string }
  send: unknown
}

/**
 * Replaces `send` of a client with a JSON protocol: calls reach the request handler without the middleware of the SDK,
 * which takes most of the time of a long simulation. Inputs and outputs are copied as JSON, as by the SDK.
 */
export function sendDirectly(client: JsonClient, { handle }: RequestHandler): void {
  const service = client.config.defaultSigningName
  const authorization = `Credential=simulated/0/us-east-1/${service}/aws4_request`
  client.send = async (command: Command) => {
    const operation = command.constructor.name.replace(/Command$/, '')
    const headers = { authorization, 'x-amz-target': operation }
    const body = JSON.stringify(command.input)
    const { response } = await handle(new HttpRequest({ headers, body }))
    const output = JSON.parse(String(response.body))
    if (response.statusCode < 400) return service === 'ecs' ? withDates(output) : output
    throw Object.assign(new Error(output.message), { name: output.__type })
  }
}

/** The API of ECS writes times as seconds since 1970. The names of all of them end with `At`. */
function withDates(value: unknown): unknown {
  if (Array.isArray(value)) for (const item of value) withDates(item)
  else if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, unknown>
    for (const name in fields) {
      const field = fields[name]
      if (typeof field === 'object') withDates(field)
      else if (typeof field === 'number' && name.endsWith('At')) {
        fields[name] = new Date(Math.round(field * 1000))
      }
    }
  }
  return value
}
