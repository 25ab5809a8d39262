import { CreateTopicCommand, PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns'
import { AwsEndpoint, Simulation, Sns } from '../../src'
import { clientsOf } from './clients'

function topic() {
  const simulation = new Simulation(1, 0)
  const aws = new AwsEndpoint()
  const model = new Sns(simulation)
  aws.register('sns', model)
  return { simulation, model, TopicArn: model.createTopic('alarms'), sns: clientsOf(aws).sns }
}

describe('a topic', () => {
  it('keeps what is published, for tests to look at', async () => {
    const { simulation, model, TopicArn, sns } = topic()
    await simulation.run(60)
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: 'covered',
        Message: '<web> & api',
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'cover' } },
      }),
    )
    expect(model.messages).toEqual([
      {
        messageId: MessageId,
        topicArn: 'arn:aws:sns:us-east-1:123456789012:alarms',
        subject: 'covered',
        message: '<web> & api',
        attributes: { kind: 'cover' },
        at: 60_000,
      },
    ])
  })

  it('takes a batch entry by entry', async () => {
    const { model, TopicArn, sns } = topic()
    const { Successful, Failed } = await sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [
          { Id: 'a', Message: 'one' },
          { Id: 'b', Message: 'two', Subject: 'x'.repeat(101) },
          { Id: 'c', Message: 'three' },
        ],
      }),
    )
    expect(Successful?.map(({ Id }) => Id)).toEqual(['a', 'c'])
    expect(Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameter', SenderFault: true }])
    expect(model.messages.map(({ message }) => message)).toEqual(['one', 'three'])
    expect(new Set(model.messages.map(({ messageId }) => messageId)).size).toBe(2)
  })

  it.each([
    ['NotFoundException', { TopicArn: 'arn:aws:sns:us-east-1:123456789012:x', Message: 'x' }],
    ['InvalidParameterException', { Message: '' }],
    ['InvalidParameterException', { Message: 'x'.repeat(262_145) }],
  ])('refuses: %s', async (name, input) => {
    const { model, TopicArn, sns } = topic()
    const call = sns.send(new PublishCommand({ TopicArn, ...input }))
    await expect(call).rejects.toMatchObject({ name })
    expect(model.messages).toEqual([])
  })

  const entries = (count: number, text = 'x') =>
    Array.from({ length: count }, (_, index) => ({ Id: `${index}`, Message: text }))
  it.each([
    ['EmptyBatchRequestException', []],
    ['TooManyEntriesInBatchRequestException', entries(11)],
    ['BatchEntryIdsNotDistinctException', [...entries(1), ...entries(1)]],
    ['BatchRequestTooLongException', entries(2, 'x'.repeat(140_000))],
  ])('refuses a batch: %s', async (name, PublishBatchRequestEntries) => {
    const { TopicArn, sns } = topic()
    const call = sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }))
    await expect(call).rejects.toMatchObject({ name })
  })

  it('has no more operations', async () => {
    await expect(topic().sns.send(new CreateTopicCommand({ Name: 'x' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    })
  })
})
