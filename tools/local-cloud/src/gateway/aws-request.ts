import type { IncomingHttpHeaders } from 'node:http'

/** A call of an AWS API, as it came in over HTTP. */
export interface AwsRequest {
  /** As the credential scope names it: `ec2`, `elasticloadbalancing`, `cloudfront`. */
  readonly service: string
  /** Whose credentials signed it: the functions have their own. */
  readonly accessKeyId: string
  readonly method: string
  /** With the query string. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Of the JSON and query protocols. A REST call has none: its method and path say what it is. */
  readonly operation: string
  /** Of a change: what the ids that it makes are drawn from. */
  readonly seed?: number
}

export interface AwsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Where a request goes on to. */
export type Backend = (request: AwsRequest) => Promise<AwsAnswer>

const scope = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//

export function readRequest(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): AwsRequest {
  const [, accessKeyId = '', service = ''] = scope.exec(headers.authorization ?? '') ?? []
  const target = String(headers['x-amz-target'] ?? '')
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  const operation =
    target !== ''
      ? (target.split('.').at(-1) ?? '')
      : isForm
        ? (new URLSearchParams(body.toString()).get('Action') ?? '')
        : ''
  return { service, accessKeyId, method, url, headers, body, operation }
}

/** The input of a call in one of the JSON protocols. */
export function jsonInput<Input = Readonly<Record<string, unknown>>>(request: AwsRequest): Input {
  return JSON.parse(request.body.toString() || '{}')
}

/** The parameters of a call in the query protocol: `Tags.member.1.Key`. */
export function formInput(request: AwsRequest): URLSearchParams {
  return new URLSearchParams(request.body.toString())
}

/** The same call with another body. */
export function withBody(request: AwsRequest, body: string): AwsRequest {
  return { ...request, body: Buffer.from(body) }
}
