import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { drought } from '@tideway/spot-simulator'
import { TestAccount } from './test-account'

interface Grant {
  readonly Sid: string
  readonly Action: readonly string[]
  readonly Condition?: object
}

const permissions: Readonly<Record<'reconcile' | 'drain', readonly Grant[]>> = JSON.parse(
  readFileSync(join(__dirname, '../permissions.json'), 'utf8'),
)

/** Operations whose IAM action has another name. */
const actionOf = (call: string) => call.replace('sqs:SendMessageBatch', 'sqs:SendMessage')

/** Everything that makes the functions call AWS: a release, a drought, its end, and an instance notice. */
async function accountWithAllCalls(): Promise<TestAccount> {
  const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 300, toSeconds: 1500 }) })
  const group = account.loadBalancers.createTargetGroup({ name: 'api', targetType: 'ip', port: 80 })
  const instances = account.loadBalancers.createTargetGroup({
    name: 'fleet',
    targetType: 'instance',
    port: 80,
  })
  account.loadBalancers.register(instances, 'i-0123456789abcdef0', 80, 0)
  const loadBalancers = [{ targetGroupArn: group, containerName: 'app', containerPort: 80 }]
  const { primary } = account.addPair('api', { loadBalancers })
  const served = account.loadBalancers.createTargetGroup({ name: 'web', port: 80 })
  account.addPair('web', {
    loadBalancers: [{ targetGroupArn: served, containerName: 'app', containerPort: 80 }],
    tags: { 'tideway:at-notice': 'serve-until-drained' },
  })
  await account.aws.run(60)
  account.aws.deploy(primary, { taskDefinition: 'api:2' })
  account.aws.bus.publish(() => ({
    source: 'aws.ec2',
    detailType: 'EC2 Spot Instance Interruption Warning',
    resources: [],
    detail: { 'instance-id': 'i-0123456789abcdef0', 'instance-action': 'terminate' },
  }))
  account.aws.bus.publish(() => noticeWithoutGroup(account))
  await account.aws.run(3600)
  return account
}

/** A notice as in the example of AWS. Only the task itself names its service. */
function noticeWithoutGroup({ aws }: TestAccount) {
  const [task] = aws.service('api').tasks
  return {
    source: 'aws.ecs',
    detailType: 'ECS Task State Change',
    resources: [task?.arn ?? ''],
    detail: {
      clusterArn: aws.arns.cluster('main'),
      taskArn: task?.arn,
      desiredStatus: 'STOPPED',
      lastStatus: 'RUNNING',
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
      version: 5,
    },
  }
}

let account: TestAccount
beforeAll(async () => {
  account = await accountWithAllCalls()
})

describe('the permissions of', () => {
  it.each(['reconcile', 'drain'] as const)('%s are exactly those that it uses', (name) => {
    const used = new Set([...account.controller.calls[name]].map(actionOf))
    const granted = new Set(permissions[name].flatMap(({ Action }) => Action))
    expect([...used].sort()).toEqual([...granted].sort())
  })

  it('reconcile allow changes of standbys only', () => {
    const grant = permissions.reconcile.find(({ Action }) => Action.includes('ecs:UpdateService'))
    expect(grant?.Condition).toEqual({ Null: { 'aws:ResourceTag/tideway:standby-of': 'false' } })
    expect(grant?.Action).toEqual(['ecs:UpdateService'])
  })

  it('reconcile allow passing roles to ECS tasks only', () => {
    const grant = permissions.reconcile.find(({ Action }) => Action.includes('iam:PassRole'))
    expect(grant).toMatchObject({
      Action: ['iam:PassRole'],
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    })
  })

  it('both functions contain no wildcard actions', () => {
    expect(JSON.stringify(permissions)).not.toMatch(/"\w+:\w*\*"/)
  })
})

describe('drain', () => {
  it('deregisters an instance from exactly its target groups, and notifies', () => {
    const drained = account.logged('deregistered').map(({ target, groups }) => [target, groups])
    const [fleet] = drained.filter(([target]) => target === 'i-0123456789abcdef0')
    expect(fleet?.[1]).toEqual([expect.stringContaining('/fleet/')])
    expect(account.controller.sns.messages.map(({ subject }) => subject)).toContain(
      'Spot interrupts i-0123456789abcdef0',
    )
  })

  it('deregisters a task when its notice arrives, not when it ends', () => {
    const tasks = account.logged('deregistered').filter(({ target }) => /^\d/.test(String(target)))
    expect(tasks.length).toBeGreaterThan(0)
  })
})
