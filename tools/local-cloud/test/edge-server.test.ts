import { once } from 'node:events'
import { Agent, type RequestOptions, request as send } from 'node:http'
import { connect } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import type { Task } from '@tideway/spot-simulator'
import type { DeployedPath } from '../src/path/deployed-path'
import { type EdgeRoutes, EdgeServer } from '../src/path/edge-server'
import { PathWatch } from '../src/path/path-watch'
import type { PathProblem, PathRequest } from '../src/path/request'
import type { Routed } from '../src/path/routed'
import type { TaskReply } from '../src/tasks/program'
import { jsonCall, queryCall, restCall } from './requests'

const site = 'site.example'
const record = { type: 'A' as const, isPrivate: false }
const deployed = {
  records: [
    { ...record, name: site, values: ['d1.cloudfront.net'] },
    { ...record, name: '*.internal.example', values: ['internal.elb.example'] },
  ],
  distributions: [{ domainName: 'd1.cloudfront.net', aliases: [site] }],
  loadBalancers: [
    { dnsName: 'internal.elb.example', scheme: 'internal', securityGroupIds: ['sg-balancer'] },
  ],
  securityGroups: [
    { id: 'sg-balancer', ingress: [{ groupIds: ['sg-clients'] }], egress: [] },
    { id: 'sg-other', ingress: [{ groupIds: ['sg-x'] }], egress: [] },
  ],
} as unknown as DeployedPath

let received: PathRequest | undefined
let reply: TaskReply | Error
let answer: Routed | undefined
let isReady = true
const problems: PathProblem[] = []
const target = { id: '10.0.0.5', port: 8080 }
const task = { id: 'task-1' } as Task
const refused = { part: 'target', message: 'nothing listens on port 8080' }

const routes: EdgeRoutes = {
  path: {
    deployed,
    route: (request) => {
      received = request
      if (answer !== undefined) return answer
      return {
        kind: 'target',
        by: { rule: 'balancer:443/10', targetGroup: 'api' },
        targetGroupArn: 'arn:api',
        target,
        request,
        finish: (given) =>
          given.kind === 'response'
            ? { response: given.response, seconds: given.seconds }
            : {
                response: { status: 502, headers: {}, body: Buffer.from(given.kind) },
                seconds: 0,
                problem: refused,
              },
      }
    },
  },
  targets: { taskOf: (arn, { id }) => (arn === 'arn:api' && id === target.id ? task : undefined) },
  programs: {
    programOf: (given) =>
      given === task
        ? {
            handle: () => {
              if (reply instanceof Error) throw reply
              return reply
            },
            signal: () => {},
            retire: () => {},
          }
        : undefined,
  },
  now: 0,
}
const server = new EdgeServer({
  site,
  routes: async () => (isReady ? routes : undefined),
  onProblem: (problem) => problems.push(problem),
  maxBodyBytes: 6_000_000,
})
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let port = 0

beforeAll(async () => {
  port = Number(new URL(await server.listen()).port)
})
beforeEach(() => {
  received = undefined
  answer = undefined
  isReady = true
  problems.length = 0
  reply = response('hello')
})
afterAll(async () => {
  agent.destroy()
  await server.close()
})

function response(body: string, headers: Readonly<Record<string, string>> = {}, status = 200) {
  const given = { status, headers, body: Buffer.from(body) }
  return { kind: 'response', seconds: 0.1, response: given } as const
}

async function call(options: RequestOptions = {}, body: string | Buffer = '') {
  const outgoing = send({ agent, host: '127.0.0.1', port, ...options }).end(body)
  const [incoming] = await once(outgoing, 'response')
  const content = await buffer(incoming)
  return { status: incoming.statusCode, headers: incoming.headers, text: content.toString() }
}

it('stands for https to the site, and names what answered', async () => {
  expect(
    await call({ path: '/a?b=c', headers: { 'x-one': '1', connection: 'keep-alive' } }),
  ).toMatchObject({
    status: 200,
    text: 'hello',
    headers: {
      'x-tideway-rule': 'balancer:443/10',
      'x-tideway-target-group': 'api',
      'x-tideway-task': 'task-1',
      'content-length': '5',
    },
  })
  expect(received).toMatchObject({ scheme: 'https', host: site, method: 'GET', path: '/a?b=c' })
  expect(received?.headers).toEqual({ host: site, 'x-one': '1' })
})

it('takes another host from the header, and http from the proxy form', async () => {
  await call({ headers: { host: 'Orders.internal.example:8443' } })
  expect(received).toMatchObject({ scheme: 'https', host: 'orders.internal.example' })
  await call({ path: 'http://d1.cloudfront.net/x?y' })
  expect(received).toMatchObject({ scheme: 'http', host: 'd1.cloudfront.net', path: '/x?y' })
  await call({ path: `http://${site}?q=1` })
  expect(received).toMatchObject({ host: site, path: '/?q=1' })
})

it('calls an internal load balancer from a group that may call it, and others as a viewer', async () => {
  await call({ headers: { host: 'orders.internal.example' } })
  expect(received?.callerGroupIds).toEqual(['sg-clients'])
  await call({ headers: { 'x-tideway-viewer': '192.0.2.7' } })
  expect(received).toMatchObject({ clientIp: '192.0.2.7', headers: { host: site } })
  expect(received?.callerGroupIds).toBeUndefined()
})

it.each([
  'evil.example',
  'internal.example',
  '*.internal.example',
  'evil.example:80',
  '@127.0.0.1',
])('sends nothing for the host %s, to which no record points', async (host) => {
  expect(await call({ headers: { host } })).toMatchObject({ status: 421 })
  expect(received).toBeUndefined()
})

it.each(['ftp://site.example/', 'http://', 'http://user@site.example/', 'site.example:443'])(
  'rejects the URL %s',
  async (path) => {
    expect(await call({ path })).toMatchObject({ status: 400 })
    expect(received).toBeUndefined()
  },
)

it('passes bodies of any bytes on, both ways', async () => {
  const body = Buffer.alloc(5_000_000, Buffer.from([0, 255, 13, 10]))
  reply = response('x'.repeat(3_000_000))
  const { text: answered } = await call({ method: 'POST' }, body)
  expect(received?.body?.equals(body)).toBe(true)
  expect(received?.headers['content-length']).toBe(String(body.length))
  expect(answered).toHaveLength(3_000_000)
})

it('rejects a body that is too large', async () => {
  const body = Buffer.alloc(6_000_001)
  expect(await call({ method: 'PUT' }, body)).toMatchObject({
    status: 413,
    text: 'the edge address takes bodies up to 6000000 bytes\n',
  })
})

it('answers HEAD without a body, and leaves out headers of the connection', async () => {
  reply = response('', { 'content-length': '77', connection: 'close', 'set-cookie': 'a=1\nb=2' })
  const answered = await call({ method: 'HEAD' })
  expect(answered).toMatchObject({
    text: '',
    headers: { 'content-length': '77', connection: 'keep-alive', 'set-cookie': ['a=1', 'b=2'] },
  })
})

it('reports what is wrong in the path', async () => {
  reply = { kind: 'refused' }
  expect(await call()).toMatchObject({ status: 502, text: 'refused' })
  reply = new Error('the process has gone')
  expect(await call()).toMatchObject({ status: 502, text: 'reset' })
  expect(problems).toEqual([refused, refused])
})

it('returns answers of the path itself, without a task', async () => {
  const given = { status: 403, headers: {}, body: Buffer.from('Forbidden') }
  answer = { kind: 'answer', by: { rule: 'web ACL ä\nsite' }, response: given, seconds: 0 }
  const { status, headers } = await call()
  expect([status, headers['x-tideway-rule'], headers['x-tideway-task']]).toEqual([
    403,
    'web ACL ??site',
    undefined,
  ])
})

it('answers 500 to headers that no response can have', async () => {
  reply = response('', { 'x-bad': 'a\r\nb' })
  expect(await call()).toMatchObject({ status: 500 })
})

it('answers 503 before the services are ready', async () => {
  isReady = false
  expect(await call()).toMatchObject({ status: 503 })
})

it('opens no tunnels', async () => {
  const socket = connect(port, '127.0.0.1')
  socket.end('CONNECT site.example:443 HTTP/1.1\r\nHost: site.example:443\r\n\r\n')
  expect(await text(socket)).toContain('405 Method Not Allowed')
})

it('survives a client that resets its tunnel', async () => {
  for (let attempt = 0; attempt < 5; attempt++) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('CONNECT site.example:443 HTTP/1.1\r\nHost: site.example:443\r\n\r\n')
    socket.resetAndDestroy()
    expect(await call()).toMatchObject({ status: 200 })
  }
})

it('passes long headers to the path, which has its own limits', async () => {
  expect(await call({ headers: { cookie: `a=${'x'.repeat(60_000)}` } })).toMatchObject({
    status: 200,
  })
  expect(received?.headers.cookie).toHaveLength(60_002)
})

describe('changes of the path', () => {
  const path = {} as DeployedPath

  it('are read once for several calls, and again for a call in the meantime', async () => {
    const reads: string[][] = []
    const seen: DeployedPath[] = []
    const watch = new PathWatch({
      read: async (services) => {
        reads.push([...services].sort())
        if (reads.length === 1) watch.noteChange(queryCall('ec2', 'RevokeSecurityGroupIngress'))
        return path
      },
      onPath: (each) => seen.push(each),
      onFailure: (error) => {
        throw error
      },
    })
    watch.noteChange(queryCall('elasticloadbalancing', 'ModifyRule'))
    watch.noteChange(jsonCall('wafv2', 'UpdateWebACL'))
    watch.noteChange(queryCall('ec2', 'RunInstances'))
    watch.noteChange(restCall('s3', 'PUT', '/state/local/edge.tfstate'))
    await watch.settle()
    expect(reads).toEqual([['elasticloadbalancing', 'wafv2'], ['ec2']])
    expect(seen).toHaveLength(2)
  })

  it('that cannot be read are reported, and read at the next change', async () => {
    const failures: string[] = []
    let isBroken = true
    const seen: DeployedPath[] = []
    const watch = new PathWatch({
      read: async () => {
        if (isBroken) throw new Error('no such policy')
        return path
      },
      onPath: (each) => seen.push(each),
      onFailure: ({ message }) => failures.push(message),
    })
    watch.noteChange(restCall('cloudfront', 'PUT', '/2020-05-31/distribution/E1/config'))
    await watch.settle()
    isBroken = false
    watch.noteChange(restCall('cloudfront', 'PUT', '/2020-05-31/distribution/E1/config'))
    await watch.settle()
    expect([failures, seen.length]).toEqual([['no such policy'], 1])
  })
})
