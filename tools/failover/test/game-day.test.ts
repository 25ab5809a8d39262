import type { Service } from '@tideway/spot-simulator'
import { measure } from '../src/game-day/verdict'
import { actionsOf } from '../src/verbs/policy'
import { GameDayAccount } from './game-day-account'

const minutes = '3'

/** Standbys are given back soon, which saves simulated time. */
const tags = { 'tideway:dwell-seconds': '30' }

function accountWithPairs(desired = 4, names = ['shop', 'search']): GameDayAccount {
  const account = new GameDayAccount()
  for (const name of names) {
    account.addPair(name, { desiredCount: desired, tags }, { 'tideway:task-price': '0.05' })
  }
  return account
}

/** Each service has a group of its own. */
const accountOnInstances = async (names = ['shop']) => {
  const account = new GameDayAccount(names.map((name) => `${name}-spot`))
  for (const name of names) {
    account.aws.addAutoScalingGroup({
      name: `${name}-spot`,
      isSpot: true,
      tasksPerInstance: 2,
      maxInstances: 8,
      initialInstances: 3,
      scaling: { kind: 'managed', targetCapacityPercent: 80 },
    })
    const strategy = [{ capacityProvider: `${name}-spot`, weight: 1 }]
    account.addPair(name, { desiredCount: 4, strategy, tags }, { 'tideway:task-price': '0.05' })
  }
  await account.aws.run(120)
  return account
}

/** A pair behind a load balancer. */
function accountWithLoadBalancer(): GameDayAccount {
  const account = new GameDayAccount()
  const targetGroupArn = account.loadBalancers.createTargetGroup({ name: 'shop', port: 80 })
  const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
  account.addPair('shop', { desiredCount: 4, loadBalancers, tags })
  return account
}

const acts = ['StopTask', 'SendMessageBatch']
const writes = [...acts, 'PutItem', 'DeleteItem', 'UpdateService', 'TagResource']

/** Everything that a game day may leave. */
async function expectAllIsBack(account: GameDayAccount, names = ['shop', 'search']): Promise<void> {
  expect(account.item).toBeUndefined()
  // The messages end in that time.
  await account.aws.run(200)
  for (const name of names) {
    expect(account.aws.service(name).servingCount).toBe(account.aws.service(name).desiredCount)
    expect(account.aws.service(`${name}-standby`).desiredCount).toBe(0)
    expect([...account.aws.service(`${name}-standby`).tasks]).toEqual([])
  }
}

function expectLimits(account: GameDayAccount, maxTasks: number, allowed: readonly string[]): void {
  const stopped = account.operations('StopTask')
  expect(stopped.length).toBeLessThanOrEqual(maxTasks)
  const all = [...account.aws.tasks.values()].filter(({ stopCode }) => stopCode === 'UserInitiated')
  expect(all.length).toBeLessThanOrEqual(maxTasks)
  for (const { service, provider } of all) {
    expect(allowed).toContain(service.name)
    expect(provider.name).toBe('FARGATE_SPOT')
  }
}

describe('a game day', () => {
  it('states its limits, stops tasks on Spot within them, and gives a verdict', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    const code = await account.runToEnd({ services: 'shop', share: '50%', minutes, yes: true })
    const text = account.lines.join('\n')
    expect(code).toBe(0)
    expect(text).toContain('SIMULATION')
    expect(text).toContain('at once  at most 2 tasks')
    expect(text).toContain('in all   at most 6 tasks')
    expect(text).toMatch(/cost {5}at most \$0\.0300/)
    expect(text).toContain('PASSED')
    expectLimits(account, 6, ['shop'])
    const [first, ...others] = account.operations('StopTask')
    expect(first?.input.reason).toBe('Game day by alice: simulated interruption by Spot')
    expect(others.length).toBeGreaterThan(1)
    expect(account.controller.logged('simulated notice')[0]).toMatchObject({
      service: 'shop',
      simulatedBy: 'alice',
    })
    await expectAllIsBack(account)
  })

  it('writes each act to its state before it, and each message before its StopTask', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    await account.runToEnd({ minutes, yes: true })
    const written = account.operations('PutItem', ...acts)
    const recorded = new Set<string>()
    const announced = new Set<string>()
    for (const { operation, input } of written) {
      if (operation === 'PutItem') {
        const { entry } = input.Item as { entry: { S: string } }
        for (const task of JSON.parse(entry.S).stopped) recorded.add(task)
      } else if (operation === 'SendMessageBatch') {
        const [{ MessageBody } = { MessageBody: '' }] = input.Entries as { MessageBody: string }[]
        const { detail, time } = JSON.parse(MessageBody)
        expect(recorded).toContain(detail.taskArn)
        expect(Date.parse(detail.until) - Date.parse(time)).toBeLessThanOrEqual(180_000)
        announced.add(detail.taskArn)
      } else expect(announced).toContain(input.task)
    }
    expect(announced.size).toBeGreaterThan(3)
  })

  it('never has more tasks missing at once than it states', async () => {
    const account = accountWithPairs(6)
    await account.aws.run(120)
    let fewest = 6
    account.aws.simulation.every(1, () => {
      const kept = [...account.aws.service('shop').tasks].filter(
        ({ lastStatus, desiredStatus }) => lastStatus === 'RUNNING' && desiredStatus === 'RUNNING',
      )
      fewest = Math.min(fewest, kept.length)
    })
    await account.runToEnd({ services: 'shop', share: '34%', minutes, yes: true })
    expect(fewest).toBe(4)
  })

  it('ends at its limit in all', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    expect(await account.runToEnd({ 'max-tasks': '3', minutes: '30', yes: true })).toBe(0)
    expect(account.operations('StopTask')).toHaveLength(3)
    expect(account.lines.join('\n')).toContain('The limit of 3 in all is reached.')
    await expectAllIsBack(account)
  })

  it('changes nothing with --plan', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    expect(await account.runToEnd({ plan: true })).toBe(0)
    expect(account.operations(...writes)).toEqual([])
  })

  it('takes the short names of services', async () => {
    const account = accountWithPairs(4, ['tideway-dev-shop', 'tideway-dev-search', 'other-cart'])
    await account.aws.run(120)
    expect(await account.runToEnd({ plan: true, services: 'shop,cart' })).toBe(0)
    const printed = account.lines.join('\n')
    expect(printed).toContain('tideway-dev-shop')
    expect(printed).toContain('other-cart')
    expect(printed).not.toContain('tideway-dev-search')
  })

  it('stops at an alarm of the failover', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    account.aws.simulation.after(60, () => {
      account.alarms = ['tideway-dev-failover-reconcile-errors']
    })
    expect(await account.runToEnd({ minutes: '30', yes: true })).toBe(1)
    const text = account.lines.join('\n')
    expect(text).toContain('The alarm tideway-dev-failover-reconcile-errors went off.')
    expect(text).toContain('FAILED')
    await expectAllIsBack(account)
  })

  it('stops when nobody covers the tasks, and says so', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    account.aws.endpoint.interceptors.push(({ operation }) => {
      if (operation === 'UpdateService') throw new Error('the standby cannot be changed')
    })
    const values = {
      services: 'shop',
      minutes: '30',
      'max-tasks': '100',
      'max-uncovered': '90',
      yes: true,
    }
    expect(await account.runToEnd(values)).toBe(1)
    expect(account.lines.join('\n')).toMatch(/Tasks of shop have been uncovered for \d+ s/)
  })

  it('ends with Ctrl-C, and puts everything back', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    const controller = new AbortController()
    account.aws.simulation.after(30, () => controller.abort())
    const code = await account.runToEnd({ minutes: '30', yes: true }, { signal: controller.signal })
    expect(code).toBe(1)
    expect(account.lines.join('\n')).toContain('It was ended by Ctrl-C.')
    expect(account.operations('StopTask')).toHaveLength(4)
    await expectAllIsBack(account)
  })
})

describe('a game day in which something else happens', () => {
  const during = async (change: (account: GameDayAccount) => void, values = {}) => {
    const account = accountWithPairs(6)
    await account.aws.run(120)
    let stopped = 0
    account.aws.simulation.after(40, () => {
      stopped = account.operations('StopTask').length
      change(account)
    })
    const code = await account.runToEnd({ services: 'shop', minutes, yes: true, ...values })
    const after = account.operations('StopTask').length - stopped
    return { account, code, after, text: account.lines.join('\n') }
  }

  it.each<[string, (account: GameDayAccount) => void, string]>([
    [
      'a release',
      ({ aws }) => aws.deploy(aws.service('shop'), { taskDefinition: 'shop:2' }),
      'shop is being deployed.',
    ],
    [
      'a deletion',
      ({ aws }) => aws.deleteService(aws.service('shop')),
      'shop does not exist any more.',
    ],
    ['a hold', ({ aws }) => setTag(aws.service('shop'), 'tideway:hold'), 'shop is held.'],
  ])('ends at %s', async (_, change, reason) => {
    const { account, code, after, text } = await during(change)
    expect([code, account.item, after]).toEqual([1, undefined, 0])
    expect(text).toContain(`${reason} Nothing more is stopped.`)
  })

  it('takes its share of the desired count that autoscaling sets', async () => {
    const lowered: number[] = []
    const { account } = await during(({ aws }) => {
      const shop = aws.service('shop')
      aws.setDesiredCount(shop, 2)
      // Those that it keeps go too, so that it may stop all others.
      for (const task of shop.tasks) aws.interruptTask(task)
      aws.endpoint.interceptors.push(({ operation }) => {
        if (operation !== 'StopTask') return
        const running = [...shop.tasks].filter(
          ({ lastStatus, desiredStatus }) =>
            lastStatus === 'RUNNING' && desiredStatus === 'RUNNING',
        )
        lowered.push(running.length)
      })
    })
    expect(Math.min(...lowered)).toBe(2)
    expect(account.item).toBeUndefined()
  })

  it('says what is left and how to put it back, if its credentials expire', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    account.aws.simulation.after(40, () => {
      account.credentialsExpired = true
    })
    const error = await account.runToEnd({ services: 'shop', yes: true }).catch((one) => one)
    expect(error.message).toMatch(/no valid credentials \(ExpiredTokenException.*Sign in/)
    expect(error.message).toContain('NOT put back: 2 tasks stopped (shop).')
    expect(error.message).toContain('npm run failover -- gameday -c dev --put-back')
    account.credentialsExpired = false
    await account.aws.run(150)
    expect(await account.runToEnd({ 'put-back': true })).toBe(0)
    await expectAllIsBack(account)
  })
})

describe('the measurements of a game day', () => {
  const service = {
    name: 'shop',
    standbys: ['shop-standby'],
    desired: 2,
    atOnce: 1,
    isOnInstances: false,
    taskPrice: undefined,
    atNotice: 'leave',
    targetGroups: [],
  } as const
  const sample = (at: number, standby: number) => ({
    at,
    desired: 2,
    running: 2,
    standbyRunning: standby,
    standbyDesired: standby,
  })

  it('find a failback between two samples of the same time, as on a fast clock', () => {
    const samples = [sample(0, 0), sample(1000, 1), sample(61_000, 1), sample(61_000, 0)]
    expect(measure(service, samples, 1, 1000).givenBackAfterSeconds).toBe(60)
    expect(measure(service, samples.slice(0, 3), 1, 1000).givenBackAfterSeconds).toBeUndefined()
    expect(measure(service, samples.slice(0, 1), 1, 1000).givenBackAfterSeconds).toBe(0)
  })
})

describe('the requests of a game day', () => {
  const withRequests = async (failed: number) => {
    const account = accountWithLoadBalancer()
    await account.aws.run(120)
    const before = { RequestCount: 10_000, HTTPCode_Target_5XX_Count: 5 }
    const since = {
      RequestCount: 9_000,
      HTTPCode_Target_5XX_Count: failed,
      HTTPCode_ELB_5XX_Count: 9,
    }
    account.requests = { from: account.aws.now, before, since }
    const code = await account.runToEnd({ 'max-tasks': '2', yes: true })
    return [code, account.lines.join('\n')]
  }

  it('pass with few more failed ones than before, and fail with many', async () => {
    expect(await withRequests(0)).toEqual([
      0,
      expect.stringContaining(
        'failed in a million      1000 of 9000, and 500 in the same time before',
      ),
    ])
    expect(await withRequests(9)).toEqual([
      1,
      expect.stringContaining(
        'failed 2000 requests in a million, after 500 in the same time before',
      ),
    ])
  })
})

describe('a game day on Spot instances', () => {
  const start = 'fis POST experiments'

  it('starts one experiment after the other, within its limit, and stops no task itself', async () => {
    const account = await accountOnInstances()
    const code = await account.runToEnd({ minutes: '20', 'max-tasks': '4', yes: true })
    expect([code, account.operations(start).length]).toEqual([0, 2])
    expect(account.operations('StopTask')).toEqual([])
    expect(account.item).toBeUndefined()
    expect(account.aws.service('shop').servingCount).toBe(4)
  })

  it('takes the groups of the named services in turn, and counts the tasks that an instance may have', async () => {
    const account = await accountOnInstances(['shop', 'search', 'batch'])
    const values = { services: 'shop,search', minutes: '30', 'max-tasks': '5', yes: true }
    expect(await account.runToEnd(values)).toBe(0)
    const text = account.lines.join('\n').replace(/\s+/g, ' ')
    expect(text).toContain('shop-spot (EXT-shop-spot), search-spot (EXT-search-spot). All')
    const started = [...account.experiments.values()].map((one) => one.experimentTemplateId)
    expect(started).toEqual(['EXT-shop-spot', 'EXT-search-spot'])
    expect(text).toContain('one instance (4 of 5)')
    expect(text).toContain('The limit of 5 in all is reached. instances interrupted 2')
    // Five experiments of two minutes, and the tasks of two services for 45 minutes.
    expect(text).toContain('at most $1.30 for standby tasks and experiments')
  })

  it('is refused without the template of a group, or if an instance has too many tasks', async () => {
    const account = await accountOnInstances(['shop', 'search'])
    await expect(account.run({ 'max-tasks': '1', yes: true })).rejects.toThrow(
      '--max-tasks: must be at least 2, because so many tasks can be on one instance; got 1.',
    )
    account.groups = ['shop-spot']
    await expect(account.run({ yes: true })).rejects.toThrow('Spot instances of search-spot: set')
    expect(account.operations(...writes, start)).toEqual([])
  })

  it('stops a running experiment with Ctrl-C', async () => {
    const account = await accountOnInstances()
    const controller = new AbortController()
    account.aws.simulation.after(30, () => controller.abort())
    expect(await account.runToEnd({ yes: true }, { signal: controller.signal })).toBe(1)
    expect([...account.experiments.values()].map(({ state }) => state.status)).toEqual(['stopped'])
  })

  it('is over when an alarm of AWS stops the experiment', async () => {
    const account = await accountOnInstances()
    account.aws.simulation.after(30, () => {
      for (const one of account.experiments.values()) {
        one.state = { status: 'stopped', reason: 'stop condition' }
      }
    })
    expect(await account.runToEnd({ minutes: '20', yes: true })).toBe(1)
    expect(account.lines.join('\n')).toContain('stopped: stop condition')
    expect(account.operations(start)).toHaveLength(1)
  })

  it('is put back if it is killed when an experiment begins, before its answer and after it', async () => {
    for (const isAfterEffect of [false, true]) {
      const whole = await accountOnInstances()
      await whole.runToEnd({ 'max-tasks': '2', yes: true })
      const killedAt = whole.calls.findIndex(({ operation }) => operation === start)
      const account = await accountOnInstances()
      const killed = account.runToEnd({ 'max-tasks': '2', yes: true }, { killedAt, isAfterEffect })
      await expect(killed).rejects.toThrow('killed')
      expect(account.experiments.size).toBe(isAfterEffect ? 1 : 0)
      // It does not wait for an hour of virtual time, in which the experiment would end by itself.
      const back = account.run({ 'put-back': true })
      for (let step = 0; step < 20 && account.item !== undefined; step++) await account.aws.run(60)
      expect(await back).toBe(0)
      expect(account.operations(start)).toHaveLength(1)
      const statuses = [...account.experiments.values()].map(({ state }) => state.status)
      expect(statuses).toEqual(isAfterEffect ? ['stopped'] : [])
      expect(account.item).toBeUndefined()
    }
  })
})

describe('a game day is refused', () => {
  const refusal = async (account: GameDayAccount, values = {}) => {
    await account.aws.run(120)
    const error = await account.runToEnd({ yes: true, ...values }).catch((one: Error) => one)
    expect(error).toBeInstanceOf(Error)
    expect(account.operations(...writes)).toEqual([])
    return (error as Error).message
  }

  it.each<[string, (account: GameDayAccount) => void, string]>([
    [
      'a held service',
      ({ aws }) => setTag(aws.service('search'), 'tideway:hold'),
      'search is held',
    ],
    [
      'a dry run',
      ({ aws }) => setTag(aws.service('search'), 'tideway:dry-run'),
      'search is in dry run',
    ],
    [
      'a forced service',
      ({ aws }) => setTag(aws.service('search'), 'tideway:force', '0'),
      'search is forced',
    ],
    [
      'a held cluster',
      ({ aws }) => aws.setClusterTags('main', { 'tideway:hold': 'true' }),
      'is held',
    ],
    [
      'an alarm',
      (account) => account.alarms.push('tideway-dev-failover-dead'),
      'failover-dead is on',
    ],
    [
      'a dead controller',
      ({ aws }) => {
        const { interceptors } = aws.endpoint
        interceptors.push(() => {
          throw new Error('down')
        })
        aws.simulation.after(110, () => void interceptors.splice(0))
      },
      'has not swept',
    ],
    [
      'a deployment of the controller',
      (account) => Object.assign(account, { updateStatus: 'InProgress' }),
      'is being deployed',
    ],
    [
      'a deployment of a service',
      ({ aws }) =>
        void aws.simulation.after(110, () =>
          aws.deploy(aws.service('search'), { taskDefinition: 'search:2' }),
        ),
      'search is being deployed',
    ],
    [
      'a shortage',
      ({ aws }) =>
        void aws.simulation.after(115, () => aws.setDesiredCount(aws.service('search'), 9)),
      'search is short',
    ],
    [
      'cover',
      ({ aws }) =>
        void aws.simulation.after(119, () => aws.setDesiredCount(aws.service('search-standby'), 1)),
      'search is covered',
    ],
  ])('because of %s', async (_, change, message) => {
    const account = accountWithPairs()
    change(account)
    expect(await refusal(account)).toContain(message)
  })

  it('for a service whose tasks on Spot are none, although it may have some', async () => {
    const account = new GameDayAccount()
    const strategy = [
      { capacityProvider: 'FARGATE', base: 3 },
      { capacityProvider: 'FARGATE_SPOT', weight: 1 },
    ]
    account.addPair('shop', { desiredCount: 3, strategy })
    expect(await refusal(account, { services: 'shop' })).toContain(
      'shop has no tasks on Spot now: there is nothing to interrupt.',
    )
    expect(await refusal(account)).toContain('has no service with tasks on Spot and a standby')
  })

  it.each([
    [{ services: 'shops' }, 'nearest: shop'],
    [{ share: '0%' }, '--share'],
    [{ share: '0.5' }, '--share'],
    [{ minutes: '61' }, '--minutes'],
    [{ 'max-tasks': '0' }, '--max-tasks'],
  ])('with %j', async (values, message) => {
    expect(await refusal(accountWithPairs(), values)).toContain(message)
  })

  it('without an answer, and for another answer', async () => {
    const account = accountWithPairs()
    account.answer = undefined
    expect(await refusal(account, { yes: undefined })).toContain('no terminal')
    account.answer = 'prod'
    expect(await refusal(account, { yes: undefined })).toContain('"prod" is not "dev"')
  })

  it('in production without --allow-prod, and there --yes is no answer', async () => {
    const account = accountWithPairs()
    account.hasUsers = true
    expect(await refusal(account)).toContain('--allow-prod')
    account.answer = undefined
    expect(await refusal(account, { 'allow-prod': true })).toContain('no terminal')
  })

  it('while another one runs', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    const first = account.run({ minutes: '30', yes: true })
    first.catch(() => undefined)
    await account.aws.run(60)
    const stopped = account.operations('StopTask').length
    await expect(account.run({ yes: true })).rejects.toThrow('the game day of alice since')
    expect(account.operations('StopTask')).toHaveLength(stopped)
  })

  it('if two begin at the same moment: one of them runs', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    const both = [1, 2].map(() => account.run({ 'max-tasks': '2', yes: true }).catch((one) => one))
    await account.aws.run(900)
    const [one, other] = await Promise.all(both)
    expect([one, other].filter((code) => code === 0)).toHaveLength(1)
    expect([one, other].find((code) => code !== 0)).toMatchObject({ name: 'LostLock' })
    expect(account.operations('StopTask')).toHaveLength(2)
  })
})

describe('a killed game day', () => {
  const values = { services: 'shop', 'max-tasks': '1', yes: true }

  it('is put back by the next one, at whatever call it is killed', async () => {
    const withShop = async () => {
      const account = accountWithPairs(2, ['shop'])
      await account.aws.run(70)
      return account
    }
    const whole = await withShop()
    await whole.runToEnd(values)
    const first = whole.calls.findIndex(({ operation }) => operation === 'PutItem')
    // A run that waits repeats its calls. The state before them is what makes them differ.
    const seen = new Set<string>()
    const killPoints = whole.calls.flatMap(({ operation, before }, killedAt) => {
      const point = `${operation} ${before}`
      if (killedAt < first || seen.has(point)) return []
      seen.add(point)
      return (writes.includes(operation) ? [false, true] : [false]).map(
        (isAfterEffect) => ({ killedAt, isAfterEffect }) as const,
      )
    })
    const states = new Set<string>()
    for (const point of killPoints) {
      const account = await withShop()
      await expect(account.runToEnd(values, point)).rejects.toThrow('killed')
      states.add(JSON.stringify(account.item))
      expect(await account.runToEnd({ 'put-back': true })).toBe(0)
      expectLimits(account, 1, ['shop'])
      await expectAllIsBack(account, ['shop'])
    }
    expect(killPoints.length).toBeGreaterThan(20)
    expect(states.size).toBeGreaterThan(3)
  })

  it('is put back before another one begins', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    const killed = account.runToEnd({ minutes: '10', yes: true }, { killedAt: 30 })
    await expect(killed).rejects.toThrow('killed')
    expect(account.item).toBeDefined()
    await expect(account.run({ yes: true })).rejects.toThrow('killed less than two minutes ago')
    await account.aws.run(150)
    expect(await account.runToEnd({ 'max-tasks': '2', yes: true })).toBe(0)
    const text = account.lines.join('\n')
    expect(text).toContain('First the game day of alice')
    expect(text).toContain('Everything is as before.')
    await expectAllIsBack(account)
  })

  it('that still runs does nothing more once it is put back', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    const first = account.run({ minutes: '30', 'max-tasks': '100', yes: true }).catch((one) => one)
    await account.aws.run(60)
    const second = account.run({ 'put-back': true })
    await account.aws.run(600)
    expect(await second).toBe(0)
    expect(await first).toMatchObject({ name: 'LostLock' })
    await expectAllIsBack(account)
  })

  it('has a line in the status, which says whether it runs or was killed, and what to do', async () => {
    const account = accountWithPairs()
    await account.aws.run(120)
    expect(await account.statusLines()).not.toContain('game day')
    const killed = account.runToEnd({ minutes: '10', yes: true }, { killedBy: 'StopTask' })
    await expect(killed).rejects.toThrow('killed')
    const reads = account.operations('BatchGetItem').length
    expect(await account.statusLines()).toMatch(
      /^game day of alice since .*, 1 task stopped; it runs/m,
    )
    expect(account.operations('BatchGetItem')).toHaveLength(reads + 1)
    await account.aws.run(150)
    expect((await account.statusLines()).replace(/\s+/g, ' ')).toContain(
      'it was killed. Put it back: npm run failover -- gameday -c dev --put-back',
    )
  })

  it('leaves nothing to put back without a game day', async () => {
    const account = accountWithPairs()
    expect(await account.run({ 'put-back': true })).toBe(0)
    expect(account.lines).toEqual(['There is no game day to put back.'])
  })
})

describe('the policy of game days', () => {
  it('has exactly the actions that they need', async () => {
    const onFargate = accountWithLoadBalancer()
    await onFargate.aws.run(120)
    await onFargate.runToEnd({ 'max-tasks': '1', yes: true })
    const onInstances = await accountOnInstances()
    const start = 'fis POST experiments'
    const killed = onInstances.runToEnd({ yes: true }, { killedBy: start, isAfterEffect: true })
    await expect(killed).rejects.toThrow('killed')
    await onInstances.runToEnd({ 'put-back': true })
    const called = [...onFargate.calls, ...onInstances.calls].map(({ operation }) => operation)
    const names: Readonly<Record<string, string>> = {
      'fis GET experimentTemplates': 'ListExperimentTemplates',
      'fis GET experiments': 'ListExperiments',
      'fis GET experiments/': 'GetExperiment',
      'fis DELETE experiments/': 'StopExperiment',
      [start]: 'StartExperiment',
      SendMessageBatch: 'SendMessage',
    }
    // Everybody may ask who they are.
    const needed = new Set(called.filter((name) => name !== 'GetCallerIdentity'))
    const allowed = actionsOf('gameday').map((action) => action.split(':')[1])
    expect([...needed].map((name) => names[name] ?? name).sort()).toEqual(allowed.sort())
  })
})

function setTag({ tags }: Service, tag: string, value = 'true'): void {
  tags.set(tag, value)
}
