import { ApplicationAutoscaling } from '../src/patches/application-autoscaling'
import { CodeDeploy } from '../src/patches/codedeploy'
import { EcsServices } from '../src/patches/ecs'
import { Lambda } from '../src/patches/lambda'
import { sqs } from '../src/patches/sqs'
import { stepFunctions } from '../src/patches/step-functions'
import { wafv2 } from '../src/patches/wafv2'
import { FakeMoto, jsonCall, responseJson, responseText, restCall } from './requests'

describe('ECS services', () => {
  const web = {
    cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/main',
    serviceName: 'web',
    taskDefinition: 'web:3',
    desiredCount: 2,
    capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    availabilityZoneRebalancing: 'ENABLED',
    enableExecuteCommand: true,
    tags: [{ key: 'owner', value: 'web-team' }],
  }
  const arn = 'arn:aws:ecs:us-east-1:123456789012:service/main/web'
  const describeWeb = jsonCall('ecs', 'DescribeServices', {
    cluster: 'main',
    services: [arn],
    include: ['TAGS'],
  })
  const createWeb = async () => {
    const services = new EcsServices()
    await responseJson(services.patch, jsonCall('ecs', 'CreateService', web))
    return services
  }

  test('ends a task at once, with the exit code of its command', async () => {
    const { patch } = await createWeb()
    const exitCodeOf = async (...command: string[]) => {
      const overrides = { containerOverrides: [{ name: 'app', command }] }
      const started = { cluster: 'main', taskDefinition: 'web:3', overrides }
      const run = await responseJson<{ tasks: [{ taskArn: string }] }>(
        patch,
        jsonCall('ecs', 'RunTask', started),
      )
      const tasks = [run.tasks[0].taskArn]
      return responseJson(patch, jsonCall('ecs', 'DescribeTasks', { cluster: 'main', tasks }))
    }
    const ended = (exitCode: number) => ({
      tasks: [{ lastStatus: 'STOPPED', containers: [{ name: 'app', exitCode }] }],
    })
    expect(await exitCodeOf('npm', 'run', 'migrate')).toMatchObject(ended(0))
    expect(await exitCodeOf('false')).toMatchObject(ended(1))
  })

  test('returns a service as written, with the fields that ECS adds', async () => {
    const { patch } = await createWeb()
    const { cluster: _, ...written } = web
    const { services } = await responseJson<{ services: object[] }>(patch, describeWeb)
    expect(services).toMatchObject([
      {
        ...written,
        serviceArn: arn,
        status: 'ACTIVE',
        runningCount: 2,
        taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:3',
        deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
      },
    ])
  })

  test('changes only the fields that an update names', async () => {
    const { patch } = await createWeb()
    const update = { cluster: 'main', service: 'web', desiredCount: 5, forceNewDeployment: true }
    await responseJson(patch, jsonCall('ecs', 'UpdateService', update))
    const { services } = await responseJson<{ services: Record<string, unknown>[] }>(
      patch,
      describeWeb,
    )
    expect(services[0]).toMatchObject({ desiredCount: 5, enableExecuteCommand: true })
    expect(services[0]).not.toHaveProperty('forceNewDeployment')
  })

  test('returns the current counts while a drought runs', async () => {
    const services = await createWeb()
    services.currentView = () => ({ desiredCount: 2, runningCount: 1 })
    const { services: described } = await responseJson<{ services: object[] }>(
      services.patch,
      describeWeb,
    )
    expect(described).toMatchObject([{ runningCount: 1, enableExecuteCommand: true }])
  })

  test('reports changes to services', async () => {
    const services = await createWeb()
    const changes: unknown[] = []
    services.onChange = (service, input) =>
      changes.push([service.desiredCount, service.tags, input])
    const update = { cluster: 'main', service: 'web', desiredCount: 5 }
    await responseJson(services.patch, jsonCall('ecs', 'UpdateService', update))
    await responseJson(
      services.patch,
      jsonCall('ecs', 'UntagResource', { resourceArn: arn, tagKeys: ['owner'] }),
    )
    expect(changes).toEqual([
      [5, web.tags, update],
      [5, [], {}],
    ])
  })

  test('reports the tags of clusters, which moto stores', async () => {
    const services = await createWeb()
    const changes: unknown[] = []
    services.onClusterTags = (cluster, tags) => changes.push([cluster, tags])
    const resourceArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/main'
    const tags = [{ key: 'tideway:hold', value: 'true' }]
    const moto = new FakeMoto('{}')
    const calls = [
      jsonCall('ecs', 'TagResource', { resourceArn, tags }),
      jsonCall('ecs', 'UntagResource', { resourceArn, tagKeys: ['tideway:hold'] }),
    ]
    for (const call of calls) await responseJson(services.patch, call, moto)
    expect(changes).toEqual([
      ['main', { 'tideway:hold': 'true' }],
      ['main', { 'tideway:hold': undefined }],
    ])
    expect(moto.requests).toEqual(calls)
  })

  test('lists services in pages', async () => {
    const { patch } = await createWeb()
    await responseJson(patch, jsonCall('ecs', 'CreateService', { ...web, serviceName: 'api' }))
    const page = (nextToken?: string) =>
      responseJson<{ serviceArns: string[]; nextToken?: string }>(
        patch,
        jsonCall('ecs', 'ListServices', { cluster: 'main', maxResults: 1, nextToken }),
      )
    const first = await page()
    const second = await page(first.nextToken)
    expect([...first.serviceArns, ...second.serviceArns]).toEqual([
      arn,
      arn.replace('/web', '/api'),
    ])
    expect(second.nextToken).toBeUndefined()
  })

  test('marks deleted services as inactive and allows creating them again', async () => {
    const services = await createWeb()
    expect(services.patch.resourceIds?.()).toEqual([arn])
    const deletion = jsonCall('ecs', 'DeleteService', {
      cluster: 'main',
      service: 'web',
      force: true,
    })
    await responseJson(services.patch, deletion)
    const { services: described } = await responseJson<{ services: object[] }>(
      services.patch,
      describeWeb,
    )
    expect(described).toMatchObject([{ status: 'INACTIVE' }])
    expect(services.patch.resourceIds?.()).toEqual([])
    await responseJson(services.patch, jsonCall('ecs', 'CreateService', web))
    expect(services.all).toHaveLength(1)
  })

  test('changes tags of services and passes requests for tags of other resources to moto', async () => {
    const { patch } = await createWeb()
    const tags = [{ key: 'tideway:hold', value: 'true' }]
    await responseJson(patch, jsonCall('ecs', 'TagResource', { resourceArn: arn, tags }))
    await responseJson(
      patch,
      jsonCall('ecs', 'UntagResource', { resourceArn: arn, tagKeys: ['owner'] }),
    )
    const list = (resourceArn: string, emulator?: FakeMoto) =>
      responseJson(patch, jsonCall('ecs', 'ListTagsForResource', { resourceArn }), emulator)
    expect(await list(arn)).toEqual({ tags })
    const ofCluster = new FakeMoto('{"tags":[]}')
    expect(await list('arn:aws:ecs:us-east-1:123456789012:cluster/main', ofCluster)).toEqual({
      tags: [],
    })
    expect(ofCluster.requests).toHaveLength(1)
  })

  test('reports unknown services as missing and rejects changes to them', async () => {
    const { patch } = new EcsServices()
    expect(await responseJson(patch, describeWeb)).toEqual({
      services: [],
      failures: [{ arn, reason: 'MISSING' }],
    })
    const update = jsonCall('ecs', 'UpdateService', { cluster: 'main', service: 'web' })
    expect(await responseJson(patch, update)).toMatchObject({ __type: 'ServiceNotFoundException' })
  })
})

describe('Application Auto Scaling', () => {
  const key = {
    ServiceNamespace: 'ecs',
    ResourceId: 'service/main/web',
    ScalableDimension: 'ecs:service:DesiredCount',
  }

  test('stores targets, policies and tags, and deletes policies with their target', async () => {
    const { patch } = new ApplicationAutoscaling()
    const call = (operation: string, input: object) =>
      responseJson(patch, jsonCall('application-autoscaling', operation, input))
    const target = { ...key, MinCapacity: 2, MaxCapacity: 9 }
    const { ScalableTargetARN } = await call('RegisterScalableTarget', {
      ...target,
      Tags: { owner: 'a' },
    })
    await call('PutScalingPolicy', {
      ...key,
      PolicyName: 'cpu',
      PolicyType: 'TargetTrackingScaling',
    })
    expect(await call('DescribeScalableTargets', { ServiceNamespace: 'ecs' })).toMatchObject({
      ScalableTargets: [target],
    })
    expect(await call('DescribeScalingPolicies', { ...key, PolicyNames: ['cpu'] })).toMatchObject({
      ScalingPolicies: [{ PolicyName: 'cpu', PolicyType: 'TargetTrackingScaling' }],
    })
    expect(await call('DescribeScalingPolicies', { ...key, PolicyNames: ['memory'] })).toEqual({
      ScalingPolicies: [],
    })
    expect(await call('ListTagsForResource', { ResourceARN: ScalableTargetARN })).toEqual({
      Tags: { owner: 'a' },
    })
    await call('DeregisterScalableTarget', key)
    expect(patch.resourceIds?.()).toEqual([])
  })

  test('rejects a policy without a target', async () => {
    const put = jsonCall('application-autoscaling', 'PutScalingPolicy', {
      ...key,
      PolicyName: 'cpu',
    })
    expect(await responseJson(new ApplicationAutoscaling().patch, put)).toMatchObject({
      __type: 'ObjectNotFoundException',
    })
  })
})

test('CodeDeploy stores applications, configurations and groups', async () => {
  const { patch } = new CodeDeploy()
  const call = (operation: string, input: object) =>
    responseJson(patch, jsonCall('codedeploy', operation, input))
  const named = { applicationName: 'web', deploymentGroupName: 'web' }
  await call('CreateApplication', { applicationName: 'web', computePlatform: 'ECS' })
  expect(await call('CreateApplication', { applicationName: 'web' })).toMatchObject({
    __type: 'ApplicationAlreadyExistsException',
  })
  await call('CreateDeploymentConfig', { deploymentConfigName: 'canary', computePlatform: 'ECS' })
  await call('CreateDeploymentGroup', { ...named, serviceRoleArn: 'one' })
  const changed = {
    applicationName: 'web',
    currentDeploymentGroupName: 'web',
    serviceRoleArn: 'two',
  }
  await call('UpdateDeploymentGroup', changed)
  // The provider only reads times that are numbers.
  expect(await call('GetApplication', named)).toMatchObject({
    application: { computePlatform: 'ECS', createTime: expect.any(Number) },
  })
  expect(await call('GetDeploymentGroup', named)).toMatchObject({
    deploymentGroupInfo: { ...named, computePlatform: 'ECS', serviceRoleArn: 'two' },
  })
  expect(await call('ListDeploymentGroups', { applicationName: 'web' })).toMatchObject({
    deploymentGroups: ['web'],
  })
  expect(await call('ListDeploymentGroups', { applicationName: 'api' })).toMatchObject({
    __type: 'ApplicationDoesNotExistException',
  })
  expect(patch.resourceIds?.()).toEqual(['web', 'canary', 'web/web'])
  await call('DeleteDeploymentGroup', named)
  await call('DeleteDeploymentConfig', { deploymentConfigName: 'canary' })
  await call('DeleteApplication', named)
  expect(patch.resourceIds?.()).toEqual([])
  expect(await call('GetApplication', named)).toMatchObject({
    __type: 'ApplicationDoesNotExistException',
  })
})

test('WAF returns no rules of a web ACL from which the last one was removed', async () => {
  const patch = wafv2()
  const stored = JSON.stringify({ WebACL: { Id: 'a', Rules: [{ Name: 'old' }] } })
  const rulesAfter = async (Rules: readonly object[], read = 'GetWebACL') => {
    await responseText(patch, jsonCall('wafv2', 'UpdateWebACL', { Id: 'a', Rules }))
    const { WebACL } = await responseJson<{ WebACL: { Rules: object[] } }>(
      patch,
      jsonCall('wafv2', read, { Id: 'a' }),
      new FakeMoto(stored),
    )
    return WebACL.Rules
  }
  expect(await rulesAfter([])).toEqual([])
  expect(await rulesAfter([], 'GetWebACLForResource')).toEqual([])
  expect(await rulesAfter([{ Name: 'old' }])).toEqual([{ Name: 'old' }])
})

test('Step Functions validates a definition and lists no versions', async () => {
  const validate = (definition: string) =>
    responseJson(
      stepFunctions(),
      jsonCall('states', 'ValidateStateMachineDefinition', { definition }),
    )
  expect(await validate('{"StartAt":"a"}')).toEqual({ result: 'OK', diagnostics: [] })
  expect(await validate('{')).toMatchObject({ result: 'FAIL' })
  expect(
    await responseJson(stepFunctions(), jsonCall('states', 'ListStateMachineVersions')),
  ).toEqual({
    stateMachineVersions: [],
  })
})

test('Step Functions returns the type of a state machine', async () => {
  const patch = stepFunctions()
  const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:run'
  const described = async (type?: string) => {
    const moto = new FakeMoto(JSON.stringify({ stateMachineArn, type: 'STANDARD' }))
    await responseJson(patch, jsonCall('states', 'CreateStateMachine', { type }), moto)
    return responseJson(patch, jsonCall('states', 'DescribeStateMachine', {}), moto)
  }
  expect(await described('EXPRESS')).toMatchObject({ type: 'EXPRESS' })
  expect(await described()).toMatchObject({ type: 'STANDARD' })
})

describe('SQS', () => {
  const QueueUrl = 'http://127.0.0.1:4599/123456789012/events'
  const Policy = '{"Statement":[]}'
  const get = (AttributeNames: readonly string[]) =>
    jsonCall('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames })

  test('returns documents exactly as written and does not request them from moto', async () => {
    const patch = sqs()
    const attributes = { Policy, RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' }
    await responseJson(
      patch,
      jsonCall('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: attributes }),
      new FakeMoto('{}'),
    )
    const moto = new FakeMoto(
      '{"Attributes":{"QueueArn":"arn"}}',
      '{"Attributes":{"QueueArn":"arn","Policy":"{\\"Statement\\": []}"}}',
    )
    expect(await responseJson(patch, get(['RedriveAllowPolicy']), moto)).toEqual({
      Attributes: { RedriveAllowPolicy: attributes.RedriveAllowPolicy },
    })
    expect(JSON.parse(moto.requests[0]?.body.toString() ?? '')).toMatchObject({
      AttributeNames: ['QueueArn'],
    })
    expect(await responseJson(patch, get(['All']), moto)).toEqual({
      Attributes: { QueueArn: 'arn', ...attributes },
    })
  })

  test('deletes documents that are set to nothing, and those of a deleted queue', async () => {
    const patch = sqs()
    const moto = new FakeMoto('{"Attributes":{"QueueArn":"arn"}}')
    const set = (value: string) =>
      responseJson(
        patch,
        jsonCall('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy: value } }),
        moto,
      )
    await set(Policy)
    await set('')
    expect(await responseJson(patch, get(['Policy']), moto)).toEqual({})
    await set(Policy)
    await responseJson(patch, jsonCall('sqs', 'DeleteQueue', { QueueUrl }), moto)
    expect(await responseJson(patch, get(['Policy']), moto)).toEqual({})
  })

  test('returns queue URLs that do not depend on the port', async () => {
    const moto = new FakeMoto(JSON.stringify({ QueueUrl }))
    const call = jsonCall('sqs', 'GetQueueUrl', { QueueName: 'events' })
    expect(await responseJson(sqs(), call, moto)).toEqual({
      QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/events',
    })
  })
})

describe('Lambda', () => {
  test('runs an invocation, and reports its error as Lambda does', async () => {
    const patch = new Lambda()
    const moto = new FakeMoto()
    const call = restCall(
      'lambda',
      'POST',
      '/2015-03-31/functions/web/invocations?Qualifier=1',
      '{"a":1}',
    )
    // In a replay.
    expect((await patch.handle(call, moto.backend)).headers).not.toHaveProperty(
      'x-amz-function-error',
    )
    const invoke = jest.fn(async (..._: unknown[]): Promise<unknown> => ({ done: true }))
    patch.invoke = invoke
    expect(await responseJson(patch, call, moto)).toEqual({ done: true })
    expect(invoke.mock.calls).toEqual([['web', { a: 1 }]])
    invoke.mockRejectedValue(new Error('exited with 1'))
    const failed = await patch.handle(call, moto.backend)
    expect([failed.status, failed.headers['x-amz-function-error']]).toEqual([200, 'Unhandled'])
    expect(failed.body.toString()).toContain('exited with 1')
    expect(moto.requests).toEqual([])
  })

  const input = {
    FunctionName: 'web',
    Code: { ZipFile: Buffer.from('code').toString('base64') },
    DeadLetterConfig: { TargetArn: 'dead' },
    KMSKeyArn: 'key',
  }
  const create = restCall('lambda', 'POST', '/2015-03-31/functions', JSON.stringify(input))

  test('restores dropped fields and stores the last uploaded code', async () => {
    const patch = new Lambda()
    const moto = new FakeMoto('{"FunctionName":"web","Role":"role"}')
    const dropped = { DeadLetterConfig: { TargetArn: 'dead' }, KMSKeyArn: 'key' }
    expect(await responseJson(patch, create, moto)).toEqual({
      FunctionName: 'web',
      Role: 'role',
      ...dropped,
    })
    const one = new FakeMoto('{"Configuration":{"FunctionName":"web"},"Code":{}}')
    expect(
      await responseJson(patch, restCall('lambda', 'GET', '/2015-03-31/functions/web'), one),
    ).toEqual({
      Configuration: { FunctionName: 'web', ...dropped },
      Code: {},
    })
    const all = new FakeMoto('{"Functions":[{"FunctionName":"web"},{"FunctionName":"other"}]}')
    expect(
      await responseJson(patch, restCall('lambda', 'GET', '/2015-03-31/functions'), all),
    ).toEqual({
      Functions: [{ FunctionName: 'web', ...dropped }, { FunctionName: 'other' }],
    })
    expect(patch.zipOf('web')?.toString()).toBe('code')
    const next = JSON.stringify({ ZipFile: Buffer.from('next').toString('base64') })
    await responseJson(
      patch,
      restCall('lambda', 'PUT', '/2015-03-31/functions/web/code', next),
      moto,
    )
    expect(patch.zipOf('web')?.toString()).toBe('next')
  })

  test('deletes the code with its function, but not with its policy', async () => {
    const patch = new Lambda()
    const moto = new FakeMoto('{}')
    await responseJson(patch, create, moto)
    await responseJson(
      patch,
      restCall('lambda', 'DELETE', '/2015-03-31/functions/web/policy/a'),
      moto,
    )
    expect(patch.zipOf('web')).toBeDefined()
    await responseJson(patch, restCall('lambda', 'DELETE', '/2015-03-31/functions/web'), moto)
    expect(patch.zipOf('web')).toBeUndefined()
  })
})
