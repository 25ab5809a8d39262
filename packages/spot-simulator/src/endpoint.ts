import { HttpRequest, HttpResponse } from '@smithy/protocol-http'
import { region } from './aws/account'
import { formTree } from './form-tree'

// The SDK warns about Node 20 on the first client. Lambda runs Node 22.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

/** A call of an AWS API. */
export interface ApiCall {
  /** As in the credential scope: `ecs`, `sqs`, `elasticloadbalancing`. */
  readonly service: string
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

/** A call, and the name of its error if it failed. */
export interface RecordedCall extends ApiCall {
  readonly error?: string
}

/** An error response of a service. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message)
    this.name = code
  }
}

/** The process that made the call has crashed. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** A simulated service: returns the output of a call, or throws an AwsError. */
export interface ServiceModel {
  /** JSON, or form parameters with responses in XML. `rest`: JSON, with the operation in the method and the path. */
  readonly protocol: 'json' | 'query' | 'rest'
  /** Of `rest`: the call of a request. Undefined: it is not simulated. */
  route?(method: string, path: string): Omit<ApiCall, 'service'> | undefined
  call(operation: string, input: Readonly<Record<string, unknown>>): unknown
}

/** A call without a signature and without text. The body of its response is the output, or the error. */
export class DirectRequest extends HttpRequest {
  constructor(readonly call: ApiCall) {
    super({})
  }
}

/** Runs before a call reaches its service. It may throw instead. */
export type Interceptor = (call: ApiCall) => void | Promise<void>

/** AWS in this process. Pass `clientOptions` to a client of the SDK: its calls reach the services registered here. */
export class AwsEndpoint {
  readonly calls: RecordedCall[] = []
  /** Faults, crashes and concurrent invocations, for tests. */
  interceptors: Interceptor[] = []
  private readonly services = new Map<string, ServiceModel>()

  readonly requestHandler = {
    handle: async (request: HttpRequest) => {
      const response = await this.handle(request)
      if (this.now && !(request instanceof DirectRequest))
        response.headers.date = new Date(this.now()).toUTCString()
      return { response }
    },
  }

  /** The options of an SDK client that calls this endpoint, without retries. */
  readonly clientOptions = {
    region,
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    maxAttempts: 1,
    requestHandler: this.requestHandler,
    // Without methods: the SDK copies each response for a logger, even for one that does nothing.
    logger: {} as never,
  }

  /** @param now the time in the headers of responses, in milliseconds since 1970 */
  constructor(private readonly now?: () => number) {}

  register(service: string, model: ServiceModel): void {
    this.services.set(service, model)
  }

  private async handle(request: HttpRequest): Promise<HttpResponse> {
    const { call, model } = this.read(request)
    const protocol = request instanceof DirectRequest ? 'direct' : model.protocol
    try {
      for (const intercept of this.interceptors) await intercept(call)
      const output = model.call(call.operation, call.input)
      this.calls.push(call)
      return write(protocol, call.operation, output)
    } catch (error) {
      this.calls.push({ ...call, error: error instanceof Error ? error.name : String(error) })
      if (!(error instanceof AwsError)) throw error
      return writeError(protocol, error)
    }
  }

  private read(request: HttpRequest): { call: ApiCall; model: ServiceModel } {
    const service =
      request instanceof DirectRequest
        ? request.call.service
        : /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1]
    const model = this.services.get(service ?? '')
    if (service === undefined || model === undefined) {
      throw new Error(
        service === undefined
          ? 'the request is not signed'
          : `service ${service} is not registered`,
      )
    }
    if (request instanceof DirectRequest) return { call: request.call, model }
    // Bytes or text, depending on the protocol of the client.
    const body =
      typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body)
    if (model.protocol === 'rest') {
      const call = model.route?.(request.method, request.path)
      if (call !== undefined) return { call: { service, ...call }, model }
      throw new Error(`${service}: ${request.method} ${request.path} is not simulated`)
    }
    if (model.protocol === 'json') {
      const operation = (request.headers['x-amz-target'] ?? '').split('.').at(-1) ?? ''
      return { call: { service, operation, input: JSON.parse(body || '{}') }, model }
    }
    const { Action = '', Version: _, ...input } = formTree(new URLSearchParams(body))
    return { call: { service, operation: String(Action), input }, model }
  }
}

type Protocol = ServiceModel['protocol'] | 'direct'

function write(protocol: Protocol, operation: string, output: unknown): HttpResponse {
  if (protocol === 'direct') return new HttpResponse({ statusCode: 200, body: output })
  if (protocol !== 'query')
    return respond(200, 'application/x-amz-json-1.1', JSON.stringify(output ?? {}))
  const result = `<${operation}Result>${xml(output ?? {})}</${operation}Result>`
  return respond(200, 'text/xml', `<${operation}Response>${result}</${operation}Response>`)
}

function writeError(protocol: Protocol, error: AwsError): HttpResponse {
  const { code, message, status } = error
  if (protocol !== 'query') {
    const body = { __type: code, message }
    if (protocol === 'direct') return new HttpResponse({ statusCode: status, body })
    return respond(status, 'application/x-amz-json-1.1', JSON.stringify(body))
  }
  const body = `<ErrorResponse><Error><Type>Sender</Type>${xml({ Code: code, Message: message })}</Error></ErrorResponse>`
  return respond(status, 'text/xml', body)
}

function respond(statusCode: number, contentType: string, body: string): HttpResponse {
  return new HttpResponse({
    statusCode,
    headers: { 'content-type': contentType, 'x-amzn-requestid': 'simulated' },
    body: Buffer.from(body),
  })
}

function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${xml(item)}</member>`).join('')
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => `<${key}>${xml(item)}</${key}>`)
      .join('')
  }
  return String(value).replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`)
}
