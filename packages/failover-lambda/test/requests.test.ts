import fc from 'fast-check'
import { parseMessage, type Request } from '../src/requests'

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

const request = (signal?: object): Request =>
  ({
    kind: 'services',
    services: [{ cluster: 'main', service: 'api' }],
    at,
    ...(signal && { signal }),
  }) as Request

describe('a placement failure', () => {
  it('blames the capacity providers that it names', () => {
    const capacityProviderArns = [arnOf('capacity-provider', 'FARGATE_SPOT')]
    expect(
      parseMessage(failure({ capacityProviderArns, reason: 'RESOURCE:FARGATE' }), now),
    ).toEqual(request({ kind: 'placement-failure', at, providers: ['FARGATE_SPOT'] }))
  })

  it.each([
    [{}],
    [{ capacityProviderArns: [] }],
    [{ capacityProviderArns: null, containerInstanceArns: ['x'] }],
  ])('blames no provider if it names none: %j', (detail) => {
    expect(parseMessage(failure(detail), now)).toEqual(
      request({ kind: 'placement-failure', at, providers: [] }),
    )
  })

  it('accepts service ARNs of the old format, without a cluster', () => {
    expect(parseMessage(failure({}, [arnOf('service', 'api')]), now)).toMatchObject({
      services: [{ service: 'api' }],
    })
  })

  it.each([[undefined], [null], [{}], [[]], [[7]], ['x'], [[arnOf('task', 'main/1')]]])(
    'is ignored without a service: %j',
    (resources) => {
      expect(parseMessage(failure({}, resources ?? null), now).kind).toBe('ignore')
    },
  )

  it('accepts a resource that is not in a list', () => {
    expect(parseMessage(failure({}, arnOf('service', 'main/api')), now)).toMatchObject({
      kind: 'services',
    })
  })
})

describe('a task state change', () => {
  const signal = {
    kind: 'interruption',
    at,
    providers: [] as string[],
    taskArn: arnOf('task', 'main/1'),
  }

  it.each([
    [{ stopCode: 'SpotInterruption' }],
    [{ stopCode: 'TerminationNotice' }],
    [{ stoppedReason: 'Your Spot Task was interrupted.' }],
  ])('with an interruption notice is a signal: %j', (detail) => {
    expect(parseMessage(task(detail), now)).toEqual(request(signal))
  })

  it('names the capacity provider', () => {
    const detail = { stopCode: 'SpotInterruption', capacityProviderName: 'ec2-spot' }
    expect(parseMessage(task(detail), now)).toEqual(request({ ...signal, providers: ['ec2-spot'] }))
  })

  it.each([
    [{ stopCode: 'UserInitiated' }],
    [{ stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' }],
    [{ stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: no such image' }],
    [{ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' }],
  ])('for another reason only requests a reconcile: %j', (detail) => {
    expect(parseMessage(task(detail), now)).toEqual(request())
  })

  it.each(['family:batch', '', undefined, 7])(
    'of a task without a service is ignored: group %j',
    (group) => {
      expect(parseMessage(task({ group, stopCode: 'SpotInterruption' }), now).kind).toBe('ignore')
    },
  )
})

describe('an instance event', () => {
  it('with an interruption warning names the instance', () => {
    const warning = event('EC2 Spot Instance Interruption Warning', {
      'instance-id': 'i-1',
      'instance-action': 'terminate',
    })
    expect(parseMessage(warning, now)).toEqual({ kind: 'instance', instanceId: 'i-1', at })
  })

  it('with a rebalance recommendation is ignored', () => {
    const advice = event('EC2 Instance Rebalance Recommendation', { 'instance-id': 'i-1' })
    expect(parseMessage(advice, now)).toMatchObject({
      kind: 'ignore',
      reason: expect.stringContaining('rebalance'),
    })
  })

  it('with a launch that failed for lack of capacity names the Auto Scaling group', () => {
    const StatusMessage =
      'Could not launch Spot Instances. UnfulfillableCapacity - There is no capacity available that matches your request. Launching EC2 instance failed.'
    const detail = { AutoScalingGroupName: 'spot-group', StatusMessage }
    expect(parseMessage(event('EC2 Instance Launch Unsuccessful', detail), now)).toEqual({
      kind: 'spot-group',
      autoScalingGroup: 'spot-group',
      at,
    })
  })

  it('with a launch that failed for another reason is ignored', () => {
    const StatusMessage = 'The image id [ami-1] does not exist. Launching EC2 instance failed.'
    const detail = { AutoScalingGroupName: 'spot-group', StatusMessage }
    expect(parseMessage(event('EC2 Instance Launch Unsuccessful', detail), now).kind).toBe('ignore')
  })
})

describe('any message', () => {
  it.each([
    ['as text', (inner: object) => JSON.stringify(inner)],
    [
      'in an SNS notification',
      (inner: object) => ({ Type: 'Notification', Message: JSON.stringify(inner) }),
    ],
    ['in an SQS record', (inner: object) => ({ messageId: '1', body: JSON.stringify(inner) })],
    [
      'in both',
      (inner: object) => ({
        body: JSON.stringify({ Type: 'Notification', Message: JSON.stringify(inner) }),
      }),
    ],
  ])('is parsed %s', (_, wrap) => {
    expect(parseMessage(wrap(task({})), now)).toEqual(request())
  })

  it('without a time, or with a future one, counts as current', () => {
    const notice = task({ stopCode: 'SpotInterruption' })
    expect(parseMessage({ ...notice, time: undefined }, now)).toMatchObject({ signal: { at: now } })
    expect(parseMessage({ ...notice, time: '2030-01-01T00:00:00Z' }, now)).toMatchObject({
      signal: { at: now },
    })
  })

  it.each([
    [{ 'detail-type': { toString: 0 } }],
    [{ 'detail-type': 'toString' }],
    [{ 'detail-type': '__proto__' }],
    [task({ lastStatus: { toString: 0 } })],
    [task({ lastStatus: 'PROVISIONING', capacityProviderName: { toString: 0 } })],
    [task({ stoppedReason: { includes: 1 }, attachments: [{ details: [null] }] })],
    [failure({ capacityProviderArns: [{ split: 0 }] })],
  ])('with a hostile value is parsed without an error: %j', (message) => {
    expect(() => parseMessage(message, now)).not.toThrow()
  })

  it('of any shape is parsed without an error', () => {
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
        const request = parseMessage(message, now)
        expect(['services', 'spot-group', 'instance', 'sweep', 'ignore']).toContain(request.kind)
        if (request.kind === 'services') {
          expect(request.services.length).toBeGreaterThan(0)
          for (const { service } of request.services) expect(service).not.toBe('')
        }
        if (request.kind === 'ignore') expect(request.reason).not.toBe('')
      }),
      { numRuns: 3000 },
    )
  })
})
