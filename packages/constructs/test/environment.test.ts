import fc from 'fast-check'
import {
  chosenEnvironmentName,
  type EnvironmentSettings,
  environmentNamed,
  environments,
  InvalidSettingsError,
} from '../src'

const dev: EnvironmentSettings = {
  account: '111122223333',
  region: 'us-east-1',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  vpcCidr: '10.20.0.0/16',
  domain: 'dev.tideway.example',
  privateDomain: 'dev.tideway.internal',
  protectData: true,
  logRetentionDays: 30,
  alarmEmails: [],
  costCentre: 'platform-development',
  endpoints: 'aws',
}
const prod: EnvironmentSettings = {
  ...dev,
  account: '444455556666',
  vpcCidr: '10.30.0.0/16',
  domain: 'tideway.example',
  privateDomain: 'prod.tideway.internal',
}

/** The error of an environment that is `prod` with `changes`. */
function errorOf(changes: Partial<EnvironmentSettings>, name = 'prod'): InvalidSettingsError {
  const others: Record<string, EnvironmentSettings> = { dev, prod }
  const all = { ...others, [name]: { ...prod, ...changes } }
  if (name !== 'prod') delete (all as Partial<typeof all>).prod
  try {
    environmentNamed(name, all)
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error
    throw error
  }
  throw new Error('no error was thrown')
}

/** A value that the types forbid, as from JavaScript or an unset variable. */
function mistyped<Type>(value: unknown): Type {
  return value as Type
}

describe('the environments of the repository', () => {
  it.each(Object.keys(environments))('%s is valid', (name) => {
    expect(environmentNamed(name)).toEqual({
      name,
      ...environments[name as keyof typeof environments],
    })
  })
})

describe('an invalid environment', () => {
  const missing = mistyped<string>(undefined)
  const cases: [string, Partial<EnvironmentSettings>, string, string, string][] = [
    ['no account', { account: missing }, 'account', '12 digits', 'nothing'],
    ['a short account', { account: '1234' }, 'account', '12 digits', '"1234"'],
    [
      'an account as a number, which loses a leading zero',
      { account: mistyped<string>(123456789012) },
      'account',
      '12 digits',
      '123456789012',
    ],
    ['no region', { region: missing }, 'region', 'region', 'nothing'],
    ['a zone instead of a region', { region: 'us-east-1a' }, 'region', 'region', '"us-east-1a"'],
    ['another partition', { region: 'cn-north-1' }, 'region', 'commercial', '"cn-north-1"'],
    [
      'one zone',
      { availabilityZones: ['us-east-1a'] },
      'availabilityZones',
      '2 or 3',
      '["us-east-1a"]',
    ],
    [
      'four zones',
      { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1d'] },
      'availabilityZones',
      '2 or 3',
      'us-east-1d',
    ],
    [
      'a zone twice',
      { availabilityZones: ['us-east-1a', 'us-east-1a'] },
      'availabilityZones',
      'once',
      '["us-east-1a","us-east-1a"]',
    ],
    [
      'a zone of another region',
      { availabilityZones: ['us-east-1a', 'eu-west-1b'] },
      'availabilityZones[1]',
      'zone of us-east-1',
      '"eu-west-1b"',
    ],
    ['no address range', { vpcCidr: missing }, 'vpcCidr', 'IPv4 range', 'nothing'],
    [
      'a range with host bits',
      { vpcCidr: '10.30.0.1/16' },
      'vpcCidr',
      'boundary',
      '"10.30.0.1/16"',
    ],
    [
      'an octet above 255',
      { vpcCidr: '10.300.0.0/16' },
      'vpcCidr',
      'IPv4 range',
      '"10.300.0.0/16"',
    ],
    [
      'a range that is too large',
      { vpcCidr: '10.0.0.0/8' },
      'vpcCidr',
      '/16 to a /21',
      '"10.0.0.0/8"',
    ],
    [
      'a range that is too small',
      { vpcCidr: '10.40.0.0/24' },
      'vpcCidr',
      '/16 to a /21',
      '"10.40.0.0/24"',
    ],
    ['a public range', { vpcCidr: '8.8.0.0/16' }, 'vpcCidr', 'private range', '"8.8.0.0/16"'],
    [
      'the range of another environment',
      { vpcCidr: '10.20.0.0/16' },
      'vpcCidr',
      'not overlap the VPC of another environment (dev has 10.20.0.0/16)',
      '"10.20.0.0/16"',
    ],
    [
      'a part of the range of another environment',
      { vpcCidr: '10.20.8.0/21' },
      'vpcCidr',
      'dev has 10.20.0.0/16',
      '"10.20.8.0/21"',
    ],
    ['a domain of one label', { domain: 'localhost' }, 'domain', 'two labels', '"localhost"'],
    [
      'a domain with upper-case letters',
      { domain: 'Tideway.Example' },
      'domain',
      'lower case',
      '"Tideway.Example"',
    ],
    ['a domain with a trailing dot', { domain: 'a.example.' }, 'domain', 'dot', '"a.example."'],
    [
      'a private domain that is the public one',
      { privateDomain: 'tideway.example' },
      'privateDomain',
      'differ',
      '"tideway.example"',
    ],
    [
      'a private domain that is a parent of the public one',
      { domain: 'shop.tideway.example', privateDomain: 'tideway.example' },
      'privateDomain',
      'parent domains',
      '"tideway.example"',
    ],
    [
      'a retention that CloudWatch does not support',
      { logRetentionDays: 100 },
      'logRetentionDays',
      '90, 120',
      '100',
    ],
    ['an invalid address', { alarmEmails: ['oncall'] }, 'alarmEmails', 'e-mail', '["oncall"]'],
    [
      'an address twice',
      { alarmEmails: ['a@b.example', 'a@b.example'] },
      'alarmEmails',
      'each once',
      'a@b.example',
    ],
    [
      'an address instead of a list',
      { alarmEmails: mistyped<string[]>('a@b.example') },
      'alarmEmails',
      'list',
      '"a@b.example"',
    ],
    ['an account of zeros', { account: '000000000000' }, 'account', '12 digits', '"000000000000"'],
    ['an isolated region', { region: 'us-isoeast-1' }, 'region', 'commercial', '"us-isoeast-1"'],
    [
      'a list instead of a region',
      { region: mistyped<string>(['us-east-1']) },
      'region',
      'region',
      '["us-east-1"]',
    ],
    [
      'zones as text',
      { availabilityZones: mistyped<string[]>('us-east-1a') },
      'availabilityZones',
      '2 or 3',
      '"us-east-1a"',
    ],
    [
      'a range with a leading zero',
      { vpcCidr: '010.40.0.0/16' },
      'vpcCidr',
      'IPv4 range',
      '"010.40.0.0/16"',
    ],
    ['the range of Docker', { vpcCidr: '172.17.0.0/16' }, 'vpcCidr', 'Docker', '"172.17.0.0/16"'],
    [
      'the domain of another environment',
      { domain: 'dev.tideway.example' },
      'domain',
      'dev has it',
      '"dev.tideway.example"',
    ],
    ['an IP address instead of a domain', { domain: '1.2.3.4' }, 'domain', 'DNS name', '"1.2.3.4"'],
    [
      'protection as text',
      { protectData: mistyped<boolean>('false') },
      'protectData',
      'true or false',
      '"false"',
    ],
    [
      'no protection at all',
      { protectData: mistyped<boolean>(undefined) },
      'protectData',
      'true or false',
      'nothing',
    ],
    [
      'a retention that is not a number',
      { logRetentionDays: Number.NaN },
      'logRetentionDays',
      '90, 120',
      'NaN',
    ],
    [
      'a cost centre with a prefix that AWS reserves',
      { costCentre: 'aws:x' },
      'costCentre',
      'aws:',
      '"aws:x"',
    ],
    ['no cost centre', { costCentre: '' }, 'costCentre', '1 to 256', '""'],
    [
      'an unknown endpoint style',
      { endpoints: mistyped<'aws'>('localstack') },
      'endpoints',
      '"aws" or "emulator"',
      '"localstack"',
    ],
    ['no protection in prod', { protectData: false }, 'protectData', 'true in prod', 'false'],
  ]

  it.each(cases)(
    '%s: the message names property, constraint and value',
    (_, changes, ...expected) => {
      const { message, problems } = errorOf(changes)
      const [property, constraint, value] = expected
      const [problem] = problems
      expect(problem?.path).toBe(`environments.prod.${property}`)
      expect(problem?.fix).not.toBe('')
      expect(message.split('\n')[0]).toContain(`environments.prod.${property}: must `)
      expect(problem?.must).toContain(constraint)
      expect(message).toContain(`; got `)
      expect(message.split('; got ')[1]).toContain(value)
    },
  )

  it('throws an InvalidSettingsError for any value', () => {
    const property = fc.constantFrom(...Object.keys(prod))
    const settings = fc.oneof(
      fc.anything(),
      fc.tuple(property, fc.anything()).map(([name, value]) => ({ ...prod, [name]: value })),
    )
    fc.assert(
      fc.property(settings, fc.anything(), (prod, other) => {
        try {
          environmentNamed('prod', { dev, prod, other } as never)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidSettingsError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('reports all problems at once', () => {
    const { problems } = errorOf({ account: '', availabilityZones: [], vpcCidr: 'x' })
    expect(problems.map(({ path }) => path)).toEqual([
      'environments.prod.account',
      'environments.prod.availabilityZones',
      'environments.prod.vpcCidr',
    ])
  })

  it.each(['production1x', 'Prod', 'pre-prod', '1st'])('cannot have the name %s', (name) => {
    const { message } = errorOf({}, name)
    expect(message).toContain(`environments.${name}: must be named with lower-case letters`)
    expect(message).toContain('load balancer (32)')
  })
})

describe('the choice of an environment', () => {
  it('rejects an unknown environment and lists the known ones', () => {
    expect(() => environmentNamed('stage')).toThrow(
      `TIDEWAY_ENV: must name an environment: ${Object.keys(environments).join(', ')}; got "stage".`,
    )
  })

  it.each(['constructor', 'toString', '__proto__'])('rejects %s', (name) => {
    expect(() => environmentNamed(name)).toThrow('must name an environment')
  })

  it('prefers TIDEWAY_ENV to the default', () => {
    const variables = { TIDEWAY_ENV: 'prod', TIDEWAY_DEFAULT_ENV: 'dev' }
    expect(chosenEnvironmentName(variables)).toBe('prod')
    expect(chosenEnvironmentName({ ...variables, TIDEWAY_ENV: '' })).toBe('dev')
  })

  it('requires a choice', () => {
    expect(() => chosenEnvironmentName({})).toThrow('got nothing. Add -c and its name')
  })
})
