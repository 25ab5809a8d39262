import { applicationAutoscaling } from '../src/patches/application-autoscaling'
import { codedeploy } from '../src/patches/codedeploy'
import { EcsServices } from '../src/patches/ecs'
import { Lambda } from '../src/patches/lambda'
import { sqs } from '../src/patches/sqs'
import { stepFunctions } from '../src/patches/step-functions'
import { Answering, answeredJson, jsonCall, restCall } from './requests'

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
  const made = async () => {
    const services = new EcsServices()
    await answeredJson(services.patch, jsonCall('ecs', 'CreateService', web))
    return services
  }

  test('are answered as they were written, with what ECS adds', async () => {
    const { patch } = await made()
    const { cluster: _, ...written } = web
    const { services } = await answeredJson<{ services: object[] }>(patch, describeWeb)
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

  test('are changed by what an update names, and by nothing else', async () => {
    const { patch } = await made()
    const update = { cluster: 'main', service: 'web', desiredCount: 5, forceNewDeployment: true }
    await answeredJson(patch, jsonCall('ecs', 'UpdateService', update))
    const { services } = await answeredJson<{ services: Record<string, unknown>[] }>(
      patch,
      describeWeb,
    )
    expect(services[0]).toMatchObject({ desiredCount: 5, enableExecuteCommand: true })
    expect(services[0]).not.toHaveProperty('forceNewDeployment')
  })

  test('show what changes by itself while a drought runs', async () => {
    const services = await made()
    services.live = () => ({ desiredCount: 2, runningCount: 1 })
    const { services: shown } = await answeredJson<{ services: object[] }>(
      services.patch,
      describeWeb,
    )
    expect(shown).toMatchObject([{ runningCount: 1, enableExecuteCommand: true }])
  })

  test('tell what somebody changes of them', async () => {
    const services = await made()
    const heard: unknown[] = []
    services.onChange = (service, input) => heard.push([service.desiredCount, service.tags, input])
    const update = { cluster: 'main', service: 'web', desiredCount: 5 }
    await answeredJson(services.patch, jsonCall('ecs', 'UpdateService', update))
    await answeredJson(
      services.patch,
      jsonCall('ecs', 'UntagResource', { resourceArn: arn, tagKeys: ['owner'] }),
    )
    expect(heard).toEqual([
      [5, web.tags, update],
      [5, [], {}],
    ])
  })

  test('are inactive when deleted, and can be made again', async () => {
    const services = await made()
    expect(services.patch.resourceIds?.()).toEqual([arn])
    const gone = jsonCall('ecs', 'DeleteService', { cluster: 'main', service: 'web', force: true })
    await answeredJson(services.patch, gone)
    const { services: shown } = await answeredJson<{ services: object[] }>(
      services.patch,
      describeWeb,
    )
    expect(shown).toMatchObject([{ status: 'INACTIVE' }])
    expect(services.patch.resourceIds?.()).toEqual([])
    await answeredJson(services.patch, jsonCall('ecs', 'CreateService', web))
    expect(services.all).toHaveLength(1)
  })

  test('have tags that change; other tags are the emulator’s', async () => {
    const { patch } = await made()
    const tags = [{ key: 'tideway:hold', value: 'true' }]
    await answeredJson(patch, jsonCall('ecs', 'TagResource', { resourceArn: arn, tags }))
    await answeredJson(
      patch,
      jsonCall('ecs', 'UntagResource', { resourceArn: arn, tagKeys: ['owner'] }),
    )
    const list = (resourceArn: string, emulator?: Answering) =>
      answeredJson(patch, jsonCall('ecs', 'ListTagsForResource', { resourceArn }), emulator)
    expect(await list(arn)).toEqual({ tags })
    const ofCluster = new Answering('{"tags":[]}')
    expect(await list('arn:aws:ecs:us-east-1:123456789012:cluster/main', ofCluster)).toEqual({
      tags: [],
    })
    expect(ofCluster.asked).toHaveLength(1)
  })

  test('that are not there are told as missing, and cannot be changed', async () => {
    const { patch } = new EcsServices()
    expect(await answeredJson(patch, describeWeb)).toEqual({
      services: [],
      failures: [{ arn, reason: 'MISSING' }],
    })
    const update = jsonCall('ecs', 'UpdateService', { cluster: 'main', service: 'web' })
    expect(await answeredJson(patch, update)).toMatchObject({ __type: 'ServiceNotFoundException' })
  })
})

describe('Application Auto Scaling', () => {
  const key = {
    ServiceNamespace: 'ecs',
    ResourceId: 'service/main/web',
    ScalableDimension: 'ecs:service:DesiredCount',
  }

  test('keeps targets, policies and tags, and forgets policies with their target', async () => {
    const patch = applicationAutoscaling()
    const call = (operation: string, input: object) =>
      answeredJson(patch, jsonCall('application-autoscaling', operation, input))
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

  test('refuses a policy without a target', async () => {
    const put = jsonCall('application-autoscaling', 'PutScalingPolicy', {
      ...key,
      PolicyName: 'cpu',
    })
    expect(await answeredJson(applicationAutoscaling(), put)).toMatchObject({
      __type: 'ObjectNotFoundException',
    })
  })
})

test('CodeDeploy keeps applications, configurations and groups', async () => {
  const patch = codedeploy()
  const call = (operation: string, input: object) =>
    answeredJson(patch, jsonCall('codedeploy', operation, input))
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
  // A time as a number: the provider reads no other.
  expect(await call('GetApplication', named)).toMatchObject({
    application: { computePlatform: 'ECS', createTime: expect.any(Number) },
  })
  expect(await call('GetDeploymentGroup', named)).toMatchObject({
    deploymentGroupInfo: { ...named, computePlatform: 'ECS', serviceRoleArn: 'two' },
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

test('Step Functions validates a definition, and has no versions', async () => {
  const validate = (definition: string) =>
    answeredJson(
      stepFunctions(),
      jsonCall('states', 'ValidateStateMachineDefinition', { definition }),
    )
  expect(await validate('{"StartAt":"a"}')).toEqual({ result: 'OK', diagnostics: [] })
  expect(await validate('{')).toMatchObject({ result: 'FAIL' })
  expect(
    await answeredJson(stepFunctions(), jsonCall('states', 'ListStateMachineVersions')),
  ).toEqual({
    stateMachineVersions: [],
  })
})

describe('SQS', () => {
  const QueueUrl = 'http://127.0.0.1:4599/123456789012/events'
  const Policy = '{"Statement":[]}'
  const get = (AttributeNames: readonly string[]) =>
    jsonCall('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames })

  test('answers documents letter by letter, and asks the emulator for none that it does not keep', async () => {
    const patch = sqs()
    const attributes = { Policy, RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' }
    await answeredJson(
      patch,
      jsonCall('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: attributes }),
      new Answering('{}'),
    )
    const moto = new Answering(
      '{"Attributes":{"QueueArn":"arn"}}',
      '{"Attributes":{"QueueArn":"arn","Policy":"{\\"Statement\\": []}"}}',
    )
    expect(await answeredJson(patch, get(['RedriveAllowPolicy']), moto)).toEqual({
      Attributes: { RedriveAllowPolicy: attributes.RedriveAllowPolicy },
    })
    expect(JSON.parse(moto.asked[0]?.body.toString() ?? '')).toMatchObject({
      AttributeNames: ['QueueArn'],
    })
    expect(await answeredJson(patch, get(['All']), moto)).toEqual({
      Attributes: { QueueArn: 'arn', ...attributes },
    })
  })

  test('forgets a document that is emptied, and a queue that is deleted', async () => {
    const patch = sqs()
    const moto = new Answering('{"Attributes":{"QueueArn":"arn"}}')
    const set = (value: string) =>
      answeredJson(
        patch,
        jsonCall('sqs', 'SetQueueAttributes', { QueueUrl, Attributes: { Policy: value } }),
        moto,
      )
    await set(Policy)
    await set('')
    expect(await answeredJson(patch, get(['Policy']), moto)).toEqual({})
    await set(Policy)
    await answeredJson(patch, jsonCall('sqs', 'DeleteQueue', { QueueUrl }), moto)
    expect(await answeredJson(patch, get(['Policy']), moto)).toEqual({})
  })

  test('has URLs that do not change with the port', async () => {
    const moto = new Answering(JSON.stringify({ QueueUrl }))
    const call = jsonCall('sqs', 'GetQueueUrl', { QueueName: 'events' })
    expect(await answeredJson(sqs(), call, moto)).toEqual({
      QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/events',
    })
  })
})

describe('Lambda', () => {
  const made = {
    FunctionName: 'web',
    Code: { ZipFile: Buffer.from('code').toString('base64') },
    DeadLetterConfig: { TargetArn: 'dead' },
    KMSKeyArn: 'key',
  }
  const create = restCall('lambda', 'POST', '/2015-03-31/functions', JSON.stringify(made))

  test('restores what was dropped, and keeps the code that was uploaded last', async () => {
    const patch = new Lambda()
    const moto = new Answering('{"FunctionName":"web","Role":"role"}')
    const dropped = { DeadLetterConfig: { TargetArn: 'dead' }, KMSKeyArn: 'key' }
    expect(await answeredJson(patch, create, moto)).toEqual({
      FunctionName: 'web',
      Role: 'role',
      ...dropped,
    })
    const one = new Answering('{"Configuration":{"FunctionName":"web"},"Code":{}}')
    expect(
      await answeredJson(patch, restCall('lambda', 'GET', '/2015-03-31/functions/web'), one),
    ).toEqual({
      Configuration: { FunctionName: 'web', ...dropped },
      Code: {},
    })
    const all = new Answering('{"Functions":[{"FunctionName":"web"},{"FunctionName":"other"}]}')
    expect(
      await answeredJson(patch, restCall('lambda', 'GET', '/2015-03-31/functions'), all),
    ).toEqual({
      Functions: [{ FunctionName: 'web', ...dropped }, { FunctionName: 'other' }],
    })
    expect(patch.zipOf('web')?.toString()).toBe('code')
    const next = JSON.stringify({ ZipFile: Buffer.from('next').toString('base64') })
    await answeredJson(
      patch,
      restCall('lambda', 'PUT', '/2015-03-31/functions/web/code', next),
      moto,
    )
    expect(patch.zipOf('web')?.toString()).toBe('next')
  })

  test('forgets a function that is deleted, and not one whose policy is', async () => {
    const patch = new Lambda()
    const moto = new Answering('{}')
    await answeredJson(patch, create, moto)
    await answeredJson(
      patch,
      restCall('lambda', 'DELETE', '/2015-03-31/functions/web/policy/a'),
      moto,
    )
    expect(patch.zipOf('web')).toBeDefined()
    await answeredJson(patch, restCall('lambda', 'DELETE', '/2015-03-31/functions/web'), moto)
    expect(patch.zipOf('web')).toBeUndefined()
  })
})
