import { Operated, tenMinutes } from './operated'

const priced = { 'tideway:task-price': '0.05' }

describe('status', () => {
  it('shows a pair before, in and after a drought', async () => {
    const account = new Operated(tenMinutes)
    const loadBalancers = account.targetGroup('api')
    account.addPair('api', { loadBalancers }, priced)
    account.addPair('worker', { desiredCount: 2 })
    await account.aws.run(59)
    const before = await account.status()
    expect(before.exitCode).toBe(3) // no reconcile yet
    await account.aws.run(100)

    const during = await account.status()
    expect(during.exitCode).toBe(3)
    expect(during.controller).toMatchObject({ isAlive: true })
    expect(during.pairs).toEqual([
      {
        cluster: 'main',
        service: 'api',
        wanted: 3,
        running: 3,
        interrupted: 3,
        inRotation: expect.any(Number),
        standbys: [{ name: 'api-standby', running: 3, desired: 3 }],
        missing: 0,
        states: ['covering'],
        since: expect.stringMatching(/^2026-01-05T00:01:0/),
        dollarsPerHour: 0.15,
        settings: [],
        alerts: ['covering'],
        disagreements: [],
        invalidTags: [],
        reconciledAt: expect.stringMatching(/^2026-01-05T00:02:/),
      },
      expect.objectContaining({ service: 'worker', inRotation: null, dollarsPerHour: null }),
    ])
    const { output, code } = await account.command('status api-standby -c local')
    expect(code).toBe(3)
    expect(output).toMatch(/^api +3 +3 +3 +\d+ +3\/3 +covering +\d+ s +0\.15$/m)
    expect(output).not.toContain('worker')

    await account.aws.run(1500)
    const after = await account.status()
    expect(after.exitCode).toBe(0)
    expect(after.pairs.map(({ states, inRotation }) => [states, inRotation])).toEqual([
      [['calm'], 3],
      [['calm'], null],
    ])
  })

  it('says who is short, and puts it first', async () => {
    const account = new Operated(tenMinutes)
    account.addPair('calm-one', { strategy: [{ capacityProvider: 'FARGATE', weight: 1 }] })
    account.addPair('short-one', { tags: { 'tideway:hold': 'true by=bob why=on purpose' } })
    await account.aws.run(240)
    const { exitCode, pairs } = await account.status()
    expect(exitCode).toBe(4)
    expect(pairs.map(({ service, states, missing }) => [service, states, missing])).toEqual([
      ['short-one', ['held', 'uncovered'], 3],
      ['calm-one', ['calm'], 0],
    ])
    const { output } = await account.command('status -c local')
    expect(output).toContain('short-one: held by bob without an end (on purpose)')
  })

  it.each([
    [{ 'tideway:force': '2' }, {}, ['forced']],
    [{ 'tideway:dry-run': 'true' }, {}, ['dry-run']],
    [{}, { 'tideway:hold': 'true' }, ['held']],
    [{ 'tideway:hold': 'true until=2020-01-01T00:00:00Z' }, {}, ['calm']],
  ])('knows the tags %j and those of the cluster %j', async (tags, ofCluster, states) => {
    const account = new Operated()
    account.addPair('api', { tags })
    account.aws.setClusterTags('main', ofCluster)
    await account.aws.run(130)
    const { pairs, exitCode } = await account.status()
    expect(pairs[0]?.states.filter((state) => state !== 'covering')).toEqual(states)
    expect(exitCode).toBe(states[0] === 'calm' ? 0 : 3)
  })

  it('knows what a price caps, and services that do not agree', async () => {
    const account = new Operated(tenMinutes)
    account.addPair('api', { tags: { 'tideway:max-cover-price': '0.1' } }, priced)
    account.aws.createService({
      name: 'lost',
      desiredCount: 0,
      tags: { 'tideway:standby-of': 'x' },
    })
    await account.aws.run(300)
    const { pairs, exitCode } = await account.status()
    expect(exitCode).toBe(4)
    expect(pairs[0]).toMatchObject({ service: 'api', missing: 1 })
    expect(pairs[0]?.states).toEqual(['covering', 'capped', 'uncovered'])
    expect(pairs[1]).toMatchObject({ service: 'x', states: ['unpaired'] })
    expect(pairs[1]?.disagreements.join()).toContain('lost carries tideway:standby-of=x')
  })

  it('shows a pair whose primary is gone', async () => {
    const account = new Operated(tenMinutes)
    const { primary } = account.addPair('api')
    await account.aws.run(130)
    account.aws.deleteService(primary)
    await account.aws.run(5)
    const { code, output } = await account.command('status api -c local')
    expect(output).toMatch(/^api .*primary-gone/m)
    expect(code).not.toBe(1)
    const { output: outlook } = await account.command('why api -c local')
    expect(outlook).toContain('there is nothing to cover: the standby goes from 3 to 0')
    expect((await account.command('hold api -c local')).warnings).toContain(
      'hold the cluster: --all',
    )
  })

  it('reads records of an earlier release, and names one that it cannot read', async () => {
    const account = new Operated()
    account.addPair('api')
    const fields = {
      cluster: 'main',
      primary: 'api',
      standbys: ['api-standby'],
      memory: { standbys: {} },
    }
    const told = { ...fields, noticed: {}, told: ['covering'], lookedAt: account.aws.now - 1000 }
    await account.record('main/api', JSON.stringify(told))
    expect((await account.status()).pairs[0]).toMatchObject({
      states: ['covering'],
      alerts: ['covering'],
    })
    await account.record('main/api', '{"shape":"of tomorrow"}')
    const { code, warnings } = await account.command('status -c local')
    expect(code).toBe(1)
    expect(warnings).toContain('has a record that this release cannot read')
  })

  it('shows a hold on a cluster without pairs, and a tag that cannot be read', async () => {
    const account = new Operated({ clusters: ['main', 'empty'] }, { CLUSTERS: 'main empty' })
    account.addPair('api', { tags: { 'tideway:force': 'lots' } })
    account.aws.setClusterTags('empty', { 'tideway:hold': 'true by=bob' })
    await account.aws.run(130)
    const { output, code } = await account.command('status -c local')
    expect(output).toContain('cluster empty: held by bob without an end')
    expect(output).toContain('api: the value of tideway:force is invalid')
    expect(code).toBe(3)
  })

  it('says that the controller does not reconcile', async () => {
    const account = new Operated()
    account.addPair('api')
    await account.aws.run(90)
    expect((await account.status()).exitCode).toBe(0)
    account.fail('DescribeServices', 'ServerException')
    await account.aws.run(600)
    account.aws.endpoint.interceptors = []
    const { output, code } = await account.command('status -c local')
    expect(output).toContain('DOES NOT RECONCILE')
    expect(code).toBe(3)
  })

  it('reads a thousand pairs in few calls', async () => {
    const account = new Operated()
    for (let index = 0; index < 1000; index++) {
      const hasTargets = index % 5 === 0
      account.addPair(`s${index}`, {
        desiredCount: 0,
        loadBalancers: hasTargets ? account.targetGroup(`s${index}`) : [],
      })
    }
    const { pairs } = await account.status()
    expect(pairs).toHaveLength(1000)
    const calls = account.takeCalls()
    const count = (call: string) => calls.filter((each) => each === call).length
    expect(count('ecs:ListServices')).toBe(20)
    expect(count('ecs:DescribeServices')).toBe(200)
    expect(count('dynamodb:BatchGetItem')).toBe(10)
    // A fifth of the pairs have targets, which are read for a hundred calm pairs.
    expect(count('elasticloadbalancing:DescribeTargetHealth')).toBe(21)
    expect(calls).toHaveLength(1 + 1 + 20 + 200 + 10 + 21)
  })

  it('stays within 80 columns on a terminal, and colours nothing', async () => {
    const account = new Operated(tenMinutes)
    const name = 'a-service-with-a-name-that-nobody-would-want-to-type-every-day'
    account.addPair(
      name,
      {
        tags: {
          'tideway:dry-run':
            'on by=somebody/with-a-long-name why=a reason that has many words, and more',
        },
      },
      priced,
    )
    await account.aws.run(240)
    const { output } = await account.command('status -c local', { terminal: account.terminal() })
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(output).toContain('a-service-')
    expect(output).not.toContain('\u001b')
    expect((await account.command('status -c local')).output).toContain(name)
  })
})

describe('status --watch', () => {
  it('draws over the last picture until Ctrl-C, and restores the cursor', async () => {
    const account = new Operated(tenMinutes)
    account.addPair('api')
    const { signal, sleep } = account.afterRefreshes(3, 40)
    const terminal = account.terminal()
    const { code, output } = await account.command('status -c local --watch', {
      signal,
      sleep,
      terminal,
    })
    expect(code).toBe(0)
    expect(output).toBe('')
    const frames = terminal.written.slice(1, -1)
    expect(terminal.written[0]).toContain('\u001b[?25l')
    expect(terminal.written.at(-1)).toBe('\u001b[?25h\u001b[?1049l')
    expect(frames).toHaveLength(3)
    for (const frame of frames) {
      expect(frame?.startsWith('\u001b[H')).toBe(true)
      expect(frame).not.toContain('\u001b[2J')
    }
    expect(frames[2]).toContain('covering')
  })

  it('prints a block for each refresh without a terminal', async () => {
    const account = new Operated()
    account.addPair('api')
    const { signal, sleep } = account.afterRefreshes(2, 5)
    const { output } = await account.command('status -c local --watch', { signal, sleep })
    expect(output.match(/^controller: /gm)).toHaveLength(2)
    expect(output).not.toContain('\u001b')
  })

  it('goes on after a failed call, but not from the start', async () => {
    const account = new Operated()
    account.addPair('api')
    const { signal, sleep } = account.afterRefreshes(3, 5, (refreshes) => {
      account.aws.endpoint.interceptors = []
      if (refreshes === 1) account.fail('ListServices', 'ThrottlingException')
    })
    const { output, warnings, code } = await account.command('status -c local -w', {
      signal,
      sleep,
    })
    expect(warnings).toContain('AWS throttles')
    expect(output.match(/^controller: /gm)).toHaveLength(2)
    expect(code).toBe(0)
    account.fail('ListServices', 'ThrottlingException')
    expect((await account.command('status -c local -w')).code).toBe(1)
  })
})
