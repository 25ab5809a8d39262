import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { AwsEndpoint, Simulation, Sns, sendDirectly } from '../../src'

function topic(isDirect = false) {
  const simulation = new Simulation(1, 0)
  const aws = new AwsEndpoint()
  const model = new Sns(simulation)
  aws.register('sns', model)
  const sns = new SNSClient(aws.clientOptions)
  if (isDirect) sendDirectly(sns, aws.requestHandler)
  return { simulation, model, TopicArn: model.createTopic('alarms'), sns, calls: aws.calls }
}

describe.each([
  ['of the SDK', false],
  ['that skips the middleware', true],
])('a topic, with a client %s,', (_, isDirect) => {
  it('records each message that is published', async () => {
    const { simulation, model, TopicArn, sns } = topic(isDirect)
    await simulation.run(60)
    const publish = (Message: string, Subject?: string) =>
      sns.send(new PublishCommand({ TopicArn, Subject, Message }))
    const { MessageId } = await publish('<web> & api', 'covered')
    expect((await publish('more')).MessageId).not.toBe(MessageId)
    const topicArn = 'arn:aws:sns:us-east-1:123456789012:alarms'
    expect(model.messages).toEqual([
      { topicArn, subject: 'covered', message: '<web> & api', attributes: {}, at: 60_000 },
      { topicArn, subject: undefined, message: 'more', attributes: {}, at: 60_000 },
    ])
  })

  const attribute = (name: string, DataType: string, StringValue: string) => ({
    Message: 'x',
    MessageAttributes: { [name]: { DataType, StringValue } },
  })

  it('records attributes', async () => {
    const { model, TopicArn, sns, calls } = topic(isDirect)
    const { Message, MessageAttributes } = attribute('id', 'String', 'main/api/covering')
    await sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes }))
    expect(model.messages).toMatchObject([{ attributes: { id: 'main/api/covering' } }])
    const entry = [{ Name: 'id', Value: MessageAttributes.id }]
    expect(calls[0]?.input).toEqual({ TopicArn, Message, MessageAttributes: { entry } })
  })

  it.each([
    ['NotFoundException', { TopicArn: 'arn:aws:sns:us-east-1:123456789012:x', Message: 'x' }],
    ['InvalidParameterException', { Message: '' }],
    ['InvalidParameterException', { Message: 'x'.repeat(262_145) }],
    ['InvalidParameterException', { Message: 'x', Subject: 'x'.repeat(101) }],
    ['NotSimulated', attribute('size', 'Number', '1')],
    ['InvalidParameterValueException', attribute('an id', 'String', 'x')],
    ['InvalidParameterValueException', attribute('id', 'String', '')],
    ['NotSimulated', { Message: 'x', TargetArn: 'arn:aws:sns:us-east-1:123456789012:alarms' }],
  ])('throws %s', async (name, input) => {
    const { model, TopicArn, sns } = topic(isDirect)
    const call = sns.send(new PublishCommand({ TopicArn, ...input }))
    await expect(call).rejects.toMatchObject({ name })
    expect(model.messages).toEqual([])
  })

  it('rejects other operations', async () => {
    const { TopicArn, sns } = topic(isDirect)
    const command = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [] })
    await expect(sns.send(command)).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'sns: operation PublishBatch is not simulated; simulated: Publish',
    })
  })
})
