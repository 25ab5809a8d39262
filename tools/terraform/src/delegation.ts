import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { getServers } from 'node:dns'
import { connect } from 'node:net'
import {
  CHECKING_DISABLED,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  type RecordType,
  streamEncode,
} from 'dns-packet'
import { TerraformToolError } from './errors'

/** What DNS says about a domain that should lead to a hosted zone. */
export type Delegation =
  | { readonly kind: 'delegated' }
  | {
      readonly kind: 'missing'
      readonly parent: string
      /** What the parent zone has in place of the delegation. */
      readonly problem: string
      /** How long resolvers may still give the former answer, if only they could be asked. */
      readonly cachedSeconds?: number
    }
  | { readonly kind: 'unknown'; readonly reason: string }

export interface DnsOptions {
  /** Recursive resolvers as Node.js lists them, such as `192.0.2.53` or `[2001:db8::53]:5353`. */
  readonly resolvers: readonly string[]
  /** The port of the servers of the parent zone. */
  readonly authorityPort: number
  readonly timeoutMs: number
}

/**
 * The resolvers of this machine, or the one in TIDEWAY_RESOLVER. Its port then is also that of the servers of the parent
 * zone: all of DNS is one server on this machine.
 */
export function dnsOptions(resolver: string | undefined): DnsOptions {
  const { port } = serverOf(resolver || '0.0.0.0')
  return { resolvers: resolver ? [resolver] : getServers(), authorityPort: port, timeoutMs: 2000 }
}

/**
 * Whether the parent zone of a domain leads to these name servers. Asks the servers of the parent zone, because
 * resolvers keep an answer, also a negative one, after it has changed. Where those cannot be reached, asks the resolvers.
 */
export async function delegationOf(
  domain: string,
  nameServers: readonly string[],
  options: DnsOptions,
): Promise<Delegation> {
  const zone = normalized(domain)
  const expected = new Set(nameServers.map(normalized))
  const resolve: Resolve = (name, type) => firstAnswer(name, type, options)
  try {
    const { parent, servers } = await parentOf(zone, resolve)
    const addresses = await addressesOf(servers, resolve)
    const answers = await Promise.all(
      addresses.map((address) =>
        ask({ address, port: options.authorityPort }, zone, 'NS', 0, options.timeoutMs).catch(
          () => undefined,
        ),
      ),
    )
    // A server without authority over the parent zone refers elsewhere, which says nothing about the domain.
    const replies = answers.filter(
      (reply) =>
        reply !== undefined &&
        isUsable(reply) &&
        (reply.flag_aa || serversIn(reply, zone).length > 0),
    ) as DecodedPacket[]
    if (replies.length > 0) {
      const problem = problemOf(replies, zone, parent, expected)
      if (problem !== undefined) return { kind: 'missing', parent, problem }
      if (!(await isBogus(zone, options))) return { kind: 'delegated' }
      return {
        kind: 'missing',
        parent,
        problem: `${parent} has a DS record for it that does not match the keys of the zone (DNSSEC), so resolvers refuse its answers: delete the DS record, or sign the zone with its key`,
      }
    }
    const reply = await resolve(zone, 'NS')
    const problem = problemOf([reply], zone, parent, expected)
    if (problem === undefined) return { kind: 'delegated' }
    return { kind: 'missing', parent, problem, cachedSeconds: cachedSecondsOf(reply) }
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Names are compared in lower case, without the trailing dot. */
export function normalized(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

/** What is wrong with the answers of servers of the parent zone. Nothing, if all lead to the expected servers. */
function problemOf(
  replies: readonly DecodedPacket[],
  zone: string,
  parent: string,
  expected: ReadonlySet<string>,
): string | undefined {
  const sets = replies.map((reply) => serversIn(reply, zone))
  const found = [...new Set(sets.flat())].sort()
  if (found.some((server) => !expected.has(server))) {
    return `${parent} leads to ${found.join(', ')}`
  }
  if (sets.every((set) => set.length > 0)) return undefined
  const alias = dataIn(replies, zone, 'CNAME')[0]
  if (alias !== undefined) {
    return `${parent} has a CNAME record for it, to ${alias}, which excludes all others: delete it`
  }
  return found.length === 0
    ? `${parent} has no NS records for it`
    : `the servers of ${parent} do not agree: one of them has no NS records for it`
}

/** Whether resolvers refuse the answers of a zone only because the validation of its signatures fails. */
async function isBogus(zone: string, { resolvers, timeoutMs }: DnsOptions): Promise<boolean> {
  const [resolver] = resolvers
  if (resolver === undefined) return false
  const codeWith = (flags: number) =>
    ask(serverOf(resolver), zone, 'SOA', RECURSION_DESIRED | flags, timeoutMs).then(codeOf)
  try {
    return (await codeWith(0)) === 'SERVFAIL' && (await codeWith(CHECKING_DISABLED)) === 'NOERROR'
  } catch {
    return false
  }
}

/** As long as the record, or as an SOA record says of a negative answer. */
function cachedSecondsOf({ answers = [], authorities = [] }: Packet): number {
  for (const record of [...authorities, ...answers]) {
    if (record.type === 'SOA') return record.data.minimum ?? 0
    if (record.type === 'NS') return record.ttl ?? 0
  }
  return 0
}

type Resolve = (name: string, type: RecordType) => Promise<DecodedPacket>

/** The closest zone above a name, and its name servers. A name between them may belong to no zone of its own. */
async function parentOf(
  zone: string,
  resolve: Resolve,
): Promise<{ parent: string; servers: readonly string[] }> {
  const labels = zone.split('.')
  for (let index = 1; index < labels.length; index++) {
    const parent = labels.slice(index).join('.')
    const servers = serversIn(await resolve(parent, 'NS'), parent)
    if (servers.length > 0) return { parent, servers }
  }
  throw new Error(`no zone above ${zone} is known to the DNS resolvers`)
}

/** One IPv4 and one IPv6 address of some servers: the machine may have only one of both. */
async function addressesOf(servers: readonly string[], resolve: Resolve): Promise<string[]> {
  const lookups = servers.slice(0, 4).flatMap((server) =>
    (['A', 'AAAA'] as const).map(async (type) => {
      const reply = await resolve(server, type).catch(() => undefined)
      return reply?.answers?.flatMap((record) => (record.type === type ? record.data : []))[0]
    }),
  )
  return (await Promise.all(lookups)).filter((address) => address !== undefined)
}

/** The name servers of a zone: in the answer, or in the authority of a referral. */
function serversIn(reply: Packet, zone: string): string[] {
  return dataIn([reply], zone, 'NS')
}

function dataIn(replies: readonly Packet[], name: string, type: 'NS' | 'CNAME'): string[] {
  return replies
    .flatMap(({ answers = [], authorities = [] }) => [...answers, ...authorities])
    .flatMap((record) =>
      record.type === type && normalized(record.name) === name ? normalized(record.data) : [],
    )
}

/** The types of the package lack the code that it decodes. */
function codeOf(reply: DecodedPacket & { rcode?: string }): string {
  return reply.rcode ?? ''
}

/** An answer, or that there is none. Other codes report a fault of the server. */
function isUsable(reply: DecodedPacket): boolean {
  return ['NOERROR', 'NXDOMAIN'].includes(codeOf(reply))
}

/** The answer of the first resolver that gives one. */
async function firstAnswer(
  name: string,
  type: RecordType,
  { resolvers, timeoutMs }: DnsOptions,
): Promise<DecodedPacket> {
  const faults: string[] = []
  for (const resolver of resolvers) {
    try {
      const reply = await ask(serverOf(resolver), name, type, RECURSION_DESIRED, timeoutMs)
      if (isUsable(reply)) return reply
      faults.push(`${resolver}: ${codeOf(reply)}`)
    } catch (error) {
      faults.push(`${resolver}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new Error(`no DNS resolver answers (${faults.join('; ') || 'none is configured'})`)
}

interface Server {
  readonly address: string
  readonly port: number
}

/** `address`, `address:port` or `[address]:port`. */
export function serverOf(text: string): Server {
  const match = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text)
  return { address: match?.[1] ?? text, port: Number(match?.[2] ?? 53) }
}

/** Sends a question by UDP, and again by TCP if the answer is too long for it. */
async function ask(
  server: Server,
  name: string,
  type: RecordType,
  flags: number,
  timeoutMs: number,
): Promise<DecodedPacket> {
  const id = randomInt(0x10000)
  const query: Packet = { type: 'query', id, flags, questions: [{ name, type }] }
  const reply = await byUdp(server, query, timeoutMs)
  return reply.flag_tc ? byTcp(server, query, timeoutMs) : reply
}

function isReplyTo({ id }: Packet, reply: Packet): boolean {
  return reply.id === id && reply.type === 'response'
}

/** Sends twice, if the first gets lost. */
function byUdp({ address, port }: Server, query: Packet, timeoutMs: number) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const timers: NodeJS.Timeout[] = []
  return new Promise<DecodedPacket>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (bytes) => {
      try {
        const reply = decode(bytes)
        if (isReplyTo(query, reply)) resolve(reply)
      } catch {
        // Not an answer: the real one may still come.
      }
    })
    // Connected, so that the system drops what others send, and reports a server that refuses.
    socket.on('connect', () => {
      socket.send(encode(query))
      timers.push(setTimeout(() => socket.send(encode(query)), timeoutMs / 2))
    })
    socket.connect(port, address)
    timers.push(setTimeout(() => reject(noAnswer(timeoutMs)), timeoutMs))
  }).finally(() => {
    timers.forEach(clearTimeout)
    socket.close()
  })
}

function byTcp({ address, port }: Server, query: Packet, timeoutMs: number) {
  const socket = connect(port, address, () => socket.write(streamEncode(query)))
  let timer: NodeJS.Timeout | undefined
  return new Promise<DecodedPacket>((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection')))
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more])
      if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return
      try {
        const reply = decode(bytes.subarray(2))
        if (isReplyTo(query, reply)) resolve(reply)
      } catch (error) {
        reject(error)
      }
    })
    timer = setTimeout(() => reject(noAnswer(timeoutMs)), timeoutMs)
  }).finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

const noAnswer = (timeoutMs: number) => new Error(`no answer in ${timeoutMs / 1000} s`)

/** What to do about a delegation that does not lead to the hosted zone. */
export function delegationProblem(
  domain: string,
  nameServers: readonly string[],
  delegation: Exclude<Delegation, { kind: 'delegated' }>,
): string {
  const lines =
    delegation.kind === 'unknown'
      ? [
          `Whether ${domain} leads to its hosted zone cannot be checked: ${delegation.reason}.`,
          'Connect this machine to DNS, or name a resolver in TIDEWAY_RESOLVER. The name servers of the zone are:',
        ]
      : [
          `${domain} does not lead to its hosted zone yet: ${delegation.problem}.`,
          `Enter these NS records for ${domain} in the zone ${delegation.parent}, or at the registrar of ${domain}:`,
        ]
  return [
    ...lines,
    ...nameServers.map((server) => `  ${server}`),
    ...(delegation.kind === 'missing' && delegation.cachedSeconds
      ? [
          `Only resolvers could be asked, and they may keep the former answer for ${delegation.cachedSeconds} seconds.`,
        ]
      : []),
    'Without them, the certificate would wait 75 minutes for its validation, and then fail.',
    'Then run the same command again. TIDEWAY_DELEGATION=wait waits for the records, and TIDEWAY_DELEGATION=skip does not check.',
  ].join('\n')
}

export interface DelegationCheck {
  readonly domain: string
  /** TIDEWAY_DELEGATION: `wait` for the records, or `skip` the check. @default stop where they are missing */
  readonly mode: string | undefined
  readonly dns: DnsOptions
  readonly print: (text: string) => void
  /** Until the next question. */
  readonly pause: () => Promise<void>
}

/**
 * Stops a deploy that creates a certificate before the domain leads to its hosted zone: ACM would not find the record
 * that proves the ownership.
 *
 * @param plan as `terraform show -json` prints it
 */
export async function ensureDelegation(plan: unknown, check: DelegationCheck): Promise<void> {
  const { domain, mode = '', dns, print, pause } = check
  if (!['', 'wait', 'skip'].includes(mode)) {
    throw new TerraformToolError(`TIDEWAY_DELEGATION: must be wait or skip; got "${mode}".`)
  }
  if (mode === 'skip' || !validatesCertificate(plan as PlanJson)) return
  const nameServers = publishedNameServers(plan as PlanJson)
  if (nameServers.length === 0) {
    throw new TerraformToolError(
      `The outputs of network contain no name servers of ${domain}, so its delegation cannot be checked. Deploy network first, or set TIDEWAY_DELEGATION=skip.`,
    )
  }
  let hasPrinted = false
  for (;;) {
    const delegation = await delegationOf(domain, nameServers, dns)
    if (delegation.kind === 'delegated') break
    const problem = delegationProblem(domain, nameServers, delegation)
    if (mode !== 'wait') throw new TerraformToolError(problem)
    if (!hasPrinted) print(problem)
    hasPrinted = true
    await pause()
  }
  if (hasPrinted) print(`${domain} leads to its hosted zone`)
}

/** The parts of a plan that the check uses. */
interface PlanJson {
  readonly resource_changes?: readonly {
    readonly type: string
    readonly change: { readonly actions: readonly string[] }
  }[]
  readonly prior_state?: {
    readonly values?: {
      readonly root_module?: {
        readonly resources?: readonly {
          readonly type: string
          readonly values?: { readonly outputs?: { readonly public_zone_name_servers?: string[] } }
        }[]
      }
    }
  }
}

function validatesCertificate({ resource_changes = [] }: PlanJson): boolean {
  return resource_changes.some(
    ({ type, change }) =>
      type === 'aws_acm_certificate_validation' && change.actions.includes('create'),
  )
}

/** Terraform keeps the outputs of other stacks, which it reads for a plan, in the prior state. */
function publishedNameServers({ prior_state }: PlanJson): readonly string[] {
  const resources = prior_state?.values?.root_module?.resources ?? []
  return resources.flatMap(({ type, values }) =>
    type === 'terraform_remote_state' ? (values?.outputs?.public_zone_name_servers ?? []) : [],
  )
}
