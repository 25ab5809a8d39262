import { ECSClient, ListServicesCommand } from '@aws-sdk/client-ecs'
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import fc from 'fast-check'
import { AwsEndpoint, AwsError, Crash, Random, Simulation } from '../src'

describe('virtual time', () => {
  it('runs actions in the order of time, then of scheduling', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 })), async (delays) => {
        const simulation = new Simulation(1)
        const ran: [delay: number, index: number][] = []
        for (const [index, delay] of delays.entries()) {
          simulation.after(delay, () => void ran.push([delay, index]))
        }
        await simulation.run(20)
        const sorted = delays
          .map((delay, index): [number, number] => [delay, index])
          .sort(([one, i], [other, j]) => one - other || i - j)
        expect(ran).toEqual(sorted)
      }),
    )
  })

  it('stops at the end of a run, and keeps later actions for the next', async () => {
    const simulation = new Simulation(1, 0)
    let ran = 0
    simulation.after(10.5, () => void ran++)
    await simulation.run(10)
    expect([simulation.now, ran]).toEqual([10_000, 0])
    await simulation.run(1)
    expect([simulation.now, ran]).toEqual([11_000, 1])
  })

  it('does not advance while an action runs', async () => {
    const simulation = new Simulation(1, 0)
    const seen: number[] = []
    simulation.after(1, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      seen.push(simulation.now)
    })
    simulation.after(2, () => void seen.push(simulation.now))
    await simulation.run(3)
    expect(seen).toEqual([1000, 2000])
  })

  it('repeats an action until it is cancelled', async () => {
    const simulation = new Simulation(1, 0)
    const seen: number[] = []
    const cancel = simulation.every(10, () => void seen.push(simulation.now))
    await simulation.run(35)
    cancel()
    await simulation.run(100)
    expect(seen).toEqual([10_000, 20_000, 30_000])
  })
})

describe('random numbers', () => {
  it('are the same only for the same seed', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (r) => () =>
            r.next()
        )(new Random(seed)),
      )
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('of a fork do not depend on the draws of its parent', () => {
    const one = new Random(7)
    one.next()
    expect(one.fork('part').next()).toBe(new Random(7).fork('part').next())
    expect(one.fork('part').next()).not.toBe(one.fork('other').next())
  })

  it('stay within their bounds, and reach both', () => {
    const random = new Random(3)
    const drawn = new Set(Array.from({ length: 500 }, () => random.integer(2, 4)))
    expect([...drawn].sort()).toEqual([2, 3, 4])
  })
})

describe('the endpoint', () => {
  it('handles the JSON protocol, and records each call', async () => {
    const aws = new AwsEndpoint()
    aws.register('ecs', {
      protocol: 'json',
      call: (_, input) => ({ serviceArns: [input.cluster] }),
    })
    const client = new ECSClient(aws.clientOptions)
    const { serviceArns } = await client.send(new ListServicesCommand({ cluster: 'main' }))
    expect(serviceArns).toEqual(['main'])
    expect(aws.calls).toEqual([
      { service: 'ecs', operation: 'ListServices', input: { cluster: 'main' } },
    ])
  })

  it('handles the query protocol, with lists', async () => {
    const aws = new AwsEndpoint()
    const health = [{ Target: { Id: '10.0.0.1', Port: 80 }, TargetHealth: { State: 'healthy' } }]
    aws.register('elasticloadbalancing', {
      protocol: 'query',
      call: (operation) =>
        operation === 'DescribeTargetHealth' ? { TargetHealthDescriptions: health } : {},
    })
    const client = new ElasticLoadBalancingV2Client(aws.clientOptions)
    const output = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: 'arn' }))
    expect(output.TargetHealthDescriptions).toMatchObject(health)
    const Targets = [{ Id: '10.0.0.1' }, { Id: '10.0.0.2' }]
    await client.send(new DeregisterTargetsCommand({ TargetGroupArn: 'arn', Targets }))
    expect(aws.calls.at(-1)?.input).toEqual({ TargetGroupArn: 'arn', Targets })
  })

  it.each(['json', 'query'] as const)('returns errors as AWS does (%s)', async (protocol) => {
    const aws = new AwsEndpoint()
    const deny = () => {
      throw new AwsError('AccessDeniedException', 'you <may> not', 403)
    }
    aws.register('ecs', { protocol: 'json', call: deny })
    aws.register('elasticloadbalancing', { protocol: 'query', call: deny })
    const call =
      protocol === 'json'
        ? new ECSClient(aws.clientOptions).send(new ListServicesCommand({}))
        : new ElasticLoadBalancingV2Client(aws.clientOptions).send(
            new DescribeTargetHealthCommand({ TargetGroupArn: 'a' }),
          )
    await expect(call).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'you <may> not',
      $metadata: { httpStatusCode: 403 },
    })
    expect(aws.calls[0]?.error).toBe('AccessDeniedException')
  })

  it('runs interceptors, which may crash the caller', async () => {
    const aws = new AwsEndpoint()
    aws.register('ecs', { protocol: 'json', call: () => ({}) })
    aws.interceptors.push(({ operation }) => {
      if (operation === 'ListServices') throw new Crash('here')
    })
    const client = new ECSClient(aws.clientOptions)
    await expect(client.send(new ListServicesCommand({}))).rejects.toBeInstanceOf(Crash)
  })
})
