import { actionsOf } from '../src/verbs/policy'
import { Operated, tenMinutes } from './operated'

const priced = { 'tideway:task-price': '0.05' }
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

  it('is not written after Ctrl-C at the question', async () => {
    const account = await inDrought()
    const controller = new AbortController()
    account.onQuestion = () => controller.abort()
    const line = `hold --all ${attached} --reason freeze`
    const { code } = await account.command(line, { signal: controller.signal })
    expect(code).toBe(130)
    expect(account.takeCalls()).not.toContain('ecs:TagResource')
  })

  it('refuses what a tag cannot hold, and an end that has passed', async () => {
    const account = await inDrought()
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
    ['3', { 'tideway:hold': 'true' }, 'a hold comes before a force: nothing happens', 0],
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
  })
})

describe('dry-run', () => {
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
  it('explains a drought, folds equal decisions, and says what gives back', async () => {
    const account = await inDrought()
    const { output, code } = await account.command('why api-standby -c local')
    const text = output.replace(/\s+/g, ' ')
    expect(code).toBe(0)
    expect(text).toContain(
      'wants 3, runs 3, 3 with a notice, 0 serve. api-standby 0 -> 3 because the standby has, or gets, the missing tasks evidence: an interruption notice',
    )
    expect(text).toMatch(/00:0\d:\d\d to 00:0\d:\d\d, \d+ times/)
    expect(text).toContain('once 1 of 3 serve on Spot (now 0), and goes to 2 after 15 s of that')
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
  })

  it('says what a hold keeps, and where no decision was logged', async () => {
    const account = await inDrought({ 'tideway:hold': 'true by=bob' })
    const { output } = await account.command('why api -c local --since 1s')
    const text = output.replace(/\s+/g, ' ')
    expect(text).toContain('has no decision about it since then')
    expect(text).toContain('held by bob without an end')
    expect(text).toContain('without the hold: the next decision raises the standby from 0 to 3')
  })

  it('prints JSON', async () => {
    const account = await inDrought()
    const { output } = await account.command('why api -c local --json')
    const found = JSON.parse(output)
    expect(found).toMatchObject({
      service: 'api',
      states: ['covering'],
      outlook: expect.arrayContaining([expect.stringContaining('gives back the first tasks')]),
    })
    expect(found.decisions.at(-1)).toMatchObject({ reasons: ['cover'], times: expect.any(Number) })
  })

  it('lists the pairs for an unknown service, the nearest first', async () => {
    const account = await inDrought()
    const { code, warnings } = await account.command('why wroker -c local')
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

describe('policy', () => {
  const reads = [
    'status -c local',
    'status api -c local',
    'why api -c local',
    'why b -c local',
    'why x -c local',
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

  it.each([
    ['read' as const, reads],
    ['operate' as const, writes],
  ])('%s allows what the verbs call, and nothing else', async (need, lines) => {
    const account = new Operated(tenMinutes, { MAX_COVER_DOLLARS_PER_HOUR: '100' })
    account.addPair('api', {}, priced)
    const loadBalancers = account.targetGroup('b')
    const strategy = [{ capacityProvider: 'FARGATE', weight: 1 }]
    account.addPair('b', { tags: { 'tideway:force': '1' }, strategy, loadBalancers }, priced)
    const called = new Set<string>()
    for (const seconds of [110, 600]) {
      await account.aws.run(seconds)
      for (const line of lines) {
        account.takeCalls()
        await account.command(line)
        for (const call of account.takeCalls()) called.add(call)
      }
    }
    // Everybody may ask who they are.
    called.delete('sts:GetCallerIdentity')
    expect([...called].sort()).toEqual([...actionsOf(need)].sort())
  })

  it('is printed with the ARNs of the environment, without a call', async () => {
    const account = new Operated()
    const { output } = await account.command('policy operate -c prod')
    const { Statement: statements } = JSON.parse(output)
    expect(statements.at(-1)).toEqual({
      Sid: 'SetOperatorTags',
      Effect: 'Allow',
      Action: ['ecs:TagResource', 'ecs:UntagResource'],
      Resource: [
        'arn:aws:ecs:us-east-1:444455556666:cluster/tideway-prod-compute',
        'arn:aws:ecs:us-east-1:444455556666:service/tideway-prod-compute/*',
      ],
      Condition: {
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['tideway:hold', 'tideway:dry-run', 'tideway:force'],
        },
      },
    })
    expect(Object.keys(JSON.parse((await account.command('policy -c dev')).output))).toContain(
      'read',
    )
    expect(account.takeCalls()).toEqual([])
  })
})
