import { Agent, request as send } from 'node:http'
import type { Backend } from './aws-request'

/** An emulator behind the gateway, by its URL. */
export function httpBackend(url: string): Backend {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port } = new URL(url)
  return (request) =>
    new Promise((resolve, reject) => {
      const outgoing = send(
        {
          agent,
          hostname,
          port,
          method: request.method,
          path: request.url,
          headers: { ...request.headers, 'content-length': String(request.body.length) },
        },
        (incoming) => {
          const parts: Buffer[] = []
          incoming.on('data', (part) => parts.push(part))
          incoming.on('error', reject)
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 500,
              headers: kept(incoming.headers),
              body: Buffer.concat(parts),
            }),
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(request.body)
    })
}

/** What belongs to the connection is not handed on. */
function kept(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const own = ['connection', 'content-length', 'keep-alive', 'transfer-encoding']
  const entries = Object.entries(headers).filter(([name]) => !own.includes(name))
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
