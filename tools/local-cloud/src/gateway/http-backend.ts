import { Agent, request as send } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Backend } from './aws-request'

/** Headers of one connection, which are not passed on. */
const connectionHeaders = ['connection', 'content-length', 'keep-alive', 'transfer-encoding']

/** Sends requests to an emulator at a URL. */
export function httpBackend(url: string): Backend {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port } = new URL(url)
  return ({ method, url: path, headers, body }) =>
    new Promise((resolve, reject) => {
      const allHeaders = { ...headers, 'content-length': String(body.length) }
      send({ agent, hostname, port, method, path, headers: allHeaders }, (incoming) => {
        const passedOn = Object.entries(incoming.headers)
          .filter(([name]) => !connectionHeaders.includes(name))
          .map(([name, value]) => [name, String(value)])
        buffer(incoming).then(
          (responseBody) =>
            resolve({
              status: incoming.statusCode ?? 500,
              headers: Object.fromEntries(passedOn),
              body: responseBody,
            }),
          reject,
        )
      })
        .on('error', reject)
        .end(body)
    })
}
