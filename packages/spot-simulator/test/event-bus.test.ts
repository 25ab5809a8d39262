import fc from 'fast-check'
import { AwsError, type AwsEvent, Crash, type DeliverySettings, EventBus, Simulation } from '../src'

function setUp(settings?: DeliverySettings, seed = 1) {
  const simulation = new Simulation(seed)
  const bus = new EventBus(simulation, settings)
  const publish = (number: number, detailType = 'Number') =>
    bus.publish(() => ({ source: 'test', detailType, resources: ['r'], detail: { number } }))
  return { simulation, bus, publish }
}

async function delivered(settings: DeliverySettings, count = 1000, seed = 1): Promise<number[]> {
  const { simulation, bus, publish } = setUp(settings, seed)
  const received: number[] = []
  bus.subscribe(({ detail }) => void received.push(Number(detail.number)))
  for (let number = 0; number < count; number++) {
    simulation.after(number * 3, () => publish(number))
  }
  await simulation.run(count * 3 + 1000)
  return received
}

describe('the event bus', () => {
  it('delivers an event as EventBridge does, after a delay', async () => {
    const { simulation, bus, publish } = setUp({ delaySeconds: [5, 8] })
    const received: [number, AwsEvent][] = []
    const start = simulation.now
    bus.subscribe((event) => void received.push([(simulation.now - start) / 1000, event]))
    publish(7)
    await simulation.run(60)
    const [[at, event]] = received as [[number, AwsEvent]]
    expect(at).toBeGreaterThanOrEqual(5)
    expect(at).toBeLessThanOrEqual(8)
    expect(event).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      'detail-type': 'Number',
      source: 'test',
      account: '123456789012',
      time: '2026-01-05T00:00:00Z',
      region: 'us-east-1',
      resources: ['r'],
      detail: { number: 7 },
    })
  })

  it('delivers each event once and in order by default', async () => {
    const all = Array.from({ length: 1000 }, (_, number) => number)
    expect(await delivered({})).toEqual(all)
  })

  it('loses, duplicates and reorders events as configured', async () => {
    const lost = 1000 - (await delivered({ losses: 0.2 })).length
    expect(lost).toBeGreaterThan(150)
    expect(lost).toBeLessThan(250)
    const twice = (await delivered({ duplicates: 0.2 })).length - 1000
    expect(twice).toBeGreaterThan(150)
    expect(twice).toBeLessThan(250)
    const received = await delivered({ reorders: 0.1 })
    const overtaken = received.filter((number, index) => number < (received[index - 1] ?? 0))
    expect(overtaken.length).toBeGreaterThan(50)
    expect(new Set(received).size).toBe(1000)
  })

  it('is deterministic for a seed', async () => {
    const settings = { losses: 0.2, duplicates: 0.2, reorders: 0.2 }
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        expect(await delivered(settings, 50, seed)).toEqual(await delivered(settings, 50, seed))
      }),
      { numRuns: 20 },
    )
    expect(await delivered(settings, 50, 1)).not.toEqual(await delivered(settings, 50, 2))
  })

  it('delivers only events that match the pattern, a copy to each subscriber', async () => {
    const { simulation, bus, publish } = setUp({ delaySeconds: [1, 1] })
    const received: string[] = []
    bus.subscribe(
      (event) => {
        received.push(event['detail-type'])
        Object.assign(event.detail, { number: 'changed' })
      },
      { source: ['test'], 'detail-type': ['A'] },
    )
    const numbers: unknown[] = []
    bus.subscribe(async ({ detail }) => void numbers.push(detail.number))
    publish(1, 'A')
    publish(2, 'B')
    await simulation.run(10)
    expect(received).toEqual(['A'])
    expect(numbers.sort()).toEqual([1, 2])
  })

  it.each([
    ['an AwsError', new AwsError('ThrottlingException', 'Rate exceeded')],
    ['a crash', new Crash('out of memory')],
    ['an error of the SDK', Object.assign(new Error('denied'), { $metadata: {} })],
  ])('retries after %s of a subscriber', async (_, error) => {
    const { simulation, bus, publish } = setUp()
    let tries = 0
    bus.subscribe(() => {
      if (++tries < 4) throw error
    })
    publish(1)
    await simulation.run(3600)
    expect(tries).toBe(4)
  })

  it('gives up after the last retry', async () => {
    const { simulation, bus, publish } = setUp({ retries: 2 })
    let tries = 0
    bus.subscribe(() => {
      tries++
      throw new Crash('again')
    })
    publish(1)
    await simulation.run(86_400)
    expect(tries).toBe(3)
  })

  it('throws other errors of a subscriber from run', async () => {
    const { simulation, bus, publish } = setUp()
    bus.subscribe(() => {
      throw new TypeError('x is not a function')
    })
    publish(1)
    await expect(simulation.run(10)).rejects.toThrow('x is not a function')
  })
})
