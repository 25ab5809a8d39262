import { type AwsEvent, drought, mismatchOf } from '@tideway/spot-simulator'
import { eventRules } from '../src/event-rules'
import { eventParsers, parseMessage } from '../src/requests'
import {
  arnOf,
  deploymentChange,
  event,
  instanceNotice,
  launchFailure,
  notice,
  serviceAction,
  taskChange,
} from './events'
import { TestAccount } from './test-account'

const cluster = 'tideway-test-compute'
const spotGroup = 'tideway-test-ec2-spot'
const rules = eventRules({
  clusterArn: arnOf('cluster', cluster),
  clusterName: cluster,
  spotGroupNames: [spotGroup],
  regionAndAccount: 'eu-central-1:123456789012',
})

const rulesFor = (message: object) =>
  Object.entries(rules)
    .filter(([, { pattern }]) => mismatchOf(pattern, message) === undefined)
    .map(([name]) => name)
    .sort()

const matching: [string, Readonly<Record<string, unknown>>, string[]][] = [
  ['a placement failure on Fargate', serviceAction(cluster), ['placement-failure']],
  [
    'a placement failure on EC2',
    serviceAction(cluster, {
      capacityProviderArns: undefined,
      containerInstanceArns: [arnOf('container-instance', `${cluster}/1`)],
      reason: 'RESOURCE:MEMORY',
    }),
    ['placement-failure'],
  ],
  ['a Fargate Spot notice', notice(cluster), ['task-notice']],
  ['a notice without a stop code', notice(cluster, { stopCode: undefined }), ['task-notice']],
  [
    'a notice without a reason',
    notice(cluster, { stopCode: 'TerminationNotice', stoppedReason: undefined }),
    ['task-notice'],
  ],
  ['a notice without a group', notice(cluster, { group: undefined }), ['task-notice']],
  [
    'the end of an interrupted task',
    notice(cluster, { lastStatus: 'STOPPED' }),
    ['task-notice', 'task-state'],
  ],
  ['a running task', taskChange(cluster, {}), ['task-running']],
  [
    'a task that waits for an instance',
    taskChange(cluster, {
      lastStatus: 'PROVISIONING',
      launchType: 'EC2',
      capacityProviderName: spotGroup,
    }),
    ['task-state'],
  ],
  ['a completed deployment', deploymentChange(cluster), ['deployment-state']],
  ['an instance notice', instanceNotice(), ['instance-notice']],
  ['a failed launch of the Spot group', launchFailure(spotGroup), ['launch-failure']],
]

describe('an event that matters', () => {
  it.each(matching)('matches its rules and is parsed: %s', (_, message, names) => {
    expect(rulesFor(message)).toEqual(names)
    expect(parseMessage(JSON.stringify(message), Date.now()).kind).not.toBe('ignore')
  })

  it('exists for every rule and for every event that the parser accepts', () => {
    expect(new Set(matching.flatMap(([, , names]) => names))).toEqual(new Set(Object.keys(rules)))
    const types = new Set(matching.map(([, message]) => message['detail-type']))
    expect([...types].sort()).toEqual(Object.keys(eventParsers).sort())
  })
})

describe('another event', () => {
  it.each<[string, object]>([
    ['a failure in another cluster', serviceAction('other')],
    ['a steady service', serviceAction(cluster, { eventName: 'SERVICE_STEADY_STATE' })],
    ['a failure of another source', { ...serviceAction(cluster), source: 'mine.ecs' }],
    ['a task of no service', notice(cluster, { group: 'family:batch' })],
    ['a running task without a group', taskChange(cluster, { group: undefined })],
    ['a notice in another cluster', notice('other')],
    ['a pending task', taskChange(cluster, { lastStatus: 'PENDING' })],
    [
      'a task that a user stops',
      taskChange(cluster, { desiredStatus: 'STOPPED', stopCode: 'UserInitiated' }),
    ],
    ['a deployment in another cluster', deploymentChange('other')],
    ['a deployment in a cluster with the same prefix', deploymentChange(`${cluster}-2`)],
    ['a rebalance recommendation', instanceNotice('EC2 Instance Rebalance Recommendation')],
    ['a state change of an instance', instanceNotice('EC2 Instance State-change Notification')],
    ['a launch failure of another group', launchFailure('tideway-test-ec2')],
    [
      'a successful launch',
      { ...launchFailure(spotGroup), 'detail-type': 'EC2 Instance Launch Successful' },
    ],
    ['an event of another service', event('aws.s3', 'Object Created', { bucket: {} })],
  ])('matches no rule: %s', (_, message) => {
    expect(rulesFor(message)).toEqual([])
  })
})

describe('in a drought of the simulator', () => {
  it('every event that matches a rule is parsed, except for starting tasks on Fargate', async () => {
    const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 300, toSeconds: 900 }) })
    account.addPair('api')
    const published = new Map<string, AwsEvent>()
    account.aws.bus.tap((event) => void published.set(event.id, event))
    await account.aws.run(1800)
    const simulated = eventRules({
      clusterArn: account.aws.arns.cluster('main'),
      clusterName: 'main',
      spotGroupNames: ['ec2-spot'],
      regionAndAccount: `${account.aws.arns.region}:${account.aws.arns.account}`,
    })
    const matched = [...published.values()].filter((one) =>
      Object.values(simulated).some(({ pattern }) => mismatchOf(pattern, one) === undefined),
    )
    const ignored = matched.filter((one) => parseMessage(one, Date.now()).kind === 'ignore')
    expect(matched.length).toBeGreaterThan(ignored.length)
    expect(new Set(ignored.map(({ detail }) => detail.lastStatus))).toEqual(
      new Set(['PROVISIONING']),
    )
  })
})
