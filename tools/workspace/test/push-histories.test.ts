import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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
  if (command === 'git') return repository.answer(args)
  if (command === 'gh') return github.answer(args, input)
  const base = args.find((arg) => arg.startsWith('--base='))?.slice('--base='.length)
  const files = repository.diff(`${base}`, repository.head)
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
    (command, args, input) => (command === 'git' ? commands : run)(command, args, input),
  )

/** What the deploy job does: deploys some stacks, and records them. */
function deploy(deployed: readonly string[], { stale = [] as string[], environment = 'dev' } = {}) {
  const RESULT = join(repository.folder, 'result.json')
  writeFileSync(RESULT, JSON.stringify({ deployed, stale }))
  return runStep('record', repository.folder, { ENVIRONMENT: environment, RESULT }, commands)
}

/** What the deploy job does before it deploys. */
const start = (planned: readonly string[], environment = 'dev') =>
  runStep(
    'record',
    repository.folder,
    { ENVIRONMENT: environment, STARTED: planned.join(' ') },
    commands,
  )

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
    repository.revertTo(first)
    expect(affected().outputs).toEqual({ stacks: 'data' })
  })

  describe('that was cut off', () => {
    let first: string
    beforeEach(() => {
      first = repository.push('packages/a')
      deploy(stacks)
      repository.push('apps/data/a', 'apps/edge/a')
      expect(start(['data', 'edge']).passed).toBe(true)
    })

    it('has left a part of a change, which a revert does not undo by itself', () => {
      repository.revertTo(first)
      expect(affected().outputs.stacks).toMatch(/^data .*edge$/)
    })

    it('may have changed outputs, so the stacks after it are planned, too', () => {
      expect(affected().outputs).toEqual({ stacks: 'data compute edge' })
    })

    it('is over once its stacks are deployed', () => {
      deploy(['data'])
      expect(affected().outputs).toEqual({ stacks: 'edge' })
      deploy(['edge'])
      expect(affected().outputs).toEqual({ stacks: '' })
    })

    it('or whose result GitHub did not store, is planned again with the readers of its outputs', () => {
      github.refused = /POST \S+deployments$/
      deploy(['data'], { stale: ['compute'] })
      github.refused = /^$/
      expect(affected().outputs).toEqual({ stacks: 'data compute edge' })
    })
  })

  it('plans a branch that a merge brings, however old its commits are', () => {
    const first = repository.push('packages/a')
    const side = repository.push('apps/edge/a')
    repository.forcePush(first)
    repository.push('apps/data/a')
    deploy(stacks)
    repository.merge(side)
    expect(affected().outputs).toEqual({ stacks: 'edge' })
  })

  it('plans a stack that is new, and ignores the records of one that is gone', () => {
    repository.push('packages/a')
    deploy(['network', 'queue', 'data'])
    expect(affected({ STACKS: 'network data cache' }).outputs).toEqual({ stacks: 'cache' })
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
    repository.forcePush(first)
    repository.push('apps/edge/a')
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
  })

  it('after a force-push to a commit before the deployed one', () => {
    const first = repository.push('packages/a')
    repository.push('apps/data/a')
    deploy(stacks)
    repository.forcePush(first)
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
  })

  it.each([zeros, 'f'.repeat(40)])('where %s is deployed, which does not exist', (sha) => {
    repository.push('packages/a')
    deploy(stacks)
    github.deployments[1] = Object.assign({}, github.deployments[1], { sha })
    expect(affected()).toMatchObject({ passed: true, outputs: { stacks: 'data' } })
  })

  it.each([
    { sha: 'ABC' },
    { sha: 'HEAD' },
    { sha: '--all' },
    { sha: null },
    { description: null },
    { description: 'by hand' },
  ])('where another tool made the record: %j', (record) => {
    repository.push('packages/a')
    deploy(stacks)
    github.deployments[1] = Object.assign({}, github.deployments[1], record)
    expect(affected()).toMatchObject({ passed: true, outputs: { stacks: 'data' } })
  })

  it('in a shallow clone', () => {
    const first = repository.push('packages/a')
    deploy(stacks)
    repository.push('apps/data/a')
    repository.commits.delete(first)
    expect(affected().outputs).toEqual({ stacks: 'network data compute edge' })
  })
})

it('a deploy reads the list of Nx below its warnings', () => {
  repository.push('packages/a')
  deploy(stacks)
  repository.push('apps/data/a')
  const { outputs } = affected({}, (command, args, input) =>
    command === 'gh' ? github.answer(args, input) : ok('[warn] Nx is old\n["data"]\n[NX] done\n'),
  )
  expect(outputs).toEqual({ stacks: 'data' })
})

describe('a deploy fails, and lists no stack', () => {
  const nxFails: Commands = (command, args, input) =>
    command === 'gh' ? github.answer(args, input) : { status: 1, stdout: 'Nx: no such revision' }

  let deployed: string
  beforeEach(() => {
    deployed = repository.push('packages/a')
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
    [
      'Nx prints what is no list',
      (command, args, input) => (command === 'gh' ? github.answer(args, input) : ok('[busy]')),
      '[busy]',
    ],
    ['GitHub answers with an object', () => ok({ message: 'Moved' }), 'deployments'],
    ['GitHub answers with nothing', () => ok(), 'deployments'],
    ['GitHub answers with HTML', () => ok('<html>'), 'must answer with JSON'],
  ])('where %s', (_, run, message) => {
    const { passed, outputs, log } = affected({}, run)
    expect([passed, outputs]).toEqual([false, {}])
    expect(log).toMatch(/^::error::/m)
    expect(log).toContain(message)
  })

  it('where an older run is repeated, because it would undo a deploy', () => {
    deploy(['data'])
    repository.head = deployed
    const { passed, outputs, log } = affected()
    expect([passed, outputs]).toEqual([false, {}])
    expect(log).toContain('dev has a deploy of')
    expect(log).toContain('is newer than')
  })

  it('where everything is requested in an older run', () => {
    deploy(['data'])
    repository.head = deployed
    const { passed, log } = affected({ EVERYTHING: 'true' })
    expect([passed, log]).toEqual([false, expect.stringContaining('is newer than')])
  })

  it('where the run is of a commit that a force-push removed', () => {
    const removed = repository.main
    deploy(['data'])
    repository.forcePush(deployed)
    repository.push('apps/data/a')
    deploy(['data'])
    for (const EVERYTHING of ['true', 'false']) {
      repository.head = removed
      const { passed, outputs, log } = affected({ EVERYTHING })
      expect([passed, outputs]).toEqual([false, {}])
      expect(log).toContain(`${removed} is not on the branch main`)
    }
  })

  it('where a variable is missing', () => {
    expect(affected({ ENVIRONMENT: '' })).toMatchObject({ passed: false, outputs: {} })
  })
})

describe('the record of a deploy', () => {
  beforeEach(() => void repository.push('packages/a'))

  it('waits for no check, and leaves the other records active', () => {
    deploy(['network'], { stale: ['data'] })
    const head = repository.main
    expect(github.deployments).toMatchObject([
      { task: 'deploy:data', environment: 'dev', sha: head, states: ['failure'] },
      { task: 'deploy:network', environment: 'dev', sha: head, states: ['success'] },
    ])
  })

  it('is not green where a stack reads outputs that have changed', () => {
    const { passed, log } = deploy(['network'], { stale: ['data'] })
    expect(passed).toBe(false)
    expect(log).toContain('data: reads outputs that have changed')
    expect(log).toContain('Run all jobs of this run again')
    deploy(['data'])
    expect(affected().outputs.stacks).toBe('compute edge')
  })

  it('is made before a deploy, which does not start without it', () => {
    expect(start(['network', 'data']).passed).toBe(true)
    expect(github.deployments).toMatchObject([
      { task: 'deploy:network', states: ['in_progress'] },
      { task: 'deploy:data', states: ['in_progress'] },
    ])
    github.refused = /POST/
    expect(start(['network']).passed).toBe(false)
  })

  it('is empty where the deploy did not start', () => {
    const RESULT = join(repository.folder, 'none.json')
    const env = { ENVIRONMENT: 'dev', RESULT }
    expect(runStep('record', repository.folder, env, commands).passed).toBe(true)
    expect(github.deployments).toEqual([])
  })

  it('fails where GitHub does not store it', () => {
    github.refused = /POST \S+deployments$/
    const { passed, log } = deploy(['network', 'data'])
    expect(passed).toBe(false)
    expect(log).toContain('network, data: GitHub did not store the record')
    expect(log).toContain('deployments: write')
    expect(affected().outputs.stacks).toBe('network data compute edge')
  })
})

describe('over any history of pushes', () => {
  const files = [...stacks.map((stack) => `apps/${stack}/a`), 'packages/a', 'README.md']
  const event = fc.record({
    kind: fc.constantFrom('push', 'push', 'push', 'reset', 'revert', 'merge', 'rerun'),
    /** An older commit, for the kinds that need one. */
    older: fc.nat(),
    changed: fc.subarray(files, { maxLength: 2 }),
    nxFails: fc.constantFrom(false, false, false, true),
    /** How many stacks the run deploys. The next one is cut off. */
    deploys: fc.constantFrom(0, 1, 2, 4, 4, 4),
    /** What records the result: nothing does where the runner is lost. */
    records: fc.constantFrom('all', 'all', 'all', 'none', 'refused'),
  })

  it('a green run leaves every stack as it is in the commit', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 4, maxLength: 6 }), (events) => {
        github = new FakeGitHub()
        repository.remove()
        repository = new Repository()
        const commits = [repository.push(...files)]
        /** What is on AWS: the content of each stack. Data has the outputs of network, too. */
        const aws = new Map<string, string>()
        let output = ''
        const contentOf = (stack: string, commit: string) =>
          ['packages/a', `apps/${stack}/a`].map((file) => repository.read(file, commit)).join() +
          (stack === 'data' ? ` with ${output}` : '')
        // Twice, because the plan of data has no outputs the first time.
        const everything = {
          kind: 'push',
          older: 0,
          changed: [],
          nxFails: false,
          deploys: 4,
          records: 'all',
        }
        for (const { kind, older, changed, nxFails, deploys, records } of [
          everything,
          everything,
          ...events,
        ]) {
          const other = commits[older % commits.length] ?? ''
          if (kind === 'push') commits.push(repository.push(...changed))
          if (kind === 'reset') repository.forcePush(other)
          if (kind === 'revert') commits.push(repository.revertTo(other))
          if (kind === 'merge') commits.push(repository.merge(other))
          const head = kind === 'rerun' ? other : repository.main
          repository.head = head
          const { passed, outputs } = affected({}, (command, args, input) =>
            nxFails && command === 'npx' ? failed : commands(command, args, input),
          )
          const planned = (outputs.stacks ?? '').split(' ').filter((stack) => stack !== '')
          const plans = new Map(planned.map((stack) => [stack, contentOf(stack, head)]))
          if (passed) start(planned)
          const deployed: string[] = []
          const stale = new Set<string>()
          for (const [stack, content] of plans) {
            if (stale.has(stack)) continue
            const isCut = deployed.length === deploys
            if (stack === 'network' && output !== content) {
              output = content
              if (!isCut) stale.add('data')
            }
            aws.set(stack, isCut ? `part of ${content}` : content)
            if (isCut) break
            deployed.push(stack)
          }
          if (records === 'refused') github.refused = /POST/
          const isRecorded =
            records !== 'none' && deploy(deployed, { stale: [...stale] }).passed === true
          github.refused = /^$/
          if (passed && isRecorded && deployed.length === planned.length) {
            for (const stack of stacks)
              expect([stack, aws.get(stack)]).toEqual([stack, contentOf(stack, head)])
          }
          repository.head = repository.main
        }
      }),
      { numRuns: 12 },
    )
  })
})

describe('with Git itself', () => {
  const git = (args: readonly string[], input = '') =>
    spawnSync('git', args, { cwd: repository.folder, input, encoding: 'utf8' })

  /** Makes the repository in its folder, with all of its commits. Returns their names in Git. */
  function create(): Map<string, string> {
    const shas = [...repository.commits.keys()]
    const mark = (sha: string) => `:${shas.indexOf(sha) + 1}`
    const lines = [...repository.commits].flatMap(
      ([
        sha,
        {
          parents: [first, merged],
        },
      ]) => [
        `commit refs/heads/${sha}`,
        `mark ${mark(sha)}\ncommitter a <a@b> 1700000000 +0000\ndata 1\n.`,
        ...(first ? [`from ${mark(first)}`] : []),
        ...(merged ? [`merge ${mark(merged)}`] : []),
        `M 100644 inline file\ndata ${sha.length}\n${sha}`,
      ],
    )
    lines.push(`reset refs/remotes/origin/main\nfrom ${mark(repository.main)}`)
    for (const folder of ['objects', 'refs'])
      mkdirSync(join(repository.folder, '.git', folder), { recursive: true })
    repository.write('.git/HEAD', `ref: refs/heads/${repository.head}\n`)
    const made = git(['fast-import', '--quiet', '--export-marks=marks'], `${lines.join('\n')}\n`)
    expect(made.stderr).toBe('')
    const marks = readFileSync(join(repository.folder, 'marks'), 'utf8').trim().split('\n')
    return new Map(
      marks.map((line) => [shas[Number(/\d+/.exec(line)?.[0]) - 1] ?? '', line.slice(-40)]),
    )
  }

  it('the commits have the same order', () => {
    const first = repository.push('a')
    const side = repository.push('a')
    repository.forcePush(first)
    const second = repository.push('a')
    const merge = repository.merge(side)
    const removed = repository.push('a')
    repository.forcePush(merge)
    const names = create()
    const branch = 'refs/remotes/origin/main'
    for (const pair of [
      [first, merge],
      [merge, first],
      [side, merge],
      [side, second],
      [removed, branch],
      [second, branch],
      [merge, merge],
      ['f'.repeat(40), merge],
    ]) {
      const real = pair.map((revision) => names.get(revision) ?? revision)
      const { status } = git(['merge-base', '--is-ancestor', ...real])
      const args = ['merge-base', '--is-ancestor', ...pair]
      expect([pair, repository.answer(args).status]).toEqual([pair, status])
    }
  })

  it('the step runs as a command, with gh and npx on the PATH', () => {
    const deployed = repository.push('packages/a')
    repository.push('apps/data/a')
    const sha = create().get(deployed)
    const bin = repository.folder
    const fake = (name: string, script: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    fake('gh', `echo '[{"sha":"${sha}","description":"deployed"}]'`)
    fake('npx', 'echo \'["data", "workspace"]\'')
    const output = join(bin, 'output')
    const step = resolve(__dirname, '../src/ci/affected.cjs')
    const { status } = spawnSync(process.execPath, [step], {
      cwd: bin,
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
})
