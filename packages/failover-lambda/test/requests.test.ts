import fc from 'fast-check'
import { parseMessage, type Request, requestOfTask } from '../src/requests'

const now = Date.UTC(2026, 0, 5, 12)
const time = '2026-01-05T11:59:00Z'
const at = Date.parse(time)
const account = '123456789012'
const arnOf = (kind: string, name: string) => `arn:aws:ecs:us-east-1:${account}:${kind}/${name}`

const sources: Readonly<Record<string, string>> = {
  'EC2 Spot Instance Interruption Warning': 'aws.ec2',
  'EC2 Instance Rebalance Recommendation': 'aws.ec2',
  'EC2 Instance Launch Unsuccessful': 'aws.autoscaling',
}

function event(detailType: string, detail: object, resources: unknown = []) {
  return {
    version: '0',
    id: 'x',
    'detail-type': detailType,
    source: sources[detailType] ?? 'aws.ecs',
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

  it.each(['family:batch', '', 7, null])(
    'of a task without a service is ignored: group %j',
    (group) => {
      expect(parseMessage(task({ group, stopCode: 'SpotInterruption' }), now).kind).toBe('ignore')
    },
  )

  describe('without a group', () => {
    const notice = (detail: object = {}) =>
      parseMessage(task({ group: undefined, stopCode: 'SpotInterruption', ...detail }), now)
    const described = (detail: Readonly<Record<string, unknown>>) => {
      const found = notice()
      if (found.kind !== 'task') throw new Error(`a request of kind ${found.kind}`)
      return requestOfTask(found, detail)
    }

    it('names the task of a notice by its ARN', () => {
      expect(notice()).toMatchObject({ kind: 'task', cluster: 'main', taskArn: signal.taskArn, at })
    })

    it.each([
      [{ stopCode: 'UserInitiated' }],
      [{ taskArn: undefined }],
      [{ clusterArn: undefined, taskArn: arnOf('task', '1') }],
    ])('is ignored if it is no notice, or names no task of a cluster: %j', (detail) => {
      expect(notice(detail).kind).toBe('ignore')
    })

    it('takes the cluster from the ARN of the task', () => {
      expect(notice({ clusterArn: undefined })).toMatchObject({ kind: 'task', cluster: 'main' })
    })

    it('takes the service, provider and address from the described task', () => {
      const details = [{ name: 'privateIPv4Address', value: '10.0.0.1' }]
      const group = 'service:api'
      const detail = { group, capacityProviderName: 'FARGATE_SPOT', attachments: [{ details }] }
      expect(described(detail)).toEqual(
        request({ ...signal, providers: ['FARGATE_SPOT'], address: '10.0.0.1' }),
      )
    })

    it.each([[{}], [{ group: 'family:batch' }]])(
      'is ignored if the described task belongs to no service: %j',
      (detail) => {
        expect(described(detail)).toEqual({
          kind: 'ignore',
          reason: 'the task belongs to no service',
        })
      },
    )
  })
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

  const launchFailure = (StatusMessage: string) =>
    parseMessage(
      event('EC2 Instance Launch Unsuccessful', {
        AutoScalingGroupName: 'spot-group',
        StatusMessage,
      }),
      now,
    )

  it.each([
    'Could not launch Spot Instances. UnfulfillableCapacity - There is no capacity available that matches your request. Launching EC2 instance failed.',
    'Could not launch Spot Instances. InsufficientInstanceCapacity - There is no Spot capacity available that matches your request. Launching EC2 instance failed.',
    'Could not launch Spot Instances. SpotMaxPriceTooLow - Your Spot request price of 0.01 is lower than the minimum required Spot request fulfillment price of 0.0416. Launching EC2 instance failed.',
    'Could not launch Spot Instances. MaxSpotInstanceCountExceeded - Max spot instance count exceeded. Launching EC2 instance failed.',
    'We currently do not have sufficient m5.large capacity in the Availability Zone you requested (us-east-1a). Our system will be working on provisioning additional capacity. Launching EC2 instance failed.',
    'You have requested more vCPU capacity than your current vCPU limit of 32 allows for the instance bucket that the specified instance type belongs to. Launching EC2 instance failed.',
    'You have requested more instances (21) than your current instance limit of 20 allows for the specified instance type. Launching EC2 instance failed.',
    'Could not launch Spot Instances. VcpuLimitExceeded - You have requested more capacity. Launching EC2 instance failed.',
    'Max spot instance count exceeded. Launching EC2 instance failed.',
  ])('with a launch that failed for lack of capacity names the Auto Scaling group: %s', (text) => {
    expect(launchFailure(text)).toEqual({ kind: 'spot-group', autoScalingGroup: 'spot-group', at })
  })

  it.each([
    'The image id [ami-1] does not exist. Launching EC2 instance failed.',
    'You are not authorized to perform this operation. Launching EC2 instance failed.',
    'Your Spot request failed: AuthFailure.ServiceLinkedRoleCreationNotPermitted. Launching EC2 instance failed.',
    'The requested configuration is currently not supported. Please check the documentation for supported configurations. Launching EC2 instance failed.',
    'Invalid IAM Instance Profile name. Launching EC2 instance failed.',
    'The security group sg-1 does not exist in VPC vpc-1. Launching EC2 instance failed.',
    'Invalid value for the maximum price: capacity is a number. Launching EC2 instance failed.',
  ])('with a launch that failed for another reason is ignored: %s', (text) => {
    expect(launchFailure(text).kind).toBe('ignore')
  })
})

describe('an event of another source', () => {
  it.each([
    task({ stopCode: 'SpotInterruption' }),
    failure(),
    event('ECS Deployment State Change', {}, [arnOf('service', 'main/api')]),
    event('EC2 Spot Instance Interruption Warning', { 'instance-id': 'i-1' }),
    event('EC2 Instance Launch Unsuccessful', {
      AutoScalingGroupName: 'spot-group',
      StatusMessage: 'UnfulfillableCapacity',
    }),
  ])('is ignored with a reason: $detail-type', (message) => {
    expect(parseMessage(message, now).kind).not.toBe('ignore')
    for (const source of ['custom.ecs', 'aws.s3', undefined, { toString: 0 }]) {
      expect(parseMessage({ ...message, source }, now)).toMatchObject({
        kind: 'ignore',
        reason: expect.stringMatching(/^the source is not aws\./),
      })
    }
  })

  it('does not matter for the messages of the controller itself, which have none', () => {
    const look = { 'detail-type': 'Tideway Look', detail: { cluster: 'main', services: ['api'] } }
    expect(parseMessage(look, now).kind).toBe('services')
    expect(parseMessage({ 'detail-type': 'Tideway Sweep' }, now).kind).toBe('sweep')
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
        source: fc.oneof(fc.constantFrom('aws.ecs', 'aws.ec2', 'aws.autoscaling'), fc.anything()),
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
        expect(['services', 'spot-group', 'instance', 'task', 'sweep', 'ignore']).toContain(
          request.kind,
        )
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
