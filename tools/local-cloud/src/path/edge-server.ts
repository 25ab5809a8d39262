import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { environmentNamed } from '@tideway/constructs/environments'
import type { Task } from '@tideway/spot-simulator'
import { messageOf } from '../delivery/problems'
import type { DroughtSimulation } from '../drought/drought-simulation'
import { closeServer, listenOnLoopback } from '../gateway/loopback'
import type { TaskPrograms, TaskReply } from '../tasks/program'
import { hostName } from './blocks'
import type { DeployedPath, LoadBalancer } from './deployed-path'
import type { PathProblem, PathRequest } from './request'
import type { RequestPath } from './request-path'
import type { Finished, Routed, RoutedBy } from './routed'

/** The path that requests take now, and the tasks at its end. */
export interface EdgeRoutes {
  readonly path: Pick<RequestPath, 'route' | 'deployed'>
  readonly targets: {
    taskOf(targetGroupArn: string, target: { id: string; port: number }): Task | undefined
  }
  readonly programs: Pick<TaskPrograms, 'programOf'>
  /** The simulated time, in milliseconds. */
  readonly now: number
}

export interface EdgeServerProps {
  /** The host for which the address itself stands. */
  readonly site: string
  /** Waits until changes of the path have been read. Undefined: no request can be routed yet. */
  readonly routes: () => Promise<EdgeRoutes | undefined>
  readonly onProblem: (problem: PathProblem) => void
  /** @default 64 MiB */
  readonly maxBodyBytes?: number
}

const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/
/** Headers of one connection. */
const connectionHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** A viewer with this header has the given address. */
const viewerHeader = 'x-tideway-viewer'
const defaultViewer = '198.51.100.1'
/** A caller in the network. */
const internalCaller = '10.0.0.10'
const problemPart = 'the edge address'

/**
 * Sends requests on a loopback port through the deployed path. The address itself stands for the site; a `Host` header or the
 * proxy form of a request names another host.
 */
export class EdgeServer {
  private readonly server: Server

  constructor(private readonly props: EdgeServerProps) {
    // The path has lower limits, and answers as AWS does.
    this.server = createServer({ maxHeaderSize: 131_072 }, (incoming, outgoing) => {
      this.handle(incoming, outgoing).catch((error: Error) => {
        if (outgoing.headersSent) outgoing.destroy()
        else respondText(outgoing, 500, `the edge address failed: ${messageOf(error)}`)
      })
    })
    // The path ends TLS itself, so there is nothing to tunnel to.
    this.server.on('connect', (_, socket) => {
      // Nothing else handles the errors of this socket: a client that resets it would end the process.
      socket.on('error', () => {})
      const text = 'use http://HOST through this proxy, or the header Host: HOST for https\n'
      socket.end(
        `HTTP/1.1 405 Method Not Allowed\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
      )
    })
  }

  listen(): Promise<string> {
    return listenOnLoopback(this.server)
  }

  close(): Promise<void> {
    return closeServer(this.server)
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { maxBodyBytes = 64 * 1024 * 1024 } = this.props
    const body = await bodyOf(incoming, maxBodyBytes)
    if (body === undefined) {
      const limit = `the edge address takes bodies up to ${maxBodyBytes} bytes`
      outgoing.setHeader('connection', 'close')
      return respondText(outgoing, 413, limit)
    }
    const target = targetOf(incoming, this.props.site)
    if (target === undefined) {
      return respondText(outgoing, 400, `not a URL of http or a path: ${incoming.url}`)
    }
    const routes = await this.props.routes()
    if (routes === undefined) {
      return respondText(outgoing, 503, 'the services are not ready: see the console for progress')
    }
    if (!isDeployedName(routes.path.deployed, target.host)) {
      // A page of another site may have its name point here (DNS rebinding).
      return respondText(outgoing, 421, `no record of Route 53 for ${target.host}`)
    }
    const request = requestOf(incoming, target, body, routes.path.deployed)
    const { by, finished, task } = await send(routes, request)
    if (finished.problem !== undefined) this.props.onProblem(finished.problem)
    respond(outgoing, request.method, finished, { by, task })
  }
}

/** Serves the edge address of a simulation, which another one may replace. */
export async function startEdge(
  simulation: () => DroughtSimulation | undefined,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = new EdgeServer({
    site: environmentNamed('local').domain,
    routes: async () => {
      const current = simulation()
      return current && routesOf(current)
    },
    onProblem: ({ part, message }) => simulation()?.problems.add(part, message),
  })
  return { url: await server.listen(), close: () => server.close() }
}

/** The path of a simulation, after changes of it have been read. */
export async function routesOf({
  requests,
}: Pick<DroughtSimulation, 'requests'>): Promise<EdgeRoutes | undefined> {
  if (requests === undefined) return undefined
  await requests.settled()
  const { path, targets, programs, aws } = requests
  return { path, targets, programs, now: aws.now }
}

interface Sent {
  readonly by: RoutedBy
  readonly finished: Finished
  readonly task?: Task | undefined
}

/** Sends a request through the path, and to the program of the task at its end. */
async function send({ path, targets, programs, now }: EdgeRoutes, request: PathRequest) {
  const routed: Routed = path.route(request, now)
  if (routed.kind === 'answer') return { by: routed.by, finished: routed } satisfies Sent
  const task = targets.taskOf(routed.targetGroupArn, routed.target)
  const reply = await replyOf(
    () => task && programs.programOf(task)?.handle(routed.target.port, routed.request, 1),
  )
  return { by: routed.by, finished: routed.finish(reply), task } satisfies Sent
}

async function replyOf(
  handle: () => TaskReply | Promise<TaskReply> | undefined,
): Promise<TaskReply> {
  try {
    return (await handle()) ?? { kind: 'refused' }
  } catch {
    return { kind: 'reset' }
  }
}

interface Target {
  readonly scheme: PathRequest['scheme']
  readonly host: string
  readonly path: string
}

function targetOf({ url = '/', headers }: IncomingMessage, site: string): Target | undefined {
  if (url.startsWith('/') || url === '*') {
    const { host = '' } = headers
    const isSite = host === '' || loopbackHost.test(host)
    const path = url === '*' ? '/' : url
    return { scheme: 'https', host: isSite ? site : hostName(withoutPort(host)), path }
  }
  const [, host, path = ''] = /^http:\/\/([^/?#@]+)((?:[/?][^#]*)?)$/i.exec(url) ?? []
  if (host === undefined) return undefined
  return {
    scheme: 'http',
    host: hostName(withoutPort(host)),
    path: path.startsWith('/') ? path : `/${path}`,
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '')
}

function isDeployedName(deployed: DeployedPath, host: string): boolean {
  const names = [
    ...deployed.records.map(({ name }) => name),
    ...deployed.distributions.flatMap(({ domainName, aliases }) => [domainName, ...aliases]),
    ...deployed.loadBalancers.map(({ dnsName }) => dnsName),
  ]
  return names.some((name) =>
    name.startsWith('*.') ? host.endsWith(name.slice(1)) && host !== name : name === host,
  )
}

function requestOf(
  { method = 'GET', headers }: IncomingMessage,
  { scheme, host, path }: Target,
  body: Buffer,
  deployed: DeployedPath,
): PathRequest {
  const own = Object.entries(headers).filter(
    ([name]) => !connectionHeaders.has(name) && name !== viewerHeader,
  )
  const callerGroupIds = callerGroupsOf(deployed, host)
  const viewer = String(headers[viewerHeader] ?? defaultViewer)
  return {
    scheme,
    host,
    method,
    path,
    headers: {
      ...Object.fromEntries(own.map(([name, value]) => [name, String(value)])),
      host,
      ...(body.length > 0 && { 'content-length': String(body.length) }),
    },
    clientIp: callerGroupIds === undefined ? viewer : internalCaller,
    ...(callerGroupIds && { callerGroupIds }),
    ...(body.length > 0 && { body }),
  }
}

/** A caller of an internal load balancer is in the network, in the groups that may call it. */
function callerGroupsOf(deployed: DeployedPath, host: string): string[] | undefined {
  const balancer = deployed.loadBalancers.find((each) => pointsTo(deployed, host, each))
  if (balancer?.scheme !== 'internal') return undefined
  return deployed.securityGroups
    .filter(({ id }) => balancer.securityGroupIds.includes(id))
    .flatMap(({ ingress }) => ingress.flatMap(({ groupIds }) => groupIds))
}

function pointsTo({ records }: DeployedPath, host: string, { dnsName }: LoadBalancer): boolean {
  const exact = records.filter(({ name }) => name === host)
  const found =
    exact.length > 0
      ? exact
      : records.filter(({ name }) => name.startsWith('*.') && host.endsWith(name.slice(1)))
  return host === dnsName || found.some(({ values }) => values.includes(dnsName))
}

/** Undefined for one that is too large, of which the rest is discarded. */
async function bodyOf(
  incoming: IncomingMessage,
  maxBodyBytes: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks)
}

function respond(
  outgoing: ServerResponse,
  method: string,
  { response }: Finished,
  { by, task }: Pick<Sent, 'by' | 'task'>,
): void {
  for (const [name, value] of Object.entries(response.headers)) {
    if (connectionHeaders.has(name)) continue
    // Each cookie has a line of its own.
    outgoing.setHeader(name, name === 'set-cookie' ? value.split('\n') : value)
  }
  const named = {
    'x-tideway-rule': by.rule,
    'x-tideway-target-group': by.targetGroup,
    'x-tideway-task': task?.id,
  }
  for (const [name, value] of Object.entries(named)) {
    if (value !== undefined) outgoing.setHeader(name, value.replace(/[^\x20-\x7e]/g, '?'))
  }
  const isBodyless = method === 'HEAD' || response.status === 204 || response.status === 304
  const length = isBodyless ? response.headers['content-length'] : String(response.body.length)
  if (length !== undefined) outgoing.setHeader('content-length', length)
  outgoing.writeHead(response.status).end(isBodyless ? undefined : response.body)
}

function respondText(outgoing: ServerResponse, status: number, text: string): void {
  outgoing
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'x-tideway-rule': problemPart,
    })
    .end(`${text}\n`)
}
