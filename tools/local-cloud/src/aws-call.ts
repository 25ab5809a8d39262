import { readXml, textNamed, type XmlElement } from './gateway/xml'
import { account } from './patches/account'

/** The prefix of the operation in `x-amz-target`. */
const targetPrefixes = {
  acm: 'CertificateManager',
  'application-autoscaling': 'AnyScaleFrontendService',
  codedeploy: 'CodeDeploy_20141006',
  logs: 'Logs_20140328',
  secretsmanager: 'secretsmanager',
  ssm: 'AmazonSSM',
  states: 'AWSStepFunctions',
  wafv2: 'AWSWAF_20190729',
} as const

/** A service in a JSON protocol. */
export type JsonService = keyof typeof targetPrefixes

/** The body of a REST request. */
export interface RestBody {
  readonly body?: string
  /** The version of a resource that is changed. */
  readonly ifMatch?: string
}

/** Calls the operations of AWS services for which this package has no SDK client. */
export class AwsCalls {
  constructor(
    readonly url: string,
    private readonly accessKeyId = 'operator',
  ) {}

  /** Calls an operation in a JSON protocol. */
  async json<Output = Readonly<Record<string, unknown>>>(
    service: JsonService,
    operation: string,
    input: object = {},
  ): Promise<Output> {
    const target = `${targetPrefixes[service]}.${operation}`
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
    const response = await this.send(service, 'POST', '/', headers, JSON.stringify(input))
    const text = await response.text()
    if (response.ok) return JSON.parse(text || '{}')
    const { __type = '', message, Message } = jsonOf(text)
    throw new AwsCallError(`${service} ${operation}`, lastWord(__type), message ?? Message ?? text)
  }

  /** Calls an operation in a REST protocol with XML. */
  async rest(
    service: 'cloudfront' | 'route53',
    method: string,
    path: string,
    { body = '', ifMatch }: RestBody = {},
  ): Promise<{ readonly document: XmlElement; readonly etag: string }> {
    const headers = { 'content-type': 'text/xml', ...(ifMatch && { 'if-match': ifMatch }) }
    const response = await this.send(service, method, path, headers, body)
    const text = await response.text()
    if (!response.ok) {
      const error = text.startsWith('<') ? readXml(text) : {}
      const code = textNamed(error, 'Code') ?? String(response.status)
      throw new AwsCallError(
        `${service} ${method} ${path}`,
        code,
        textNamed(error, 'Message') ?? text,
      )
    }
    return { document: readXml(text), etag: response.headers.get('etag') ?? '' }
  }

  /** Calls an operation of a REST protocol, and returns the body of the response. */
  async restText(service: 'cloudfront', path: string): Promise<string> {
    const response = await this.send(service, 'GET', path, {})
    const text = await response.text()
    if (response.ok) return text
    throw new AwsCallError(`${service} GET ${path}`, String(response.status), text)
  }

  /** Calls EC2, whose client takes as long to load as all others together. */
  async ec2(operation: string): Promise<XmlElement> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = `Action=${operation}&Version=2016-11-15`
    const response = await this.send('ec2', 'POST', '/', headers, body)
    const text = await response.text()
    if (response.ok) return readXml(text)
    throw new AwsCallError(`ec2 ${operation}`, String(response.status), text)
  }

  private send(
    service: string,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body = '',
  ): Promise<Response> {
    const scope = `${this.accessKeyId}/20260101/${account.region}/${service}/aws4_request`
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...headers,
        // The emulator takes the service from here, and checks no signature.
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=local`,
      },
      ...(body && { body }),
    })
  }
}

/** An error response of AWS. */
export class AwsCallError extends Error {
  constructor(
    call: string,
    readonly code: string,
    message: string,
  ) {
    super(`${call}: ${code}: ${message}`)
    this.name = code
  }
}

function jsonOf(text: string): Readonly<Record<string, string>> {
  return text.startsWith('{') ? JSON.parse(text) : {}
}

/** Some services write the namespace of an error before its code. */
function lastWord(type: string): string {
  return type.split('#').at(-1) ?? type
}
