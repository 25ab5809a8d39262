import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsEndpoint, LoadBalancers, Simulation, type TargetGroupProps } from '../../src'

function groupOf(props: Partial<TargetGroupProps> = {}) {
  const simulation = new Simulation(1)
  const aws = new AwsEndpoint()
  const model = new LoadBalancers(simulation)
  aws.register('elasticloadbalancing', model)
  const TargetGroupArn = model.createTargetGroup({ name: 'web', ...props })
  const client = new ElasticLoadBalancingV2Client(aws.clientOptions)
  const health = async () => {
    const command = new DescribeTargetHealthCommand({ TargetGroupArn })
    const { TargetHealthDescriptions = [] } = await client.send(command)
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) =>
      [Target?.Id, Target?.Port, TargetHealth?.State, TargetHealth?.Reason].join(' ').trim(),
    )
  }
  const register = (id: string, port = 80, healthyAfterSeconds = 30) =>
    model.register(TargetGroupArn, id, port, healthyAfterSeconds)
  const deregister = (...Targets: { Id: string; Port?: number }[]) =>
    client.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }))
  return { simulation, model, client, TargetGroupArn, health, register, deregister }
}

describe('a target', () => {
  it('becomes healthy, drains when it is deregistered, and is gone after the delay', async () => {
    const { simulation, health, register, deregister } = groupOf()
    register('10.0.0.1')
    register('10.0.0.2', 8080)
    expect(await health()).toEqual([
      '10.0.0.1 80 initial Elb.RegistrationInProgress',
      '10.0.0.2 8080 initial Elb.RegistrationInProgress',
    ])
    await simulation.run(30)
    expect(await health()).toEqual(['10.0.0.1 80 healthy', '10.0.0.2 8080 healthy'])
    await deregister({ Id: '10.0.0.1' })
    await simulation.run(299)
    // A second call does not restart the delay.
    await deregister({ Id: '10.0.0.1' })
    expect(await health()).toContain('10.0.0.1 80 draining Target.DeregistrationInProgress')
    await simulation.run(1)
    expect(await health()).toEqual(['10.0.0.2 8080 healthy'])
  })

  it('is identified by address and port, each with its own time to become healthy', async () => {
    const { simulation, model, TargetGroupArn, register, health } = groupOf()
    register('10.0.0.1', 80, 5)
    register('10.0.0.1', 81, 7)
    await simulation.run(5)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.1', 80)).toBe(true)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.1', 81)).toBe(false)
    model.deregister(TargetGroupArn, '10.0.0.1', 80)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.1', 80)).toBe(false)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.9', 80)).toBe(false)
    expect(await health()).toContainEqual(expect.stringContaining('80 draining'))
  })

  it('starts over when it is registered again while it drains', async () => {
    const { simulation, health, register, deregister } = groupOf()
    register('10.0.0.1')
    await simulation.run(30)
    register('10.0.0.1')
    expect(await health()).toEqual(['10.0.0.1 80 healthy'])
    await deregister({ Id: '10.0.0.1' })
    register('10.0.0.1')
    expect(await health()).toEqual([expect.stringContaining('initial')])
    await simulation.run(400)
    expect(await health()).toEqual(['10.0.0.1 80 healthy'])
  })

  it('has the type of its group', async () => {
    const instances = groupOf({ targetType: 'instance' })
    instances.register('i-0123456789abcdef0')
    expect(await instances.health()).toHaveLength(1)
    expect(() => instances.register('10.0.0.1')).toThrow('10.0.0.1 is not a valid instance target')
    expect(() => groupOf().register('i-0123456789abcdef0')).toThrow('not a valid ip target of web')
  })

  it('can be deregistered without being registered', async () => {
    const { health, deregister } = groupOf()
    await deregister({ Id: '10.0.0.9' })
    expect(await health()).toEqual([])
    await expect(deregister()).rejects.toMatchObject({ name: 'ValidationError' })
  })
})

describe('DescribeTargetGroups', () => {
  it('returns all target groups', async () => {
    const { model, client } = groupOf()
    model.createTargetGroup({ name: 'api', arn: 'given', targetType: 'instance', port: 8080 })
    const { TargetGroups } = await client.send(new DescribeTargetGroupsCommand({}))
    expect(TargetGroups).toEqual([
      {
        TargetGroupArn: expect.stringMatching(
          /^arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup\/web\/[0-9a-f]{16}$/,
        ),
        TargetGroupName: 'web',
        Protocol: 'HTTP',
        Port: 80,
        TargetType: 'ip',
      },
      {
        TargetGroupArn: 'given',
        TargetGroupName: 'api',
        Protocol: 'HTTP',
        Port: 8080,
        TargetType: 'instance',
      },
    ])
  })

  it('returns pages of 400', async () => {
    const { model, client } = groupOf()
    for (let index = 0; index < 801; index++) model.createTargetGroup({ name: `group-${index}` })
    const sizes: (number | undefined)[] = []
    for await (const { TargetGroups } of paginateDescribeTargetGroups({ client }, {})) {
      sizes.push(TargetGroups?.length)
    }
    expect(sizes).toEqual([400, 400, 2])
  })
})

it.each([
  ['TargetGroupNotFoundException', new DescribeTargetHealthCommand({ TargetGroupArn: 'other' })],
  ['ValidationError', new DescribeTargetGroupsCommand({ Marker: 'other' })],
  ['NotSimulated', new DescribeTargetGroupsCommand({ Names: ['web'] })],
  [
    'NotSimulated',
    new DescribeTargetHealthCommand({ TargetGroupArn: 'x', Include: ['AnomalyDetection'] }),
  ],
  ['UnknownOperationException', new RegisterTargetsCommand({ TargetGroupArn: 'x', Targets: [] })],
])('throws %s', async (name, command) => {
  const call = groupOf().client.send(command as DescribeTargetGroupsCommand)
  await expect(call).rejects.toMatchObject({ name })
})
