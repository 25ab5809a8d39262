import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HttpRequest } from '@smithy/protocol-http'
import type { AwsEndpoint } from '../endpoint'

export interface ServedEndpoint {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string
  close(): void
}

/** Serves the simulated AWS over HTTP on loopback, for functions in other processes. */
export async function serveEndpoint(endpoint: AwsEndpoint): Promise<ServedEndpoint> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part) => parts.push(part))
    incoming.on('end', async () => {
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      )
      const request = new HttpRequest({ method: 'POST', headers, body: Buffer.concat(parts) })
      const { response } = await endpoint.requestHandler.handle(request)
      outgoing.writeHead(response.statusCode, response.headers).end(response.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
