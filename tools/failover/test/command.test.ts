import { nearestFirst } from '../src/errors'
import { table, wrap } from '../src/table'
import { duration, moment, secondsIn } from '../src/time'
import { Operated } from './operated'

const verbs = ['status', 'why', 'hold', 'force', 'resume', 'dry-run', 'policy']

describe('the command line', () => {
  const account = new Operated()

  it('has a usage, and one of each verb', async () => {
    const { code, output } = await account.command('--help')
    expect(code).toBe(0)
    for (const verb of verbs) {
      expect(output).toContain(`\n  ${verb} `)
      const help = await account.command(`${verb} --help`)
      expect(help.code).toBe(0)
      expect(help.output).toMatch(new RegExp(`^npm run failover -- ${verb} `))
      expect(help.output).toContain('--json')
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

  it('names the environments for an unknown one', async () => {
    const { code, warnings } = await account.command('status -c stage')
    expect(code).toBe(1)
    expect(warnings).toContain('local, dev, prod')
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
      'The credentials belong to account 123456789012, and prod is account 444455556666.',
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
