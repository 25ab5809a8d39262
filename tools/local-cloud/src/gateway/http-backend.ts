import { Agent, request as send } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Backend } from './aws-request'

/** Headers of one connection, which are not passed on. */
const connectionHeaders = ['connection', 'content-length', 'keep-alive', 'transfer-encoding']

/** Sends requests to an emulator at a URL. */
export function httpBackend(url: string): Backend {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port } = new URL(url)
  return (request) =>
    new Promise((resolve, reject) => {
      const { method, url: path, body } = request
      const headers = { ...request.headers, 'content-length': String(body.length) }
      send({ agent, hostname, port, method, path, headers }, (incoming) => {
        const { statusCode: status = 500 } = incoming
        const headers = Object.fromEntries(
          Object.entries(incoming.headers)
            .filter(([name]) => !connectionHeaders.includes(name))
            .map(([name, value]) => [name, String(value)]),
        )
        resolve(buffer(incoming).then((body) => ({ status, headers, body })))
      })
        .on('error', reject)
        .end(body)
    })
}
