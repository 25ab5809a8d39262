import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecs'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { AwsEndpoint, EcsSimulation, FunctionConfigurations, Logs, Sts } from '../../src'
import { ecsClient } from '../ecs-support'

describe('tags of ECS', () => {
  it('are set and removed on services and clusters, and the others stay', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const { arn } = aws.createService({ name: 'api', desiredCount: 0, tags: { team: 'shop' } })
    const ecs = ecsClient(aws)
    const tagsOf = async () => {
      const include = ['TAGS' as const]
      const services = new DescribeServicesCommand({ cluster: 'main', services: ['api'], include })
      const clusters = new DescribeClustersCommand({ clusters: ['main'], include })
      return [
        (await ecs.send(services)).services?.[0]?.tags,
        (await ecs.send(clusters)).clusters?.[0]?.tags,
      ]
    }
    for (const resourceArn of [arn, aws.arns.cluster('main')]) {
      await ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'hold', value: 'a' }] }))
      await ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'hold', value: 'b' }] }))
    }
    expect(await tagsOf()).toEqual([
      [
        { key: 'team', value: 'shop' },
        { key: 'hold', value: 'b' },
      ],
      [{ key: 'hold', value: 'b' }],
    ])
    for (const resourceArn of [arn, aws.arns.cluster('main')]) {
      await ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['hold', 'other'] }))
    }
    expect(await tagsOf()).toEqual([[{ key: 'team', value: 'shop' }], []])
  })

  it('are refused for characters that AWS does not allow, and for resources that do not exist', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const { arn } = aws.createService({ name: 'api', desiredCount: 0 })
    const ecs = ecsClient(aws)
    const errorOf = (resourceArn: string, value: string) =>
      ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'hold', value }] })).then(
        () => 'none',
        ({ name }: Error) => name,
      )
    expect(await errorOf(arn, 'a (b)')).toBe('InvalidParameterException')
    expect(await errorOf(arn, 'x'.repeat(257))).toBe('InvalidParameterException')
    expect(await errorOf('api', 'x')).toBe('InvalidParameterException')
    expect(await errorOf(arn.replace('/api', '/other'), 'x')).toBe('ServiceNotFoundException')
    expect(await errorOf(aws.arns.cluster('other'), 'x')).toBe('ClusterNotFoundException')
  })
})

describe('the calls of an operator', () => {
  const endpoint = new AwsEndpoint(() => Date.parse('2026-01-05T12:00:00Z'))
  const functions = new FunctionConfigurations()
  functions.add('shop', { variables: { TABLE_NAME: 'pairs' } })
  functions.add('locked', {
    variables: {},
    variablesError: { code: 'AccessDeniedException', message: 'no key' },
  })
  const lines = [
    { at: 1000, text: '{"message":"decided","primary":"a"}' },
    { at: 2000, text: 'START' },
    { at: 3000, text: '{"message":"decided","primary":"b"}' },
    { at: 4000, text: '{"message":"other","primary":"b"}' },
  ]
  endpoint.register('lambda', functions)
  endpoint.register('logs', new Logs((group) => (group === '/aws/lambda/shop' ? lines : undefined)))
  endpoint.register('sts', new Sts())
  const logs = new CloudWatchLogsClient(endpoint.clientOptions)

  it('describe a function, and name one that is missing', async () => {
    const lambda = new LambdaClient(endpoint.clientOptions)
    const read = (FunctionName: string) =>
      lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    expect(await read('shop')).toMatchObject({
      FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:shop',
      Environment: { Variables: { TABLE_NAME: 'pairs' } },
      LoggingConfig: { LogGroup: '/aws/lambda/shop' },
    })
    expect((await read('locked')).Environment).toEqual({
      Error: { ErrorCode: 'AccessDeniedException', Message: 'no key' },
    })
    await expect(read('other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('filter the events of a log group by time and JSON pattern, in pages', async () => {
    const logGroupName = '/aws/lambda/shop'
    const pattern = '{ ($.message = "decided") && ($.primary = "b") }'
    const read = async (input: object) =>
      logs.send(new FilterLogEventsCommand({ logGroupName, ...input }))
    const timesOf = async (input: object) =>
      (await read(input)).events?.map(({ timestamp }) => timestamp)
    expect(await timesOf({ filterPattern: pattern })).toEqual([3000])
    expect(await timesOf({ filterPattern: '{ $.primary = "b" }', startTime: 3500 })).toEqual([4000])
    expect(await timesOf({ endTime: 2500 })).toEqual([1000, 2000])
    const { nextToken } = await read({ limit: 3 })
    expect(await timesOf({ limit: 3, nextToken })).toEqual([4000])
    await expect(read({ filterPattern: '{ $.a ~ 1 }' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
    await expect(
      logs.send(new FilterLogEventsCommand({ logGroupName: 'other' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('read the streams of a log group', async () => {
    const events = ['a', 'b', 'a', 'a'].map((stream, index) => ({
      at: 1000 * index,
      text: `line ${index}`,
      stream: `web/${stream}`,
    }))
    const model = new Logs((group) => (group === '/web' ? events : undefined))
    const call = (operation: string, input: object) =>
      model.call(operation, { logGroupName: '/web', ...input }) as {
        events: { message: string; logStreamName?: string }[]
        logStreams: { logStreamName: string; lastEventTimestamp: number }[]
        nextForwardToken: string
        nextBackwardToken: string
        nextToken?: string
      }
    const streams = { orderBy: 'LastEventTime', descending: true }
    const { logStreams, nextToken } = call('DescribeLogStreams', { ...streams, limit: 1 })
    expect(logStreams).toMatchObject([{ logStreamName: 'web/a', lastEventTimestamp: 3000 }])
    expect(call('DescribeLogStreams', { ...streams, nextToken }).logStreams).toMatchObject([
      { logStreamName: 'web/b' },
    ])
    const logStreamName = 'web/a'
    const messages = (input: object) =>
      call('GetLogEvents', { logStreamName, ...input }).events.map(({ message }) => message)
    expect(messages({ limit: 2 })).toEqual(['line 2', 'line 3'])
    const head = call('GetLogEvents', { logStreamName, limit: 1, startFromHead: true })
    expect(messages({ nextToken: head.nextForwardToken })).toEqual(['line 2', 'line 3'])
    expect(messages({ nextToken: head.nextBackwardToken })).toEqual([])
    expect(messages({ endTime: 2000 })).toEqual(['line 0'])
    expect(call('FilterLogEvents', { logStreamNames: ['web/b'] }).events).toMatchObject([
      { message: 'line 1', logStreamName: 'web/b' },
    ])
    expect(call('FilterLogEvents', { logStreamNamePrefix: 'web/a' }).events).toHaveLength(3)
    expect(() => call('GetLogEvents', { logStreamName: 'other' })).toThrow(/log stream does not/)
  })

  it('say who calls, and when', async () => {
    const sts = new STSClient(endpoint.clientOptions)
    let date = ''
    sts.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        date = (result.response as { headers: Record<string, string> }).headers.date ?? ''
        return result
      },
      { step: 'deserialize', priority: 'low' },
    )
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '123456789012',
      Arn: 'arn:aws:iam::123456789012:user/operator',
    })
    expect(date).toBe('Mon, 05 Jan 2026 12:00:00 GMT')
  })
})
