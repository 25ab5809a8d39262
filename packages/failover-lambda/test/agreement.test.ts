import type { EcsSimulationSettings } from '@tideway/spot-simulator'
import {
  AwsError,
  CapacityTrace,
  drought,
  type Service,
  type ServiceSettings,
} from '@tideway/spot-simulator'
import type { ServiceState } from '../src/ecs'
import { pairsOnPage } from '../src/sweep'
import { TestAccount } from './test-account'

const onDemand = [{ capacityProvider: 'FARGATE', weight: 1 }]

/** An account in which a drought begins after eight minutes, with a healthy pair `web` beside what a test adds. */
class SharedAccount extends TestAccount {
  readonly web = this.addPair('web')

  constructor(settings: Partial<EcsSimulationSettings> = {}) {
    super({ fargateSpot: drought({ fromSeconds: 480, toSeconds: 3600 }), ...settings })
    // ECS rejects the whole call for a name that no service can have.
    this.aws.endpoint.interceptors.push(({ operation, input }) => {
      if (operation !== 'DescribeServices') return
      const names = input.services as string[]
      if (names.every((name) => /^[\w-]{1,255}$/.test(name))) return
      throw new AwsError('InvalidParameterException', 'Identifier is not valid.')
    })
  }

  add(name: string, settings: Partial<ServiceSettings> = {}): Service {
    return this.aws.createService({
      name,
      desiredCount: 1,
      strategy: onDemand,
      startsSteady: true,
      ...settings,
    })
  }

  addPrimary(name: string, standbys: string, tags: ServiceSettings['tags'] = {}): Service {
    return this.aws.createService({
      name,
      desiredCount: 3,
      startsSteady: true,
      tags: { 'tideway:standbys': standbys, ...tags },
    })
  }

  /** Services that a function has changed. */
  get changed(): string[] {
    return [...new Set(this.writes.map(({ input }) => `${input.cluster}/${input.service}`))]
  }

  /** Without repeats. */
  get alerts(): { subject: string; detail: unknown }[] {
    const messages = new Map(
      this.controller.sns.messages.map((message) => [message.attributes.id, message]),
    )
    return [...messages.values()].map(({ subject = '', message }) => ({
      subject,
      detail: JSON.parse(message).detail,
    }))
  }

  unpaired(primary: string) {
    return this.alerts.filter(({ subject }) => subject.startsWith(`${primary}: unpaired`))
  }
}

describe('a primary that names', () => {
  const attacks: [string, (account: SharedAccount) => void, RegExp][] = [
    [
      'a service without tags',
      (account) => {
        account.add('foreign')
        account.addPrimary('api', 'foreign')
      },
      /foreign does not carry tideway:standby-of/,
    ],
    [
      'the standby of another primary',
      (account) => void account.addPrimary('api', 'web-standby'),
      /web-standby carries tideway:standby-of=web/,
    ],
    [
      'another primary',
      (account) => void account.addPrimary('api', 'web'),
      /web does not carry tideway:standby-of/,
    ],
    ['itself', (account) => void account.addPrimary('api', 'api'), /api names itself/],
    [
      'itself, and agrees',
      (account) => void account.addPrimary('api', 'api', { 'tideway:standby-of': 'api' }),
      /api names itself/,
    ],
    [
      'a service that is not there',
      (account) => void account.addPrimary('api', 'nothing'),
      /nothing does not exist/,
    ],
    [
      'a service of another cluster with the name of its standby',
      (account) => {
        const tags = { 'tideway:standby-of': 'api' }
        account.add('api-standby', { cluster: 'other', tags })
        account.addPrimary('api', 'api-standby')
      },
      /api-standby does not exist/,
    ],
    [
      'a service of another cluster by its ARN',
      (account) => {
        const tags = { 'tideway:standby-of': 'api' }
        const { arn } = account.add('api-standby', { cluster: 'other', tags })
        account.addPrimary('api', `${arn} other/api-standby`)
      },
      /service\/other\/api-standby cannot be the name of a service/,
    ],
    [
      'a standby of a service with its name in other letters',
      (account) => {
        account.add('api-standby', { tags: { 'tideway:standby-of': 'API' } })
        account.addPrimary('api', 'api-standby')
      },
      /api-standby carries tideway:standby-of=API/,
    ],
  ]

  it.each(attacks)('%s covers nothing, and alerts once', async (_, attack, reason) => {
    const account = new SharedAccount({ clusters: ['main', 'other'] })
    attack(account)
    await account.aws.run(420)
    expect(account.changed).toEqual([])
    expect(account.unpaired('api')).toEqual([
      { subject: 'api: unpaired begins', detail: expect.stringMatching(reason) },
    ])
    await account.aws.run(120)
    // The pair beside it is covered by its events as if nothing else were there.
    expect(account.changed).toEqual(['main/web-standby'])
    expect(account.web.standby.desiredCount).toBe(3)
    const [first] = account.writes
    expect(first?.input).toEqual({ cluster: 'main', service: 'web-standby', desiredCount: 3 })
    expect(account.unpaired('api')).toHaveLength(1)
    expect(account.alerts.map(({ subject }) => subject)).not.toContain('api: covering begins')
    expect(account.logged('failed, will be retried')).toEqual([])
    expect(account.logged('unpaired').length).toBeGreaterThan(0)
  })

  it('a primary that is its standby by tag, changes neither: a service has one part', async () => {
    const account = new SharedAccount()
    account.addPrimary('api', 'middle')
    account.addPrimary('middle', 'last', { 'tideway:standby-of': 'api' })
    account.add('last', { tags: { 'tideway:standby-of': 'middle' } })
    await account.aws.run(600)
    expect(account.changed).toEqual(['main/web-standby'])
    expect(account.unpaired('api')).toMatchObject([
      { detail: expect.stringContaining('middle is a primary') },
    ])
    expect(account.unpaired('middle')).toMatchObject([
      { detail: expect.stringContaining('middle carries both') },
    ])
  })

  it('a primary that names it back, changes neither', async () => {
    const account = new SharedAccount()
    account.addPrimary('one', 'two', { 'tideway:standby-of': 'two' })
    account.addPrimary('two', 'one', { 'tideway:standby-of': 'one' })
    await account.aws.run(600)
    expect(account.changed).toEqual(['main/web-standby'])
    expect([account.unpaired('one').length, account.unpaired('two').length]).toEqual([1, 1])
  })

  it('a foreign service before its own standby is covered by its own', async () => {
    const account = new SharedAccount()
    const foreign = account.add('foreign')
    account.addPrimary('api', 'foreign api-standby')
    const standby = account.add('api-standby', {
      desiredCount: 0,
      taskDefinition: 'api:1',
      tags: { 'tideway:standby-of': 'api' },
    })
    await account.aws.run(600)
    expect([foreign.desiredCount, standby.desiredCount]).toEqual([1, 3])
    expect(account.changed.sort()).toEqual(['main/api-standby', 'main/web-standby'])
    account.aws.service('api').tags.set('tideway:standbys', 'api-standby')
    await account.aws.run(120)
    expect(account.unpaired('api').map(({ subject }) => subject)).toEqual([
      'api: unpaired begins',
      'api: unpaired is over',
    ])
  })
})

describe('a service that names a primary', () => {
  it('which does not name it, gives no evidence, and has no part in the pair', async () => {
    const account = new SharedAccount({ fargateSpot: CapacityTrace.constant(100) })
    const { web } = account
    const claimant = account.add('claimant', {
      desiredCount: 3,
      strategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      tags: { 'tideway:standby-of': 'web' },
    })
    await account.aws.run(90)
    for (const task of [...claimant.tasks]) account.aws.interruptTask(task)
    await account.aws.run(60)
    expect(web.primary.runningCount).toBe(3)
    expect(account.changed).toEqual([])
    await account.aws.run(360)
    expect(account.unpaired('web')).toEqual([
      {
        subject: 'web: unpaired begins',
        detail: expect.stringMatching(/claimant carries tideway:standby-of=web, and web does not/),
      },
    ])
    claimant.tags.delete('tideway:standby-of')
    await account.aws.run(120)
    expect(account.unpaired('web').map(({ subject }) => subject)).toEqual([
      'web: unpaired begins',
      'web: unpaired is over',
    ])
  })

  it('of another cluster changes nothing there, whatever the queue says', async () => {
    const account = new SharedAccount({ clusters: ['main', 'other'] })
    const tags = { 'tideway:standbys': 'shop-standby', 'tideway:force': '2' }
    account.add('shop', { cluster: 'other', tags })
    account.add('shop-standby', { cluster: 'other', tags: { 'tideway:standby-of': 'shop' } })
    const clusterArn = account.aws.arns.cluster('other')
    for (const message of [
      { 'detail-type': 'Tideway Look', detail: { cluster: 'other', services: ['shop'] } },
      {
        source: 'aws.ecs',
        'detail-type': 'ECS Task State Change',
        detail: { clusterArn, group: 'service:shop', lastStatus: 'STOPPED' },
      },
      {
        source: 'aws.ecs',
        'detail-type': 'ECS Task State Change',
        detail: { clusterArn, taskArn: `${clusterArn}/1`, stopCode: 'SpotInterruption' },
      },
      {
        source: 'aws.ecs',
        'detail-type': 'ECS Service Action',
        resources: [account.aws.arns.service('other', 'shop')],
        detail: { clusterArn, eventName: 'SERVICE_TASK_PLACEMENT_FAILURE' },
      },
    ]) {
      await account.controller.invoke(message)
    }
    const calls = account.aws.endpoint.calls.filter(({ service }) => service === 'ecs')
    expect(calls).toEqual([])
    expect(account.logged('ignored')).toHaveLength(4)
  })
})

describe('a pair whose primary', () => {
  const unlimited = { fargateSpot: CapacityTrace.constant(100) }

  it('loses its tag to a tool that does not know it, is reported once until it has it again', async () => {
    const account = new SharedAccount(unlimited)
    const { primary } = account.web
    await account.aws.run(90)
    primary.tags.delete('tideway:standbys')
    await account.aws.run(240)
    // A deployment may remove the standby next.
    expect(account.alerts).toEqual([])
    await account.aws.run(600)
    const detail = expect.stringMatching(/^web-standby carries .*web does not name it.*apply/)
    expect(account.alerts).toEqual([{ subject: 'web: unpaired begins', detail }])
    primary.tags.set('tideway:standbys', 'web-standby')
    await account.aws.run(90)
    expect(account.alerts.map(({ subject }) => subject)).toEqual([
      'web: unpaired begins',
      'web: unpaired is over',
    ])
    account.aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(0))
    await account.aws.run(60)
    expect(account.web.standby.desiredCount).toBe(3)
  })

  it('was deleted before the failover came, is reported, and its standby is left alone', async () => {
    const account = new SharedAccount(unlimited)
    const left = account.add('left', { tags: { 'tideway:standby-of': 'deleted' } })
    await account.aws.run(900)
    expect(account.unpaired('deleted')).toEqual([
      {
        subject: 'deleted: unpaired begins',
        detail: expect.stringMatching(/left carries tideway:standby-of=deleted, and .* not exist/),
      },
    ])
    expect([left.desiredCount, account.changed]).toEqual([1, []])
  })

  const network = (subnets: string[], assignPublicIp?: string) => ({
    networkConfiguration: {
      awsvpcConfiguration: { subnets, securityGroups: ['sg-1'], assignPublicIp },
    },
  })
  const registry = (containerPort: number) => ({
    serviceRegistries: [{ registryArn: 'arn:registry', containerName: 'app', containerPort }],
  })

  type Difference = [string, Service['settings'], Service['settings'], RegExp]
  const differences: Difference[] = [
    ['subnets', network(['b', 'c']), network(['a']), /subnets a, and web has b, c/],
    ['a public address', network(['a'], 'ENABLED'), network(['a']), /address DISABLED.* ENABLED/],
    [
      'a platform version',
      { platformVersion: '1.4.0' },
      { platformVersion: 'LATEST' },
      /platform version LATEST, and web has 1.4.0/,
    ],
    ['a registry', registry(80), {}, /registries none, and web has arn:registry:app:80/],
    ['tag propagation', { propagateTags: 'SERVICE' }, {}, /propagation NONE, and web has SERVICE/],
    [
      'a launch type',
      { capacityProviderStrategy: [], launchType: 'FARGATE' },
      {},
      /web has launch type FARGATE, which is not Spot/,
    ],
    [
      'a strategy without Spot',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }] },
      {},
      /web has no Spot provider in its strategy: FARGATE/,
    ],
  ]

  it.each(differences)(
    'has %s that its standby lacks, is reported once, and over when they agree',
    async (_, ofPrimary, ofStandby, reason) => {
      const account = new SharedAccount(unlimited)
      const { primary, standby } = account.web
      const callsOf = async (seconds: number) => {
        const before = account.aws.endpoint.calls.length
        await account.aws.run(seconds)
        const calls = account.aws.endpoint.calls.slice(before)
        return calls.filter(({ service }) => service === 'ecs').length
      }
      await account.aws.run(90)
      const usual = await callsOf(120)
      primary.settings = ofPrimary
      standby.settings = ofStandby
      expect(await callsOf(120)).toBe(usual)
      await account.aws.run(240)
      const detail = expect.stringMatching(reason)
      expect(account.alerts).toEqual([{ subject: 'web: standby-differs begins', detail }])
      expect(account.changed).toEqual([])
      primary.settings = {}
      standby.settings = {}
      await account.aws.run(90)
      expect(account.alerts.slice(1)).toEqual([{ subject: 'web: standby-differs is over' }])
    },
  )

  it('has the same lists in another order, and a standby on instances, agrees', async () => {
    const account = new SharedAccount(unlimited)
    account.web.primary.settings = { ...network(['a', 'b'], 'DISABLED'), platformVersion: 'LATEST' }
    account.web.standby.settings = network(['b', 'a'])
    await account.aws.run(480)
    expect(account.alerts).toEqual([])
  })
})

describe('a page of the sweep', () => {
  const now = 1e12
  const service = (name: string, tags: ServiceState['tags'], active = true) =>
    [name, { name, tags, active } as ServiceState] as const
  const standby = service('api-standby', { 'tideway:standby-of': 'api' })

  it.each([
    ['both', [service('api', { 'tideway:standbys': 'api-standby' }), standby], ['api 0']],
    ['a primary without the tag', [service('api', {}), standby], ['api 0', 'api-standby 0']],
    [
      'a primary that names another',
      [service('api', { 'tideway:standbys': 'old' }), standby],
      ['api 0', 'api 0', 'api-standby 0'],
    ],
    ['a standby alone', [standby], ['api 600', 'api-standby 600']],
    ['a standby that is deleted', [service('old', standby[1].tags, false)], []],
    ['other services', [service('other', { owner: 'shop' })], []],
  ])('of all services that has %s', (_, services, expected) => {
    const found = pairsOnPage(new Map(services), true, now)
    expect(found.map(({ primary, at }) => `${primary} ${(now - at) / 1000}`)).toEqual(expected)
  })

  it('of many leaves a primary on another page to its record', () => {
    const at = now - 7200 * 1000
    expect(pairsOnPage(new Map([standby]), false, now)).toEqual([{ primary: 'api', at }])
  })
})

describe('the target of an interrupted task', () => {
  it.each([
    ['a service without tags', {}],
    ['a service that names itself', { 'tideway:standbys': 'api', 'tideway:standby-of': 'api' }],
    ['a service that is somebody’s standby', { 'tideway:standby-of': 'web' }],
  ])('of %s stays in its target group', async (_, tags) => {
    const account = new SharedAccount({ fargateSpot: CapacityTrace.constant(100) })
    const targetGroupArn = account.loadBalancers.createTargetGroup({ name: 'api', port: 80 })
    const api = account.aws.createService({
      name: 'api',
      desiredCount: 3,
      startsSteady: true,
      tags,
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 80 }],
    })
    await account.aws.run(60)
    for (const task of [...api.tasks]) account.aws.interruptTask(task)
    await account.aws.run(60)
    const calls = account.aws.endpoint.calls.map(({ operation }) => operation)
    expect(calls).not.toContain('DeregisterTargets')
    expect(account.changed).toEqual([])
  })

  it('of an interrupted instance stays in groups that the role may not change, and leaves the others', async () => {
    const account = new SharedAccount({ fargateSpot: CapacityTrace.constant(100) })
    const [foreign, own] = ['foreign', 'own'].map((name) =>
      account.loadBalancers.createTargetGroup({ name, targetType: 'instance', port: 80 }),
    )
    const id = 'i-0123456789abcdef0'
    for (const group of [foreign, own]) account.loadBalancers.register(group ?? '', id, 80, 0)
    account.aws.endpoint.interceptors.push(({ operation, input }) => {
      if (operation === 'DeregisterTargets' && input.TargetGroupArn === foreign) {
        throw new AwsError('AccessDenied', 'not authorized')
      }
    })
    account.aws.bus.publish(() => ({
      source: 'aws.ec2',
      detailType: 'EC2 Spot Instance Interruption Warning',
      resources: [],
      detail: { 'instance-id': id, 'instance-action': 'terminate' },
    }))
    await account.aws.run(60)
    expect(account.logged('deregistered')).toMatchObject([{ target: id, groups: [own] }])
    expect(account.logged('failed, will be retried')).toEqual([])
    expect(account.alerts.map(({ subject }) => subject)).toEqual([`Spot interrupts ${id}`])
  })
})
