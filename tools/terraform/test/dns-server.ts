import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  CHECKING_DISABLED,
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  streamDecode,
  streamEncode,
  TRUNCATED_RESPONSE,
} from 'dns-packet'

/** A question to a server of the parent zone (not recursive) or to a resolver (recursive). */
export interface Question {
  readonly name: string
  readonly type: string
  readonly recursive: boolean
  /** Whether the resolver should not validate signatures. */
  readonly unchecked: boolean
  readonly protocol: 'udp' | 'tcp'
}

/** What a server answers. `undefined` is no answer. */
export type Respond = (question: Question) =>
  | {
      readonly code?: number
      /** Whether the server has no authority over the name. */
      readonly lame?: boolean
      readonly truncated?: boolean
      readonly answers?: Answer[]
      readonly authority?: Answer[]
    }
  | undefined

/** All of DNS as one server on this machine. */
export async function dnsServer(respond: Respond, address = '127.0.0.1') {
  const replyTo = (query: Packet, protocol: Question['protocol']): Packet | undefined => {
    const [question] = query.questions ?? []
    const flags = query.flags ?? 0
    const reply = respond({
      name: question?.name ?? '',
      type: question?.type ?? '',
      recursive: (flags & RECURSION_DESIRED) !== 0,
      unchecked: (flags & CHECKING_DISABLED) !== 0,
      protocol,
    })
    if (reply === undefined) return undefined
    const { code = 0, lame, truncated, answers = [], authority = [] } = reply
    return {
      ...query,
      type: 'response',
      flags: code | (lame ? 0 : AUTHORITATIVE_ANSWER) | (truncated ? TRUNCATED_RESPONSE : 0),
      answers,
      authorities: authority,
    }
  }
  const tcp = createServer((connection) => {
    connection.on('data', (bytes) => {
      const reply = replyTo(streamDecode(bytes), 'tcp')
      if (reply !== undefined) connection.end(streamEncode(reply))
    })
  })
  await new Promise<void>((resolve) => tcp.listen(0, address, resolve))
  const { port } = tcp.address() as { port: number }
  const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  udp.on('message', (bytes, from) => {
    const reply = replyTo(decode(bytes), 'udp')
    if (reply !== undefined) udp.send(encode(reply), from.port, from.address)
  })
  await new Promise<void>((resolve) => udp.bind(port, address, resolve))
  return {
    resolver: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    close: () =>
      Promise.all([tcp, udp].map((each) => new Promise<void>((end) => each.close(() => end())))),
  }
}

export const record = (
  type: 'A' | 'AAAA' | 'CNAME' | 'NS',
  name: string,
  data: string,
): Answer => ({
  type,
  name,
  data,
  ttl: 300,
})

/** The record that names how long resolvers keep a negative answer. */
export const soa = (name: string, minimum: number): Answer => ({
  type: 'SOA',
  name,
  ttl: minimum,
  data: { mname: 'ns.example', rname: 'root.example', minimum },
})
