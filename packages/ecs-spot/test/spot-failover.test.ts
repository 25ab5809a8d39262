import { join } from 'node:path'
import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { resourcesOf, synthesized, testApp } from '@tideway/constructs/testing'
import { TerraformStack } from 'cdktf'
import { buildSync } from 'esbuild'
import { SpotFailover } from '../src'

const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:eu-west-1:123456789012:${resource}`

/** The failover of a cluster that another team made, in a stack of its own. */
function failover() {
  const stack = new TerraformStack(testApp(), 'shop')
  new AwsProvider(stack, 'aws', { region: 'eu-west-1' })
  new SpotFailover(stack, 'failover', {
    account: '123456789012',
    region: 'eu-west-1',
    cluster: { name: 'shop', arn: arnOf('ecs', 'cluster/shop') },
    spotProviderNames: ['FARGATE_SPOT'],
    spotGroups: [{ name: 'shop-spot', providerName: 'shop-spot' }],
    serviceNames: { checkout: 'checkout' },
    taskRoleArns: ['arn:aws:iam::123456789012:role/checkout'],
    targetGroupNames: ['shop-*', 'web-*'],
    keyDescription: 'Events and records of the failover controller',
    logKeyArn: arnOf('kms', 'key/1'),
    topicArn: arnOf('sns', 'alarms'),
    serviceTopicArns: {},
    callsPerSecond: 20,
    writesPerSecond: 5,
    maxCoverDollarsPerHour: 'unlimited',
    standbyHours: 6,
    reserveConcurrency: 'off',
  })
  return synthesized(stack)
}

describe('the failover in a stack of another team', () => {
  const json = failover()

  it('has names of that team, and no trace of this platform', () => {
    const names = Object.values(json.resource ?? {}).flatMap((blocks) =>
      Object.values(blocks).flatMap((block) =>
        ['name', 'function_name', 'alarm_name', 'dashboard_name']
          .map((attribute) => block[attribute])
          .filter((name) => typeof name === 'string' && !name.startsWith('${')),
      ),
    )
    const policyNames = ['failover-drain', 'failover-reconcile', 'failover-sweep']
    expect(names.length).toBeGreaterThan(20)
    expect(
      names.filter(
        (name) =>
          !/^(\/aws\/lambda\/|alias\/)?shop-failover(-|$)/.test(name) &&
          !policyNames.includes(name),
      ),
    ).toEqual([])
    expect(JSON.stringify(json.resource)).not.toMatch(/tideway-/)
  })

  it('has roles without a boundary, which only this platform has', () => {
    const roles = Object.values(resourcesOf(json, 'aws_iam_role'))
    expect(roles.map(({ name }) => name).sort()).toEqual([
      'shop-failover-drain',
      'shop-failover-reconcile',
      'shop-failover-sweep',
    ])
    expect(roles.filter((role) => 'permissions_boundary' in role)).toEqual([])
  })

  it('deregisters targets of the named groups only', () => {
    const policies = Object.values(resourcesOf(json, 'aws_iam_role_policy')).flatMap(
      ({ policy }) => JSON.parse(policy).Statement,
    )
    const deregister = policies.filter(({ Action }) =>
      [Action].flat().includes('elasticloadbalancing:DeregisterTargets'),
    )
    expect(deregister.map(({ Resource }) => Resource)).toEqual([
      [
        arnOf('elasticloadbalancing', 'targetgroup/shop-*'),
        arnOf('elasticloadbalancing', 'targetgroup/web-*'),
      ],
      [
        arnOf('elasticloadbalancing', 'targetgroup/shop-*'),
        arnOf('elasticloadbalancing', 'targetgroup/web-*'),
      ],
    ])
  })
})

describe('the package', () => {
  it('contains nothing of the environments, stacks and contracts of this platform', () => {
    const { metafile } = buildSync({
      entryPoints: [join(__dirname, '../src/index.ts')],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      external: ['@cdktf/*', 'cdktf', 'constructs', 'esbuild', 'fflate'],
      absWorkingDir: join(__dirname, '../../..'),
    })
    const files = Object.keys(metafile.inputs)
    expect(files).toContain('packages/constructs/src/service-role.ts')
    expect(
      files.filter((file) =>
        /contracts|environments?\.ts|stacks\.ts|tideway-stack|apps\//.test(file),
      ),
    ).toEqual([])
  })
})
