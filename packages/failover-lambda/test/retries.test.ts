import {
  accessDenied,
  drought,
  failAfter,
  failNth,
  serverError,
  timeout,
} from '@tideway/spot-simulator'
import { TestAccount } from './test-account'

// What only a retry of the failed message repairs: no sweep sees it.
describe('a message whose first handling fails', () => {
  function accountWithInstance() {
    const account = new TestAccount()
    account.aws.addAutoScalingGroup({
      name: 'ec2-spot',
      isSpot: true,
      tasksPerInstance: 3,
      maxInstances: 1,
      initialInstances: 1,
      scaling: { kind: 'managed' },
      // ECS sends no event before the tasks stop.
      managedDraining: false,
      spotInstanceDraining: false,
      capacity: drought({ fromSeconds: 100, toSeconds: 3600 }),
    })
    const pair = account.addPair('api', {
      strategy: [{ capacityProvider: 'ec2-spot', weight: 1 }],
    })
    return { account, ...pair }
  }

  it('still covers the tasks of an instance before it stops', async () => {
    const { account, primary, standby } = accountWithInstance()
    account.aws.endpoint.interceptors.push(
      failNth(
        { operation: 'ListTasks', input: ({ containerInstance }) => !!containerInstance },
        1,
        serverError,
      ),
    )
    await account.aws.run(200)
    expect(account.logged('failed, will be retried')).toHaveLength(1)
    expect(primary.runningCount).toBe(3)
    expect(standby.desiredCount).toBe(3)
  })

  it.each(['DeregisterTargets', 'Publish'])(
    'still deregisters an instance and notifies (%s fails)',
    async (operation) => {
      const account = new TestAccount()
      const group = { name: 'fleet', targetType: 'instance', port: 80 } as const
      const targetGroup = account.loadBalancers.createTargetGroup(group)
      const instanceId = 'i-0123456789abcdef0'
      account.loadBalancers.register(targetGroup, instanceId, 80, 0)
      account.aws.endpoint.interceptors.push(failNth({ operation }, 1, serverError))
      account.aws.bus.publish(() => ({
        source: 'aws.ec2',
        detailType: 'EC2 Spot Instance Interruption Warning',
        resources: [],
        detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
      }))
      await account.aws.run(90)
      expect(account.logged('failed, will be retried')).toHaveLength(1)
      const calls = account.aws.endpoint.calls.filter(({ error }) => error === undefined)
      expect(calls.map((call) => call.operation)).toContain('DeregisterTargets')
      expect(account.controller.sns.messages).toMatchObject([
        {
          subject: `Spot interrupts ${instanceId}`,
          attributes: { id: instanceId },
        },
      ])
    },
  )

  it('notifies of an instance again with the same id, although it has left a target group', async () => {
    const account = new TestAccount()
    const instanceId = 'i-0123456789abcdef0'
    for (const [name, deregistrationDelaySeconds] of Object.entries({ fast: 10, slow: 300 })) {
      const group = { name, targetType: 'instance', port: 80, deregistrationDelaySeconds } as const
      account.loadBalancers.register(
        account.loadBalancers.createTargetGroup(group),
        instanceId,
        80,
        0,
      )
    }
    const { sns } = account.controller
    const operation = { operation: 'Publish' }
    account.aws.endpoint.register('sns', failAfter(sns, operation, 1, timeout))
    account.aws.bus.publish(() => ({
      source: 'aws.ec2',
      detailType: 'EC2 Spot Instance Interruption Warning',
      resources: [],
      detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
    }))
    await account.aws.run(90)
    expect(sns.messages.map(({ attributes }) => attributes.id)).toEqual([instanceId, instanceId])
  })
})

describe('a standby that cannot be changed', () => {
  it('is reported with the tasks that nobody runs', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 100, toSeconds: 3600 }),
    })
    account.addPair('api')
    account.aws.endpoint.interceptors.push((call) => {
      if (call.operation === 'UpdateService') throw accessDenied(call)
    })
    await account.aws.run(600)
    const uncovered = account.log.flatMap(({ Uncovered }) =>
      typeof Uncovered === 'number' ? Uncovered : [],
    )
    expect(Math.max(0, ...uncovered)).toBe(3)
  })
})

describe('an interrupted instance', () => {
  it('is deregistered at each of its ports, which ECS chooses in bridge mode', async () => {
    const account = new TestAccount()
    const group = { name: 'bridge', targetType: 'instance', port: 80 } as const
    const targetGroup = account.loadBalancers.createTargetGroup(group)
    const instanceId = 'i-0123456789abcdef0'
    for (const port of [32768, 32769]) {
      account.loadBalancers.register(targetGroup, instanceId, port, 0)
    }
    account.loadBalancers.register(targetGroup, 'i-0123456789abcdef1', 32768, 0)
    account.aws.bus.publish(() => ({
      source: 'aws.ec2',
      detailType: 'EC2 Spot Instance Interruption Warning',
      resources: [],
      detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
    }))
    await account.aws.run(30)
    expect(account.loadBalancers.health(targetGroup)).toMatchObject([
      { id: instanceId, port: 32768, state: 'draining' },
      { id: instanceId, port: 32769, state: 'draining' },
      { id: 'i-0123456789abcdef1', port: 32768, state: 'healthy' },
    ])
    const [{ message } = { message: '{}' }] = account.controller.sns.messages
    expect(JSON.parse(message)).toMatchObject({ target: instanceId, groups: [targetGroup] })
  })
})
