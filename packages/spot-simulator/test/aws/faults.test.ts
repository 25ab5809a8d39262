import { BatchGetItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  AwsEndpoint,
  accessDenied,
  Crash,
  crashAfter,
  crashBefore,
  DynamoDb,
  exception,
  type Fault,
  failAfter,
  failNth,
  failSometimes,
  LoadBalancers,
  Random,
  runAsProcess,
  runBefore,
  type ServiceModel,
  Simulation,
  serverError,
  stopOnCrash,
  throttling,
  timeout,
} from '../../src'

function setUp(around: (model: ServiceModel) => ServiceModel = (model) => model) {
  const aws = new AwsEndpoint()
  const model = new DynamoDb()
  aws.register('dynamodb', around(model))
  aws.register('elasticloadbalancing', new LoadBalancers(new Simulation(1)))
  const table = model.createTable({ name: 'states', hashKey: 'id' })
  const dynamodb = new DynamoDBClient(aws.clientOptions)
  const put = (id: string, client = dynamodb) =>
    client.send(new PutItemCommand({ TableName: 'states', Item: { id: { S: id } } }))
  /** The name of the error that a call ends with, or `done`. */
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      (error: Error) => error.name,
    )
  const ids = () => table.all().map(({ id }) => (id && 'S' in id ? id.S : ''))
  return { aws, dynamodb, put, outcome, ids }
}

describe('the n-th call', () => {
  it('fails alone, counted among the matching calls', async () => {
    const { aws, dynamodb, put, outcome, ids } = setUp()
    aws.interceptors.push(failNth({ service: 'dynamodb', operation: 'PutItem' }, 2, throttling))
    const RequestItems = { states: { Keys: [{ id: { S: 'x' } }], ConsistentRead: true } }
    const get = new BatchGetItemCommand({ RequestItems })
    const outcomes = [await outcome(put('a')), await outcome(dynamodb.send(get))]
    outcomes.push(await outcome(put('b')), await outcome(put('c')))
    expect(outcomes).toEqual(['done', 'done', 'ThrottlingException', 'done'])
    expect(ids()).toEqual(['a', 'c'])
  })

  it('can be selected by input', async () => {
    const { aws, put, outcome } = setUp()
    const input = (given: Readonly<Record<string, unknown>>) =>
      JSON.stringify(given.Item).includes('"b"')
    aws.interceptors.push(failNth({ input }, 1, throttling))
    expect(await outcome(put('a'))).toBe('done')
    expect(await outcome(put('b'))).toBe('ThrottlingException')
  })

  it.each<[string, Fault, object]>([
    ['ThrottlingException', throttling, { $metadata: { httpStatusCode: 400 } }],
    ['ServerException', serverError, { $metadata: { httpStatusCode: 500 } }],
    ['AccessDeniedException', accessDenied, { $metadata: { httpStatusCode: 403 } }],
    ['TimeoutError', timeout, { message: expect.stringContaining('PutItem') }],
    ['InternalServerError', exception('InternalServerError'), { $fault: 'server' }],
    ['RequestLimitExceeded', exception('RequestLimitExceeded', 'slowly'), { message: 'slowly' }],
  ])('fails with %s', async (name, fault, details) => {
    const { aws, put } = setUp()
    aws.interceptors.push(failNth({}, 1, fault))
    await expect(put('a')).rejects.toMatchObject({ name, ...details })
  })

  it.each<[string, Fault]>([
    ['Throttling', throttling],
    ['InternalFailure', serverError],
    ['AccessDenied', accessDenied],
  ])('of the query protocol fails with %s', async (name, fault) => {
    const { aws } = setUp()
    aws.interceptors.push(failNth({}, 1, fault))
    const call = new ElasticLoadBalancingV2Client(aws.clientOptions).send(
      new DescribeTargetGroupsCommand({}),
    )
    await expect(call).rejects.toMatchObject({ name })
  })

  it('can follow another call, which is not counted', async () => {
    const { aws, put, ids } = setUp()
    aws.interceptors.push(
      runBefore({ operation: 'PutItem' }, 2, async () => {
        await put('between')
      }),
    )
    for (const id of ['a', 'b', 'c']) await put(id)
    expect(ids()).toEqual(['a', 'between', 'b', 'c'])
  })

  it('can be executed with a lost response', async () => {
    const { put, outcome, ids } = setUp((model) => failAfter(model, {}, 2, timeout))
    const outcomes = [await outcome(put('a')), await outcome(put('b')), await outcome(put('c'))]
    expect(outcomes).toEqual(['done', 'TimeoutError', 'done'])
    expect(ids()).toEqual(['a', 'b', 'c'])
  })
})

const crashingClient = ({ clientOptions, requestHandler }: AwsEndpoint) =>
  new DynamoDBClient({ ...clientOptions, requestHandler: stopOnCrash(requestHandler) })

describe('a crash', () => {
  it.each([
    ['before', ['a']],
    ['after', ['a', 'b']],
  ])('%s the call ends the process at that point', async (when, expected) => {
    const { aws, put, ids } = setUp((model) =>
      when === 'after' ? crashAfter(model, { operation: 'PutItem' }, 2) : model,
    )
    if (when === 'before') aws.interceptors.push(crashBefore({ operation: 'PutItem' }, 2))
    const client = crashingClient(aws)
    const run = runAsProcess(async () => {
      await put('a', client)
      await put('b', client).catch(() => put('caught', client))
      await put('c', client)
    })
    await expect(run).rejects.toBeInstanceOf(Crash)
    expect(ids()).toEqual(expected)
    // Another process can use the same client.
    await runAsProcess(() => put('next', client))
    expect(ids()).toContain('next')
  })

  it('ends concurrent work of the process too', async () => {
    const { aws, put, ids } = setUp()
    aws.interceptors.push(crashBefore({}, 1))
    const client = crashingClient(aws)
    const later = new Promise((resolve) => setTimeout(resolve, 5))
    const run = runAsProcess(() =>
      Promise.all([put('a', client), later.then(() => put('b', client))]),
    )
    await expect(run).rejects.toBeInstanceOf(Crash)
    await later
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(ids()).toEqual([])
  })

  it('is an exception outside of a process', async () => {
    const { aws, put } = setUp()
    aws.interceptors.push(crashBefore({}, 1))
    const client = crashingClient(aws)
    await expect(put('a', client)).rejects.toBeInstanceOf(Crash)
  })
})

it('faults by chance are the same for the same seed, and only affect matching calls', async () => {
  const run = async (seed: number) => {
    const { aws, put, outcome } = setUp()
    aws.interceptors.push(failSometimes({ operation: 'PutItem' }, 0.4, new Random(seed)))
    aws.interceptors.push(failSometimes({ operation: 'Query' }, 1, new Random(seed)))
    const outcomes: string[] = []
    for (let index = 0; index < 40; index++) outcomes.push(await outcome(put(`${index}`)))
    return outcomes
  }
  const first = await run(1)
  expect(await run(1)).toEqual(first)
  expect(await run(2)).not.toEqual(first)
  const kinds = ['ServerException', 'ThrottlingException', 'TimeoutError', 'done']
  expect([...new Set(first)].sort()).toEqual(kinds)
})
