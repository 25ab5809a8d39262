import { StopTaskCommand } from '@aws-sdk/client-ecs'
import type { Task } from '@tideway/spot-simulator'
import { gameDayMessage, type SimulatedNotice } from '../src/game-day'
import { TestAccount } from './test-account'

const stopSeconds = 1

/** A pair behind a load balancer, whose task receives a simulated notice. */
function gameDayAccount() {
  const account = new TestAccount()
  const { aws, loadBalancers } = account
  const pairs = ['api', 'web'].map((name) => {
    const targetGroupArn = loadBalancers.createTargetGroup({ name, port: 80 })
    const containers = [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
    return account.addPair(name, { loadBalancers: containers })
  })
  const [api, web] = pairs.map(({ primary }) => [...primary.tasks])
  const tasks = { api: api?.[0] as Task, web: web?.[0] as Task }
  const messageOf = (changes: Partial<SimulatedNotice> = {}) => {
    const at = changes.at ?? aws.now
    return gameDayMessage({
      clusterArn: aws.arns.cluster('main'),
      service: 'api',
      taskArn: tasks.api.arn,
      by: 'alice',
      at,
      until: at + 120_000,
      ...changes,
    })
  }
  const put = (body: string) => void account.controller.queue('reconcile').send(body)
  const send = (changes: Partial<SimulatedNotice> = {}) => put(messageOf(changes))
  const stop = ({ arn: task }: Task) =>
    account.clients().ecs.send(new StopTaskCommand({ cluster: 'main', task, reason: 'game day' }))
  /** The highest desired count of a standby in a time. */
  const highest = async (name: string, seconds: number) => {
    let count = 0
    for (let second = 0; second < seconds; second++) {
      await aws.run(1)
      count = Math.max(count, aws.service(name).desiredCount)
    }
    return count
  }
  const reasons = () => account.logged('ignored').map(({ reason }) => reason)
  return { account, aws, tasks, messageOf, put, send, stop, highest, reasons }
}

describe('a simulated notice', () => {
  it('is covered as a real one, named in the log, and over by itself', async () => {
    const { account, aws, tasks, send, stop, highest } = gameDayAccount()
    send()
    await aws.run(stopSeconds)
    await stop(tasks.api)
    expect(await highest('api-standby', 120)).toBe(1)
    expect(account.logged('simulated notice')).toMatchObject([
      { cluster: 'main', service: 'api', taskArn: tasks.api.arn, simulatedBy: 'alice' },
    ])
    const decisions = account.logged('decided').filter(({ simulatedBy }) => simulatedBy === 'alice')
    expect(decisions).toMatchObject([{ primary: 'api', evidence: ['interruption'] }])
    await aws.run(600)
    expect(aws.service('api-standby').desiredCount).toBe(0)
    expect(aws.service('api').servingCount).toBe(3)
    expect(aws.service('web-standby').desiredCount).toBe(0)
  })

  it('that is not followed by StopTask is over after three minutes', async () => {
    const { aws, send, highest } = gameDayAccount()
    send()
    expect(await highest('api-standby', 120)).toBe(1)
    await aws.run(600)
    expect(aws.service('api-standby').desiredCount).toBe(0)
    expect(aws.service('api').servingCount).toBe(3)
  })

  it('changes nothing when it is repeated after its task has been replaced', async () => {
    const { aws, tasks, send, stop, highest } = gameDayAccount()
    const at = aws.now
    const until = at + 3_000_000
    send({ at, until })
    await stop(tasks.api)
    await aws.run(1200)
    send({ at, until })
    send({ at, until })
    expect(await highest('api-standby', 120)).toBe(0)
  })
})

describe('a message of a game day is ignored', () => {
  const { aws, tasks } = gameDayAccount()
  it.each<[string, Partial<SimulatedNotice>, string]>([
    ['when it is over', { until: aws.now - 1 }, 'the game day is over'],
    ['at its end', { until: aws.now }, 'the game day is over'],
    [
      'when it ends too far in the future',
      { until: aws.now + 3_601_000 },
      'more than 3600 seconds',
    ],
    ['about another cluster', { clusterArn: aws.arns.cluster('other') }, 'not one of CLUSTERS'],
    ['about a task of another service', { taskArn: tasks.web.arn }, 'not one of the service'],
    [
      'about a task that does not exist',
      { taskArn: `${tasks.api.arn}0` },
      'not one of the service',
    ],
    ['about another service', { service: 'api-standby' }, 'not one of the service'],
    ['without a service', { service: '' }, 'must name a cluster'],
    ['without a name', { by: '' }, 'who runs it'],
  ])('%s', async (_, changes, reason) => {
    const { send, highest, reasons } = gameDayAccount()
    send(changes)
    expect(await highest('api-standby', 60)).toBe(0)
    expect(reasons()).toEqual([expect.stringContaining(reason)])
  })

  it.each<[string, (message: Record<string, unknown>) => unknown]>([
    ['without the mark', (message) => ({ ...message, source: 'tideway' })],
    ['without a source', (message) => ({ ...message, source: undefined })],
    ['without a detail', (message) => ({ ...message, detail: undefined })],
    ['with a detail of another shape', (message) => ({ ...message, detail: [] })],
    ['with an end that is no time', (message) => withDetail(message, { until: 'tomorrow' })],
    ['with an end of another type', (message) => withDetail(message, { until: 7 })],
    ['with a task of another type', (message) => withDetail(message, { taskArn: {} })],
    ['with a name of another type', (message) => withDetail(message, { by: null })],
  ])('%s', async (_, change) => {
    const { account, messageOf, put, highest, reasons } = gameDayAccount()
    put(JSON.stringify(change(JSON.parse(messageOf()))))
    expect(await highest('api-standby', 60)).toBe(0)
    expect(reasons()).toHaveLength(1)
    expect(account.deadLetters.counts().visible).toBe(0)
  })
})

const withDetail = (message: Record<string, unknown>, changes: object) => ({
  ...message,
  detail: { ...(message.detail as object), ...changes },
})
