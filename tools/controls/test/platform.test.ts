import { Platform } from '../src/platform'

const platform = new Platform({
  network: {
    resource: {
      aws_route53_zone: { public_1: { '//': { metadata: { path: 'network/zones/public' } } } },
      aws_subnet: { a: {}, b: {} },
    },
    output: {
      zone: { value: '${aws_route53_zone.public_1.zone_id}' },
      subnets: { value: ['${aws_subnet.a.id}', '${aws_subnet.b.id}'] },
    },
  },
  edge: {
    data: { terraform_remote_state: { upstream: { config: { key: 'prod/network.tfstate' } } } },
    resource: {
      aws_route53_query_log: {
        it: { zone_id: '${data.terraform_remote_state.upstream.outputs.zone}' },
      },
      aws_subnet: { a: {} },
      aws_loop: { one: { x: '${aws_loop.two.x}' }, two: { x: '${aws_loop.one.x}' } },
    },
  },
})
const pathsOf = (value: unknown, stack = 'edge') =>
  platform.referenced(stack, value).map(({ path }) => path)

describe('references to resources', () => {
  it('resolves an output of another stack', () => {
    const [zone] = platform.ofType('aws_route53_zone')
    if (zone === undefined) throw new Error('no zone')
    expect(platform.referrers(zone, 'aws_route53_query_log', 'zone_id')).toHaveLength(1)
    expect(zone.path).toBe('network/zones/public')
  })

  it('resolves references in functions, lists and JSON', () => {
    const subnets = '${element(data.terraform_remote_state.upstream.outputs.subnets, 0)}'
    const both = ['network: aws_subnet.a', 'network: aws_subnet.b']
    expect(pathsOf(subnets)).toEqual(both)
    expect(pathsOf([{ deep: [subnets] }])).toEqual(both)
    expect(pathsOf(JSON.stringify({ id: subnets }))).toEqual(both)
    expect(pathsOf('${tolist(aws_subnet.a.tags).0}-${aws_subnet.b.id}', 'network')).toEqual(both)
  })

  it('resolves an address within its own stack', () => {
    expect(pathsOf('${aws_subnet.a.id}')).toEqual(['edge: aws_subnet.a'])
  })

  it('ignores plain text, data sources and missing resources', () => {
    expect(pathsOf('aws_subnet.a.id')).toEqual([])
    expect(pathsOf('${data.aws_subnet.a.id}')).toEqual([])
    expect(pathsOf('${aws_subnet.missing.id}')).toEqual([])
    expect(pathsOf(undefined)).toEqual([])
    expect(pathsOf(42)).toEqual([])
  })

  it('stops at circular references', () => {
    expect(pathsOf('${aws_loop.one.x}').sort()).toEqual([
      'edge: aws_loop.one',
      'edge: aws_loop.two',
    ])
  })
})
