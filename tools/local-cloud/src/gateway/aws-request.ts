import type { IncomingHttpHeaders } from 'node:http'

/** A request to an AWS API. */
export interface AwsRequest {
  /** As in the credential scope: `ec2`, `elasticloadbalancing`, `cloudfront`. */
  readonly service: string
  /** Identifies the caller: each function signs with its own key. */
  readonly accessKeyId: string
  readonly method: string
  /** Path and query string. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Operation of the JSON and query protocols. Empty for REST, where method and path name it. */
  readonly operation: string
  /** Seed for the ids that a change creates, so that a replay creates the same ones. */
  readonly seed?: number
}

export interface AwsResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Sends a request to the emulator. */
export type Backend = (request: AwsRequest) => Promise<AwsResponse>

const credential = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//

export function readRequest(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): AwsRequest {
  const [, accessKeyId = '', service = ''] = credential.exec(headers.authorization ?? '') ?? []
  const target = headers['x-amz-target']
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  const operation = target
    ? String(target).split('.').at(-1)
    : isForm && new URLSearchParams(body.toString()).get('Action')
  return { service, accessKeyId, method, url, headers, body, operation: operation || '' }
}

/** The input of a request in a JSON protocol. */
export function jsonInput<Input = Readonly<Record<string, unknown>>>({ body }: AwsRequest): Input {
  return JSON.parse(body.toString() || '{}')
}

/** The parameters of a request in the query protocol, such as `Tags.member.1.Key`. */
export function formInput({ body }: AwsRequest): URLSearchParams {
  return new URLSearchParams(body.toString())
}

/** A request for another operation of the same service, in the query protocol. */
export function queryRequest(
  request: AwsRequest,
  operation: string,
  input: Readonly<Record<string, string>> = {},
): AwsRequest {
  const Version = formInput(request).get('Version') ?? ''
  const form = new URLSearchParams({ Action: operation, Version, ...input })
  return { ...withBody(request, form.toString()), operation }
}

export function withBody(request: AwsRequest, body: string): AwsRequest {
  return { ...request, body: Buffer.from(body) }
}
