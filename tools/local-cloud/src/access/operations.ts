import { formTree } from '@tideway/spot-simulator'
import { type AwsRequest, formInput } from '../gateway/aws-request'
import { readXml, textsNamed, type XmlElement } from '../gateway/xml'

export type Input = Readonly<Record<string, unknown>>

/** What a request asks of a service. */
export interface Operation {
  /** As the service's SDK calls it: `GetBucketEncryption`. */
  readonly name: string
  /** The parameters by their names, from the path, the query string and the body. */
  readonly input: Input
}

/** Undefined where the operation of a REST request is not known. */
export async function operationOf(request: AwsRequest): Promise<Operation | undefined> {
  const { operation: name, headers } = request
  if (name === '') return restOperation(request)
  const isForm = headers['x-amz-target'] === undefined
  return { name, input: isForm ? formTree(formInput(request)) : bodyOf(request) }
}

/** The schema of an operation in an SDK client: its kind, namespace, name, traits and input. */
type OperationSchema = readonly [9, string, string, { http: [string, string] }, () => InputSchema]
/** The names of the members, each one's type and traits, and how many are required. Text where there is no input. */
type InputSchema = string | readonly [3, string, string, unknown, string[], unknown[], number?]

interface Route {
  readonly name: string
  readonly method: string
  readonly path: RegExp
  readonly pathNames: readonly string[]
  /** Parameters of the query string that select this operation. */
  readonly fixed: readonly string[]
  /** The members that the query string sets, by their names there. */
  readonly queryNames: ReadonlyMap<string, string>
}

/** The SDK clients of the services with a REST protocol hold the path of each operation. */
const clients: Readonly<Record<string, () => Promise<object>>> = {
  lambda: () => import('@aws-sdk/client-lambda'),
  route53: () => import('@aws-sdk/client-route-53'),
  s3: () => import('@aws-sdk/client-s3'),
  scheduler: () => import('@aws-sdk/client-scheduler'),
}
const routes = new Map<string, readonly Route[]>()

async function restOperation(request: AwsRequest): Promise<Operation | undefined> {
  const { service, method } = request
  const url = new URL(request.url, 'http://local')
  if (service === 'cloudfront') return cloudfrontOperation(request, url)
  const client = clients[service]
  if (client === undefined) return undefined
  const known = routes.get(service) ?? routesOf(await client(), service === 's3' ? '/{Bucket}' : '')
  routes.set(service, known)
  const route = known.find(
    (each) =>
      each.method === method &&
      each.path.test(url.pathname) &&
      each.fixed.every((name) => url.searchParams.has(name)),
  )
  if (route === undefined) return undefined
  const inPath = route.path.exec(url.pathname)?.slice(1) ?? []
  const path = inPath.map((value, index) => [route.pathNames[index], decodeURIComponent(value)])
  const query = [...url.searchParams].map(([name, value]) => [
    route.queryNames.get(name) ?? name,
    value,
  ])
  // The body of an object is data, and that of a bucket's policy names other resources.
  const keys =
    route.name === 'DeleteObjects' ? textsNamed(bodyOf(request) as XmlElement, 'Key') : []
  const body = service === 's3' ? { Key: keys } : bodyOf(request)
  return { name: route.name, input: { ...body, ...Object.fromEntries([...path, ...query]) } }
}

/** The most specific ones first. */
function routesOf(client: object, prefix: string): Route[] {
  return Object.values(client)
    .filter((each): each is OperationSchema => Array.isArray(each) && each[0] === 9)
    .map(([, , name, { http }, input]) => {
      const [method, uri] = http
      const [path = '', query = ''] = uri.split('?')
      const pattern = (prefix + path)
        .replace(/\/$/, '')
        .replace(/\{\w+\+\}/g, '(.+)')
        .replace(/\{\w+\}/g, '([^/]+)')
      const queryMembers = queryMembersOf(input())
      return {
        name,
        method,
        path: new RegExp(`^${pattern}/?$`),
        pathNames: [...(prefix + path).matchAll(/\{(\w+)\+?\}/g)].map(([, label = '']) => label),
        // An SDK adds x-id, and other clients leave it out.
        fixed: [
          ...[...new URLSearchParams(query).keys()].filter((each) => each !== 'x-id'),
          ...queryMembers.flatMap(({ isRequired, query }) => (isRequired ? query : [])),
        ],
        queryNames: new Map(queryMembers.map(({ query, member }) => [query, member])),
      }
    })
    .sort(
      (one, other) =>
        other.fixed.length - one.fixed.length || one.pathNames.length - other.pathNames.length,
    )
}

function queryMembersOf(schema: InputSchema) {
  if (typeof schema === 'string') return []
  const [, , , , names, members, required = 0] = schema
  return members.flatMap((member, index) => {
    const query: unknown = Array.isArray(member) ? member[1]?.httpQuery : undefined
    if (typeof query !== 'string') return []
    return { query, member: names[index] ?? '', isRequired: index < required }
  })
}

/** CloudFront has no client here, and its paths follow one form: `/VERSION/kind/ID/part`. */
function cloudfrontOperation(request: AwsRequest, url: URL): Operation | undefined {
  const [, , kind = '', Id, part = ''] = url.pathname.split('/')
  const noun = pascal(kind)
  const query = Object.fromEntries(url.searchParams)
  const input = { ...bodyOf(request), ...query, ...(Id && { Id, [`${noun}Id`]: Id }) }
  if (kind === 'tagging') {
    const { Operation: tag } = query
    return { name: tag === undefined ? 'ListTagsForResource' : `${tag}Resource`, input }
  }
  const withTags = 'WithTags' in query ? 'WithTags' : ''
  const names: Readonly<Record<string, string>> = {
    GET: Id === undefined ? `List${noun}s` : `Get${noun}${part === 'config' ? 'Config' : ''}`,
    POST: `Create${noun}${withTags}`,
    PUT: `Update${noun}`,
    DELETE: `Delete${noun}`,
  }
  const verbs: Readonly<Record<string, string>> = {
    describe: `Describe${noun}`,
    publish: `Publish${noun}`,
    test: `Test${noun}`,
    invalidation: request.method === 'POST' ? 'CreateInvalidation' : 'ListInvalidations',
  }
  const name = verbs[part] ?? names[request.method]
  return name === undefined || kind === '' ? undefined : { name, input }
}

function pascal(kind: string): string {
  return kind.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function bodyOf({ body }: AwsRequest): Input {
  const text = body.toString().trim()
  if (text.startsWith('{')) return JSON.parse(text)
  if (!text.startsWith('<')) return {}
  const { '?xml': _, ...document } = readXml(text)
  const [root] = Object.values(document)
  return typeof root === 'object' ? (root as Input) : {}
}

/** All texts in a value, at any depth. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
