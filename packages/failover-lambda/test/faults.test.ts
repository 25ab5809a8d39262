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
import { TestAccount } from './test-account'

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
    const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 300, toSeconds: 2400 }) })
    const { standby } = account.addPair('api')
    let hits = 0
    const counted: Fault = (call) => {
      hits++
      return fault(call)
    }
    account.aws.endpoint.interceptors.push(failNth({ operation }, 1, counted))
    await account.aws.run(1800)
    expect(standby.servingCount).toBe(3)
    await account.aws.run(1800)
    expect(standby.desiredCount).toBe(0)
    expect(hits).toBe(1)
    expect(account.deadLetters.counts()).toMatchObject({ visible: 0 })
  })
})

describe('a service that is gone', () => {
  it('leaves its standby with nothing, once it was covered', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    const { primary, standby } = account.addPair('api')
    await account.aws.run(1200)
    expect(standby.desiredCount).toBe(3)
    account.aws.setDesiredCount(primary, 0)
    account.aws.deleteService(primary)
    await account.aws.run(600)
    expect(standby.desiredCount).toBe(0)
    expect(account.log.filter(({ message }) => message === 'failed, will be retried')).toEqual([])
  })

  it('as a standby is told, and stops nobody else', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    const lonely = account.addPair('lonely')
    const other = account.addPair('other')
    account.aws.deleteService(lonely.standby)
    await account.aws.run(1800)
    expect(other.standby.servingCount).toBe(3)
    expect(account.logged('standby does not exist').length).toBeGreaterThan(0)
  })

  it('with its cluster sends its messages to the dead letters, and no others', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    const { standby } = account.addPair('api')
    const detail = { cluster: 'nowhere', services: ['api'] }
    account.controller
      .queue('reconcile')
      .send(JSON.stringify({ 'detail-type': 'Tideway Look', detail }))
    await account.aws.run(hour)
    expect(standby.servingCount).toBe(3)
    expect(account.deadLetters.counts()).toMatchObject({ visible: 1 })
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
      const account = new TestAccount({ fargateSpot: longDrought() })
      const { standby } = account.addPair('api')
      const other = account.addPair('other')
      const about = {
        operation: 'UpdateService',
        input: ({ service }: { service?: unknown }) => service === standby.name,
      }
      account.aws.endpoint.interceptors.push(
        failSometimes(about, 1, account.aws.simulation.random.fork('faults'), [exception(name)]),
      )
      await account.aws.run(1800)
      expect(other.standby.servingCount).toBe(3)
      expect(account.logged('failed, will be retried').map(({ error }) => error)).toContain(name)
    },
  )
})

describe('two functions at once', () => {
  it('with the same old view: one of them acts, the other looks again', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    const { standby } = account.addPair('api')
    let interleaved = 0
    account.aws.endpoint.interceptors.push(
      runBefore(
        { operation: 'PutItem', input: ({ Item }) => JSON.stringify(Item).includes('main/api') },
        1,
        async () => {
          interleaved++
          await account.controller.invoke({
            'detail-type': 'Tideway Look',
            detail: { cluster: 'main', services: ['api'] },
          })
        },
      ),
    )
    await account.aws.run(1800)
    expect(interleaved).toBe(1)
    const refused = account.aws.endpoint.calls.filter(
      ({ operation, error }) => operation === 'PutItem' && error !== undefined,
    )
    expect(refused).toHaveLength(1)
    expect(account.logged('failed, will be retried')).toEqual([])
    expect(standby.servingCount).toBe(3)
    const raises = account.writes.filter(({ input }) => input.desiredCount !== undefined)
    expect(raises.length).toBeLessThanOrEqual(3)
  })
})

describe('bad weather', () => {
  it('of every kind, all the time, ends with the right counts once it is over', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 300, toSeconds: 3 * hour }),
      events: { losses: 0.3, duplicates: 0.3, reorders: 0.3 },
    })
    const { standby } = account.addPair('api')
    const weather = failSometimes({}, 0.1, account.aws.simulation.random.fork('weather'))
    account.aws.endpoint.interceptors.push(weather)
    await account.aws.run(2 * hour)
    expect(standby.servingCount).toBe(3)
    await account.aws.run(2 * hour)
    account.aws.endpoint.interceptors = []
    await account.aws.run(hour)
    expect(standby.desiredCount).toBe(0)
  })
})
