import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AwsError, drought, exception, failSometimes, runBefore } from '@tideway/spot-simulator'
import { type FaultOutcome, faultCases, faultTable, outcomeOf } from '../harness'
import { SdkAccount, TestAccount } from './test-account'

const hour = 3600
const longDrought = () => drought({ fromSeconds: 60, toSeconds: 9 * hour })

describe('one failed call', () => {
  const outcomes = new Map<string, FaultOutcome>()

  it.each(faultCases)(
    '($fault, at $call, after its effect: $isAfterEffect) costs only time',
    async (one) => {
      const outcome = await outcomeOf(one)
      outcomes.set(JSON.stringify(one), outcome)
      expect(outcome).toMatchObject({
        written: '3, 0',
        alerts: ['api: covering begins', 'api: covering is over'],
        interruptions: 3,
        failures: 1,
        deadLetters: 0,
      })
    },
  )

  it('leads to what faults.md says (npm run docs)', async () => {
    const doc = readFileSync(join(__dirname, '../faults.md'), 'utf8')
    const table = await faultTable(
      async (one) => outcomes.get(JSON.stringify(one)) ?? outcomeOf(one),
    )
    expect(doc).toContain(table)
  })
})

describe('a deleted service', () => {
  it('that was covered has its standby cleared', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    const { primary, standby } = account.addPair('api')
    await account.aws.run(300)
    expect(standby.desiredCount).toBe(3)
    account.aws.setDesiredCount(primary, 0)
    account.aws.deleteService(primary)
    await account.aws.run(300)
    expect(standby.desiredCount).toBe(0)
    expect(account.log.filter(({ message }) => message === 'failed, will be retried')).toEqual([])
  })

  it('that is a standby is logged, and does not affect other pairs', async () => {
    const account = new TestAccount({ fargateSpot: longDrought() })
    const broken = account.addPair('broken')
    const other = account.addPair('other')
    account.aws.deleteService(broken.standby)
    await account.aws.run(600)
    expect(other.standby.servingCount).toBe(3)
    const reasons = account.logged('unpaired').map(({ reason }) => reason)
    expect(reasons).toContain('broken-standby does not exist in this cluster')
  })

  it('in a deleted cluster sends only its own messages to the dead-letter queue', async () => {
    const account = new TestAccount(
      { fargateSpot: longDrought(), clusters: ['main', 'deleted'] },
      { CLUSTERS: 'main deleted' },
    )
    account.aws.endpoint.interceptors.push(({ operation, input }) => {
      if (operation === 'DescribeServices' && input.cluster === 'deleted') {
        throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
      }
    })
    const { standby } = account.addPair('api')
    const detail = { cluster: 'deleted', services: ['api'] }
    account.controller
      .queue('reconcile')
      .send(JSON.stringify({ 'detail-type': 'Tideway Look', detail }))
    // Five receives, a minute apart.
    await account.aws.run(600)
    expect(standby.servingCount).toBe(3)
    expect(account.deadLetters.counts()).toMatchObject({ visible: 1 })
  })
})

describe('an UpdateService call that is rejected', () => {
  it.each([
    'ServiceNotActiveException',
    'ServiceNotFoundException',
    'InvalidParameterException',
    'AccessDeniedException',
    'PlatformUnknownException',
  ] as const)('with %s is logged, retried, and does not affect other pairs', async (name) => {
    const account = new SdkAccount({ fargateSpot: longDrought() })
    const { standby } = account.addPair('api')
    const other = account.addPair('other')
    const updatesOfStandby = {
      operation: 'UpdateService',
      input: ({ service }: { service?: unknown }) => service === standby.name,
    }
    account.aws.endpoint.interceptors.push(
      failSometimes(updatesOfStandby, 1, account.aws.simulation.random.fork('faults'), [
        exception(name),
      ]),
    )
    await account.aws.run(300)
    expect(other.standby.servingCount).toBe(3)
    expect(account.logged('failed, will be retried').map(({ error }) => error)).toContain(name)
  })
})

describe('two concurrent functions', () => {
  it('with the same view: one acts, the other reconciles again', async () => {
    const account = new SdkAccount({ fargateSpot: longDrought() })
    const { standby } = account.addPair('api')
    let concurrentRuns = 0
    account.aws.endpoint.interceptors.push(
      runBefore(
        { operation: 'PutItem', input: ({ Item }) => JSON.stringify(Item).includes('main/api') },
        1,
        async () => {
          concurrentRuns++
          await account.controller.invoke({
            'detail-type': 'Tideway Look',
            detail: { cluster: 'main', services: ['api'] },
          })
        },
      ),
    )
    await account.aws.run(600)
    expect(concurrentRuns).toBe(1)
    const rejected = account.aws.endpoint.calls.filter(
      ({ operation, error }) => operation === 'PutItem' && error !== undefined,
    )
    expect(rejected).toHaveLength(1)
    expect(account.logged('failed, will be retried')).toEqual([])
    expect(standby.servingCount).toBe(3)
    const raises = account.writes.filter(({ input }) => input.desiredCount !== undefined)
    expect(raises.length).toBeLessThanOrEqual(3)
  })
})

describe('faults of every kind', () => {
  it('all the time lead to the right counts once they end', async () => {
    const account = new SdkAccount({
      fargateSpot: drought({ fromSeconds: 300, toSeconds: 0.75 * hour }),
      events: { losses: 0.3, duplicates: 0.3, reorders: 0.3 },
    })
    const { standby } = account.addPair('api')
    const faults = failSometimes({}, 0.1, account.aws.simulation.random.fork('faults'))
    account.aws.endpoint.interceptors.push(faults)
    await account.aws.run(0.5 * hour)
    expect(standby.servingCount).toBe(3)
    await account.aws.run(0.5 * hour)
    account.aws.endpoint.interceptors = []
    await account.aws.run(hour)
    expect(standby.desiredCount).toBe(0)
  })
})
