import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HttpResponse } from '@smithy/protocol-http'
import { environments } from '@tideway/constructs/environments'
import { nearestFirst } from '../src/errors'
import { table, wrap } from '../src/table'
import { duration, moment, secondsIn } from '../src/time'
import { actionsOf } from '../src/verbs/policy'
import { reasonWords } from '../src/verbs/why'
import { Operated, tenMinutes } from './operated'

const priced = { 'tideway:task-price': '0.05' }

describe('the command line', () => {
  const account = new Operated()

  it('has a usage, and one of each verb', async () => {
    const { code, lines } = await account.command('--help')
    expect(code).toBe(0)
    const verbs = lines.flatMap((line) => /^ {2}([a-z-]+) {2,}\w/.exec(line)?.[1] ?? [])
    expect(verbs).toEqual(expect.arrayContaining(['why', 'hold', 'gameday', 'policy']))
    const widest = (of: readonly string[]) => Math.max(...of.map(({ length }) => length))
    expect(widest(lines)).toBeLessThanOrEqual(80)
    for (const verb of verbs) {
      const help = await account.command(`${verb} --help`)
      expect(help.code).toBe(0)
      // The command line, then text at the margin, then options under those of all verbs.
      expect(help.output).toMatch(
        new RegExp(`^npm run failover -- ${verb} .*-c ENV( \\[options\\])?\n\n[A-Z]`, 'i'),
      )
      expect(help.output).toContain('--json')
      const indents = help.lines.flatMap((line) => /^ +/.exec(line)?.[0].length ?? [])
      expect([2, 6, 23]).toEqual(expect.arrayContaining([...new Set(indents)]))
      expect(widest(help.lines)).toBeLessThanOrEqual(80)
    }
    expect(account.takeCalls()).toEqual([])
  })

  it.each([
    ['stauts -c local', '"stauts" is no verb; nearest: status.'],
    ['status', '-c ENV, or --cluster and --region: must be given'],
    ['why -c local', 'SERVICE: must be given. There are no pairs in main.'],
    ['status --cluster main', '--region: must be given'],
    ['status -c local --wath', "Unknown option '--wath'"],
    ['why api -c local --since yesterday', '--since: must be a time such as 90s'],
    ['hold -c local', 'must have either SERVICE or --all; got neither'],
    ['hold api --all -c local', 'got both'],
    ['hold api -c local --for 2x', '--for: must be a time'],
    ['hold api -c local --for 2h --until 2026-01-06T00:00:00Z', 'must not both'],
    ['force api -c local', 'must have a number of tasks from 0 to 5000'],
    ['force 5001 api -c local', 'must have a number of tasks from 0 to 5000'],
    ['dry-run api -c local', 'must have on or off'],
    ['policy write -c local', 'must be read or operate'],
  ])('refuses %s as wrong usage', async (line, message) => {
    const { code, warnings } = await account.command(line)
    expect(warnings).toContain(message)
    expect(code).toBe(2)
    expect(account.writes).toEqual([])
  })

  it('names the environments for an unknown one, and where it was given', async () => {
    const { code, warnings } = await account.command('status -c stage')
    expect([code, warnings]).toEqual([
      2,
      `-c: must be one of ${Object.keys(environments).join(', ')}; got stage.`,
    ])
    const variables = { TIDEWAY_ENV: 'stage' }
    expect(await account.command('status', { variables })).toMatchObject({
      code: 2,
      warnings: `TIDEWAY_ENV: must be one of ${Object.keys(environments).join(', ')}; got stage.`,
    })
  })

  it('takes the names of an attached cluster as SpotFailover makes them', async () => {
    const attached = new Operated({ clusters: ['My_Shop'] }, { CLUSTERS: 'My_Shop' }, 'my-shop')
    const { code, output } = await attached.command('status --cluster My_Shop --region us-east-1')
    expect(output).toContain('There are no pairs.')
    expect(code).toBe(0)
  })

  it('asks for a local cloud where none runs', async () => {
    const variables = { AWS_ENDPOINT_URL: '' }
    const { code, warnings } = await account.command('status -c local', { variables })
    expect(warnings).toContain('Start it: npm start')
    expect(code).toBe(1)
  })
})

describe('what the command finds', () => {
  const message = async (account: Operated, line: string) => {
    const { code, warnings } = await account.command(line)
    expect(code).toBe(1)
    return warnings
  }

  it('is not there where the failover is not deployed', async () => {
    const text = await message(new Operated({}, {}, 'tideway-other'), 'status -c local')
    expect(text).toContain('tideway-local-failover-reconcile: no such function in us-east-1.')
    expect(text).toContain('Check -c')
  })

  it('is in another account than the environment', async () => {
    const account = new Operated({}, {}, 'tideway-prod')
    expect(await message(account, 'hold --all -c prod --reason x')).toContain(
      `The credentials belong to account 123456789012, and prod is account ${environments.prod.account}.`,
    )
    expect(account.takeCalls()).toEqual(['lambda:GetFunctionConfiguration'])
  })

  it('is a controller that cannot be read', async () => {
    const account = new Operated()
    const name = 'tideway-local-failover-reconcile'
    account.functions.add(name, { variables: { TABLE_NAME: 'x' } })
    expect(await message(account, 'status -c local')).toContain('one of another release')
    const variablesError = { code: 'AccessDeniedException', message: 'no' }
    account.functions.add(name, { variables: {}, variablesError })
    expect(await message(account, 'status -c local')).toContain('need kms:Decrypt')
  })

  it('has other clusters', async () => {
    const account = new Operated()
    expect(await message(account, 'status -c local --cluster mian')).toContain(
      '--cluster: must be a cluster of tideway-local-failover-reconcile in us-east-1: main; got mian.',
    )
  })

  it.each([
    ['AccessDeniedException', 'The credentials need ecs:ListServices: npm run failover -- policy'],
    ['ExpiredTokenException', 'no valid credentials (ExpiredTokenException)'],
    ['ThrottlingException', 'It was retried and only reads, so nothing was changed by it'],
    ['ClusterNotFoundException', 'Check -c, --cluster and --region'],
    ['ServerException', 'ecs:ListServices in us-east-1 failed: ServerException'],
  ])('is hidden by %s', async (name, expected) => {
    const account = new Operated()
    account.fail('ListServices', name)
    expect(await message(account, 'status -c local')).toContain(expected)
  })

  it('is hidden by a server that does not answer', async () => {
    const account = new Operated()
    account.aws.endpoint.interceptors.push(() => {
      throw Object.assign(new Error('10000 ms'), { name: 'TimeoutError', code: 'ETIMEDOUT' })
    })
    expect(await message(account, 'status -c local')).toBe(
      'lambda:GetFunctionConfiguration in us-east-1 failed: no answer (TimeoutError ETIMEDOUT): 10000 ms. Check the network, the region and AWS_ENDPOINT_URL.',
    )
  })

  const page = '<html><body><h1>Bad Gateway</h1></body></html>'

  it.each([
    ['lambda:GetFunctionConfiguration', page, 200],
    ['lambda:GetFunctionConfiguration', '', 502],
    ['ecs:DescribeClusters', page, 502],
    ['elasticloadbalancing:DescribeTargetHealth', page, 502],
    ['elasticloadbalancing:DescribeTargetHealth', 'bad gateway', 502],
  ])(
    'is hidden by a proxy that answers to %s with "%s" and %i',
    async (action, text, statusCode) => {
      const account = new Operated()
      account.addPair('api', { loadBalancers: account.targetGroup('api') })
      const handler = account.aws.endpoint.requestHandler
      const { handle } = handler
      const headers = { 'content-type': 'text/html' }
      const response = new HttpResponse({ statusCode, headers, body: Buffer.from(text) })
      const [service] = action.split(':')
      handler.handle = async (request) =>
        request.headers.authorization?.includes(`/${service}/`)
          ? { response }
          : handle.call(handler, request)
      expect(await message(account, 'status -c local')).toBe(
        `${action} in us-east-1 failed: the answer is not from AWS (HTTP status ${statusCode}), but from a proxy, a gateway or a wrong endpoint. Check the network, AWS_ENDPOINT_URL and HTTPS_PROXY, and repeat the command.`,
      )
    },
  )

  it('is not written where AWS throttles', async () => {
    const account = new Operated()
    account.addPair('api')
    account.fail('TagResource', 'ThrottlingException')
    expect(await message(account, 'hold api -c local')).toContain('It was retried and not accepted')
    expect(account.aws.service('api').tags.has('tideway:hold')).toBe(false)
  })
})

describe('text', () => {
  it('is the nearest name first', () => {
    expect(nearestFirst('wroker', ['api', 'web', 'worker'])[0]).toBe('worker')
  })

  it('is a time', () => {
    expect(['90s', '2h', '7d', '0h', '5', '1w'].map(secondsIn)).toEqual([
      90,
      7200,
      604_800,
      undefined,
      undefined,
      undefined,
    ])
    expect([5, 150, 3 * 3600 + 300, 50 * 3600].map((each) => duration(1000 * each))).toEqual([
      '5 s',
      '3 min',
      '3 h 5 min',
      '2 d 2 h',
    ])
    expect(moment(Date.UTC(2026, 0, 5, 1, 2, 3, 4))).toBe('2026-01-05 01:02:03Z')
  })

  it('fits into a width', () => {
    const lines = table(
      [
        { title: 'name', shrinks: true },
        { title: 'n', align: 'right' },
      ],
      [
        ['a-very-long-name-of-a-service', '1'],
        ['b', '22'],
      ],
      20,
    )
    expect(lines).toEqual(['name               n', 'a-very-long-nam…   1', 'b                 22'])
    expect(wrap('  one two three four', '    ', 12)).toEqual(['  one two', '    three', '    four'])
  })
})

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
    expect(warnings).toContain('main/api has a record that this release cannot read')
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

  it('reads many pairs in few calls', async () => {
    const account = new Operated()
    const names = Array.from({ length: 110 }, (_, index) => `s${String(index).padStart(3, '0')}`)
    for (const [index, name] of names.entries()) {
      const loadBalancers = index % 5 === 0 ? account.targetGroup(name) : []
      account.addPair(name, { desiredCount: 0, loadBalancers })
    }
    const { pairs } = await account.status()
    expect(pairs).toHaveLength(110)
    const calls = account.takeCalls()
    const count = (call: string) => calls.filter((each) => each === call).length
    // Two services of each pair, a hundred in a call, and then ten in a call.
    expect(count('ecs:ListServices')).toBe(3)
    expect(count('ecs:DescribeServices')).toBe(22)
    // The records and the game day of the cluster, a hundred in a call.
    expect(count('dynamodb:BatchGetItem')).toBe(2)
    // A fifth of the pairs have targets, which are read for a hundred calm pairs.
    expect(count('elasticloadbalancing:DescribeTargetHealth')).toBe(20)
    expect(calls).toHaveLength(1 + 1 + 3 + 22 + 2 + 20)
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
    const terminal = account.terminal()
    const again = account.afterRefreshes(3, 5, (refreshes) => {
      account.aws.endpoint.interceptors = []
      if (refreshes === 1) account.fail('ListServices', 'ThrottlingException')
    })
    await account.command('status -c local -w', { ...again, terminal })
    const frames = terminal.written.slice(1, -1)
    expect(frames.map((frame) => /AWS\s+throttles/.test(frame))).toEqual([false, true, false])
    expect(frames[1]).toMatch(/tried again[\s\S]*\napi /)
    account.fail('ListServices', 'ThrottlingException')
    terminal.written.splice(0)
    expect((await account.command('status -c local -w', { terminal })).code).toBe(1)
    expect(terminal.written).toEqual([])
  })
})

const attached = '--cluster main --region us-east-1 --prefix tideway-local'

/** In the middle of a drought, after ten minutes of it, with two pairs. */
async function inDrought(tags = {}) {
  const account = new Operated(tenMinutes)
  account.addPair('api', { tags }, priced)
  account.addPair('worker', { desiredCount: 2 })
  await account.aws.run(200)
  account.takeCalls()
  return account
}

const tagOf = (account: Operated, tag: string) =>
  account.aws.service('api').tags.get(`tideway:${tag}`)
const standbyOf = (account: Operated) => account.aws.service('api-standby').desiredCount

describe('hold', () => {
  it('keeps a pair as it is until its end, before, in and after a drought', async () => {
    const account = new Operated(tenMinutes)
    account.addPair('api')
    await account.aws.run(30)
    const { code, output } = await account.command(
      'hold api -c local --for 10m --reason "pool is bad"',
    )
    expect(code).toBe(0)
    expect(output.replace(/\s+/g, ' ')).toContain(
      'With a hold it stays at 0: nobody covers tasks that Spot takes away.',
    )
    expect(tagOf(account, 'hold')).toBe(
      'true until=2026-01-05T00:10:30Z by=Operator/alice why=pool is bad',
    )
    await account.aws.run(300)
    expect(standbyOf(account)).toBe(0)
    const during = await account.command('hold api -c local --for 10m --reason "pool is bad"')
    expect(during.output.replace(/\s+/g, ' ')).toContain(
      'its standby runs 0 of 0. With a hold it stays at 0: 3 stay missing. Without it, the next decision sets it to 3.',
    )
    await account.command('hold api -c local --until 2026-01-05T00:07:00Z')
    await account.aws.run(180)
    expect(standbyOf(account)).toBe(3)
  })

  it('says how many stay missing where the standby covers a part', async () => {
    const account = await inDrought({ 'tideway:max-standby': '1' })
    const { output } = await account.command('hold api -c local')
    expect(output.replace(/\s+/g, ' ')).toContain(
      'api: 3 of 3 tasks are missing, and its standby runs 1 of 1. With a hold it stays at 1: 2 stay missing.',
    )
  })

  it('is not written twice, and says so', async () => {
    const account = await inDrought()
    await account.command('hold api -c local --reason x')
    account.takeCalls()
    const { code, output } = await account.command('hold api -c local')
    expect([code, output]).toEqual([0, 'api: already so, nothing to do'])
    expect(account.takeCalls()).not.toContain('ecs:TagResource')
  })

  it('of somebody else is shown and asked for, in every environment', async () => {
    const account = await inDrought({ 'tideway:hold': 'true by=bob why=mine' })
    const line = 'hold api -c local --reason other'
    const refused = await account.command(line)
    expect(refused.output).toContain(
      'api is already held by bob without an end (mine). This replaces it.',
    )
    expect(refused.code).toBe(1)
    expect(refused.warnings).toContain('there is no terminal to ask')
    expect(tagOf(account, 'hold')).toBe('true by=bob why=mine')
    expect((await account.command(line, { answer: 'local' })).code).toBe(0)
    expect(tagOf(account, 'hold')).toBe('true by=Operator/alice why=other')
  })

  it('on all stops every write, and is asked for with a reason', async () => {
    const account = await inDrought()
    expect((await account.command(`hold --all ${attached}`)).warnings).toContain(
      '--reason: must be given in main',
    )
    const line = `hold --all ${attached} --reason freeze`
    expect((await account.command(line)).code).toBe(1)
    const other = await account.command(line, { answer: 'mian' })
    expect(other.warnings).toBe('"mian" is not "main", so nothing was changed.')
    expect(account.takeCalls()).not.toContain('ecs:TagResource')
    const done = await account.command(line, { answer: 'main' })
    expect(done.output).toContain('hold on cluster main, for all of its pairs (2):')
    expect(account.questions.at(-1)).toBe('This is main. Type its name to go on: ')
    await account.aws.run(20)
    account.takeCalls()
    await account.aws.run(1500)
    expect(account.takeCalls()).not.toContain('ecs:UpdateService')
    expect(standbyOf(account)).toBe(3)
    expect((await account.command(`resume --all ${attached} --yes`)).code).toBe(0)
    await account.aws.run(300)
    expect(standbyOf(account)).toBe(0)
  })

  it('is asked for in every environment but the emulator', async () => {
    const account = new Operated({}, {}, 'tideway-dev')
    account.functions.add('tideway-dev-failover-reconcile', {
      variables: account.controller.variables as Readonly<Record<string, string>>,
      account: environments.dev.account,
    })
    account.addPair('api')
    await account.aws.run(70)
    const { code, warnings } = await account.command('hold api -c dev --reason x')
    expect(warnings).toContain('dev: this has to be confirmed')
    expect(code).toBe(1)
    expect(tagOf(account, 'hold')).toBeUndefined()
    await account.command('hold api -c dev --reason x', { answer: 'dev' })
    expect(tagOf(account, 'hold')).toContain('why=x')
  })

  it('is not written after Ctrl-C at the question, and refuses what a tag cannot hold', async () => {
    const account = await inDrought()
    const controller = new AbortController()
    account.onQuestion = () => controller.abort()
    const line = `hold --all ${attached} --reason freeze`
    const { code } = await account.command(line, { signal: controller.signal })
    expect(code).toBe(130)
    expect(account.takeCalls()).not.toContain('ecs:TagResource')
    const failed = async (line: string) => {
      const { code, warnings } = await account.command(line)
      expect(code).toBe(2)
      return warnings
    }
    expect(await failed('hold api -c local --reason "100% (bad)"')).toContain('got % ( )')
    expect(await failed(`hold api -c local --reason ${'x'.repeat(300)}`)).toContain('at most 256')
    expect(await failed('hold api -c local --reason "until=tomorrow"')).toContain('begins a field')
    expect(await failed('hold api -c local --until 2026-01-05T00:00:00Z')).toContain(
      'must be ahead',
    )
    expect(await failed('hold api -c local --until tomorrow')).toContain('a time with its zone')
    expect(account.takeCalls()).not.toContain('ecs:TagResource')
  })

  it('says where a write is not seen', async () => {
    const account = await inDrought()
    account.aws.endpoint.interceptors.push(({ operation }) => {
      if (operation === 'TagResource') account.aws.service('api').tags.delete('tideway:hold')
      if (operation === 'DescribeServices') account.aws.service('api').tags.delete('tideway:hold')
    })
    const { code, warnings } = await account.command('hold api -c local')
    expect(code).toBe(1)
    expect(warnings).toContain('ECS does not return the tag yet')
  })
})

describe('force', () => {
  it.each([
    ['2', {}, 'its standby goes from 0 to 2, which costs $0.10 an hour.', 2],
    ['all', {}, 'its standby goes from 0 to 3, which costs $0.15 an hour.', 3],
    ['5', {}, 'which costs $0.15 an hour, because the primary wants only 3.', 3],
    ['3', { 'tideway:max-standby': '1' }, 'because tideway:max-standby allows 1 tasks', 1],
    ['3', { 'tideway:max-cover-price': '0.1' }, 'because a maximum price ($0.10 an hour)', 2],
    [
      '3',
      { 'tideway:hold': 'true' },
      'It is held without an end: nothing happens until that ends.',
      0,
    ],
  ])('to %s with %j says what it means, and does that', async (count, tags, text, expected) => {
    const account = new Operated()
    account.addPair('api', { tags }, priced)
    await account.aws.run(30)
    const { code, output } = await account.command(`force ${count} api -c local`)
    expect(code).toBe(0)
    expect(output.replace(/\s+/g, ' ')).toContain(text)
    await account.aws.run(90)
    expect(standbyOf(account)).toBe(expected)
  })

  it('on all leaves the force of a pair', async () => {
    const account = await inDrought({ 'tideway:force': '1' })
    const { output } = await account.command('force 3 --all -c local')
    expect(output.replace(/\s+/g, ' ')).toContain(
      'api: it stays forced to 1 without an end: its own force comes before that of the cluster.',
    )
    await account.aws.run(90)
    expect(standbyOf(account)).toBe(1)
  })

  it('to too few says what stays missing', async () => {
    const account = await inDrought()
    const { output } = await account.command('force api 1 -c local')
    expect(output.replace(/\s+/g, ' ')).toContain(
      'goes from 3 to 1, which costs $0.05 an hour, and 2 of its 3 missing tasks stay missing.',
    )
    expect(tagOf(account, 'force')).toBe('1 by=Operator/alice')
  })
})

describe('resume', () => {
  it('removes hold and force, and says what follows', async () => {
    const account = await inDrought({
      'tideway:hold': 'true',
      'tideway:force': '1',
      'tideway:dry-run': 'on',
    })
    const { output } = await account.command('resume api -c local')
    expect(output.replace(/\s+/g, ' ')).toContain('it stays dry run without an end')
    expect(output).toContain('api is held without an end. This removes it.')
    expect(account.aws.service('api').tags.has('tideway:hold')).toBe(false)
    expect(account.aws.service('api').tags.has('tideway:force')).toBe(false)
    expect(tagOf(account, 'dry-run')).toBe('on')
    const off = await account.command('dry-run off api -c local')
    expect(off.output).toContain('it goes to 3')
    await account.aws.run(90)
    expect(standbyOf(account)).toBe(3)
    const again = await account.command('resume api -c local')
    expect(again.output).toBe('api: already so, nothing to do')
  })

  it('says that a hold of the cluster remains', async () => {
    const account = await inDrought({ 'tideway:hold': 'true' })
    account.aws.setClusterTags('main', { 'tideway:hold': 'true by=bob' })
    const { output } = await account.command('resume api -c local')
    expect(output.replace(/\s+/g, ' ')).toContain(
      'it stays held with the whole cluster by bob without an end.',
    )
    const again = await account.command('resume api -c local')
    expect(again.output.replace(/\s+/g, ' ')).toBe(
      'api: has no such tag of its own, nothing to do. It stays held with the whole cluster by bob without an end: --all removes that.',
    )
  })
})

describe('dry-run', () => {
  it('of the cluster is not ended for one pair', async () => {
    const account = await inDrought({ 'tideway:dry-run': 'true' })
    account.aws.setClusterTags('main', { 'tideway:dry-run': 'true by=bob' })
    const off = await account.command('dry-run off api -c local')
    expect(off.output.replace(/\s+/g, ' ')).toContain(
      'api: it stays dry run with the whole cluster by bob without an end.',
    )
    const hold = await account.command('hold api -c local')
    expect(hold.output).not.toContain('Without it')
  })

  it('keeps what is covered, and says what would be done', async () => {
    const account = await inDrought()
    const { output } = await account.command('dry-run on --all -c local')
    expect(output).toContain('dry-run on on cluster main, for all of its pairs (2):')
    expect(output.replace(/\s+/g, ' ')).toContain('its standby stays at 3, whatever is decided')
    await account.aws.run(1500)
    expect(standbyOf(account)).toBe(3)
  })
})

describe('why', () => {
  /** For tests that only read. */
  let shared: Operated
  beforeAll(async () => {
    shared = await inDrought()
  })

  it('explains a drought, folds equal decisions, and says what gives back', async () => {
    const { output, code } = await shared.command('why api-standby -c local')
    const text = output.replace(/\s+/g, ' ')
    expect(code).toBe(0)
    expect(text).toContain(
      'wants 3, runs 3, 3 with a notice, 0 serve. api-standby 0 -> 3 because the standby has, or gets, the missing tasks evidence: an interruption notice',
    )
    expect(text).toMatch(/00:0\d:\d\d to 00:0\d:\d\d, \d+ times/)
    expect(text).toContain(
      "once 1 of the primary's 3 tasks serve (now 0), and goes to 2 after 15 s of that",
    )
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('foretells when everything is given back, as the controller then does it', async () => {
    const account = await inDrought()
    await account.aws.run(470)
    // Spot is back. Wait until all tasks serve.
    const { tasks } = account.aws.service('api')
    const serving = () => [...tasks].filter(({ lastStatus }) => lastStatus === 'RUNNING').length
    while (serving() < 3) await account.aws.run(1)
    const { output } = await account.command('why api -c local')
    const text = output.replace(/\s+/g, ' ')
    const secondsOf = (pattern: RegExp) => Number(pattern.exec(text)?.[1])
    const first = secondsOf(/the standby goes to 2 after (\d+) s/)
    const last = secondsOf(/it is down to 0 after (\d+) s/)
    await account.aws.run(first - 2)
    expect(standbyOf(account)).toBe(3)
    // A reconcile that nobody asked for comes with the sweep.
    await account.aws.run(last - first + 62)
    expect(standbyOf(account)).toBe(0)

    // ECS keeps old messages, which are no evidence for a calm decision.
    await account.aws.run(600)
    const { output: calm } = await account.command('why api -c local --since 1m')
    expect(calm).toContain('because no task is missing and no standby has tasks')
    expect(calm).not.toContain('evidence:')
  })

  it('has words for the same reasons as the documentation', () => {
    const page = readFileSync(join(__dirname, '../../../docs/operations/decisions.md'), 'utf8')
    const [, rows = ''] = /\| reason \|.*\n\|.*\n((?:\|.*\n)+)/.exec(page) ?? []
    const documented = rows.split('\n').flatMap((row) => row.split('|')[1]?.match(/[a-z-]+/g) ?? [])
    expect(documented.sort()).toEqual(Object.keys(reasonWords).sort())
  })

  it('says what a hold keeps, and where no decision was logged', async () => {
    const account = await inDrought({ 'tideway:hold': 'true by=bob' })
    const { output } = await account.command('why api -c local --since 1s')
    const text = output.replace(/\s+/g, ' ')
    expect(text).toContain('has no decision about it since then')
    expect(text).toContain('held by bob without an end')
    expect(text).toContain('without the hold: the next decision raises the standby from 0 to 3')
  })

  it('names a force that counts once a hold ends', async () => {
    const account = await inDrought({ 'tideway:hold': 'true', 'tideway:force': '2 by=eve' })
    const { output } = await account.command('why api -c local')
    expect(output.replace(/\s+/g, ' ')).toContain(
      'nothing is changed while it is held; without the hold, it is forced to 2 by eve without an end; without both: the next decision raises the standby from 0 to 3',
    )
  })

  it('says what follows after the force', async () => {
    const account = await inDrought({ 'tideway:force': '1' })
    const { output } = await account.command('why api -c local')
    const text = output.replace(/\s+/g, ' ')
    expect(text).toContain('without the force: the next decision raises the standby from 1 to 3')
    expect(text).toContain("once 1 of the primary's 3 tasks serve (now 0), and goes to 2")
  })

  it('prints JSON', async () => {
    const { output } = await shared.command('why api -c local --json')
    const found = JSON.parse(output)
    expect(found).toMatchObject({
      service: 'api',
      states: ['covering'],
      outlook: expect.arrayContaining([expect.stringContaining('gives back the first tasks')]),
    })
    expect(found.decisions.at(-1)).toMatchObject({ reasons: ['cover'], times: expect.any(Number) })
  })

  it('lists the pairs for an unknown service, the nearest first', async () => {
    const { code, warnings } = await shared.command('why wroker -c local')
    expect(warnings).toBe('wroker: no such pair in local. The pairs are: worker, api.')
    expect(code).toBe(1)
  })

  it('explains a pair whose services do not agree', async () => {
    const account = new Operated()
    account.aws.createService({
      name: 'lost',
      desiredCount: 0,
      tags: { 'tideway:standby-of': 'x' },
    })
    const { code, output } = await account.command('why lost -c local')
    expect(output.replace(/\s+/g, ' ')).toContain(
      'nothing is changed until the tags of both services agree',
    )
    expect(code).toBe(0)
  })
})

describe('history and savings', () => {
  it('read back what the controller metered in a drought', async () => {
    const account = new Operated(tenMinutes)
    account.addPair('api', {}, priced)
    account.addPair('worker', { desiredCount: 2, tags: { 'tideway:hold': 'true' } }, priced)
    const ledger = account.ledger()
    let covered = 0
    for (let step = 0; step < 360; step++) {
      await account.aws.run(5)
      if (standbyOf(account) > 0) covered += 5
    }
    const { output } = await account.command('history --days 1 -c local --json')
    const found = JSON.parse(output)
    expect(found.services).toEqual([
      {
        cluster: 'main',
        service: 'api',
        notices: 3,
        failedPlacements: expect.any(Number),
        coveredSeconds: expect.closeTo(covered, -2),
        // Until the standby tasks run.
        uncoveredSeconds: expect.closeTo(40, -2),
      },
      expect.objectContaining({ service: 'worker', notices: 2, coveredSeconds: 0 }),
    ])
    expect(found.services[1].uncoveredSeconds).toBeGreaterThan(400)
    expect(found.droughts).toEqual([
      {
        beganAt: expect.stringMatching(/^2026-01-05T00:0[12]:00/),
        seconds: expect.closeTo(covered, -3),
        services: ['api', 'worker'],
        peakStandbyTasks: 3,
      },
    ])
    const text = await account.command('history api --days 1 -c local', {
      terminal: account.terminal(),
    })
    expect(text.output).toMatch(/^api +3 +\d+ +\d+ min +\d+ s$/m)
    expect(Math.max(...text.lines.map((line) => line.length))).toBeLessThanOrEqual(80)

    // So long that the minutes before the first reconcile and after the last one hardly count.
    await account.aws.run(5400)
    const saved = await account.command('savings --days 1 -c local --json')
    const { taskHours } = JSON.parse(saved.output)
    const { spotTaskSeconds, onDemandTaskSeconds } = ledger.total()
    expect(taskHours.spot * 3600).toBeGreaterThan(0.97 * spotTaskSeconds)
    expect(taskHours.spot * 3600).toBeLessThan(1.01 * spotTaskSeconds)
    expect(taskHours.standby * 3600).toBeGreaterThan(0.95 * onDemandTaskSeconds)
    expect(taskHours.standby * 3600).toBeLessThan(1.01 * onDemandTaskSeconds)
  })

  it('compare Spot instances at their Spot price, within 80 columns', async () => {
    const account = new Operated({}, { SPOT_GROUPS: 'spot-group=ec2-spot' })
    account.addInstanceHour('spot-group')
    account.addPair('api', {}, priced)
    await account.aws.run(600)
    const { lines, output } = await account.command('savings --days 1 -c local', {
      terminal: account.terminal(),
    })
    expect(output).toContain('spot-group: 1.0 instance-hours, about 0.03 USD at 0.0300 an hour')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  })
})

describe('a service', () => {
  async function withPairs(...names: string[]) {
    const account = new Operated()
    for (const name of names) account.addPair(name)
    await account.aws.run(70)
    return account
  }

  it.each([
    ['api', ['tideway-local-api', 'tideway-local-internal-api'], 'tideway-local-api'],
    [
      'internal-api',
      ['tideway-local-api', 'tideway-local-internal-api'],
      'tideway-local-internal-api',
    ],
    ['worker', ['shop-worker', 'shop-api'], 'shop-worker'],
    ['api-standby', ['tideway-local-api'], 'tideway-local-api'],
  ])('can be %s for one of %j, and is named', async (short, names, taken) => {
    const account = await withPairs(...names)
    const { output, warnings } = await account.command(`status ${short} -c local --json`)
    expect(warnings).toBe(`${short}: taken as ${taken}.`)
    expect(JSON.parse(output).pairs).toMatchObject([{ service: taken }])
  })

  it('has no short name that two pairs share, and its whole name comes first', async () => {
    const account = await withPairs('shop-api', 'office-api', 'desk')
    const { code, warnings } = await account.command('hold api -c local')
    expect(warnings).toBe('api: no such pair in local. The pairs are: shop-api, office-api.')
    expect(code).toBe(1)
    account.addPair('api')
    const own = await account.command('hold api -c local')
    expect([own.code, own.warnings]).toEqual([0, ''])
    expect(tagOf(account, 'hold')).toBe('true by=Operator/alice')
  })

  it('can be an ARN of this account, region and cluster', async () => {
    const account = await withPairs('api')
    const arn = (place: string) => `hold arn:aws:ecs:${place}/api -c local`
    expect((await account.command(arn('us-east-1:123456789012:service/main'))).code).toBe(0)
    expect(tagOf(account, 'hold')).toBe('true by=Operator/alice')
    for (const [place, message] of [
      ['eu-west-1:123456789012:service/main', 'got account 123456789012 and eu-west-1'],
      ['us-east-1:444455556666:service/main', 'got account 444455556666 and us-east-1'],
      ['us-east-1:123456789012:service/other', 'must be in a cluster of the controller: main'],
    ] as const) {
      const { code, warnings } = await account.command(arn(place))
      expect(warnings).toContain(message)
      expect(code).toBe(1)
    }
  })

  it('keeps the end of its name on a narrow terminal', async () => {
    const account = await withPairs('tideway-local-a-long-name-of-an-api', 'tideway-local-worker')
    const { lines } = await account.command('status -c local', { terminal: account.terminal() })
    expect(lines.filter((line) => /^(a-long-name-of-an-api|worker) /.test(line))).toHaveLength(2)
  })
})

describe('policy', () => {
  const reads = [
    'status -c local',
    'status api -c local',
    'why api -c local',
    'why b -c local',
    'why x -c local',
    'history -c local',
    'savings -c local',
  ]
  const writes = [
    'hold api -c local',
    'hold b -c local',
    'hold x -c local',
    'force 1 api -c local',
    'resume api -c local',
    'dry-run on --all -c local',
    'dry-run off --all -c local',
  ]

  it('allows what the verbs call, and nothing else', async () => {
    const account = new Operated(tenMinutes, {
      MAX_COVER_DOLLARS_PER_HOUR: '100',
      SPOT_GROUPS: 'spot-group=ec2-spot',
    })
    account.addInstanceHour('spot-group')
    account.addPair('api', {}, priced)
    const loadBalancers = account.targetGroup('b')
    const strategy = [{ capacityProvider: 'FARGATE', weight: 1 }]
    account.addPair('b', { tags: { 'tideway:force': '1' }, strategy, loadBalancers }, priced)
    const called = { read: new Set<string>(), operate: new Set<string>() }
    const note = async (lines: readonly string[], ...needs: readonly (keyof typeof called)[]) => {
      account.takeCalls()
      for (const line of lines) await account.command(line)
      for (const call of account.takeCalls()) for (const need of needs) called[need].add(call)
    }
    for (const seconds of [110, 600]) {
      await account.aws.run(seconds)
      await note(reads, 'read', 'operate')
      await note(writes, 'operate')
    }
    for (const need of ['read', 'operate'] as const) {
      // Everybody may ask who they are.
      called[need].delete('sts:GetCallerIdentity')
      expect([...called[need]].sort()).toEqual([...actionsOf(need)].sort())
    }
  })

  it('is printed with the ARNs of the environment, without a call', async () => {
    const account = new Operated()
    const place = `${environments.prod.region}:${environments.prod.account}`
    const { output } = await account.command('policy operate -c prod')
    const { Statement: statements } = JSON.parse(output)
    expect(statements.at(-1)).toEqual({
      Sid: 'SetOperatorTags',
      Effect: 'Allow',
      Action: ['ecs:TagResource', 'ecs:UntagResource'],
      Resource: [
        `arn:aws:ecs:${place}:cluster/tideway-prod-compute`,
        `arn:aws:ecs:${place}:service/tideway-prod-compute/*`,
      ],
      Condition: {
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['tideway:hold', 'tideway:dry-run', 'tideway:force'],
        },
      },
    })
    const group = `arn:aws:logs:${place}:log-group:/aws/lambda/tideway-prod-failover-reconcile`
    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: ['logs:FilterLogEvents'],
        Resource: [group, `${group}:*`],
      }),
    )
    expect(Object.keys(JSON.parse((await account.command('policy -c dev')).output))).toContain(
      'read',
    )
    expect(account.takeCalls()).toEqual([])
  })
})
