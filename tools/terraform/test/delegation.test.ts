import {
  delegationOf,
  delegationProblem,
  dnsOptions,
  ensureDelegation,
  serverOf,
} from '../src/delegation'
import { dnsServer, type Respond, record, soa } from './dns-server'

const domain = 'dev.shop.example'
const ours = ['ns-1.awsdns-01.example', 'ns-2.awsdns-02.example']
const nxdomain = { code: 3, authority: [soa('shop.example', 900)] }

const servers: { close: () => Promise<unknown> }[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))

/** The parent zone shop.example on this machine, which delegates the domain to the given servers. */
function parentWith(delegated: readonly string[], address = '127.0.0.1'): Respond {
  return ({ name, type, recursive }) => {
    if (name === 'shop.example' && type === 'NS')
      return { answers: [record('NS', name, 'ns.shop.example')] }
    if (name === 'ns.shop.example' && type === (address === '::1' ? 'AAAA' : 'A'))
      return { answers: [record(address === '::1' ? 'AAAA' : 'A', name, address)] }
    if (name === domain && !recursive && delegated.length > 0)
      return { authority: delegated.map((server) => record('NS', name, server)) }
    return nxdomain
  }
}

async function delegationBy(respond: Respond, address?: string) {
  const server = await dnsServer(respond, address)
  servers.push(server)
  return delegationOf(domain, ours, { ...dnsOptions(server.resolver), timeoutMs: 200 })
}

describe('the delegation of a domain', () => {
  it('is there once its parent zone leads to the name servers, whatever resolvers remember', async () => {
    expect(await delegationBy(parentWith(ours))).toEqual({ kind: 'delegated' })
  })

  it('is there whatever the case, the order and the trailing dots', async () => {
    const written = ['NS-2.AWSDNS-02.example.', 'ns-1.awsdns-01.EXAMPLE']
    expect(await delegationBy(parentWith(written))).toEqual({ kind: 'delegated' })
  })

  it('is checked by IPv6', async () => {
    expect(await delegationBy(parentWith(ours, '::1'), '::1')).toEqual({ kind: 'delegated' })
  })

  it('is missing where the parent zone has no records for the domain', async () => {
    expect(await delegationBy(parentWith([]))).toEqual({
      kind: 'missing',
      parent: 'shop.example',
      problem: 'shop.example has no NS records for it',
    })
  })

  it('is missing where the parent zone leads elsewhere, also for one server', async () => {
    const elsewhere = [...ours, 'ns.old.example']
    expect(await delegationBy(parentWith(elsewhere))).toMatchObject({
      kind: 'missing',
      problem:
        'shop.example leads to ns-1.awsdns-01.example, ns-2.awsdns-02.example, ns.old.example',
    })
  })

  it('is missing where the servers of the parent zone do not agree yet', async () => {
    const [fresh, stale] = [parentWith(ours), parentWith([])]
    let asked = 0
    const respond: Respond = (question) => {
      if (question.name === 'shop.example')
        return {
          answers: ['ns.a.example', 'ns.b.example'].map((ns) => record('NS', 'shop.example', ns)),
        }
      if (/^ns\./.test(question.name) && question.type === 'A')
        return { answers: [record('A', question.name, '127.0.0.1')] }
      return question.name === domain && asked++ === 0 ? fresh(question) : stale(question)
    }
    expect(await delegationBy(respond)).toMatchObject({
      kind: 'missing',
      problem: 'the servers of shop.example do not agree: one of them has no NS records for it',
    })
  })

  it('is not judged by a server that has no authority over the parent zone', async () => {
    const respond: Respond = (question) =>
      question.name === domain && !question.recursive
        ? { lame: true, authority: [record('NS', 'example', 'ns.root.example')] }
        : question.name === domain
          ? { answers: ours.map((server) => record('NS', domain, server)) }
          : parentWith(ours)(question)
    expect(await delegationBy(respond)).toEqual({ kind: 'delegated' })
  })

  it('is read by TCP where the answer is too long for UDP', async () => {
    const respond: Respond = (question) =>
      question.protocol === 'udp' && question.name === domain
        ? { truncated: true, authority: [record('NS', domain, ours[0] ?? '')] }
        : parentWith(['ns.old.example'])(question)
    expect(await delegationBy(respond)).toMatchObject({
      kind: 'missing',
      problem: 'shop.example leads to ns.old.example',
    })
  })

  it('is missing where the parent zone has an alias at the name', async () => {
    const respond: Respond = (question) =>
      question.name === domain
        ? { answers: [record('CNAME', domain, 'shop.pages.example')] }
        : parentWith([])(question)
    expect(await delegationBy(respond)).toMatchObject({
      kind: 'missing',
      problem: `shop.example has a CNAME record for it, to shop.pages.example, which excludes all others: delete it`,
    })
  })

  it.each([
    [true, { kind: 'missing', problem: expect.stringContaining('DS record') }],
    // Also without validation: the resolver cannot reach the servers.
    [false, { kind: 'delegated' }],
  ])('is missing where validation of signatures fails: %j', async (isBogus, expected) => {
    const respond: Respond = (question) =>
      question.name === domain && question.type === 'SOA'
        ? { code: isBogus && question.unchecked ? 0 : 2 }
        : parentWith(ours)(question)
    expect(await delegationBy(respond)).toMatchObject(expected)
  })

  it('is looked for above names that are no zone, or an alias', async () => {
    const respond: Respond = (question) => {
      if (question.name === 'shop.example' && question.type === 'NS')
        return {
          answers: [
            record('CNAME', 'shop.example', 'other.example'),
            record('NS', 'other.example', 'ns.other.example'),
          ],
        }
      if (question.name === 'example')
        return { answers: [record('NS', 'example', 'ns.shop.example')] }
      return parentWith([])(question)
    }
    expect(await delegationBy(respond)).toMatchObject({ kind: 'missing', parent: 'example' })
  })

  it.each([
    [ours, { kind: 'delegated' }],
    [[], { kind: 'missing', cachedSeconds: 900 }],
  ])(
    'comes from the resolvers where the servers of the parent zone cannot be reached: %j',
    async (known, expected) => {
      const respond: Respond = (question) => {
        if (!question.recursive) return undefined
        if (question.name === domain && known.length > 0)
          return { answers: known.map((server) => record('NS', domain, server)) }
        return parentWith([])(question)
      }
      expect(await delegationBy(respond)).toMatchObject(expected)
    },
  )

  it.each<[string, Respond]>([
    ['does not answer', () => undefined],
    ['refuses', () => ({ code: 5 })],
    ['knows no zone above', () => nxdomain],
  ])('is unknown where the resolver %s', async (_, respond) => {
    expect(await delegationBy(respond)).toMatchObject({ kind: 'unknown' })
  })

  it.each(['127.0.0.1:99999', '127.0.0.1:0', 'no-such-host.invalid'])(
    'is unknown where the resolver cannot be reached: %s',
    async (resolver) => {
      const options = { ...dnsOptions(resolver), timeoutMs: 50 }
      expect(await delegationOf(domain, ours, options)).toMatchObject({ kind: 'unknown' })
      // No timer is left that sends again.
      await new Promise((resolve) => setTimeout(resolve, 60))
    },
  )

  it('is unknown without a resolver', async () => {
    const options = { resolvers: [], authorityPort: 53, timeoutMs: 10 }
    expect(await delegationOf(domain, ours, options)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('none is configured'),
    })
  })
})

describe('the message about a missing delegation', () => {
  it('names the servers to enter, where, what is there, and how to go on', () => {
    const text = delegationProblem(domain, ours, {
      kind: 'missing',
      parent: 'shop.example',
      problem: 'shop.example leads to ns.old.example',
    })
    for (const server of ours) expect(text).toContain(`  ${server}\n`)
    expect(text).toContain('shop.example leads to ns.old.example')
    expect(text).toContain('in the zone shop.example')
    expect(text).toContain('run the same command again')
    expect(text).toContain('TIDEWAY_DELEGATION=skip')
  })

  it('says why it is unknown, and how to skip the check', () => {
    const text = delegationProblem(domain, ours, { kind: 'unknown', reason: 'no DNS here' })
    expect(text).toContain('no DNS here')
    expect(text).toContain('TIDEWAY_RESOLVER')
    expect(text).toContain('TIDEWAY_DELEGATION=skip')
  })
})

/** A plan of compute as `terraform show -json` prints it, where the network publishes its name servers. */
const planWith = (
  actions: readonly string[],
  outputs: object = { public_zone_name_servers: ours },
) => ({
  resource_changes: [{ type: 'aws_acm_certificate_validation', change: { actions } }],
  prior_state: {
    values: {
      root_module: {
        resources: [
          { type: 'aws_caller_identity', values: {} },
          { mode: 'data', type: 'terraform_remote_state', values: { outputs } },
        ],
      },
    },
  },
})

describe('a deploy that creates a certificate', () => {
  async function deployWith(
    plan: unknown,
    { parents, mode }: { parents: Respond[]; mode?: string },
  ) {
    // Each round of questions starts with the zone above.
    let round = -1
    const server = await dnsServer((question) => {
      if (question.name === 'shop.example') round++
      return parents[Math.min(round, parents.length - 1)]?.(question)
    })
    servers.push(server)
    const printed: string[] = []
    let pauses = 0
    await ensureDelegation(plan, {
      domain,
      mode,
      dns: { ...dnsOptions(server.resolver), timeoutMs: 200 },
      print: (text) => printed.push(text),
      pause: async () => void pauses++,
    })
    return { printed, pauses, rounds: round + 1 }
  }

  it('goes on where the domain leads to its zone', async () => {
    const result = await deployWith(planWith(['create']), { parents: [parentWith(ours)] })
    expect(result).toEqual({ printed: [], pauses: 0, rounds: 1 })
  })

  it.each([['create'], ['delete', 'create']])('stops where it does not: %s', async (...actions) => {
    const stopped = deployWith(planWith(actions), { parents: [parentWith([])] })
    await expect(stopped).rejects.toThrow(`  ${ours[0]}\n  ${ours[1]}\n`)
    await expect(stopped).rejects.toMatchObject({ name: 'TerraformToolError' })
  })

  it('stops where the network does not publish name servers yet', async () => {
    const stopped = deployWith(planWith(['create'], { vpc_id: 'vpc-1' }), { parents: [] })
    await expect(stopped).rejects.toThrow('Deploy network first')
  })

  it.each([[['no-op']], [['update']], [['delete']]])(
    'asks no one where it creates none: %j',
    async (actions) => {
      const result = await deployWith(planWith(actions), { parents: [parentWith([])] })
      expect(result.rounds).toBe(0)
    },
  )

  it('asks no one if told to skip the check', async () => {
    const request = { parents: [parentWith([])], mode: 'skip' }
    expect((await deployWith(planWith(['create']), request)).rounds).toBe(0)
  })

  it('waits for the records if told so, and prints the name servers once', async () => {
    const parents = [parentWith([]), parentWith([]), parentWith(ours)]
    const result = await deployWith(planWith(['create']), { parents, mode: 'wait' })
    expect(result).toMatchObject({ pauses: 2, rounds: 3 })
    expect(result.printed).toHaveLength(2)
    expect(result.printed[0]).toContain(ours[0])
    expect(result.printed[1]).toContain('leads to its hosted zone')
  })

  it('rejects an unknown mode', async () => {
    const stopped = deployWith(planWith(['create']), { parents: [], mode: 'maybe' })
    await expect(stopped).rejects.toThrow('TIDEWAY_DELEGATION: must be wait or skip; got "maybe"')
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1', 53],
  ['192.0.2.1:5353', '192.0.2.1', 5353],
  ['2001:db8::1', '2001:db8::1', 53],
  ['[2001:db8::1]:5353', '2001:db8::1', 5353],
])('the resolver %s is %s, port %i', (text, address, port) => {
  expect(serverOf(text)).toEqual({ address, port })
})
