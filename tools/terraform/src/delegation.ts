import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { getServers } from 'node:dns'
import {
  type DnsMessage,
  type DnsRecord,
  decodeMessage,
  encodeMessage,
  normalized,
  type RecordType,
  recordTypes,
} from './dns-message'
import { TerraformToolError } from './errors'

/** What DNS says about a domain that should lead to a hosted zone. */
export type Delegation =
  | { readonly kind: 'delegated' }
  /** `found` is empty where the parent zone does not delegate the domain. */
  | {
      readonly kind: 'missing'
      readonly parent: string
      readonly found: readonly string[]
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
  const resolve = (name: string, type: RecordType) => firstAnswer(name, type, options)
  const judge = (sets: readonly (readonly string[])[], parent: string, cachedSeconds?: number) => {
    const isDelegated = sets.every(
      (found) => found.length > 0 && found.every((server) => expected.has(server)),
    )
    if (isDelegated) return { kind: 'delegated' } as const
    const found = [...new Set(sets.flat())].sort()
    return {
      kind: 'missing',
      parent,
      found,
      ...(cachedSeconds !== undefined && { cachedSeconds }),
    } as const
  }
  try {
    const { parent, servers } = await parentOf(zone, resolve)
    const addresses = await addressesOf(servers, resolve)
    const replies = await Promise.all(
      addresses.map((address) =>
        query({ address, port: options.authorityPort }, zone, 'NS', false, options.timeoutMs).catch(
          () => undefined,
        ),
      ),
    )
    const sets = replies
      .filter((reply) => reply !== undefined && isUsable(reply))
      .map((reply) => serversIn(reply as DnsMessage, zone))
    if (sets.length > 0) return judge(sets, parent)
    const reply = await resolve(zone, 'NS')
    const cached = reply.authority.find(({ type }) => type === 'SOA')
    return judge(
      [serversIn(reply, zone)],
      parent,
      Number(cached?.value ?? reply.answers[0]?.ttl ?? 0),
    )
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) }
  }
}

type Resolve = (name: string, type: RecordType) => Promise<DnsMessage>

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
      return reply?.answers.find((record) => record.type === type)?.value
    }),
  )
  return (await Promise.all(lookups)).filter((address) => address !== undefined)
}

/** The name servers of a zone: in the answer, or in the authority of a referral. */
function serversIn({ answers, authority }: DnsMessage, zone: string): string[] {
  const isOfZone = ({ name, type }: DnsRecord) => type === 'NS' && name === zone
  return [...answers, ...authority].filter(isOfZone).map(({ value }) => normalized(value))
}

/** An answer, or that there is none. Other codes report a fault of the server. */
function isUsable({ code }: DnsMessage): boolean {
  return code === 0 || code === 3
}

/** The answer of the first resolver that gives one. */
async function firstAnswer(
  name: string,
  type: RecordType,
  { resolvers, timeoutMs }: DnsOptions,
): Promise<DnsMessage> {
  const faults: string[] = []
  for (const resolver of resolvers) {
    try {
      const reply = await query(serverOf(resolver), name, type, true, timeoutMs)
      if (isUsable(reply)) return reply
      faults.push(`${resolver}: error ${reply.code}`)
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

/** Sends a question by UDP, twice if the first gets lost. */
function query(
  { address, port }: Server,
  name: string,
  type: RecordType,
  wantsRecursion: boolean,
  timeoutMs: number,
): Promise<DnsMessage> {
  const id = randomInt(0x10000)
  const message = encodeMessage({
    id,
    isResponse: false,
    wantsRecursion,
    code: 0,
    question: { name, type: recordTypes[type] },
    answers: [],
    authority: [],
  })
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    const send = () =>
      socket.send(message, port, address, (error) => error && end(() => reject(error)))
    const again = setTimeout(send, timeoutMs / 2)
    const limit = setTimeout(
      () => end(() => reject(new Error(`no answer in ${timeoutMs / 1000} s`))),
      timeoutMs,
    )
    let hasEnded = false
    const end = (settle: () => void) => {
      if (hasEnded) return
      hasEnded = true
      clearTimeout(again)
      clearTimeout(limit)
      socket.close()
      settle()
    }
    socket.on('error', (error) => end(() => reject(error)))
    socket.on('message', (bytes) => {
      try {
        const reply = decodeMessage(bytes)
        if (reply.id === id && reply.isResponse) end(() => resolve(reply))
      } catch {
        // Not an answer: the real one may still come.
      }
    })
    send()
  })
}

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
          `${domain} does not lead to its hosted zone yet: ${delegation.parent} ${
            delegation.found.length === 0
              ? 'has no NS records for it'
              : `leads to ${delegation.found.join(', ')}`
          }.`,
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
