import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { functionOf } from '@tideway/spot-simulator'
import { otherAccountOf } from '../access/callers'
import { type AwsRequest, type AwsResponse, type Backend, readRequest } from './aws-request'
import { jsonError } from './aws-response'
import { isChange, isUnlock, type Journal } from './journal'
import { closeServer, listenOnLoopback } from './loopback'
import type { MotoPatch } from './moto-patch'

/** Handles a request in place of the patches and the backend. Returns undefined to pass it on. */
export type RequestHandler = (request: AwsRequest) => Promise<AwsResponse | undefined>

export interface GatewayProps {
  readonly backend: Backend
  readonly patches: readonly MotoPatch[]
  /** Records requests that change something. @default no request is recorded */
  readonly journal?: Journal
  /** Whether a change is left out of the journal. @default every change is recorded */
  readonly isTransient?: (request: AwsRequest) => boolean
}

/** The key of calls that a restore waits for. */
export const restoreKey = 'restore'

/** A restore itself invokes functions, and waits for their calls. */
function isOfRestore({ accessKeyId }: AwsRequest): boolean {
  return accessKeyId === restoreKey || functionOf(accessKeyId) !== undefined
}

/** The endpoint of the AWS on this machine. Clients find it by AWS_ENDPOINT_URL. */
export class Gateway {
  /** Handles requests of browsers, which have no signature. */
  handleBrowser = (_: IncomingMessage, __: Buffer, outgoing: ServerResponse): unknown =>
    outgoing
      .writeHead(503, { 'content-type': 'text/plain' })
      .end('the console is not ready: see the terminal for progress\n')
  /** Denies calls that the role of the caller does not allow. */
  authorize: RequestHandler | undefined
  /** Handles signed requests before the patches. Set while a drought runs. */
  intercept: RequestHandler | undefined
  /** Receives successful calls that may have changed something. */
  onChange: (request: AwsRequest) => void = () => {}
  /** Called when Terraform releases the lock of a state. Terraform waits for it. */
  onUnlock: () => Promise<void> = async () => {}
  /** Signed requests wait until the deployed resources are restored. */
  ready: Promise<unknown> = Promise.resolve()
  /** The clock of AWS, in milliseconds since 1970, while a drought runs. */
  now: (() => number) | undefined
  private readonly patches: ReadonlyMap<string, MotoPatch>
  private readonly server: Server
  private lastSeed = 0

  constructor(private readonly props: GatewayProps) {
    this.patches = new Map(props.patches.map((patch) => [patch.service, patch]))
    this.server = createServer(async (incoming, outgoing) => {
      const { method = 'GET', url = '/', headers } = incoming
      const body = await buffer(incoming)
      // AWS clients sign every request; browsers do not.
      const isSigned = headers.authorization !== undefined || url.includes('X-Amz-Signature=')
      if (!isSigned && url === '/pid') return outgoing.end(String(process.pid))
      if (!isSigned) return this.handleBrowser(incoming, body, outgoing)
      const request = readRequest(method, url, headers, body)
      if (!isOfRestore(request)) await this.ready.catch(() => {})
      const response = await this.handle(request)
      outgoing
        .writeHead(response.status, {
          ...response.headers,
          ...(this.now && { date: new Date(this.now()).toUTCString() }),
          'content-length': String(response.body.length),
        })
        .end(method === 'HEAD' ? undefined : response.body)
    })
  }

  listen(): Promise<string> {
    return listenOnLoopback(this.server)
  }

  close(): Promise<void> {
    return closeServer(this.server)
  }

  /** Repeats recorded requests in their order. */
  async replay(
    requests: readonly AwsRequest[],
    onProgress: (done: number, total: number) => void,
  ): Promise<void> {
    for (const [index, request] of requests.entries()) {
      this.lastSeed = Math.max(this.lastSeed, request.seed ?? 0)
      onProgress(index + 1, requests.length)
      await this.send(request)
    }
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    return (
      (await this.authorize?.(request).catch(internalFailure)) ??
      (await this.intercept?.(request).catch(internalFailure)) ??
      (await this.pass(request))
    )
  }

  private async pass(request: AwsRequest): Promise<AwsResponse> {
    if (isUnlock(request)) {
      const response = await this.send(request)
      await this.onUnlock()
      return response
    }
    if (!isChange(request) || this.props.isTransient?.(request)) return this.send(request)
    const seeded = { ...request, seed: ++this.lastSeed }
    const response = await this.send(seeded)
    if (response.status < 500) this.props.journal?.append(seeded)
    if (response.status < 400) this.onChange(request)
    return response
  }

  private async send(sent: AwsRequest): Promise<AwsResponse> {
    const { backend } = this.props
    const request = inOtherAccount(sent)
    const patch = this.patches.get(request.service)
    return (patch?.handle(request, backend) ?? backend(request)).catch(internalFailure)
  }
}

/** moto has the resources of each account, and finds the account of a caller in this header. */
function inOtherAccount(request: AwsRequest): AwsRequest {
  const accountId = otherAccountOf(request.accessKeyId)
  if (accountId === undefined) return request
  return { ...request, headers: { ...request.headers, 'x-moto-account-id': accountId } }
}

function internalFailure(error: Error): AwsResponse {
  return jsonError('InternalFailure', `the gateway failed: ${error.message}`, 500)
}
