import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { readRequest } from '../gateway/aws-request'

/** Where the calls go: the gateway, in the same process. */
export type Answering = (request: AwsRequest) => Promise<AwsResponse>

/** Asks the AWS on this machine, as somebody who may do everything. */
export class LocalAws {
  constructor(private readonly answering: Answering) {}

  /** A call in a JSON protocol. */
  json<Output>(service: string, target: string, input: object = {}): Promise<Output> {
    const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' }
    return this.parsed(service, 'POST', '/', headers, JSON.stringify(input))
  }

  /** A call of REST with JSON. */
  rest<Output>(service: string, method: string, url: string, input?: object): Promise<Output> {
    const headers = { 'content-type': 'application/json' }
    return this.parsed(service, method, url, headers, input ? JSON.stringify(input) : '')
  }

  /** A call in the query protocol: answers XML. */
  async query(service: string, action: string, input: Readonly<Record<string, string>> = {}) {
    const version = versions[service]
    if (version === undefined) throw new Error(`${service}: its version is not in local-aws.ts`)
    const body = new URLSearchParams({ Action: action, Version: version, ...input }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return this.call(service, 'POST', '/', headers, body)
  }

  /** A call with a body as it is: S3. */
  async call(
    service: string,
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<string> {
    const authorization = `AWS4-HMAC-SHA256 Credential=operator/20260105/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=local`
    const all = { ...headers, authorization, host: `${service}.us-east-1.amazonaws.com` }
    const answer = await this.answering(readRequest(method, url, all, Buffer.from(body)))
    if (answer.status < 300) return answer.body.toString()
    const what = headers['x-amz-target'] ?? `${method} ${url}`
    throw new LocalAwsError(
      `${service} ${what}: ${answer.status} ${answer.body.toString().slice(0, 500)}`,
      answer.status,
    )
  }

  private async parsed<Output>(
    service: string,
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Output> {
    return JSON.parse((await this.call(service, method, url, headers, body)) || '{}')
  }
}

export class LocalAwsError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message)
  }
}

const versions: Readonly<Record<string, string>> = {
  autoscaling: '2011-01-01',
  ec2: '2016-11-15',
  elasticache: '2015-02-02',
  elasticloadbalancing: '2015-12-01',
  iam: '2010-05-08',
}
