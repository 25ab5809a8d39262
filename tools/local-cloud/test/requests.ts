import { type AwsRequest, type AwsResponse, readRequest } from '../src/gateway/aws-request'
import type { MotoPatch } from '../src/gateway/moto-patch'

const signed = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=test/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x`

/** A call in a JSON protocol. */
export function jsonCall(service: string, operation: string, input: object = {}): AwsRequest {
  const headers = { authorization: signed(service), 'x-amz-target': `Service.${operation}` }
  return readRequest('POST', '/', headers, Buffer.from(JSON.stringify(input)))
}

/** A call in the query protocol. */
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

/** A call of REST. */
export function restCall(service: string, method: string, url: string, body = ''): AwsRequest {
  return readRequest(method, url, { authorization: signed(service) }, Buffer.from(body))
}

/** What the emulator answers, and what it was asked. */
export class Answering {
  readonly asked: AwsRequest[] = []
  private readonly answers: string[]

  constructor(...answers: readonly string[]) {
    this.answers = [...answers]
  }

  /** The last answer is given again and again. */
  readonly backend = async (request: AwsRequest): Promise<AwsResponse> => {
    this.asked.push(request)
    const body = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? ''
    return { status: 200, headers: {}, body: Buffer.from(body) }
  }
}

/** What a client gets, as text. */
export async function answered(
  patch: MotoPatch,
  request: AwsRequest,
  { backend }: Answering = new Answering(),
): Promise<string> {
  return (await patch.handle(request, backend)).body.toString()
}

/** The same as JSON. */
export async function answeredJson<Output = Record<string, unknown>>(
  patch: MotoPatch,
  request: AwsRequest,
  emulator?: Answering,
): Promise<Output> {
  return JSON.parse(await answered(patch, request, emulator))
}
