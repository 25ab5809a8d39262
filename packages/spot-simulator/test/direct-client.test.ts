import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { DescribeServicesCommand, DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs'
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { DynamoDb, EcsSimulation, sendDirectly } from '../src'

/** The same client with and without the middleware of the SDK. */
function clients() {
  const aws = new EcsSimulation({ seed: 1 })
  const { clientOptions, requestHandler } = aws.endpoint
  const direct = new ECSClient(clientOptions)
  sendDirectly(direct, requestHandler)
  return { aws, sdk: new ECSClient(clientOptions), direct }
}

describe('a client that skips the middleware', () => {
  it('returns what the SDK returns, with dates', async () => {
    const { aws, sdk, direct } = clients()
    const service = aws.createService({ name: 'api', desiredCount: 2 })
    await aws.run(300)
    const [task] = service.tasks
    aws.interruptTask(task as NonNullable<typeof task>)
    const commands = [
      new DescribeServicesCommand({ cluster: 'main', services: ['api'], include: ['TAGS'] }),
      new DescribeTasksCommand({ cluster: 'main', tasks: [task?.arn ?? ''] }),
    ]
    for (const command of commands) {
      const { $metadata: _, ...expected } = await sdk.send(command as DescribeServicesCommand)
      expect(await direct.send(command as DescribeServicesCommand)).toEqual(expected)
    }
    const { tasks } = await direct.send(commands[1] as DescribeTasksCommand)
    expect(tasks?.[0]?.stoppingAt).toEqual(new Date(aws.now))
  })

  it('returns the messages and the inputs of the moment', async () => {
    const { aws, sdk, direct } = clients()
    const service = aws.createService({ name: 'api', desiredCount: 1 })
    const services = ['api']
    const command = () => new DescribeServicesCommand({ cluster: 'main', services })
    await aws.run(300)
    const before = await direct.send(command())
    aws.setDesiredCount(service, 2)
    await aws.run(300)
    const { $metadata: _, ...expected } = await sdk.send(command())
    expect(await direct.send(command())).toEqual(expected)
    expect(before.services?.[0]?.events).not.toEqual(expected.services?.[0]?.events)
    services[0] = 'changed later'
    expect(aws.endpoint.calls.at(-1)?.input).toMatchObject({ services: ['api'] })
  })

  it('throws errors with the name of the exception', async () => {
    const { aws, direct } = clients()
    const unknown = new DescribeServicesCommand({ cluster: 'other', services: ['api'] })
    await expect(direct.send(unknown)).rejects.toMatchObject({ name: 'ClusterNotFoundException' })
    const dynamodb = new DynamoDb()
    dynamodb.createTable({ name: 'pairs', hashKey: 'pair' })
    aws.endpoint.register('dynamodb', dynamodb)
    const client = new DynamoDBClient(aws.endpoint.clientOptions)
    sendDirectly(client, aws.endpoint.requestHandler)
    const put = new PutItemCommand({
      TableName: 'pairs',
      Item: { pair: { S: 'a' } },
      ConditionExpression: 'attribute_not_exists(pair)',
    })
    await client.send(put)
    await expect(client.send(put)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    })
  })

  it('calls load balancers as the SDK does', async () => {
    const { aws } = clients()
    const { clientOptions, requestHandler } = aws.endpoint
    const sdk = new ElasticLoadBalancingV2Client(clientOptions)
    const direct = new ElasticLoadBalancingV2Client(clientOptions)
    sendDirectly(direct, requestHandler)
    const TargetGroupArn = aws.loadBalancers.createTargetGroup({ name: 'api', port: 80 })
    const health = new DescribeTargetHealthCommand({ TargetGroupArn })
    expect((await direct.send(health)).TargetHealthDescriptions).toEqual([])
    const loadBalancers = [
      { targetGroupArn: TargetGroupArn, containerName: 'app', containerPort: 80 },
    ]
    aws.createService({ name: 'api', desiredCount: 2, loadBalancers })
    await aws.run(300)
    const { $metadata: _, ...expected } = await sdk.send(health)
    expect(await direct.send(health)).toEqual(expected)
    const Targets = [{ Id: expected.TargetHealthDescriptions?.[0]?.Target?.Id ?? '', Port: 80 }]
    const some = { TargetGroupArn, Targets }
    await direct.send(new DeregisterTargetsCommand(some))
    const { TargetHealthDescriptions: of } = await sdk.send(new DescribeTargetHealthCommand(some))
    expect(of).toMatchObject([{ TargetHealth: { State: 'draining' } }])
    await sdk.send(new DeregisterTargetsCommand(some))
    const [one, other] = aws.endpoint.calls.filter(({ operation }) => /^Dereg/.test(operation))
    expect(one).toEqual(other)
    const unknown = new DescribeTargetHealthCommand({ TargetGroupArn: 'unknown' })
    const error = await sdk.send(unknown).catch((thrown: Error) => thrown)
    const { name, message } = error as Error
    await expect(direct.send(unknown)).rejects.toMatchObject({ name, message })
  })
})
