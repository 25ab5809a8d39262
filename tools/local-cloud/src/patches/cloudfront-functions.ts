import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import { xmlError, xmlResponse } from '../gateway/aws-response'
import { elementsNamed, readXml, textNamed, type XmlElement } from '../gateway/xml'
import { account } from './account'

interface StoredFunction {
  readonly config: XmlElement
  readonly version: number
  /** In base64, by stage. */
  readonly code: Readonly<{ DEVELOPMENT: string; LIVE?: string }>
}

/** The functions of CloudFront, which moto lacks. Remove it when a function can be applied, published and destroyed. */
export class CloudFrontFunctions {
  private readonly functions = new Map<string, StoredFunction>()

  get names(): string[] {
    return [...this.functions.keys()]
  }

  /** Handles a request for `/2020-05-31/function`. */
  handle(request: AwsRequest): AwsResponse {
    const { pathname, searchParams } = new URL(request.url, 'http://cloudfront')
    const [, , , name, action] = pathname.split('/')
    const stage = searchParams.get('Stage') === 'LIVE' ? 'LIVE' : 'DEVELOPMENT'
    if (name === undefined) return request.method === 'POST' ? this.create(request) : this.list()
    const stored = this.functions.get(name)
    const code = stored?.code[stage]
    const isRead = request.method === 'GET'
    if (stored === undefined || (isRead && code === undefined)) {
      return xmlError('NoSuchFunctionExists', `Function ${name} does not exist in ${stage}.`, 404)
    }
    if (isRead && action === 'describe') return summaryResponse(name, stored, stage)
    if (isRead) return codeResponse(code ?? '', stored)
    if (request.headers['if-match'] !== etagOf(stored)) {
      return xmlError('InvalidIfMatchVersion', `The version of ${name} is ${etagOf(stored)}.`)
    }
    return this.change(request, name, stored, action)
  }

  private create(request: AwsRequest): AwsResponse {
    const name = textNamed(readXml(request.body), 'Name') ?? ''
    if (this.functions.has(name)) {
      return xmlError('FunctionAlreadyExists', `Function ${name} exists.`, 409)
    }
    return this.store(name, { ...writtenIn(request), version: 1 }, 201)
  }

  private change(
    request: AwsRequest,
    name: string,
    stored: StoredFunction,
    action: string | undefined,
  ): AwsResponse {
    if (request.method === 'DELETE') {
      this.functions.delete(name)
      return xmlResponse({}, 204)
    }
    if (action === 'publish') {
      const { DEVELOPMENT } = stored.code
      const published = { ...stored, code: { DEVELOPMENT, LIVE: DEVELOPMENT } }
      this.functions.set(name, published)
      return summaryResponse(name, published, 'LIVE')
    }
    const { config, code } = writtenIn(request)
    const version = stored.version + 1
    return this.store(name, { config, version, code: { ...stored.code, ...code } }, 200)
  }

  private store(name: string, stored: StoredFunction, status: number): AwsResponse {
    this.functions.set(name, stored)
    return summaryResponse(name, stored, 'DEVELOPMENT', status)
  }

  private list(): AwsResponse {
    const all = [...this.functions].map(([name, stored]) => summaryOf(name, stored, 'DEVELOPMENT'))
    const items = { MaxItems: 100, Quantity: all.length, Items: { FunctionSummary: all } }
    return xmlResponse({ FunctionList: items })
  }
}

function writtenIn({ body }: AwsRequest): Pick<StoredFunction, 'config' | 'code'> {
  const document = readXml(body)
  const [config = {}] = elementsNamed(document, 'FunctionConfig')
  return { config, code: { DEVELOPMENT: textNamed(document, 'FunctionCode') ?? '' } }
}

function etagOf({ version }: StoredFunction): string {
  return `E${version}`
}

type Stage = 'DEVELOPMENT' | 'LIVE'

function summaryOf(name: string, { config }: StoredFunction, stage: Stage): XmlElement {
  return {
    Name: name,
    Status: 'UNASSOCIATED',
    FunctionConfig: config,
    FunctionMetadata: {
      FunctionARN: `arn:aws:cloudfront::${account.id}:function/${name}`,
      Stage: stage,
      CreatedTime: '2026-01-05T00:00:00Z',
      LastModifiedTime: '2026-01-05T00:00:00Z',
    },
  }
}

function summaryResponse(
  name: string,
  stored: StoredFunction,
  stage: Stage,
  status = 200,
): AwsResponse {
  const document = { FunctionSummary: summaryOf(name, stored, stage) }
  return xmlResponse(document, status, { etag: etagOf(stored) })
}

function codeResponse(code: string, stored: StoredFunction): AwsResponse {
  const headers = { 'content-type': 'application/octet-stream', etag: etagOf(stored) }
  return { status: 200, headers, body: Buffer.from(code, 'base64') }
}
