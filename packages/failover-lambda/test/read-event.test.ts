import fc from 'fast-check'
import { type Request, readEvent } from '../src'

const now = Date.UTC(2026, 0, 5, 12)
const time = '2026-01-05T11:59:00Z'
const at = Date.parse(time)
const account = '123456789012'
const arnOf = (kind: string, name: string) => `arn:aws:ecs:us-east-1:${account}:${kind}/${name}`

function event(detailType: string, detail: object, resources: unknown = []) {
  return {
    version: '0',
    id: 'x',
    'detail-type': detailType,
    source: 'aws.ecs',
    account,
    time,
    resources,
    detail,
  }
}

const failure = (detail: object = {}, resources: unknown = [arnOf('service', 'main/api')]) =>
  event(
    'ECS Service Action',
    { eventType: 'ERROR', eventName: 'SERVICE_TASK_PLACEMENT_FAILURE', ...detail },
    resources,
  )

const task = (detail: object) =>
  event('ECS Task State Change', {
    clusterArn: arnOf('cluster', 'main'),
    group: 'service:api',
    taskArn: arnOf('task', 'main/1'),
    desiredStatus: 'STOPPED',
    lastStatus: 'RUNNING',
    ...detail,
  })

const look = (sign?: object): Request =>
  ({
    kind: 'look',
    services: [{ cluster: 'main', service: 'api' }],
    at,
    ...(sign && { sign }),
  }) as Request

describe('a placement failure', () => {
  it('blames the providers that it names', () => {
    const capacityProviderArns = [arnOf('capacity-provider', 'FARGATE_SPOT')]
    expect(readEvent(failure({ capacityProviderArns, reason: 'RESOURCE:FARGATE' }), now)).toEqual(
      look({ kind: 'placement-failure', at, providers: ['FARGATE_SPOT'] }),
    )
  })

  it.each([
    [{}],
    [{ capacityProviderArns: [] }],
    [{ capacityProviderArns: null, containerInstanceArns: ['x'] }],
  ])('blames none where it names none: %j', (detail) => {
    expect(readEvent(failure(detail), now)).toEqual(
      look({ kind: 'placement-failure', at, providers: [] }),
    )
  })

  it('is of a service without its cluster in old ARNs', () => {
    expect(readEvent(failure({}, [arnOf('service', 'api')]), now)).toMatchObject({
      services: [{ service: 'api' }],
    })
  })

  it.each([[undefined], [null], [{}], [[]], [[7]], ['x'], [[arnOf('task', 'main/1')]]])(
    'is dropped where it is of no service: %j',
    (resources) => {
      expect(readEvent(failure({}, resources ?? null), now).kind).toBe('drop')
    },
  )

  it('is understood where its resource is no list', () => {
    expect(readEvent(failure({}, arnOf('service', 'main/api')), now)).toMatchObject({
      kind: 'look',
    })
  })
})

describe('a task', () => {
  const sign = {
    kind: 'interruption',
    at,
    providers: [] as string[],
    taskArn: arnOf('task', 'main/1'),
  }

  it.each([
    [{ stopCode: 'SpotInterruption' }],
    [{ stopCode: 'TerminationNotice' }],
    [{ stoppedReason: 'Your Spot Task was interrupted.' }],
  ])('with a notice is a sign: %j', (detail) => {
    expect(readEvent(task(detail), now)).toEqual(look(sign))
  })

  it('names its provider', () => {
    const detail = { stopCode: 'SpotInterruption', capacityProviderName: 'ec2-spot' }
    expect(readEvent(task(detail), now)).toEqual(look({ ...sign, providers: ['ec2-spot'] }))
  })

  it.each([
    [{ stopCode: 'UserInitiated' }],
    [{ stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' }],
    [{ stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: no such image' }],
    [{ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' }],
  ])('that stops for another reason is only a reason to look: %j', (detail) => {
    expect(readEvent(task(detail), now)).toEqual(look())
  })

  it.each(['family:batch', '', undefined, 7])('of no service is dropped: group %j', (group) => {
    expect(readEvent(task({ group, stopCode: 'SpotInterruption' }), now).kind).toBe('drop')
  })
})

describe('an instance', () => {
  it('that is to be interrupted is looked at', () => {
    const warning = event('EC2 Spot Instance Interruption Warning', {
      'instance-id': 'i-1',
      'instance-action': 'terminate',
    })
    expect(readEvent(warning, now)).toEqual({ kind: 'look-at-instance', instanceId: 'i-1', at })
  })

  it('that is only recommended to be replaced is left alone', () => {
    const advice = event('EC2 Instance Rebalance Recommendation', { 'instance-id': 'i-1' })
    expect(readEvent(advice, now)).toMatchObject({
      kind: 'drop',
      why: expect.stringContaining('churns'),
    })
  })

  it('that could not be launched for want of capacity makes its group looked at', () => {
    const StatusMessage =
      'Could not launch Spot Instances. UnfulfillableCapacity - There is no capacity available that matches your request. Launching EC2 instance failed.'
    const detail = { AutoScalingGroupName: 'spot-group', StatusMessage }
    expect(readEvent(event('EC2 Instance Launch Unsuccessful', detail), now)).toEqual({
      kind: 'look-at-group',
      autoScalingGroup: 'spot-group',
      at,
    })
  })

  it('that could not be launched for another reason is dropped', () => {
    const StatusMessage = 'The image id [ami-1] does not exist. Launching EC2 instance failed.'
    const detail = { AutoScalingGroupName: 'spot-group', StatusMessage }
    expect(readEvent(event('EC2 Instance Launch Unsuccessful', detail), now).kind).toBe('drop')
  })
})

describe('any message', () => {
  it.each([
    ['as text', (inner: object) => JSON.stringify(inner)],
    [
      'in a notification of SNS',
      (inner: object) => ({ Type: 'Notification', Message: JSON.stringify(inner) }),
    ],
    ['in a record of SQS', (inner: object) => ({ messageId: '1', body: JSON.stringify(inner) })],
    [
      'in both',
      (inner: object) => ({
        body: JSON.stringify({ Type: 'Notification', Message: JSON.stringify(inner) }),
      }),
    ],
  ])('is read %s', (_, wrap) => {
    expect(readEvent(wrap(task({})), now)).toEqual(look())
  })

  it('without a time, or with one to come, is of now', () => {
    const notice = task({ stopCode: 'SpotInterruption' })
    expect(readEvent({ ...notice, time: undefined }, now)).toMatchObject({ sign: { at: now } })
    expect(readEvent({ ...notice, time: '2030-01-01T00:00:00Z' }, now)).toMatchObject({
      sign: { at: now },
    })
  })

  it('whatever it is, is read without a crash, and never as more than a look', () => {
    const detailType = fc.constantFrom(
      'ECS Service Action',
      'ECS Task State Change',
      'EC2 Spot Instance Interruption Warning',
      'EC2 Instance Launch Unsuccessful',
      'ECS Deployment State Change',
      'Tideway Look',
      'Tideway Sweep',
    )
    const known = fc.record(
      {
        'detail-type': detailType,
        time: fc.anything(),
        resources: fc.anything(),
        detail: fc.anything(),
      },
      { requiredKeys: ['detail-type'] },
    )
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      known.map((value) => JSON.stringify(value) ?? ''),
    )
    fc.assert(
      fc.property(fc.oneof(fc.anything(), known, text), (message) => {
        const request = readEvent(message, now)
        expect(['look', 'look-at-group', 'look-at-instance', 'sweep', 'drop']).toContain(
          request.kind,
        )
        if (request.kind === 'look') {
          expect(request.services.length).toBeGreaterThan(0)
          for (const { service } of request.services) expect(service).not.toBe('')
        }
        if (request.kind === 'drop') expect(request.why).not.toBe('')
      }),
      { numRuns: 3000 },
    )
  })
})
