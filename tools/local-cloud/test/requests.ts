import { type AwsRequest, type AwsResponse, readRequest } from '../src/gateway/aws-request'
import type { MotoPatch } from '../src/gateway/moto-patch'

const signed = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=test/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x`

/** A request in a JSON protocol. */
export function jsonCall(service: string, operation: string, input: object = {}): AwsRequest {
  const headers = { authorization: signed(service), 'x-amz-target': `Service.${operation}` }
  return readRequest('POST', '/', headers, Buffer.from(JSON.stringify(input)))
}

/** A request in the query protocol. */
export function queryCall(
  service: string,
  Action: string,
  input: Readonly<Record<string, string>> = {},
): AwsRequest {
  const headers = {
    authorization: signed(service),
    'content-type': 'application/x-www-form-urlencoded',
  }
  const body = new URLSearchParams({ Action, Version: '2016-11-15', ...input }).toString()
  return readRequest('POST', '/', headers, Buffer.from(body))
}

/** A REST request. */
export function restCall(service: string, method: string, url: string, body = ''): AwsRequest {
  return readRequest(method, url, { authorization: signed(service) }, Buffer.from(body))
}

/** Returns bodies in their order, the last one repeatedly, and records the requests. */
export class FakeMoto {
  readonly requests: AwsRequest[] = []
  private readonly bodies: string[]

  constructor(...bodies: readonly string[]) {
    this.bodies = [...bodies]
  }

  readonly backend = async (request: AwsRequest): Promise<AwsResponse> => {
    this.requests.push(request)
    const body = (this.bodies.length > 1 ? this.bodies.shift() : this.bodies[0]) ?? ''
    return { status: 200, headers: {}, body: Buffer.from(body) }
  }
}

/** The body of a patch's response. */
export async function responseText(
  patch: MotoPatch,
  request: AwsRequest,
  { backend }: FakeMoto = new FakeMoto(),
): Promise<string> {
  return (await patch.handle(request, backend)).body.toString()
}

export async function responseJson<Output = Record<string, unknown>>(
  patch: MotoPatch,
  request: AwsRequest,
  moto?: FakeMoto,
): Promise<Output> {
  return JSON.parse(await responseText(patch, request, moto))
}
