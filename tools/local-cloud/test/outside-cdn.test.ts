import type { DeployedPath } from '../src/path/deployed-path'
import { withOutsideCdn } from '../src/path/outside-cdn'
import { RequestPath } from '../src/path/request-path'
import { type Draft, deployedPath, healthy, ok, site } from './deployed-path'

/** The path without a stack that deploys a distribution. */
function withoutStack(change: (deployed: Draft<DeployedPath>) => void = () => {}): DeployedPath {
  const deployed = deployedPath()
  deployed.distributions = []
  deployed.records.shift()
  change(deployed)
  return deployed as DeployedPath
}

function statusOf(deployed: DeployedPath, host: string, headers = {}) {
  const path = new RequestPath(deployed, { targets: () => healthy('10.0.1.1') })
  const request = { scheme: 'https', host, method: 'GET', path: '/api', headers } as const
  const routed = path.route({ ...request, clientIp: '203.0.113.7' }, 0)
  return (routed.kind === 'answer' ? routed : routed.finish(ok)).response.status
}

it('leads viewers to a load balancer that accepts CloudFront alone, which they cannot reach themselves', () => {
  expect(statusOf(withoutStack(), site)).toBe(502)
  expect(statusOf(withoutStack(), 'origin.shop.example', { 'x-origin': 'a-secret' })).toBe(504)
  expect(statusOf(withOutsideCdn(withoutStack(), site), site)).toBe(200)
})

it('serves the hosts of the rules', () => {
  const deployed = withoutStack(({ loadBalancers: [balancer] }) => {
    balancer?.listeners[0]?.rules[0]?.conditions.push({
      field: 'host-header',
      values: ['*.shop.example'],
    })
  })
  const path = withOutsideCdn(deployed, site)
  expect(statusOf(path, 'app.shop.example')).toBe(200)
  expect(statusOf(path, site)).toBe(403)
})

it('does not send a header that one rule requires and another does not', () => {
  const deployed = withoutStack(({ loadBalancers: [balancer] }) => {
    const [rule] = balancer?.listeners[0]?.rules ?? []
    if (rule === undefined) throw new Error('no rule')
    const own = { field: 'http-header', name: 'X-Beta', values: ['on'] } as const
    balancer?.listeners[0]?.rules.unshift({
      ...rule,
      priority: 1,
      conditions: [...rule.conditions, { ...own, values: [...own.values] }],
    })
  })
  const [distribution] = withOutsideCdn(deployed, site).distributions
  expect(distribution?.origins[0]?.customHeaders).toEqual({ 'x-origin': 'a-secret' })
})

it('stands for nothing where a stack deploys a distribution, or the load balancer is open to everybody', () => {
  const deployed = deployedPath() as DeployedPath
  expect(withOutsideCdn(deployed, site)).toBe(deployed)
  const open = withoutStack(({ securityGroups: [group] }) => {
    for (const rule of group?.ingress ?? []) rule.cidrs.push('0.0.0.0/0')
  })
  expect(withOutsideCdn(open, site)).toBe(open)
})
