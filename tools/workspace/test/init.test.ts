import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { readOwn } from '../src/init/edits'
import { environmentsOnAws } from '../src/init/fields'
import { initCommand } from '../src/init/main'
import { organizations } from '../src/init/organizations'
import { valueAt, withCopy, withValue } from '../src/init/source'
import { Interrupted } from '../src/terminal'

const workspace = resolve(__dirname, '../../..')
const clone = mkdtempSync(join(tmpdir(), 'tideway-own-'))
const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, encoding: 'utf8' })
const read = (file: string) => readFileSync(join(clone, file), 'utf8')
const own = () => readOwn(clone)

beforeAll(() => {
  const apps = readdirSync(join(workspace, 'apps')).map((app) => `apps/${app}/src/settings.ts`)
  const constructs = ['organization', 'stacks', 'environments'].map(
    (name) => `packages/constructs/src/${name}.ts`,
  )
  const workflows = readdirSync(join(workspace, '.github/workflows')).map(
    (name) => `.github/workflows/${name}`,
  )
  const all = [
    ...apps,
    ...constructs,
    ...workflows,
    'tools/bootstrap/src/settings.ts',
    'tools/controls/src/left-out.json',
    'biome.jsonc',
  ]
  for (const file of all.filter((each) => existsSync(join(workspace, each)))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true })
    cpSync(join(workspace, file), join(clone, file))
  }
  git('init', '-q')
  commit()
  git('tag', 'start')
})
afterEach(() => git('reset', '-q', '--hard', 'start'))
afterAll(() => rmSync(clone, { recursive: true }))

function commit() {
  git('add', '-A')
  git('-c', 'user.name=a', '-c', 'user.email=a@acme.example', 'commit', '-qm', 'values')
}

interface Ran {
  readonly code: number
  readonly output: string
  readonly errors: string
  readonly asked: readonly string[]
}

/** Answers the questions by their text; `undefined` is Ctrl-C, and nothing takes the default. */
async function init(
  words: readonly string[],
  answers?: (question: string) => string | undefined,
  regenerate: () => void = () => {},
): Promise<Ran> {
  const asked: string[] = []
  let output = ''
  let errors = ''
  const ask = async (question: string) => {
    asked.push(question)
    const answer = answers?.(question)
    if (answer === undefined) throw new Interrupted()
    return answer
  }
  const write = (text: string) => {
    output += text
  }
  const world = { root: clone, write, ask: answers && ask, regenerate }
  const code = await initCommand(words, world, (text) => {
    errors += text
  })
  return { code, output, errors, asked }
}

const acme = [
  ...(organizations.acme?.[0] ?? []),
  ...['--emails', 'prod=a@acme.example, b@acme.example', '--cost-centre', 'it 7'],
]
const second = [
  ...['--environment', 'second', '--like', 'prod', '--region', 'eu-west-1'],
  ...['--cidr', '192.168.0.0/16', '--domain', 'second.acme.example'],
]

describe('npm run init', () => {
  it('writes what the flags say, and nothing else, and other values when it runs again', async () => {
    const before = own()
    const { code, output, errors } = await init(acme)
    expect([code, errors]).toEqual([0, ''])
    const after = own()
    expect(after.repository).toBe('acme/cloud')
    expect(after.teams).toMatchObject({ platform: 'sre', data: 'storage' })
    expect(after.environments.local).toEqual(before.environments.local)
    const zones = before.environments.prod?.availabilityZones.length
    expect(after.environments.prod).toEqual({
      ...before.environments.prod,
      account: '345678901234',
      region: 'eu-central-1',
      availabilityZones: ['a', 'b', 'c'].slice(0, zones).map((letter) => `eu-central-1${letter}`),
      vpcCidr: '172.20.0.0/16',
      domain: 'acme.example',
      privateDomain: 'prod.acme.internal',
      alarmEmails: ['a@acme.example', 'b@acme.example'],
      costCentre: 'it 7',
    })
    expect(after.environments.dev?.alarmEmails).toEqual([])
    const changed = git('diff', '--name-only').trim().split('\n')
    expect(changed.every((file) => file.startsWith('packages/constructs/src/'))).toBe(true)
    for (const file of changed) expect(output).toContain(`now/${file}`)
    commit()
    expect(await init(acme)).toMatchObject({ code: 0, output: 'Nothing to change.\n' })
    await init(['--domain', 'prod=acme.test'])
    expect(own().environments.prod?.domain).toBe('acme.test')
  })

  const others = Object.entries(organizations).filter(([name]) => name !== 'acme')
  it.each(others)('suits %s', async (name, runs) => {
    for (const flags of runs) {
      expect(await init([...flags, '--force'])).toMatchObject({ code: 0, errors: '' })
    }
    if (name === 'two-regions') expect(own().environments).toHaveProperty('prodeu')
    if (name === 'without-edge') {
      expect(own().teams).not.toHaveProperty('edge')
      expect(own().environments.prod?.availabilityZones[1]).toBe('ap-northeast-1c')
    }
  })

  it('adds an environment everywhere, like another one, with jobs that deploy it last', async () => {
    const known = environmentsOnAws(own())
    expect(await init(second)).toMatchObject({ code: 0 })
    const { environments } = own()
    expect(environments.second).toEqual({
      ...environments.prod,
      region: 'eu-west-1',
      availabilityZones: environments.second?.availabilityZones,
      vpcCidr: '192.168.0.0/16',
      domain: 'second.acme.example',
      privateDomain: environments.second?.privateDomain,
    })
    expect(environments.second?.availabilityZones[0]).toBe('eu-west-1a')
    expect(environments.second?.privateDomain).toMatch(/^second\./)
    for (const file of git('ls-files', '*/settings.ts').trim().split('\n')) {
      expect([file, /^ {2}second: /m.test(read(file))]).toEqual([file, true])
    }
    // One account has one provider for the tokens of GitHub.
    const bootstrap = read('tools/bootstrap/src/settings.ts')
    expect(valueAt(bootstrap, 'settings', 'second', 'githubProvider')).toBe('adopt')
    const jobs = (file: string) => parse(read(`.github/workflows/${file}`)).jobs
    expect(jobs('main.yml').second).toMatchObject({
      needs: known.at(-1),
      with: { environment: 'second' },
    })
    expect(jobs('pull-request.yml').second.with).toEqual({
      environment: 'second',
      approval: 'second-plan',
    })
    expect(jobs('pull-request.yml').required.needs).toEqual(['test', ...known, 'second', 'nightly'])
    expect(jobs('drift.yml').check.strategy.matrix.environment).toEqual([...known, 'second'])
    expect(read('.github/workflows/review.yml')).toContain(
      `ENVIRONMENTS: ${known.join(' ')} second\n`,
    )
    commit()
    expect(await init(second)).toMatchObject({ output: 'Nothing to change.\n' })
  })

  it('reports everything that is wrong, and writes nothing', async () => {
    const wrongFlags =
      '--repository acme --team data=Data_Team --account dev=1 --region qa=eu-west-1 --zones dev=eu-west-1a,eu-west-1b --cidr 10.0.0.0/16 --emails prod=nobody'
    const { code, errors } = await init(wrongFlags.split(' '))
    expect(code).toBe(1)
    for (const wrong of [
      'repository: must be one GitHub repository',
      'teams.data: must be 64 lower-case letters',
      'environments.dev.account (--account): must be the 12 digits',
      '--region: must name one of',
      'environments.dev.availabilityZones[0]: must be a zone of',
      'environments.dev.vpcCidr (--cidr): must not overlap the VPC of another environment',
      'environments.prod.alarmEmails (--emails): must be a list of e-mail addresses',
    ]) {
      expect(errors).toContain(wrong)
    }
    expect(git('status', '--porcelain')).toBe('')
  })

  it.each([
    [['--environment', 'local'], 2, 'must be on AWS'],
    [['--environment', 'eu', '--like', 'local'], 2, '--like: must be one of'],
    [
      ['--environment', 'prod-eu', '--cidr', '192.168.0.0/16', '--domain', 'a.test'],
      1,
      'environments.prod-eu: must be named',
    ],
    [['--environment', 'eu'], 1, 'environments.eu.domain (--domain): must differ'],
    [['--without', 'network'], 1, '--without: must be one of'],
    [['--regoin', 'eu-west-1'], 2, "Unknown option '--regoin'"],
  ])('refuses %j', async (words, code, message) => {
    expect(await init(words)).toMatchObject({ code, errors: expect.stringContaining(message) })
    expect(git('status', '--porcelain')).toBe('')
  })

  it('shows changes without writing them', async () => {
    const { output } = await init([...acme, '--dry-run'])
    // These flags set other values than those of any organization that is tried.
    expect(output).toMatch(/^\+.*it 7/m)
    expect(output).toContain('Nothing is written: --dry-run.')
    expect(git('status', '--porcelain')).toBe('')
  })

  it('does not mix its changes with others, unless it has to', async () => {
    writeFileSync(join(clone, 'notes.txt'), 'mine')
    expect(await init(acme)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('notes.txt'),
    })
    expect(await init([...acme, '--force'])).toMatchObject({ code: 0 })
    expect(read('notes.txt')).toBe('mine')
    rmSync(join(clone, 'notes.txt'))
  })

  it('leaves the clone as it was if the docs cannot be generated', async () => {
    const fails = () => {
      writeFileSync(join(clone, 'biome.jsonc'), 'half of it')
      throw new Error('npm run docs failed')
    }
    expect(await init(acme, undefined, fails)).toMatchObject({
      code: 1,
      errors: 'Nothing is changed: npm run docs failed\n',
    })
    expect(git('status', '--porcelain')).toBe('')
  })

  it('asks for what the flags do not say, until the answer is valid', async () => {
    const cidrs = ['10.10.0.0/16', '172.20.0.0/16', '172.21.0.0/16']
    const { code, asked } = await init(['--team', 'sre', '--domain', 'dev=d.test'], (question) =>
      /Range of the VPC/.test(question) ? (cidrs.shift() ?? '') : '',
    )
    expect(code).toBe(0)
    expect(own().environments.dev?.vpcCidr).toBe('172.20.0.0/16')
    const again = asked.find((question) => question.includes('must not overlap'))
    expect(again).toMatch(/\(local has .*; got "10\.10\.0\.0\/16"\. .*\nRange of the VPC of dev/)
    expect(asked.filter((question) => /GitHub team|Public domain of dev/.test(question))).toEqual(
      [],
    )
    expect(asked.at(-1)).toBe('Write these changes? [Y/n]: ')
    expect(new Set(asked).size).toBe(asked.length)
  })

  it('writes nothing after Ctrl-C', async () => {
    const { code, errors } = await init(acme, (question) =>
      /Write/.test(question) ? undefined : '',
    )
    expect([code, errors]).toEqual([130, '\nNothing is changed.\n'])
    expect(git('status', '--porcelain')).toBe('')
  })
})

describe('the editor of constants', () => {
  const text = `// é
const other = 1
export const all = {
  /** One. */
  one: { a: 'x', 'b-c': [1, 2] }, // first
} as const satisfies Record<string, object>
`
  it('changes a value, and keeps everything around it', () => {
    expect(withValue(text, ['all', 'one', 'a'], 'ü')).toBe(text.replace("'x'", '"ü"'))
    expect(withValue(text, ['all', 'one', 'b-c'], ['y'])).toBe(text.replace('[1, 2]', '["y"]'))
    expect(valueAt(text, 'all', 'one')).toEqual({ a: 'x', 'b-c': [1, 2] })
  })

  it('copies a property to the end, with or without a comma, and once', () => {
    const copied = withCopy(text, ['all'], 'one', 'two')
    expect(valueAt(copied, 'all', 'two')).toEqual(valueAt(text, 'all', 'one'))
    expect(withCopy(copied, ['all'], 'one', 'two')).toBe(copied)
    const tight = 'const all = { one: 1 }'
    expect(valueAt(withCopy(tight, ['all'], 'one', 'two'), 'all')).toEqual({ one: 1, two: 1 })
  })

  it('says what it cannot read', () => {
    expect(() => valueAt(text, 'none')).toThrow('must have a constant none')
    expect(() => valueAt(text, 'all', 'two')).toThrow('must have all.two')
    expect(() => valueAt('const a = { b: c() }', 'a')).toThrow('a.b must consist of literals')
  })
})
