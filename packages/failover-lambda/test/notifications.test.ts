import { drought, failNth, timeout } from '@tideway/spot-simulator'
import { TestAccount } from './test-account'

const longDrought = () => drought({ fromSeconds: 120, toSeconds: 4 * 3600 })

function contentsOf({ controller }: TestAccount) {
  return controller.sns.messages.map(({ message }) => JSON.parse(message))
}

/** The writes of the record of the pair `api`. */
function recordsWritten({ aws }: TestAccount): number {
  return aws.endpoint.calls.filter(
    ({ operation, input }) =>
      operation === 'PutItem' && JSON.stringify(input).includes('"main/api"'),
  ).length
}

describe('a notification', () => {
  it('says that cover is over when only a reserve is left, which stays for two hours', async () => {
    const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 120, toSeconds: 600 }) })
    const targetGroupArn = account.loadBalancers.createTargetGroup({ name: 'api', port: 80 })
    const { standby } = account.addPair('api', {
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 80 }],
      tags: { 'tideway:prefer': 'availability' },
    })
    await account.aws.run(3600)
    const changes = contentsOf(account).filter(({ begun }) => begun !== undefined)
    expect(changes.map(({ begun, over }) => [begun, over])).toEqual([
      [['covering'], []],
      [[], ['covering']],
    ])
    // 60 % of three tasks.
    expect(standby.desiredCount).toBe(2)
    await account.aws.run(2 * 3600)
    expect(standby.desiredCount).toBe(0)
    expect(contentsOf(account).filter(({ begun }) => begun !== undefined)).toHaveLength(2)
  })

  it('names the alert, when it began and ended, and an id that is an attribute too', async () => {
    const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 120, toSeconds: 300 }) })
    account.addPair('api')
    await account.aws.run(1200)
    const [begin, end, ...others] = contentsOf(account)
    expect(others).toEqual([])
    expect(begin).toEqual({
      id: expect.stringMatching(/^main\/api\/covering\/\d+\/\d+\/begins$/),
      cluster: 'main',
      primary: 'api',
      begun: ['covering'],
      over: [],
      beganAt: expect.any(String),
      dryRun: false,
    })
    const { id, beganAt } = begin
    const over = { id: id.replace('begins', 'over'), begun: [], over: ['covering'] }
    expect(end).toEqual({ ...begin, ...over, endedAt: expect.any(String) })
    expect(Date.parse(end.endedAt)).toBeGreaterThan(Date.parse(beganAt))
    const attributes = account.controller.sns.messages.map((message) => message.attributes.id)
    expect(attributes).toEqual([id, end.id])
  })

  it('costs one write of the record, and none where nothing is notified', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    account.addPair('api')
    await account.aws.run(110)
    expect(recordsWritten(account)).toBe(account.logged('decided').length)
    await account.aws.run(1800)
    expect(contentsOf(account)).toHaveLength(1)
    expect(recordsWritten(account)).toBe(account.logged('decided').length + 1)
  })

  it('is sent once in a dry run, which changes nothing', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    account.addPair('api', { tags: { 'tideway:dry-run': 'true' } })
    await account.aws.run(600)
    expect(contentsOf(account)).toMatchObject([{ begun: ['covering'], dryRun: true }])
    expect(account.writes).toEqual([])
  })

  it('of a deleted primary is sent again after a failure, although the pair is calm', async () => {
    const account = new TestAccount()
    const { primary } = account.addPair('api')
    await account.aws.run(110)
    account.aws.endpoint.interceptors.push(failNth({ operation: 'Publish' }, 1, timeout))
    account.aws.setDesiredCount(primary, 0)
    account.aws.deleteService(primary)
    await account.controller.invoke({
      'detail-type': 'Tideway Look',
      detail: { cluster: 'main', services: ['api'] },
    })
    expect(contentsOf(account)).toEqual([])
    // No event and no retry: the sweep reconciles the pair, because it is open.
    await account.aws.run(90)
    expect(contentsOf(account)).toMatchObject([{ begun: ['primary-gone'] }])
    const before = recordsWritten(account)
    await account.aws.run(300)
    expect(recordsWritten(account)).toBe(before)
  })

  it('ends the alerts of a service that is no primary any more', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    const { primary } = account.addPair('api')
    await account.aws.run(300)
    primary.tags.delete('tideway:standbys')
    await account.aws.run(90)
    expect(contentsOf(account)).toMatchObject([{ begun: ['covering'] }, { over: ['covering'] }])
    await account.aws.run(360)
    expect(contentsOf(account)).toMatchObject([
      { begun: ['covering'] },
      { over: ['covering'] },
      // Its standby still names it.
      { begun: ['unpaired'] },
    ])
  })
})

describe('a topic', () => {
  const TOPIC_ARN = 'arn:aws:sns:us-east-1:123456789012:later'

  it('that does not exist does not delay cover, and receives every change once it does', async () => {
    const capacity = drought({ fromSeconds: 120, toSeconds: 300 })
    const account = new TestAccount({ fargateSpot: capacity }, { TOPIC_ARN })
    const { standby } = account.addPair('api')
    await account.aws.run(150)
    expect(standby.desiredCount).toBe(3)
    await account.aws.run(1200)
    expect(standby.desiredCount).toBe(0)
    account.controller.sns.createTopic('later')
    await account.aws.run(120)
    expect(contentsOf(account)).toMatchObject([{ begun: ['covering'] }, { over: ['covering'] }])
  })

  it('that is not set gets no calls, and keeps nothing pending', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() }, { TOPIC_ARN: '' })
    const { standby } = account.addPair('api')
    await account.aws.run(600)
    expect(standby.desiredCount).toBe(3)
    const calls = account.aws.endpoint.calls.map(({ operation }) => operation)
    expect(calls).not.toContain('Publish')
    expect(recordsWritten(account)).toBe(account.logged('decided').length)
  })
})
