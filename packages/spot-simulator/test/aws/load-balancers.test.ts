import {
  DeregisterTargetsCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  type DescribeTargetGroupsCommandInput,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  AwsEndpoint,
  LoadBalancers,
  loadBalancerArn,
  Simulation,
  type TargetGroupProps,
} from '../../src'
import { clientsOf } from './clients'

function groupOf(props: Partial<TargetGroupProps> = {}) {
  const simulation = new Simulation(1)
  const aws = new AwsEndpoint()
  const model = new LoadBalancers(simulation)
  aws.register('elasticloadbalancing', model)
  const TargetGroupArn = model.createTargetGroup({ name: 'web', ...props })
  const client = clientsOf(aws).loadBalancers
  const health = async (Targets?: { Id: string; Port?: number }[]) => {
    const command = new DescribeTargetHealthCommand({ TargetGroupArn, Targets })
    const { TargetHealthDescriptions = [] } = await client.send(command)
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) =>
      [Target?.Id, Target?.Port, TargetHealth?.State, TargetHealth?.Reason].join(' ').trim(),
    )
  }
  const register = (...Targets: { Id: string; Port?: number }[]) =>
    client.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }))
  const deregister = (...Targets: { Id: string; Port?: number }[]) =>
    client.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }))
  return { simulation, model, client, TargetGroupArn, health, register, deregister }
}

describe('a target', () => {
  it('is healthy after a while, drains when it leaves, and is gone then', async () => {
    const { simulation, health, register, deregister } = groupOf({ deregistrationDelaySeconds: 60 })
    await register({ Id: '10.0.0.1' }, { Id: '10.0.0.2', Port: 8080 })
    expect(await health()).toEqual([
      '10.0.0.1 80 initial Elb.RegistrationInProgress',
      '10.0.0.2 8080 initial Elb.RegistrationInProgress',
    ])
    await simulation.run(30)
    expect(await health()).toEqual(['10.0.0.1 80 healthy', '10.0.0.2 8080 healthy'])
    await deregister({ Id: '10.0.0.1' })
    await simulation.run(59)
    // A second time changes nothing: the delay does not begin anew.
    await deregister({ Id: '10.0.0.1' })
    expect(await health()).toContain('10.0.0.1 80 draining Target.DeregistrationInProgress')
    await simulation.run(1)
    expect(await health()).toEqual(['10.0.0.2 8080 healthy'])
    expect(await health([{ Id: '10.0.0.1' }])).toEqual(['10.0.0.1 80 unused Target.NotRegistered'])
  })

  it('comes and goes in code too, each with its own time to be healthy', async () => {
    const { simulation, model, TargetGroupArn, health } = groupOf()
    model.register(TargetGroupArn, '10.0.0.1', 80, 5)
    model.register(TargetGroupArn, '10.0.0.1', 81, 7)
    await simulation.run(5)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.1', 80)).toBe(true)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.1', 81)).toBe(false)
    model.deregister(TargetGroupArn, '10.0.0.1', 80)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.1', 80)).toBe(false)
    expect(model.isHealthy(TargetGroupArn, '10.0.0.9', 80)).toBe(false)
    expect(await health([{ Id: '10.0.0.1' }])).toEqual([expect.stringContaining('draining')])
  })

  it('that drains starts over when it is registered again', async () => {
    const { simulation, health, register, deregister } = groupOf()
    await register({ Id: '10.0.0.1' })
    await simulation.run(30)
    await register({ Id: '10.0.0.1' })
    expect(await health()).toEqual(['10.0.0.1 80 healthy'])
    await deregister({ Id: '10.0.0.1' })
    await register({ Id: '10.0.0.1' })
    expect(await health()).toEqual([expect.stringContaining('initial')])
    await simulation.run(400)
    expect(await health()).toEqual(['10.0.0.1 80 healthy'])
  })

  it('is unused behind no load balancer', async () => {
    const { simulation, health, register } = groupOf({ loadBalancerArns: [] })
    await register({ Id: '10.0.0.1' })
    await simulation.run(100)
    expect(await health()).toEqual(['10.0.0.1 80 unused Target.NotInUse'])
  })

  it('is of the type of its group', async () => {
    const instances = groupOf({ targetType: 'instance' })
    await instances.register({ Id: 'i-0123456789abcdef0' })
    expect(await instances.health()).toHaveLength(1)
    const name = 'InvalidTargetException'
    await expect(instances.register({ Id: '10.0.0.1' })).rejects.toMatchObject({ name })
    const ips = groupOf()
    await expect(ips.register({ Id: 'i-0123456789abcdef0' })).rejects.toMatchObject({ name })
    // What was never there may be taken out.
    await ips.deregister({ Id: '10.0.0.9' })
    await expect(ips.register()).rejects.toMatchObject({ name: 'ValidationError' })
  })
})

describe('target groups', () => {
  async function described(input: DescribeTargetGroupsCommandInput) {
    const { model, client, TargetGroupArn } = groupOf({ tags: { service: 'web' } })
    const TargetGroupArns = [TargetGroupArn]
    for (const name of ['api', 'jobs', 'admin']) {
      const loadBalancerArns = [loadBalancerArn(name === 'api' ? 'public' : 'main')]
      TargetGroupArns.push(model.createTargetGroup({ name, loadBalancerArns }))
    }
    const answer = await client.send(new DescribeTargetGroupsCommand(input))
    const tags = await client.send(new DescribeTagsCommand({ ResourceArns: TargetGroupArns }))
    return { names: answer.TargetGroups?.map((it) => it.TargetGroupName), answer, tags }
  }

  it('are found by name, by ARN and by load balancer', async () => {
    expect((await described({})).names).toEqual(['web', 'api', 'jobs', 'admin'])
    expect((await described({ Names: ['jobs', 'api'] })).names).toEqual(['jobs', 'api'])
    const behind = await described({ LoadBalancerArn: loadBalancerArn('public') })
    expect(behind.names).toEqual(['api'])
    const [group] = behind.answer.TargetGroups ?? []
    expect(group).toMatchObject({ TargetType: 'ip', Port: 80, Protocol: 'HTTP' })
    expect(group?.TargetGroupArn).toMatch(
      /^arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup\/api\/[0-9a-f]{16}$/,
    )
    const again = await described({ TargetGroupArns: [group?.TargetGroupArn ?? ''] })
    expect(again.names).toEqual(['api'])
  })

  it('come in pages', async () => {
    const first = await described({ PageSize: 3 })
    expect(first.names).toEqual(['web', 'api', 'jobs'])
    const rest = await described({ PageSize: 3, Marker: first.answer.NextMarker })
    expect([rest.names, rest.answer.NextMarker]).toEqual([['admin'], undefined])
  })

  it('have tags', async () => {
    const { tags } = await described({})
    const [web, api] = tags.TagDescriptions ?? []
    expect(web?.Tags).toEqual([{ Key: 'service', Value: 'web' }])
    expect(api?.Tags).toEqual([])
  })

  it.each<[string, DescribeTargetGroupsCommandInput]>([
    ['TargetGroupNotFoundException', { Names: ['none'] }],
    ['TargetGroupNotFoundException', { TargetGroupArns: ['none'] }],
    ['LoadBalancerNotFoundException', { LoadBalancerArn: 'none' }],
    ['ValidationError', { Marker: 'none' }],
    ['ValidationError', { PageSize: 401 }],
  ])('refuse: %s', async (name, input) => {
    await expect(described(input)).rejects.toMatchObject({ name })
  })

  it('have only the operations they have', async () => {
    const { client, model } = groupOf()
    const command = new DescribeTargetHealthCommand({ TargetGroupArn: 'none' })
    const name = 'TargetGroupNotFoundException'
    await expect(client.send(command)).rejects.toMatchObject({ name })
    expect(() => model.register('none', '10.0.0.1', 80, 1)).toThrow('not found')
    const unknown = client.send(new DescribeLoadBalancersCommand({}))
    await expect(unknown).rejects.toMatchObject({ name: 'UnknownOperationException' })
  })
})
