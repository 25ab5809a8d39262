import type { AwsRequest, AwsResponse } from '@tideway/local-cloud/aws-request'
import {
  jsonError,
  jsonResponse,
  queryResponse,
  xmlError,
  xmlResponse,
} from '@tideway/local-cloud/aws-response'
import { Gateway } from '@tideway/local-cloud/gateway'

/** Answers by `service:Operation`: the body of the response, or a whole response. */
export type Answers = Readonly<Record<string, (input: Input) => unknown>>

/** The parameters of a request: of its form, its JSON or its URL. */
export type Input = Readonly<Record<string, string>>

class AwsFailure extends Error {
  constructor(
    readonly code: string,
    readonly status = 400,
    message = `${code} by the test`,
  ) {
    super(message)
  }
}

/** Throws as AWS does. */
export const fails = (code: string, status?: number, message?: string) => () => {
  throw new AwsFailure(code, status, message)
}

/** A loopback endpoint that answers as AWS, through the gateway of the local cloud. */
export async function fakeAws() {
  let answers: Answers = {}
  const calls = new Set<string>()
  const gateway = new Gateway({
    patches: [],
    backend: async (request) => {
      const operation = request.operation || restOperation(request)
      const name = `${request.service}:${operation}`
      calls.add(name)
      const answer = answers[name]
      try {
        if (answer === undefined) throw new AwsFailure('NotImplemented', 501)
        return respond({ ...request, operation }, await answer(inputOf(request)))
      } catch (error) {
        if (!(error instanceof AwsFailure)) throw error
        return failure(request, error)
      }
    },
  })
  return {
    url: await gateway.listen(),
    calls,
    answer: (all: Answers) => {
      answers = all
    },
    close: () => gateway.close(),
  }
}

const json = ['acm', 'ecs', 'lambda', 'servicequotas', 'shield']

function respond(request: AwsRequest, body: unknown): AwsResponse {
  if (json.includes(request.service)) return jsonResponse(body)
  const document = (body ?? {}) as Parameters<typeof xmlResponse>[0]
  const isRest = request.service === 's3' || request.service === 'route53'
  return isRest ? xmlResponse(document) : queryResponse(request, document)
}

function failure({ service }: AwsRequest, { code, message, status }: AwsFailure): AwsResponse {
  if (json.includes(service)) return jsonError(code, message, status)
  if (service === 's3') return xmlResponse({ Error: { Code: code, Message: message } }, status)
  if (service === 'ec2') {
    return xmlResponse(
      { Response: { Errors: { Error: { Code: code, Message: message } } } },
      status,
    )
  }
  return xmlError(code, message, status)
}

/** The operations of the REST protocols, by method and path. */
const restOperations: readonly (readonly [string, RegExp, string])[] = [
  ['lambda', /\/account-settings/, 'GetAccountSettings'],
  ['lambda', /\/functions\/[^/]+\/concurrency/, 'GetFunctionConcurrency'],
  ['route53', /\/hostedzonesbyname/, 'ListHostedZonesByName'],
  ['route53', /\/hostedzone\//, 'GetHostedZone'],
  ['s3', /[?&]versioning/, 'GetBucketVersioning'],
  ['s3', /[?&]encryption/, 'GetBucketEncryption'],
  ['s3', /[?&]publicAccessBlock/, 'GetPublicAccessBlock'],
  ['s3', /^\/(\?|$)/, 'ListBuckets'],
]

function restOperation({ service, url }: AwsRequest): string {
  const found = restOperations.find(([name, path]) => name === service && path.test(url))
  return found?.[2] ?? url
}

function inputOf({ body, url, headers }: AwsRequest): Input {
  const text = body.toString()
  return {
    url,
    authorization: String(headers.authorization),
    ...(text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))),
  }
}
