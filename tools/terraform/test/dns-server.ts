import { createSocket } from 'node:dgram'
import { type DnsRecord, decodeMessage, encodeMessage, recordTypes } from '../src/dns-message'

/** What a server of the parent zone (not recursive) or a resolver (recursive) says. `undefined` is no answer. */
export type Respond = (question: { name: string; type: string; recursive: boolean }) =>
  | {
      readonly code?: number
      readonly answers?: readonly DnsRecord[]
      readonly authority?: readonly DnsRecord[]
    }
  | undefined

/** All of DNS as one server on this machine. */
export async function dnsServer(respond: Respond, address = '127.0.0.1') {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (bytes, from) => {
    const query = decodeMessage(bytes)
    const type = Object.entries(recordTypes).find(([, number]) => number === query.question.type)
    const { name } = query.question
    const reply = respond({ name, type: type?.[0] ?? '', recursive: query.wantsRecursion })
    if (reply === undefined) return
    const { code = 0, answers = [], authority = [] } = reply
    const message = { ...query, isResponse: true, code, answers, authority }
    socket.send(encodeMessage(message), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  const { port } = socket.address()
  return {
    resolver: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}

export const record = (type: DnsRecord['type'], name: string, value: string): DnsRecord => ({
  type,
  name,
  value,
  ttl: 300,
})
