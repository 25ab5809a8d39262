import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { callingFunction } from '../delivery/calling-function'
import { jsonError } from './aws-answer'
import { type AwsAnswer, type AwsRequest, type Backend, readRequest } from './aws-request'
import { changes, type Journal } from './journal'
import type { MotoPatch } from './moto-patch'

export interface GatewayProps {
  readonly backend: Backend
  readonly patches: readonly MotoPatch[]
  /** Keeps what changed something. Nothing is kept without. */
  readonly journal?: Journal
}

/** The one door to the AWS on this machine: clients find it by AWS_ENDPOINT_URL. */
export class Gateway {
  /** What a browser is answered. */
  unsigned: (incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse) => unknown = (
    _,
    __,
    outgoing,
  ) => outgoing.writeHead(503, { 'content-type': 'text/plain' }).end('not yet: see the terminal\n')
  /** Answers before all others, where it has something to say: the drought, while there is one. */
  front: (request: AwsRequest) => Promise<AwsAnswer | undefined> = async () => undefined
  private readonly patches: ReadonlyMap<string, MotoPatch>
  private readonly server: Server
  private seeds = 0
  /** Calls under way, and since when there is any. */
  private open = 0
  private openSince = 0
  private busyMilliseconds = 0

  constructor(private readonly props: GatewayProps) {
    this.patches = new Map(props.patches.map((patch) => [patch.service, patch]))
    this.server = createServer((incoming, outgoing) => {
      const parts: Buffer[] = []
      incoming.on('data', (part) => parts.push(part))
      incoming.on('end', async () => {
        const { method = 'GET', url = '/', headers } = incoming
        const body = Buffer.concat(parts)
        // Every call of AWS is signed; a browser signs nothing.
        const isSigned = headers.authorization !== undefined || url.includes('X-Amz-Signature=')
        if (!isSigned && url === '/who') return outgoing.end(String(process.pid))
        if (!isSigned) return this.unsigned(incoming, body, outgoing)
        const answer = await this.answer(readRequest(method, url, headers, body))
        outgoing.writeHead(answer.status, {
          ...answer.headers,
          'content-length': String(answer.body.length),
        })
        outgoing.end(method === 'HEAD' ? undefined : answer.body)
      })
    })
    this.server.keepAliveTimeout = 60_000
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(0, '127.0.0.1', resolve)
    })
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** Ends even what is kept open. */
  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** Makes calls again, in their order. */
  async replay(
    calls: readonly AwsRequest[],
    onCall: (done: number, total: number) => void,
  ): Promise<void> {
    for (const [index, call] of calls.entries()) {
      this.seeds = Math.max(this.seeds, call.seed ?? 0)
      onCall(index + 1, calls.length)
      await this.settle(call)
    }
  }

  /** For how long, altogether, some call was under way: the rest of the time clients did something else, or waited. */
  get busySeconds(): number {
    const running = this.open > 0 ? performance.now() - this.openSince : 0
    return (this.busyMilliseconds + running) / 1000
  }

  async answer(request: AwsRequest): Promise<AwsAnswer> {
    if (this.open++ === 0) this.openSince = performance.now()
    try {
      const fromFront = await this.front(request).catch(failed)
      if (fromFront !== undefined) return fromFront
      // What a function does belongs to the drought, which is another one each time.
      if (!changes(request) || callingFunction(request.accessKeyId))
        return await this.settle(request)
      const seeded = { ...request, seed: ++this.seeds }
      const answer = await this.settle(seeded)
      if (answer.status < 500) this.props.journal?.append(seeded)
      return answer
    } finally {
      if (--this.open === 0) this.busyMilliseconds += performance.now() - this.openSince
    }
  }

  private async settle(request: AwsRequest): Promise<AwsAnswer> {
    const patch = this.patches.get(request.service)
    const answer = patch?.answer(request, this.props.backend) ?? this.props.backend(request)
    return answer.catch(failed)
  }
}

function failed(error: Error): AwsAnswer {
  return jsonError('InternalFailure', `the gateway failed: ${error.message}`, 500)
}
