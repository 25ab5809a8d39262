import { type Context, createContext, Script } from 'node:vm'
import type { EdgeFunction } from './deployed-path'
import { argumentsOf } from './firewall-fields'
import { type ParsedRequest, parsed } from './listener-rules'
import type { PathProblem, PathResponse } from './request'
import { cloudFrontPage } from './responses'

interface Value {
  readonly value: string
  readonly multiValue?: readonly { readonly value: string }[]
  /** Of a cookie in a response. */
  readonly attributes?: string
}

type Values = Readonly<Record<string, Value>>

interface FunctionRequest {
  readonly method: string
  readonly uri: string
  readonly querystring: Values
  readonly headers: Values
  readonly cookies: Values
}

interface FunctionResponse {
  readonly statusCode: number
  readonly headers?: Values
  readonly cookies?: Values
  readonly body?: string | { readonly encoding?: string; readonly data: string }
}

export interface FunctionFailure {
  readonly response: PathResponse
  readonly problem: PathProblem
}

// Long enough for a machine that is busy.
const timeoutMs = 250
const call = new Script('handler(event)')

/** A CloudFront function. Those that use a promise or a module do not run here. */
export class ViewerFunction {
  private readonly context: Context

  private constructor(
    readonly name: string,
    readonly event: 'viewer-request' | 'viewer-response',
    code: string,
  ) {
    this.context = createContext({ console: { log: () => {} }, event: undefined })
    new Script(code, { filename: name }).runInContext(this.context, { timeout: timeoutMs })
  }

  /** @returns a text that says why it does not run here */
  static compile({ name, event, code }: EdgeFunction): ViewerFunction | string {
    if (code === undefined) return `function ${name} (${event}) does not run here`
    if (event !== 'viewer-request' && event !== 'viewer-response') {
      return `function ${name}: ${event} is no event of CloudFront functions`
    }
    if (/^\s*import\s|\brequire\s*\(|\basync\s+function\s+handler\b/m.test(code)) {
      return `function ${name} (${event}) uses a module or a promise, and does not run here`
    }
    try {
      return new ViewerFunction(name, event, code)
    } catch (error) {
      return `function ${name} (${event}) does not compile: ${String(error)}`
    }
  }

  /** @returns the changed request, or a response in its place */
  onRequest(
    request: ParsedRequest,
    about: Readonly<Record<string, string>>,
  ): ParsedRequest | PathResponse | FunctionFailure {
    return this.guarded(() => {
      const result = this.run({ about, request: functionRequest(request), ip: request.clientIp })
      return 'statusCode' in result
        ? pathResponse(result, 'FunctionGeneratedResponse from cloudfront')
        : changedRequest(request, result)
    })
  }

  /** Without the body, which functions do not receive. */
  onResponse(
    request: ParsedRequest,
    response: PathResponse,
    about: Readonly<Record<string, string>>,
  ): PathResponse | FunctionFailure {
    return this.guarded(() => {
      const { 'set-cookie': _, ...headers } = response.headers
      const given = { statusCode: response.status, headers: valuesOf(headers), cookies: {} }
      const result = this.run({
        about,
        request: functionRequest(request),
        response: given,
        ip: request.clientIp,
      })
      if (!('statusCode' in result)) throw new Error('it returned no response')
      const changed = pathResponse(result, response.headers['x-cache'])
      const cookies = [response.headers['set-cookie'], changed.headers['set-cookie']].filter(
        Boolean,
      )
      const all: Record<string, string> =
        cookies.length > 0 ? { 'set-cookie': cookies.join('\n') } : {}
      const body = result.body === undefined ? response.body : changed.body
      return { status: changed.status, headers: { ...changed.headers, ...all }, body }
    })
  }

  private run(event: {
    readonly about: Readonly<Record<string, string>>
    readonly request: FunctionRequest
    readonly response?: FunctionResponse
    readonly ip: string
  }): FunctionRequest | FunctionResponse {
    const { about, request, response, ip } = event
    this.context.event = structuredClone({
      version: '1.0',
      context: { ...about, eventType: this.event },
      viewer: { ip },
      request,
      ...(response && { response }),
    })
    const result: unknown = call.runInContext(this.context, { timeout: timeoutMs })
    if (typeof result === 'object' && result !== null && !('then' in result)) {
      return result as FunctionRequest | FunctionResponse
    }
    throw new Error('it returned neither a request nor a response')
  }

  private guarded<Result>(run: () => Result): Result | FunctionFailure {
    try {
      return run()
    } catch (error) {
      const message = `function ${this.name} (${this.event}) failed: ${String(error)}`
      const text =
        'The CloudFront function associated with the distribution is invalid or could not run.'
      return {
        response: cloudFrontPage(503, text),
        problem: { part: `function ${this.name}`, message },
      }
    }
  }
}

function functionRequest(request: ParsedRequest): FunctionRequest {
  const { method, pathname, headers } = request
  const { cookie = '', ...rest } = headers
  const cookies = cookie.split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals === -1
      ? []
      : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()] as const]
  })
  return {
    method,
    uri: pathname,
    querystring: grouped(argumentsOf(request)),
    headers: valuesOf({ ...rest, host: request.host }),
    cookies: grouped(cookies),
  }
}

function grouped(pairs: readonly (readonly [string, string])[]): Values {
  const values = new Map<string, Value>()
  for (const [name, value] of pairs) {
    const before = values.get(name)
    const multiValue = [
      ...(before?.multiValue ?? (before ? [{ value: before.value }] : [])),
      { value },
    ]
    values.set(name, before === undefined ? { value } : { value: before.value, multiValue })
  }
  return Object.fromEntries(values)
}

function valuesOf(headers: Readonly<Record<string, string>>): Values {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]))
}

function pairsOf(values: Values | undefined): [string, string][] {
  return Object.entries(values ?? {}).flatMap(([name, { value, multiValue }]) =>
    (multiValue ?? [{ value }]).map((each): [string, string] => [name, each.value]),
  )
}

/** A function can change all but the method. */
function changedRequest(request: ParsedRequest, result: FunctionRequest): ParsedRequest {
  if (typeof result.uri !== 'string' || !result.uri.startsWith('/')) {
    throw new Error('the uri of its request must start with /')
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of pairsOf(result.headers)) headers[name.toLowerCase()] = value
  const cookies = pairsOf(result.cookies).map(([name, value]) => `${name}=${value}`)
  if (cookies.length > 0) headers.cookie = cookies.join('; ')
  const query = pairsOf(result.querystring)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&')
  return parsed({ ...request, headers }, query === '' ? result.uri : `${result.uri}?${query}`)
}

function pathResponse(result: FunctionResponse, xCache: string | undefined): PathResponse {
  const headers: Record<string, string> = {}
  for (const [name, { value }] of Object.entries(result.headers ?? {})) {
    headers[name.toLowerCase()] = value
  }
  const cookies = Object.entries(result.cookies ?? {}).map(([name, { value, attributes }]) =>
    [`${name}=${value}`, ...(attributes ? [attributes] : [])].join('; '),
  )
  if (cookies.length > 0) headers['set-cookie'] = cookies.join('\n')
  if (xCache !== undefined) headers['x-cache'] = xCache
  const { body = '' } = result
  const content =
    typeof body === 'string'
      ? Buffer.from(body)
      : Buffer.from(body.data, body.encoding === 'base64' ? 'base64' : 'utf8')
  return { status: result.statusCode, headers, body: content }
}
