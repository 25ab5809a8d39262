import { createHash } from 'node:crypto'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { AwsEndpoint, type QueueProps, Simulation, Sqs, type SqsOptions } from '../../src'
import { clientsOf } from './clients'

function queueOf(props: Partial<QueueProps> = {}, options: SqsOptions = {}, seed = 1) {
  const simulation = new Simulation(seed)
  const aws = new AwsEndpoint()
  const model = new Sqs(simulation, options)
  aws.register('sqs', model)
  const queue = model.createQueue({ name: 'looks', ...props })
  const { sqs } = clientsOf(aws)
  const QueueUrl = queue.url
  return {
    simulation,
    model,
    queue,
    sqs,
    QueueUrl,
    send: (MessageBody: string, DelaySeconds?: number) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds })),
    receive: async (MaxNumberOfMessages = 10) => {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages })
      return (await sqs.send(command)).Messages ?? []
    },
    remove: (ReceiptHandle?: string) =>
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    counts: () => queue.counts(),
  }
}

const bodies = (messages: readonly { Body?: string }[]) => messages.map(({ Body }) => Body)

describe('a queue', () => {
  it('gives what was sent, with the checksum that the SDK looks at', async () => {
    const { send, receive } = queueOf()
    const { MessageId, MD5OfMessageBody } = await send('grüße')
    expect(MD5OfMessageBody).toBe(createHash('md5').update('grüße').digest('hex'))
    const [message] = await receive()
    expect(message).toMatchObject({ MessageId, Body: 'grüße', MD5OfBody: MD5OfMessageBody })
    expect(message?.Attributes).toBeUndefined()
  })

  it('hides what was received until its visibility timeout, and forgets what was deleted', async () => {
    const { simulation, send, receive, remove, counts } = queueOf({ visibilityTimeoutSeconds: 60 })
    await send('one')
    await receive()
    await simulation.run(59)
    expect(await receive()).toEqual([])
    await simulation.run(1)
    const [again] = await receive()
    expect(again?.Body).toBe('one')
    await remove(again?.ReceiptHandle)
    expect(counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  it('does not delete by the handle of an earlier delivery', async () => {
    const { simulation, send, receive, remove, counts } = queueOf()
    await send('one')
    const [first] = await receive()
    await simulation.run(30)
    await receive()
    await remove(first?.ReceiptHandle)
    expect(counts().inFlight).toBe(1)
  })

  it('holds a delayed message back, by the message or by the queue', async () => {
    const { simulation, send, receive, counts } = queueOf({ delaySeconds: 5 })
    await send('late', 900)
    await send('soon')
    await send('now', 0)
    expect(bodies(await receive())).toEqual(['now'])
    expect(counts().delayed).toBe(2)
    await simulation.run(5)
    expect(bodies(await receive())).toEqual(['soon'])
    await simulation.run(895)
    expect(bodies(await receive())).toContain('late')
  })

  it('counts deliveries, and tells of them who asks', async () => {
    const { simulation, sqs, QueueUrl, send, receive } = queueOf()
    await send('one')
    await receive()
    await simulation.run(30)
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
    })
    const { Messages } = await sqs.send(command)
    expect(Messages?.[0]?.Attributes).toEqual({
      ApproximateReceiveCount: '2',
      SentTimestamp: String(Date.UTC(2026, 0, 5)),
    })
  })

  it('shows a message earlier or later as the receiver says, while it is in flight', async () => {
    const { simulation, sqs, QueueUrl, send, receive } = queueOf()
    await send('one')
    const ReceiptHandle = (await receive())[0]?.ReceiptHandle
    const change = (VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
    await change(100)
    await simulation.run(99)
    expect(await receive()).toEqual([])
    await change(0)
    await expect(change(1)).rejects.toMatchObject({ name: 'MessageNotInflight' })
    expect(bodies(await receive())).toEqual(['one'])
  })

  it('moves what is received too often to its dead letters', async () => {
    const { simulation, model, sqs, send, receive, QueueUrl } = queueOf()
    const deadLetterQueue = model.createQueue({ name: 'dead' })
    model.createQueue({ name: 'looks', deadLetterQueue, maxReceiveCount: 2 })
    await send('poison')
    for (let round = 0; round < 2; round++) {
      expect(await receive()).toHaveLength(1)
      await simulation.run(30)
    }
    expect(await receive()).toEqual([])
    expect(deadLetterQueue.receive(1)[0]).toMatchObject({ body: 'poison' })
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] })
    const { Attributes } = await sqs.send(command)
    expect(JSON.parse(Attributes?.RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn: deadLetterQueue.arn,
      maxReceiveCount: 2,
    })
  })

  it('forgets what is older than its retention', async () => {
    const { simulation, send, receive } = queueOf({ messageRetentionSeconds: 60 })
    await send('old')
    await simulation.run(61)
    expect(await receive()).toEqual([])
  })

  it('is found by its name, and says how it is', async () => {
    const { sqs, queue, QueueUrl, send } = queueOf()
    expect(await sqs.send(new GetQueueUrlCommand({ QueueName: 'looks' }))).toMatchObject({
      QueueUrl,
    })
    await send('one')
    await send('later', 9)
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })
    expect((await sqs.send(command)).Attributes).toMatchObject({
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesDelayed: '1',
      VisibilityTimeout: '30',
    })
  })
})

describe('a batch', () => {
  it('is sent and deleted entry by entry, and says which entries failed', async () => {
    const { sqs, QueueUrl, receive, counts } = queueOf()
    const Entries = [
      { Id: 'a', MessageBody: 'one' },
      { Id: 'b', MessageBody: 'two', DelaySeconds: 901 },
    ]
    const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a'])
    expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameterValue' }])
    const [message] = await receive()
    const deletion = new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'x', ReceiptHandle: 'nonsense' },
        { Id: 'y', ReceiptHandle: message?.ReceiptHandle },
      ],
    })
    const { Successful, Failed } = await sqs.send(deletion)
    expect([Successful?.[0]?.Id, Failed?.[0]?.Code]).toEqual(['y', 'ReceiptHandleIsInvalid'])
    expect(counts().inFlight).toBe(0)
  })

  const entries = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Id: `${index}`, MessageBody: 'x' }))
  it.each([
    ['EmptyBatchRequest', []],
    ['TooManyEntriesInBatchRequest', entries(11)],
    ['BatchEntryIdsNotDistinct', [...entries(1), ...entries(1)]],
    ['InvalidBatchEntryId', [{ Id: 'a b', MessageBody: 'x' }]],
    ['BatchRequestTooLong', entries(2).map((it) => ({ ...it, MessageBody: 'x'.repeat(140_000) }))],
  ])('is refused as a whole: %s', async (name, Entries) => {
    const { sqs, QueueUrl, counts } = queueOf()
    const call = sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    await expect(call).rejects.toMatchObject({ name })
    expect(counts().visible).toBe(0)
  })
})

describe('what SQS leaves open', () => {
  it('delivers twice now and then, even what was deleted', async () => {
    const { simulation, send, receive, remove } = queueOf({}, { duplicateProbability: 0.5 })
    for (let index = 0; index < 20; index++) await send(`${index}`)
    const seen: (string | undefined)[] = []
    for (let round = 0; round < 10; round++) {
      const messages = await receive()
      seen.push(...bodies(messages))
      for (const { ReceiptHandle } of messages) await remove(ReceiptHandle)
      await simulation.run(10)
    }
    expect(new Set(seen).size).toBe(20)
    expect(seen.length).toBeGreaterThan(20)
    expect(seen.length).toBeLessThan(40)
  })

  it('delivers a second time, and no third', async () => {
    const { simulation, send, receive, remove } = queueOf({}, { duplicateProbability: 1 })
    await send('one')
    let seen = 0
    for (let round = 0; round < 10; round++) {
      for (const { ReceiptHandle } of await receive()) {
        seen++
        await remove(ReceiptHandle)
      }
      await simulation.run(30)
    }
    expect(seen).toBe(2)
  })

  it('delivers in no sure order, the same for the same seed', async () => {
    const order = async (seed: number) => {
      const { send, receive } = queueOf({}, { isOrderKept: false }, seed)
      for (let index = 0; index < 8; index++) await send(`${index}`)
      return bodies(await receive()).join('')
    }
    expect(await order(1)).not.toBe('01234567')
    expect(await order(1)).toBe(await order(1))
    expect(await order(1)).not.toBe(await order(2))
  })
})

describe('SQS refuses', () => {
  it('what it cannot do', async () => {
    const { sqs, QueueUrl, send, receive, remove } = queueOf()
    await expect(send('x', 901)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(send('x'.repeat(262_145))).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(receive(11)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(remove('nonsense')).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' })
    const elsewhere = new ReceiveMessageCommand({ QueueUrl: `${QueueUrl}-other` })
    await expect(sqs.send(elsewhere)).rejects.toMatchObject({ name: 'QueueDoesNotExist' })
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('no ListQueues'),
    })
  })
})
