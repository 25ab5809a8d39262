import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** @returns the address of the server, `http://127.0.0.1:40124` */
export async function listenOnLoopback(server: Server): Promise<string> {
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Closes idle and busy connections too. */
export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
