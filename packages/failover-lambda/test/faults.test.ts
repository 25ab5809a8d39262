import {
  accessDenied,
  crash,
  drought,
  exception,
  type Fault,
  failNth,
  failSometimes,
  runBefore,
  serverError,
  throttling,
  timeout,
} from '@tideway/spot-simulator'
import { World } from './world'

const hour = 3600
const longDrought = () => drought({ fromSeconds: 300, toSeconds: 9 * hour })

/** The operations of looks that cover, and of looks at what is covered. */
const operations = [
  'BatchGetItem',
  'DescribeServices',
  'DescribeTasks',
  'ListTasks',
  'PutItem',
  'UpdateService',
  'Publish',
  'Query',
  'SendMessageBatch',
  'ListServices',
]

describe('one call that goes wrong', () => {
  const faults: [string, Fault][] = [
    ['throttling', throttling],
    ['a server error', serverError],
    ['a timeout', timeout],
    ['an access denial', accessDenied],
    ['the end of the process', crash],
  ]
  const cases = faults.flatMap(([name, fault]) =>
    operations.map((operation): [string, string, Fault] => [name, operation, fault]),
  )

  it.each(cases)('(%s, at %s) costs time, and nothing else', async (_, operation, fault) => {
    const world = new World({ fargateSpot: drought({ fromSeconds: 300, toSeconds: 2400 }) })
    const { standby } = world.pair('api')
    let hits = 0
    const counted: Fault = (call) => {
      hits++
      return fault(call)
    }
    world.aws.endpoint.interceptors.push(failNth({ operation }, 1, counted))
    await world.aws.run(1800)
    expect(standby.servingCount).toBe(3)
    await world.aws.run(1800)
    expect(standby.desiredCount).toBe(0)
    expect(hits).toBe(1)
    expect(world.dead.counts()).toMatchObject({ visible: 0 })
  })
})

describe('a service that is gone', () => {
  it('leaves its standby with nothing, once it was covered', async () => {
    const world = new World({ fargateSpot: longDrought() })
    const { primary, standby } = world.pair('api')
    await world.aws.run(1200)
    expect(standby.desiredCount).toBe(3)
    world.aws.setDesiredCount(primary, 0)
    world.aws.deleteService(primary)
    await world.aws.run(600)
    expect(standby.desiredCount).toBe(0)
    expect(
      world.log.filter(({ message }) => message === 'failed, and will be tried again'),
    ).toEqual([])
  })

  it('as a standby is told, and stops nobody else', async () => {
    const world = new World({ fargateSpot: longDrought() })
    const lonely = world.pair('lonely')
    const other = world.pair('other')
    world.aws.deleteService(lonely.standby)
    await world.aws.run(1800)
    expect(other.standby.servingCount).toBe(3)
    expect(world.logged('standby is not there').length).toBeGreaterThan(0)
  })

  it('with its cluster sends its messages to the dead letters, and no others', async () => {
    const world = new World({ fargateSpot: longDrought() })
    const { standby } = world.pair('api')
    const detail = { cluster: 'nowhere', services: ['api'] }
    world.queue.send(JSON.stringify({ 'detail-type': 'Tideway Look', detail }))
    await world.aws.run(hour)
    expect(standby.servingCount).toBe(3)
    expect(world.dead.counts()).toMatchObject({ visible: 1 })
  })
})

describe('what UpdateService refuses', () => {
  it.each([
    'ServiceNotActiveException',
    'ServiceNotFoundException',
    'InvalidParameterException',
    'AccessDeniedException',
    'PlatformUnknownException',
  ] as const)(
    'with %s, again and again, is told and tried again, and does not stop the other pairs',
    async (name) => {
      const world = new World({ fargateSpot: longDrought() })
      const { standby } = world.pair('api')
      const other = world.pair('other')
      const about = {
        operation: 'UpdateService',
        input: ({ service }: { service?: unknown }) => service === standby.name,
      }
      world.aws.endpoint.interceptors.push(
        failSometimes(about, 1, world.aws.simulation.random.fork('faults'), [exception(name)]),
      )
      await world.aws.run(1800)
      expect(other.standby.servingCount).toBe(3)
      expect(world.logged('failed, and will be tried again').map(({ error }) => error)).toContain(
        name,
      )
    },
  )
})

describe('two functions at once', () => {
  it('with the same old view: one of them acts, the other looks again', async () => {
    const world = new World({ fargateSpot: longDrought() })
    const { standby } = world.pair('api')
    let interleaved = 0
    world.aws.endpoint.interceptors.push(
      runBefore(
        { operation: 'PutItem', input: ({ Item }) => JSON.stringify(Item).includes('main/api') },
        1,
        async () => {
          interleaved++
          await world.invoke({
            'detail-type': 'Tideway Look',
            detail: { cluster: 'main', services: ['api'] },
          })
        },
      ),
    )
    await world.aws.run(1800)
    expect(interleaved).toBe(1)
    const refused = world.aws.endpoint.calls.filter(
      ({ operation, error }) => operation === 'PutItem' && error !== undefined,
    )
    expect(refused).toHaveLength(1)
    expect(world.logged('failed, and will be tried again')).toEqual([])
    expect(standby.servingCount).toBe(3)
    const raises = world.writes.filter(({ input }) => input.desiredCount !== undefined)
    expect(raises.length).toBeLessThanOrEqual(3)
  })
})

describe('bad weather', () => {
  it('of every kind, all the time, ends with the right counts once it is over', async () => {
    const world = new World({
      fargateSpot: drought({ fromSeconds: 300, toSeconds: 3 * hour }),
      events: { losses: 0.3, duplicates: 0.3, reorders: 0.3 },
    })
    const { standby } = world.pair('api')
    const weather = failSometimes({}, 0.1, world.aws.simulation.random.fork('weather'))
    world.aws.endpoint.interceptors.push(weather)
    await world.aws.run(2 * hour)
    expect(standby.servingCount).toBe(3)
    await world.aws.run(2 * hour)
    world.aws.endpoint.interceptors = []
    await world.aws.run(hour)
    expect(standby.desiredCount).toBe(0)
  })
})
