import { drought, type ServiceSettings } from '@tideway/spot-simulator'
import { observe } from '../src/observe'
import { parseMessage } from '../src/requests'
import { checkLostNotices } from './notice-laws'
import { TestAccount } from './test-account'

const hour = 3600

/** A drought that begins after ten minutes, in which the first notices of each service are lost. */
function accountWithLosses(lost: number, remaining = 0): TestAccount {
  const account = new TestAccount({
    fargateSpot: drought({ fromSeconds: 600, toSeconds: hour, remaining }),
  })
  const queue = account.controller.queue('reconcile')
  const send = queue.send.bind(queue)
  const losses = new Map<string, Set<string>>()
  queue.send = (body, ...rest) => {
    const request = parseMessage(body, account.aws.now)
    if (request.kind === 'services' && request.signal?.taskArn !== undefined) {
      const { service } = request.services[0] ?? { service: '' }
      const tasks = losses.get(service) ?? new Set()
      losses.set(service, tasks)
      if (tasks.size < lost) tasks.add(request.signal.taskArn)
      if (tasks.has(request.signal.taskArn)) return ''
    }
    return send(body, ...rest)
  }
  return account
}

describe('a lost notice among several', () => {
  it.each<[number, number, Partial<ServiceSettings>]>([
    [1, 0, {}],
    [2, 0, {}],
    [1, 0, { desiredCount: 8 }],
    [1, 1, {}],
  ])(
    'is found while its task runs: %i lost, %i tasks remain, %j',
    async (lost, remaining, more) => {
      const account = accountWithLosses(lost, remaining)
      const { primary, standby } = account.addPair('api', more)
      const ledger = account.ledger()
      await account.aws.run(615)
      expect(standby.desiredCount).toBe(primary.desiredCount - remaining)
      await account.aws.run(600)
      expect(ledger.group('api').longestShortfallSeconds).toBe(0)
    },
  )
})

describe('tasks are listed', () => {
  it('where a notice can be lost, and nowhere else', () => checkLostNotices(observe, 1000))
})
