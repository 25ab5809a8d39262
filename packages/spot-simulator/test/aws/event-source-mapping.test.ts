import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  AwsEndpoint,
  Crash,
  clockOf,
  EventSourceMapping,
  type EventSourceMappingProps,
  type QueueHandler,
  type QueueProps,
  Simulation,
  Sqs,
  type SqsEvent,
  stopOnCrash,
} from '../../src'

const bodiesOf = ({ Records }: SqsEvent) => Records.map(({ body }) => body)

function mappingOf(
  handler: QueueHandler,
  props: Partial<EventSourceMappingProps> = {},
  queueProps: Partial<QueueProps> = {},
) {
  const simulation = new Simulation(1, 0)
  const sqs = new Sqs(simulation)
  const deadLetterQueue = sqs.createQueue({ name: 'dead' })
  const queue = sqs.createQueue({
    name: 'requests',
    visibilityTimeoutSeconds: 60,
    deadLetterQueue,
    maxReceiveCount: 3,
    ...queueProps,
  })
  const events: { at: number; bodies: string[] }[] = []
  const recording: QueueHandler = (event) => {
    events.push({ at: simulation.now / 1000, bodies: bodiesOf(event) })
    return handler(event)
  }
  const mapping = new EventSourceMapping(simulation, { queue, handler: recording, ...props })
  return { simulation, sqs, queue, deadLetterQueue, mapping, events }
}

const succeeding: QueueHandler = async () => {}

describe('a batch', () => {
  it('contains the available messages up to its size, and is deleted after success', async () => {
    const { simulation, queue, events } = mappingOf(succeeding, { batchSize: 3 })
    for (const body of ['a', 'b', 'c', 'd']) queue.send(body)
    await simulation.run(1)
    expect(events.map(({ bodies }) => bodies)).toEqual([['a', 'b', 'c'], ['d']])
    await simulation.run(1000)
    expect(events).toHaveLength(2)
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  it('waits until its window is over or it is full', async () => {
    const { simulation, queue, events } = mappingOf(succeeding, {
      batchSize: 3,
      maximumBatchingWindowSeconds: 20,
    })
    queue.send('a')
    simulation.after(15, () => void queue.send('b'))
    simulation.after(25, () => ['c', 'd', 'e'].forEach((body) => void queue.send(body)))
    await simulation.run(100)
    expect(events).toEqual([
      { at: 20, bodies: ['a', 'b'] },
      { at: 25, bodies: ['c', 'd', 'e'] },
    ])
  })

  it('starts when the delay of a message is over', async () => {
    const { simulation, queue, events } = mappingOf(succeeding)
    queue.send('late', 90)
    await simulation.run(100)
    expect(events).toEqual([{ at: 90, bodies: ['late'] }])
  })

  it('has the form of a Lambda event', async () => {
    const seen: SqsEvent[] = []
    const { simulation, queue } = mappingOf(async (event) => void seen.push(event))
    const messageId = queue.send('{"service":"web"}')
    await simulation.run(1)
    expect(seen[0]?.Records).toEqual([
      {
        messageId,
        receiptHandle: expect.any(String),
        body: '{"service":"web"}',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: '0',
          SenderId: '123456789012',
          ApproximateFirstReceiveTimestamp: '0',
        },
        messageAttributes: {},
        md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:requests',
        awsRegion: 'us-east-1',
      },
    ])
  })

  it('of more than ten requires a window, as in Lambda', () => {
    expect(() => mappingOf(succeeding, { batchSize: 11 })).toThrow(RangeError)
  })

  it('receives a message that the handler sends to its own queue', async () => {
    const aws = new AwsEndpoint()
    const client = new SQSClient(aws.clientOptions)
    const { simulation, sqs, queue, events } = mappingOf(async (event) => {
      if (bodiesOf(event).includes('first')) {
        const Entries = [{ Id: 'a', MessageBody: 'again', DelaySeconds: 30 }]
        await client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }))
      }
    })
    aws.register('sqs', sqs)
    queue.send('first')
    await simulation.run(40)
    expect(events).toEqual([
      { at: 0, bodies: ['first'] },
      { at: 30, bodies: ['again'] },
    ])
  })
})

describe('a failure', () => {
  it('retries only the failed messages, then moves them to the dead-letter queue', async () => {
    const { simulation, queue, deadLetterQueue, events } = mappingOf(async ({ Records }) => ({
      batchItemFailures: Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    }))
    for (const body of ['good', 'bad']) queue.send(body)
    await simulation.run(1000)
    expect(events).toEqual([
      { at: 0, bodies: ['good', 'bad'] },
      { at: 60, bodies: ['bad'] },
      { at: 120, bodies: ['bad'] },
    ])
    expect(deadLetterQueue.receive(10).map(({ body }) => body)).toEqual(['bad'])
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  it.each<[string, () => unknown]>([
    ['throws', () => Promise.reject(new Error('no'))],
    [
      'throws before it is asynchronous',
      () => {
        throw new Error('no')
      },
    ],
    ['crashes', () => Promise.reject(new Crash('here'))],
    ['names another message', async () => ({ batchItemFailures: [{ itemIdentifier: 'other' }] })],
    ['names none', async () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
    ['misspells the name', async () => ({ batchItemFailures: [{ ItemIdentifier: 'x' }] })],
    ['returns null in the list', async () => ({ batchItemFailures: [null] })],
    ['returns no list', async () => ({ batchItemFailures: 'none' })],
    ['returns another type', async () => 'done'],
  ])('of the whole batch if the handler %s', async (_, handler) => {
    const { simulation, queue, mapping } = mappingOf(handler as QueueHandler)
    for (const body of ['a', 'b']) queue.send(body)
    await simulation.run(1)
    expect(queue.counts().inFlight).toBe(2)
    expect(mapping.invocations).toMatchObject([
      { failedMessageIds: [{}, {}].map(() => expect.any(String)) },
    ])
    expect(mapping.invocations[0]?.error).toBeInstanceOf(Error)
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an empty list', { batchItemFailures: [] }],
    ['a null list', { batchItemFailures: null }],
  ])('does not follow from a response of %s', async (_, response) => {
    const { simulation, queue } = mappingOf((async () => response) as QueueHandler)
    queue.send('a')
    await simulation.run(1)
    expect(queue.counts().inFlight).toBe(0)
  })

  it('is not reported by a mapping without ReportBatchItemFailures', async () => {
    const { simulation, queue } = mappingOf(
      async ({ Records: [record] }) => ({
        batchItemFailures: [{ itemIdentifier: record?.messageId ?? '' }],
      }),
      { reportsBatchItemFailures: false },
    )
    queue.send('a')
    await simulation.run(1)
    expect(queue.counts().inFlight).toBe(0)
  })

  it('slows down, so that a message that is visible again at once does not stop the clock', async () => {
    const failing = () => Promise.reject(new Error('no'))
    const { simulation, queue, events } = mappingOf(
      failing,
      { maximumConcurrency: 1 },
      { visibilityTimeoutSeconds: 0 },
    )
    queue.send('a')
    await simulation.run(10)
    expect(events.map(({ at }) => at)).toEqual([0, 1, 2])
  })
})

describe('a process that crashes', () => {
  it('does not continue, even if its handler catches errors', async () => {
    const aws = new AwsEndpoint()
    const client = new SQSClient({
      ...aws.clientOptions,
      requestHandler: stopOnCrash(aws.requestHandler),
    })
    const after: string[] = []
    const { simulation, sqs, queue, mapping } = mappingOf(async (event) => {
      if (bodiesOf(event).includes('more')) return
      const Entries = [{ Id: 'a', MessageBody: 'more' }]
      try {
        await client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }))
      } catch {
        after.push('caught')
      } finally {
        after.push('tidied')
      }
    })
    aws.register('sqs', sqs)
    aws.interceptors.push(() => {
      throw new Crash('here')
    })
    queue.send('a')
    await simulation.run(1)
    expect(after).toEqual([])
    expect(mapping.invocations[0]?.error).toBeInstanceOf(Crash)
    aws.interceptors = []
    await simulation.run(60)
    expect(after).toEqual(['tidied'])
  })
})

describe('a handler that sleeps', () => {
  const sleeper = (seconds: number, props: Partial<EventSourceMappingProps> = {}) => {
    const ended: number[] = []
    const parts = mappingOf(async () => {
      await clockOf(parts.simulation).sleep(seconds * 1000)
      ended.push(parts.simulation.now / 1000)
    }, props)
    return { ...parts, ended }
  }

  it('takes that virtual time, in which other actions run', async () => {
    const { simulation, queue, ended } = sleeper(20)
    let ticks = 0
    simulation.every(1, () => void ticks++)
    queue.send('a')
    await simulation.run(19)
    expect([ended, ticks]).toEqual([[], 19])
    await simulation.run(2)
    expect(ended).toEqual([20])
  })

  it('counts towards the maximum concurrency', async () => {
    const { simulation, queue, ended } = sleeper(20, { batchSize: 1, maximumConcurrency: 2 })
    for (const body of ['a', 'b', 'c', 'd', 'e']) queue.send(body)
    await simulation.run(70)
    expect(ended.map(Math.round)).toEqual([20, 20, 40, 40, 60])
  })

  it('ends at its timeout, and its messages are retried', async () => {
    const { simulation, queue, ended, events, mapping } = sleeper(45, { timeoutSeconds: 30 })
    queue.send('a')
    await simulation.run(119)
    expect(ended).toEqual([])
    expect(events.map(({ at }) => at)).toEqual([0, 60])
    expect(String(mapping.invocations[0]?.error)).toContain('after 30 s')
  })

  it('can sleep repeatedly', async () => {
    const parts = mappingOf(async () => {
      const clock = clockOf(parts.simulation)
      for (let nap = 0; nap < 5; nap++) await clock.sleep(3000)
    })
    parts.queue.send('a')
    await parts.simulation.run(16)
    expect(parts.mapping.invocations.map(({ at }) => at)).toEqual([15_000])
  })
})

it('starts a cold function later, and a warm one at once', async () => {
  const coldStarts = { seconds: 2, warmSeconds: 100 }
  const { simulation, queue, events } = mappingOf(async () => {}, { coldStarts })
  for (const at of [0, 50, 200]) simulation.at(at * 1000, () => void queue.send(`sent at ${at}`))
  await simulation.run(300)
  expect(events.map(({ at }) => at)).toEqual([2, 50, 202])
})

it('starts a second function cold while the first is busy', async () => {
  const coldStarts = { seconds: 2 }
  const clock = new Map<string, (milliseconds: number) => Promise<void>>()
  const { simulation, queue, events } = mappingOf(async () => clock.get('sleep')?.(10_000), {
    coldStarts,
    batchSize: 1,
  })
  clock.set('sleep', clockOf(simulation).sleep)
  for (const at of [0, 5, 13]) simulation.at(at * 1000, () => void queue.send(`sent at ${at}`))
  await simulation.run(60)
  expect(events.map(({ at }) => at)).toEqual([2, 7, 13])
})
