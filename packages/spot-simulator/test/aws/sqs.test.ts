import { createHash } from 'node:crypto'
import {
  DeleteMessageCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { AwsEndpoint, type QueueProps, Simulation, Sqs } from '../../src'

function queueOf(props: Partial<QueueProps> = {}) {
  const simulation = new Simulation(1)
  const aws = new AwsEndpoint()
  const model = new Sqs(simulation)
  aws.register('sqs', model)
  const queue = model.createQueue({ name: 'requests', ...props })
  const sqs = new SQSClient(aws.clientOptions)
  const sendBatch = (Entries: SendMessageBatchRequestEntry[], QueueUrl = queue.url) =>
    sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  return { simulation, model, queue, sqs, sendBatch }
}

describe('a queue', () => {
  it('hides a received message until its visibility timeout, and removes a deleted one', async () => {
    const { simulation, queue } = queueOf({ visibilityTimeoutSeconds: 60 })
    queue.send('one')
    queue.receive(10)
    await simulation.run(59)
    expect(queue.receive(10)).toEqual([])
    await simulation.run(1)
    const [again] = queue.receive(10)
    expect(again?.body).toBe('one')
    queue.delete(again?.receiptHandle ?? '')
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  it('does not delete by the handle of an earlier delivery', async () => {
    const { simulation, queue } = queueOf()
    queue.send('one')
    const [first] = queue.receive(10)
    await simulation.run(30)
    queue.receive(10)
    queue.delete(first?.receiptHandle ?? '')
    expect(queue.counts().inFlight).toBe(1)
  })

  it('delays a message', async () => {
    const { simulation, queue } = queueOf()
    queue.send('late', 900)
    queue.send('now', 0)
    expect(queue.receive(10).map(({ body }) => body)).toEqual(['now'])
    expect(queue.counts().delayed).toBe(1)
    await simulation.run(900)
    expect(queue.receive(10).map(({ body }) => body)).toContain('late')
  })

  it('counts the deliveries of a message', async () => {
    const { simulation, queue } = queueOf()
    queue.send('one')
    queue.receive(1)
    await simulation.run(30)
    expect(queue.receive(1)[0]?.systemAttributes).toMatchObject({
      ApproximateReceiveCount: '2',
      SentTimestamp: String(Date.UTC(2026, 0, 5)),
    })
  })

  it('moves a message that was received too often to its dead-letter queue', async () => {
    const { simulation, model } = queueOf()
    const deadLetterQueue = model.createQueue({ name: 'dead' })
    const queue = model.createQueue({ name: 'redriven', deadLetterQueue, maxReceiveCount: 2 })
    queue.send('poison')
    for (let round = 0; round < 2; round++) {
      expect(queue.receive(10)).toHaveLength(1)
      await simulation.run(30)
    }
    expect(queue.receive(10)).toEqual([])
    expect(deadLetterQueue.receive(1)[0]).toMatchObject({ body: 'poison' })
  })

  it('drops messages that are older than its retention', async () => {
    const { simulation, queue } = queueOf({ messageRetentionSeconds: 60 })
    queue.send('old')
    await simulation.run(61)
    expect(queue.receive(10)).toEqual([])
  })
})

describe('SendMessageBatch', () => {
  it('sends each entry with its checksum, and reports the entries that failed', async () => {
    const { queue, sendBatch } = queueOf()
    const { Successful, Failed } = await sendBatch([
      { Id: 'a', MessageBody: 'grüße' },
      { Id: 'b', MessageBody: 'two', DelaySeconds: 901 },
      { Id: 'c', MessageBody: '' },
    ])
    expect(Successful).toEqual([
      {
        Id: 'a',
        MessageId: expect.any(String),
        MD5OfMessageBody: createHash('md5').update('grüße').digest('hex'),
      },
    ])
    expect(Failed).toMatchObject([
      { Id: 'b', Code: 'InvalidParameterValue' },
      { Id: 'c', Code: 'MissingParameter' },
    ])
    const [message, ...others] = queue.receive(10)
    expect(message).toMatchObject({ messageId: Successful?.[0]?.MessageId, body: 'grüße' })
    expect(others).toEqual([])
  })

  const entries = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Id: `${index}`, MessageBody: 'x' }))
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'sweep' } }

  it.each<[string, SendMessageBatchRequestEntry[]]>([
    ['EmptyBatchRequest', []],
    ['TooManyEntriesInBatchRequest', entries(11)],
    ['BatchEntryIdsNotDistinct', [...entries(1), ...entries(1)]],
    ['InvalidBatchEntryId', [{ Id: 'a b', MessageBody: 'x' }]],
    ['BatchRequestTooLong', entries(2).map((it) => ({ ...it, MessageBody: 'x'.repeat(140_000) }))],
    ['BatchRequestTooLong', [{ Id: 'a', MessageBody: 'x'.repeat(262_145) }]],
    ['NotSimulated', [{ Id: 'a', MessageBody: 'x', MessageAttributes }]],
  ])('throws %s', async (name, Entries) => {
    const { queue, sendBatch } = queueOf()
    await expect(sendBatch(Entries)).rejects.toMatchObject({ name })
    expect(queue.counts().visible).toBe(0)
  })

  it('throws QueueDoesNotExist', async () => {
    const { queue, sendBatch } = queueOf()
    const call = sendBatch(entries(1), `${queue.url}-other`)
    await expect(call).rejects.toMatchObject({ name: 'QueueDoesNotExist' })
  })
})

it('lets an operator read dead letters, redrive them and purge them', async () => {
  const { model, queue, sqs, simulation } = queueOf({ name: 'letters' })
  const main = model.createQueue({ name: 'main' })
  for (const body of ['one', 'two', 'three']) queue.send(body)
  const QueueUrl = queue.url
  const read = { QueueUrl, MaxNumberOfMessages: 2, VisibilityTimeout: 0 }
  const bodies = async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(read))
    return Messages.map(({ Body }) => Body)
  }
  expect(await bodies()).toEqual(['one', 'two'])
  // Another reader finds the same messages, because the first one did not hide them.
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(read))
  const [{ ReceiptHandle = '' } = {}] = Messages
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  const move = { SourceArn: queue.arn, DestinationArn: main.arn }
  await sqs.send(new StartMessageMoveTaskCommand(move))
  await simulation.run(1)
  expect(main.receive(10).map(({ body }) => body)).toEqual(['two', 'three'])
  expect(await bodies()).toEqual([])
  queue.send('four')
  await sqs.send(new PurgeQueueCommand({ QueueUrl }))
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  await expect(
    sqs.send(new StartMessageMoveTaskCommand({ SourceArn: `${queue.arn}-other` })),
  ).rejects.toMatchObject({ name: 'QueueDoesNotExist' })
})

it('rejects other operations', async () => {
  const { sqs } = queueOf()
  await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('sqs: operation ListQueues is not simulated; simulated: '),
  })
})
