import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import fc from 'fast-check'
import { type Commands, FakeGitHub, failed, ok, Repository, runStep } from './ci-steps'

const stacks = ['network', 'data', 'compute', 'edge']
const zeros = '0'.repeat(40)

let github: FakeGitHub
let repository: Repository

beforeEach(() => {
  github = new FakeGitHub()
  repository = new Repository()
})
afterEach(() => repository.remove())

/** Nx: each stack has its folder, and all of them use `packages`. */
const commands: Commands = (command, args, input) => {
  if (command === 'gh') return github.answer(args, input)
  const [base, head] = ['--base=', '--head='].map((flag) =>
    args.find((arg) => arg.startsWith(flag))?.slice(flag.length),
  )
  const files = repository.git('diff', '--name-only', `${base}`, `${head}`).split('\n')
  const isShared = files.some((file) => file.startsWith('packages/'))
  return ok(
    stacks.filter((stack) => isShared || files.some((file) => file.startsWith(`apps/${stack}/`))),
  )
}

const affected = (env: Record<string, string> = {}, run: Commands = commands) =>
  runStep(
    'affected',
    repository.folder,
    { ENVIRONMENT: 'dev', STACKS: stacks.join(' '), ...env },
    run,
  )

/** What the deploy job does: deploys some stacks, and records them. */
function deploy(deployed: readonly string[], { stale = [] as string[], environment = 'dev' } = {}) {
  const RESULT = join(repository.folder, '.git/result.json')
  writeFileSync(RESULT, JSON.stringify({ deployed, stale }))
  return runStep('record', repository.folder, { ENVIRONMENT: environment, RESULT }, commands)
}

describe('a deploy', () => {
  it('plans every stack where none was ever deployed', () => {
    repository.push('apps/data/a')
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
  })

  it('plans nothing where nothing has changed since the last deploy', () => {
    repository.push('packages/a')
    deploy(stacks)
    expect(affected()).toMatchObject({ passed: true, outputs: { stacks: '' } })
    repository.push('README.md')
    expect(affected()).toMatchObject({ passed: true, outputs: { stacks: '' } })
  })

  it('plans what all pushes changed since the last deploy, not only the last push', () => {
    repository.push('packages/a')
    deploy(stacks)
    repository.push('apps/data/a')
    repository.push('apps/edge/a')
    repository.push('README.md')
    expect(affected().outputs).toEqual({ stacks: 'data edge' })
  })

  it('plans the stacks again that a run failed to deploy, and not those that it deployed', () => {
    repository.push('packages/a')
    deploy(['network', 'data'])
    expect(affected().outputs).toEqual({ stacks: 'compute edge' })
    repository.push('apps/network/a')
    expect(affected().outputs).toEqual({ stacks: 'network compute edge' })
  })

  it('keeps the environments apart', () => {
    repository.push('packages/a')
    deploy(stacks, { environment: 'prod' })
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
    expect(affected({ ENVIRONMENT: 'prod' }).outputs).toEqual({ stacks: '' })
  })

  it('plans the readers of outputs that changed without a new plan of theirs', () => {
    repository.push('packages/a')
    deploy(stacks)
    repository.push('apps/network/a')
    deploy(['network'], { stale: ['data', 'edge'] })
    expect(affected().outputs).toEqual({ stacks: 'data edge' })
    deploy(['data', 'edge'])
    expect(affected().outputs).toEqual({ stacks: '' })
  })

  it('plans a revert', () => {
    const first = repository.push('apps/data/a')
    deploy(stacks)
    repository.push('apps/data/a')
    deploy(['data'])
    repository.git('checkout', '--quiet', first, '--', 'apps/data')
    repository.push()
    expect(affected().outputs).toEqual({ stacks: 'data' })
  })

  it('plans everything on request', () => {
    repository.push('packages/a')
    deploy(stacks)
    expect(affected({ EVERYTHING: 'true' }).outputs.stacks).toBe('network data compute edge')
    expect(affected({ EVERYTHING: 'false' }).outputs.stacks).toBe('')
  })
})

describe('a deploy without its base plans every stack', () => {
  it('after a force-push that replaced the deployed commit', () => {
    const first = repository.push('packages/a')
    repository.push('apps/data/a')
    deploy(stacks)
    repository.git('reset', '--quiet', '--hard', first)
    repository.push('apps/edge/a')
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
  })

  it('after a force-push to a commit before the deployed one', () => {
    const first = repository.push('packages/a')
    repository.push('apps/data/a')
    deploy(stacks)
    repository.git('reset', '--quiet', '--hard', first)
    repository.fetch()
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
  })

  it.each([zeros, 'f'.repeat(40)])('where %s is deployed, which does not exist', (sha) => {
    repository.push('packages/a')
    deploy(stacks)
    github.deployments[1] = Object.assign({}, github.deployments[1], { sha })
    expect(affected()).toMatchObject({ passed: true, outputs: { stacks: 'data' } })
  })

  it('in a shallow clone', () => {
    const full = repository
    full.push('packages/a')
    deploy(stacks)
    full.push('apps/data/a')
    repository = new Repository()
    repository.git('fetch', '--quiet', '--depth=1', `file://${full.folder}`, 'main')
    repository.git('reset', '--quiet', '--hard', 'FETCH_HEAD')
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
    full.remove()
  })
})

describe('a deploy fails, and lists no stack', () => {
  const nxFails: Commands = (command, args, input) =>
    command === 'gh' ? github.answer(args, input) : { status: 1, stdout: 'Nx: no such revision' }

  beforeEach(() => {
    repository.push('packages/a')
    deploy(stacks)
    repository.push('apps/data/a')
  })

  it.each<[string, Commands, string]>([
    ['Nx fails', nxFails, 'Nx: no such revision'],
    [
      'Nx prints no list',
      (command, args, input) => (command === 'gh' ? github.answer(args, input) : ok('Nx is busy')),
      'Nx is busy',
    ],
    ['GitHub fails', () => failed, 'GitHub refused GET deployments'],
    ['GitHub answers with HTML', () => ok('<html>'), 'must answer with JSON'],
  ])('where %s', (_, run, message) => {
    const { passed, outputs, log } = affected({}, run)
    expect([passed, outputs]).toEqual([false, {}])
    expect(log).toMatch(/^::error::/m)
    expect(log).toContain(message)
  })

  it('where an older run is repeated, because it would undo a deploy', () => {
    const older = repository.git('rev-parse', 'HEAD~1')
    deploy(['data'])
    repository.git('checkout', '--quiet', older)
    const { passed, outputs, log } = affected()
    expect([passed, outputs]).toEqual([false, {}])
    expect(log).toContain('dev has a deploy of')
    expect(log).toContain('is newer than')
  })

  it('where a variable is missing', () => {
    expect(affected({ ENVIRONMENT: '' })).toMatchObject({ passed: false, outputs: {} })
  })
})

describe('the record of a deploy', () => {
  beforeEach(() => void repository.push('packages/a'))

  it('waits for no check, and leaves the other records active', () => {
    deploy(['network'], { stale: ['data'] })
    const head = repository.git('rev-parse', 'HEAD')
    expect(github.deployments).toMatchObject([
      { task: 'deploy:network', environment: 'dev', sha: head, states: ['success'] },
      { task: 'deploy:data', environment: 'dev', sha: head, states: ['failure'] },
    ])
  })

  it('is empty where the deploy did not start', () => {
    const RESULT = join(repository.folder, 'none.json')
    const env = { ENVIRONMENT: 'dev', RESULT }
    expect(runStep('record', repository.folder, env, commands).passed).toBe(true)
    expect(github.deployments).toEqual([])
  })

  it('fails where GitHub does not store it, after it has tried all of them', () => {
    github.refused = /POST \S+deployments$/
    const { passed, log } = deploy(['network', 'data'])
    expect(passed).toBe(false)
    expect(log).toContain('network, data: GitHub did not store the record')
    expect(log).toContain('deployments: write')
    expect(affected().outputs.stacks).toBe('network data compute edge')
  })
})

describe('over any history of pushes', () => {
  const push = fc.record({
    kind: fc.constantFrom('push', 'push', 'push', 'force-push', 'reset', 'rerun'),
    changed: fc.subarray([...stacks.map((stack) => `apps/${stack}/a`), 'packages/a', 'README.md']),
    /** The number of stacks that the run deploys before it fails. */
    deploys: fc.constantFrom(0, 1, 2, 4, 4, 4),
    nxFails: fc.constantFrom(false, false, false, true),
  })

  it('a green run leaves every stack as it is in the commit', () => {
    fc.assert(
      fc.property(fc.array(push, { minLength: 3, maxLength: 5 }), (pushes) => {
        github = new FakeGitHub()
        repository.remove()
        repository = new Repository()
        repository.push('packages/a', ...stacks.map((stack) => `apps/${stack}/a`))
        let commits = 1
        /** What is on AWS: the content of each stack. */
        const aws = new Map<string, string>()
        for (const { kind, changed, deploys, nxFails } of pushes) {
          if (kind === 'force-push')
            repository.git('commit', '--quiet', '--amend', '--allow-empty', '-m', 'again')
          if (kind === 'reset' && commits > 1) {
            repository.git('reset', '--quiet', '--hard', 'HEAD~1')
            commits -= 1
          }
          if (kind === 'reset') repository.fetch()
          else if (kind !== 'rerun') {
            repository.push(...changed)
            commits += 1
          }
          const run: Commands = (command, args, input) =>
            nxFails && command === 'npx' ? failed : commands(command, args, input)
          const { passed, outputs } = affected({}, run)
          const planned = (outputs.stacks ?? '').split(' ').filter((stack) => stack !== '')
          const deployed = passed ? planned.slice(0, deploys) : []
          const contentOf = (stack: string) =>
            ['packages/a', `apps/${stack}/a`].map((file) => repository.read(file)).join()
          for (const stack of deployed) aws.set(stack, contentOf(stack))
          deploy(deployed)
          if (passed && deployed.length === planned.length) {
            for (const stack of stacks)
              expect([stack, aws.get(stack)]).toEqual([stack, contentOf(stack)])
          }
        }
      }),
      { numRuns: 2 },
    )
  })
})

it('the step runs as a command, with gh and npx on the PATH', () => {
  repository.push('packages/a')
  const sha = repository.git('rev-parse', 'HEAD')
  repository.push('apps/data/a')
  const bin = join(repository.folder, '.git')
  const fake = (name: string, script: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  fake('gh', `echo '[{"sha":"${sha}","description":"deployed"}]'`)
  fake('npx', 'echo \'["data", "workspace"]\'')
  const output = join(bin, 'output')
  const { status } = spawnSync(process.execPath, [resolve(__dirname, '../src/ci/affected.cjs')], {
    cwd: repository.folder,
    env: {
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      ENVIRONMENT: 'dev',
      GH_REPO: 'a/b',
      GITHUB_OUTPUT: output,
      STACKS: 'network data',
    },
  })
  expect([status, readFileSync(output, 'utf8')]).toEqual([0, 'stacks=data\n'])
})
