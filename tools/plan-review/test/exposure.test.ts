import fc from 'fast-check'
import {
  type Access,
  difference,
  everyAddress,
  everyPort,
  isInternet,
  parseRange,
} from '../src/networks'
import { type Entry, foundIn, planOf, stackOf } from './plans'
import { exposureSamples } from './samples/exposure'

const all = Object.entries(exposureSamples)

describe('exposure', () => {
  it.each(all)('is found in all of its forms by %s', (id, { finds }) => {
    for (const [entry, message] of finds)
      expect([entry, (foundIn(entry)[id] ?? []).join('; ')]).toEqual([
        entry,
        expect.stringContaining(message),
      ])
  })

  it.each(all)('is not found in the near misses of %s', (id, { ignores }) => {
    for (const entry of ignores) expect([entry, foundIn(entry)[id]]).toEqual([entry, undefined])
  })
})

const rulesIn = (...entries: Entry[]) =>
  stackOf(planOf(entries)).findings.map(({ rule, address }) => `${rule} ${address}`)

const rule = (changes: object = {}) => ({
  security_group_id: 'sg-own',
  cidr_ipv4: '0.0.0.0/0',
  ip_protocol: 'tcp',
  from_port: 443,
  to_port: 443,
  ...changes,
})
const own = 'aws_vpc_security_group_ingress_rule'
const inline = (...cidr_blocks: string[]) => ({
  id: 'sg-own',
  ingress: [{ protocol: 'tcp', from_port: 443, to_port: 443, cidr_blocks }],
})

describe('rules of one group in several resources', () => {
  it('move between resources without a finding', () => {
    expect(
      rulesIn(
        {
          type: 'aws_security_group',
          before: inline('0.0.0.0/0'),
          after: { id: 'sg-own', ingress: [] },
        },
        { type: own, after: rule() },
      ),
    ).toEqual([])
    expect(
      rulesIn(
        {
          type: 'aws_security_group_rule',
          before: {
            type: 'ingress',
            ...inline('0.0.0.0/0').ingress[0],
            security_group_id: 'sg-own',
          },
        },
        { type: own, address: `${own}.renamed`, after: rule() },
      ),
    ).toEqual([])
  })

  it('are those of another group, and then a finding', () => {
    expect(
      rulesIn(
        { type: own, address: `${own}.old`, before: rule({ security_group_id: 'sg-other' }) },
        { type: own, address: `${own}.new`, after: rule() },
      ),
    ).toEqual([`open-to-world ${own}.new`])
  })

  it('open together what none of them opens', () => {
    const parts = Array.from({ length: 100 }, (_, index) => ({
      type: own,
      address: `${own}.part_${index}`,
      after: rule({ cidr_ipv4: `${2 * index + 1}.0.0.0/8` }),
    }))
    expect(rulesIn(...parts)).toContain(`open-to-world ${own}.part_5`)
    expect(rulesIn(...parts.slice(0, 20))).not.toContain(`open-to-world ${own}.part_5`)
  })

  it('open what a deleted rule denied', () => {
    const nsg = (changes: object) => ({
      resource_group_name: 'g',
      network_security_group_name: 'n',
      direction: 'Inbound',
      access: 'Allow',
      priority: 200,
      protocol: '*',
      source_address_prefix: '*',
      destination_port_range: '*',
      ...changes,
    })
    const type = 'azurerm_network_security_rule'
    const deny = nsg({ access: 'Deny', priority: 100 })
    const allow = { type, before: nsg({}), after: nsg({}), actions: ['no-op'] }
    expect(rulesIn({ type, address: `${type}.deny`, before: deny }, allow)).toContain(
      `open-to-world ${type}.deny`,
    )
    expect(
      rulesIn(
        { type, address: `${type}.deny`, before: deny, after: deny, actions: ['no-op'] },
        allow,
      ),
    ).toEqual([])
  })
})

describe('HTTPS from the internet', () => {
  const balancer = (changes: object = {}, unknown: object = {}): Entry => ({
    type: 'aws_lb',
    before: { internal: false, ...changes },
    after: { internal: false, ...changes },
    actions: ['no-op'],
    unknown: { ...unknown },
  })
  const created: Entry = {
    type: own,
    after: rule({ security_group_id: null }),
    unknown: { security_group_id: true },
  }

  it('is expected by a public load balancer', () => {
    expect(
      rulesIn({ type: own, after: rule() }, balancer({ security_groups: ['sg-own'] })),
    ).toEqual([`web-public ${own}.it`])
    const unknown = { security_groups: [true] }
    expect(
      rulesIn(created, { ...balancer({}, unknown), actions: ['create'], before: null }),
    ).toEqual([`web-public ${own}.it`])
  })

  it.each([
    [
      'an internal one',
      { type: own, after: rule() },
      { security_groups: ['sg-own'], internal: true },
    ],
    ['another group', { type: own, after: rule() }, { security_groups: ['sg-other'] }],
    [
      'another port',
      { type: own, after: rule({ from_port: 22 }) },
      { security_groups: ['sg-own'] },
    ],
    ['known groups', created, { security_groups: ['sg-other'] }],
  ])('is not expected for %s', (_, entry, changes) => {
    expect(rulesIn(entry, balancer(changes))).toContain(`open-to-world ${own}.it`)
  })

  const group = 'aws_security_group'
  const newGroup: Entry = { type: group, after: { ...inline('0.0.0.0/0'), id: null } }
  const newBalancer: Entry = { type: 'aws_lb', after: { internal: false } }
  const unknownGroups = { security_groups: [true], vpc_security_group_ids: [true] }
  const machine: Entry = { type: 'aws_instance', after: {}, unknown: unknownGroups }
  const references = (...references: string[]) => ({ references })
  const coded = (type: string, expressions: object) => ({
    address: `${type}.it`,
    type,
    expressions,
  })
  const rulesOf = (entries: readonly Entry[], root_module: object) =>
    stackOf(
      planOf(entries, JSON.parse(JSON.stringify({ configuration: { root_module } }))),
    ).findings.map(({ rule, address }) => `${rule} ${address}`)
  const names = references('aws_security_group.it.id', 'aws_security_group.it')

  it('is expected by a new balancer of the same module, whose groups the plan leaves out', () => {
    expect(rulesIn(newGroup, newBalancer)).toEqual([`web-public ${group}.it`])
    const internal = { ...newBalancer, after: { internal: true } }
    expect(rulesIn(newGroup, internal)).toContain(`open-to-world ${group}.it`)
  })

  it('is not expected for a group that an instance has too, by its id', () => {
    const other: Entry = {
      type: 'aws_launch_template',
      after: { network_interfaces: [{ security_groups: ['sg-own'] }] },
    }
    const shared = balancer({ security_groups: ['sg-own'] })
    expect(rulesIn({ type: own, after: rule() }, shared, other)).toContain(
      `open-to-world ${own}.it`,
    )
  })

  it.each([
    ['the code', { resources: [coded('aws_instance', { vpc_security_group_ids: names })] }],
    [
      'a variable of a module',
      {
        module_calls: {
          app: {
            expressions: { groups: names },
            module: {
              resources: [
                coded('aws_ecs_service', {
                  network_configuration: [{ security_groups: references('var.groups') }],
                }),
              ],
            },
          },
        },
      },
    ],
  ])('is not expected for a group that something else has too, by %s', (_, root) => {
    expect(rulesOf([newGroup, newBalancer, machine], root)).toContain(`open-to-world ${group}.it`)
  })

  it('is not expected for the group of a module that an instance has too', () => {
    const within = { ...newGroup, address: `module.web["a.b"].${group}.it` }
    const beside = { ...newBalancer, address: 'module.web["a.b"].aws_lb.it' }
    const output = { expression: names }
    const web = {
      web: { module: { resources: [coded('aws_lb', {})], outputs: { group: output } } },
    }
    const attached = (name: string) => ({
      module_calls: web,
      resources: [coded('aws_instance', { vpc_security_group_ids: references(name) })],
    })
    expect(rulesOf([within, beside, machine], attached('module.web["a.b"].group'))).toContain(
      `open-to-world ${within.address}`,
    )
    expect(rulesOf([within, beside, machine], attached('module.web["a.b"].other'))).toEqual([
      `web-public ${within.address}`,
    ])
  })

  it('is expected where an instance allows the group of the balancer as a source', () => {
    const resources = [
      coded('aws_lb', { security_groups: names }),
      coded('aws_vpc_security_group_ingress_rule', {
        security_group_id: references('aws_security_group.machine.id'),
        referenced_security_group_id: names,
      }),
      coded('aws_instance', { vpc_security_group_ids: references('aws_security_group.machine') }),
    ]
    expect(rulesOf([newGroup, newBalancer, machine], { resources })).toEqual([
      `web-public ${group}.it`,
    ])
  })

  it('of a rule in its own resource follows the group that the code names', () => {
    const resources = [coded(own, { security_group_id: names })]
    const attached = coded('aws_instance', { vpc_security_group_ids: names })
    expect(rulesOf([created, newBalancer, machine], { resources })).toEqual([
      `web-public ${own}.it`,
    ])
    expect(
      rulesOf([created, newBalancer, machine], { resources: [...resources, attached] }),
    ).toContain(`open-to-world ${own}.it`)
  })
})

describe('what goes as a whole', () => {
  const block = {
    type: 'aws_s3_bucket_public_access_block',
    before: { bucket: 'b', block_public_acls: true },
  }
  const association = {
    type: 'aws_wafv2_web_acl_association',
    before: { resource_arn: 'arn', web_acl_arn: 'acl' },
  }

  it('does not repeat its parts', () => {
    expect(rulesIn(block, { type: 'aws_s3_bucket', before: { id: 'b' } })).not.toContain(
      'public-data aws_s3_bucket_public_access_block.it',
    )
    expect(rulesIn(association, { type: 'aws_lb', before: { arn: 'arn' } })).not.toContain(
      'firewall-detached aws_wafv2_web_acl_association.it',
    )
  })

  it('is a part that is declared elsewhere', () => {
    const moved = (entry: typeof block | typeof association) => ({
      ...entry,
      address: `${entry.type}.other`,
      before: null,
      after: entry.before,
    })
    expect(rulesIn(block, { ...moved(block), after: { ...block.before } })).not.toContain(
      'public-data aws_s3_bucket_public_access_block.it',
    )
    expect(rulesIn(association, moved(association))).toEqual([])
  })

  it('is not another bucket or load balancer', () => {
    expect(rulesIn(block, { type: 'aws_s3_bucket', before: { id: 'other' } })).toContain(
      'public-data aws_s3_bucket_public_access_block.it',
    )
    expect(rulesIn(association, { type: 'aws_lb', before: { arn: 'other' } })).toContain(
      'firewall-detached aws_wafv2_web_acl_association.it',
    )
  })
})

describe('ranges of addresses', () => {
  it.each([
    ['10.0.0.1/8', '10.0.0.0-10.255.255.255'],
    ['::ffff:10.0.0.0/104', '::ffff:a00:0-::ffff:aff:ffff'],
    ['2001:DB8::/32', '2001:db8:0:0:0:0:0:0-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s is %s', (one, other) => {
    expect(parseRange(one)).toBeDefined()
    expect(parseRange(one)).toEqual(parseRange(other))
  })

  it.each([
    '',
    '/',
    '10.0.0/8',
    '10.0.0.256',
    '10.0.0.0/33',
    '::/129',
    '1::2::3',
    ':::',
    '2-1',
    'sg-1',
    '9.0.0.0-8.0.0.0',
    '1.1.1.1-::1',
    '1-2-3',
  ])('%j is none', (text) => {
    expect(parseRange(text)).toBeUndefined()
  })

  it.each([
    [['0.0.0.0/0'], true],
    [['0.0.0.0/2', '64.0.0.0/2'], true],
    [['3.0.0.0/8'], false],
    [['3.0.0.0/8', '4.0.0.0/8'], true],
    [['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], false],
    [['224.0.0.0/3'], false],
  ])('%j is the internet: %s', (ranges, expected) => {
    expect(
      isInternet(
        'IPv4',
        ranges.map((range) => parseRange(range)?.span ?? [0n, 0n]),
      ),
    ).toBe(expected)
  })
})

describe('access', () => {
  const span = fc
    .tuple(fc.bigInt(0n, 12n), fc.bigInt(0n, 12n))
    .map(([one, other]) => (one < other ? ([one, other] as const) : ([other, one] as const)))
  const access = fc.record({
    source: fc.constantFrom('IPv4', 'IPv6', 'pl-1'),
    target: fc.constantFrom('*', 'web'),
    protocols: fc.constantFrom([6n, 6n] as const, [0n, 255n] as const),
    ports: fc.oneof(span, fc.constant(everyPort)),
    addresses: span,
    destinations: fc.constant(everyAddress.IPv6),
  })

  it('has nothing that it did not have', () => {
    fc.assert(
      fc.property(
        fc.array(access, { maxLength: 5 }),
        fc.array(access, { maxLength: 5 }),
        (one, other) => {
          expect(difference(one, [...other, ...one])).toEqual([])
        },
      ),
    )
  })

  it('is lost point by point', () => {
    fc.assert(
      fc.property(
        access,
        fc.array(access, { maxLength: 4 }),
        fc.bigInt(0n, 12n),
        fc.bigInt(0n, 12n),
        (one, others, port, address) => {
          const holds = (each: Access) =>
            each.source === one.source &&
            (each.target === '*' || each.target === one.target) &&
            each.protocols[0] <= 6n &&
            6n <= each.protocols[1] &&
            each.ports[0] <= port &&
            port <= each.ports[1] &&
            (one.source === 'pl-1' ||
              (each.addresses[0] <= address && address <= each.addresses[1]))
          const left = difference([one], others).some(holds)
          expect(left).toBe(holds(one) && !others.some(holds))
        },
      ),
    )
  })
})
