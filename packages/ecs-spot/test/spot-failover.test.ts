import { join } from 'node:path'
import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import { resourcesOf, synthesized, testApp } from '@tideway/constructs/testing'
import { TerraformStack } from 'cdktf'
import { buildSync } from 'esbuild'
import { SpotFailover, type SpotFailoverProps } from '../src'

const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:eu-west-1:123456789012:${resource}`

/** The failover of a cluster that another team made, in a stack of its own. */
function failover(props: Partial<SpotFailoverProps> = {}) {
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
    ...props,
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

describe('the experiment of a game day', () => {
  const groups = ['one', 'two'].map((name) => ({ name, providerName: name }))
  const withGroups = (spotGroups: SpotFailoverProps['spotGroups'], gameDay: 'off' | 'on' = 'on') =>
    failover({ spotGroups, gameDay })
  const template = 'aws_fis_experiment_template'
  const blocksOf = (json: ReturnType<typeof failover>, type: string) =>
    Object.values(resourcesOf(json, type))

  it('is there only where it is on, and where there are Spot groups', () => {
    expect(blocksOf(withGroups(groups, 'off'), template)).toEqual([])
    expect(blocksOf(withGroups([]), template)).toEqual([])
    expect(blocksOf(withGroups(groups), template)).toHaveLength(2)
  })

  it('interrupts one running Spot instance of one group, and no other', () => {
    expect(blocksOf(withGroups(groups), template)).toEqual(
      ['one', 'two'].map((value) =>
        expect.objectContaining({
          action: [
            expect.objectContaining({
              action_id: 'aws:ec2:send-spot-instance-interruptions',
              parameter: [{ key: 'durationBeforeInterruption', value: 'PT2M' }],
              target: { key: 'SpotInstances', value: 'instance' },
            }),
          ],
          target: [
            expect.objectContaining({
              resource_type: 'aws:ec2:spot-instance',
              selection_mode: 'COUNT(1)',
              resource_tag: [{ key: 'aws:autoscaling:groupName', value }],
              filter: [{ path: 'State.Name', values: ['running'] }],
            }),
          ],
          tags: expect.objectContaining({
            'tideway:game-day-of': 'shop',
            'tideway:game-day-group': value,
          }),
        }),
      ),
    )
  })

  it('is stopped by five alarms of the controller, which is as many as AWS allows', () => {
    const json = withGroups(groups)
    const [experiment] = blocksOf(json, template)
    const conditions = experiment?.stop_condition as { source: string; value: string }[]
    expect(conditions).toHaveLength(5)
    const alarms = Object.keys(json.resource?.aws_cloudwatch_metric_alarm ?? {})
    for (const { source, value } of conditions) {
      expect(source).toBe('aws:cloudwatch:alarm')
      const [, alarm = ''] =
        /^\$\{aws_cloudwatch_metric_alarm\.(\w[\w-]*)\.arn\}$/.exec(value) ?? []
      expect(alarms).toContain(alarm)
    }
  })

  it('has a role that can interrupt only instances of the groups, for this account', () => {
    const json = withGroups(groups)
    const policies = blocksOf(json, 'aws_iam_role_policy').filter(
      ({ name }) => name === 'failover-game-day',
    )
    const { Statement } = JSON.parse(String(policies[0]?.policy))
    expect(Statement).toEqual([
      expect.objectContaining({ Action: 'ec2:DescribeInstances', Resource: '*' }),
      expect.objectContaining({
        Action: 'ec2:SendSpotInstanceInterruptions',
        Resource: 'arn:aws:ec2:eu-west-1:123456789012:instance/*',
        Condition: {
          StringEquals: { 'aws:ResourceTag/aws:autoscaling:groupName': ['one', 'two'] },
        },
      }),
    ])
    const trusted = blocksOf(json, 'aws_iam_role').map((role) => String(role.assume_role_policy))
    const own = trusted.filter((policy) => policy.includes('fis.amazonaws.com'))
    expect(own).toEqual([expect.stringContaining('"aws:SourceAccount":"123456789012"')])
  })
})
