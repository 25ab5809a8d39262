import { spawn, spawnSync } from 'node:child_process'
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
import { join, resolve } from 'node:path'

/** These run the real Terraform, on stacks of its built-in terraform_data with their state in a file. */
const main = resolve(__dirname, '../src/main.ts')
const tsx = require.resolve('tsx/cjs')

let project: string
const stateFile = () => join(project, 'state/terraform.tfstate')
const resources = () => JSON.parse(readFileSync(stateFile(), 'utf8')).resources.length

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'tideway-stack-'))
  mkdirSync(join(project, 'src'))
  writeFileSync(join(project, 'package.json'), '{ "nx": { "name": "sample" } }')
  writeFileSync(join(project, 'cdktf.json'), '{}')
  // What an app does, without cdktf: it writes its JSON for the environment it is asked for.
  writeFileSync(
    join(project, 'src/main.ts'),
    `const { cpSync, mkdirSync } = require('node:fs')
    const folder = 'cdktf.out/' + process.env.TIDEWAY_ENV + '/stacks/sample'
    mkdirSync(folder, { recursive: true })
    cpSync('stack.json', folder + '/cdk.tf.json')`,
  )
})

afterEach(() => rmSync(project, { recursive: true }))

function synthesizesTo(terraformData: Record<string, object>, more: object = {}): void {
  const json = {
    terraform: { backend: { local: { path: stateFile() } } },
    resource: { terraform_data: terraformData },
    ...more,
  }
  writeFileSync(join(project, 'stack.json'), JSON.stringify(json))
}

const sleeping = (seconds: number) => ({
  provisioner: [{ 'local-exec': { command: `touch started && sleep ${seconds}` } }],
})

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(args: string[], variables: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--require', tsx, main, ...args], {
    cwd: project,
    env: {
      ...process.env,
      TIDEWAY_ENV: 'local',
      TIDEWAY_ASKED_FOR: undefined,
      NX_TASK_TARGET_PROJECT: undefined,
      ...variables,
    },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    output.stdout += text
  })
  child.stderr.on('data', (text) => {
    output.stderr += text
  })
  const result = new Promise<Result>((done) => {
    child.on('close', (code) => done({ code, ...output }))
  })
  return { child, result }
}

const run = (args: string[], variables?: NodeJS.ProcessEnv) => start(args, variables).result

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 50))
}

describe('the wrapper', () => {
  it('validates, plans to a file, deploys that plan, and destroys', async () => {
    synthesizesTo({ a: { input: 'one' }, b: { input: 'two' } })
    expect(await run(['validate'])).toMatchObject({ code: 0, stderr: '' })

    const plan = await run(['plan'])
    expect(plan.stdout).toContain('# terraform_data.a will be created')
    expect(plan.stdout).toContain('sample in local: 2 to add, 0 to change, 0 to destroy')
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(true)
    expect(existsSync(stateFile())).toBe(false)

    expect((await run(['deploy'])).stdout).toMatch(/sample in local: deployed in \d+ s/)
    expect(resources()).toBe(2)
    // A plan holds values in clear, and is of no use once it is applied.
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(false)

    expect((await run(['deploy'])).stdout).toContain('sample in local: no changes')
    expect((await run(['destroy'])).stdout).toContain('sample in local: destroyed')
    expect(resources()).toBe(0)
  })

  it('applies what changes only outputs, and what only moves', async () => {
    synthesizesTo({ a: {} })
    await run(['deploy'])
    synthesizesTo({ a: {} }, { output: { fresh: { value: 'published' } } })
    expect((await run(['plan'])).stdout).toContain('0 to destroy, 1 outputs change')
    expect((await run(['deploy'])).stdout).toContain('deployed')
    expect(readFileSync(stateFile(), 'utf8')).toContain('published')
    const output = { fresh: { value: 'published' } }
    synthesizesTo(
      { b: {} },
      { output, moved: [{ from: 'terraform_data.a', to: 'terraform_data.b' }] },
    )
    expect((await run(['deploy'])).stdout).toContain('deployed')
    expect(readFileSync(stateFile(), 'utf8')).toContain('"name": "b"')
    expect((await run(['deploy'])).stdout).toContain('no changes')
  })

  it('waits for another command in the same folder', async () => {
    synthesizesTo({ slow: sleeping(3) })
    const first = start(['deploy'])
    await waitFor(() => existsSync(join(project, '.tf/local/started')))
    const second = await run(['plan'])
    expect(second.stdout).toContain('waits for process')
    expect(second.stdout).toContain('sample in local: no changes')
    expect(await first.result).toMatchObject({ code: 0 })
  })

  it('goes on when nobody reads along any more', async () => {
    synthesizesTo({ slow: sleeping(2), later: { depends_on: ['terraform_data.slow'] } })
    const { child, result } = start(['deploy'])
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await result).toMatchObject({ code: 0 })
    expect(resources()).toBe(2)
  })

  it('lets Terraform end in order when it is killed itself', async () => {
    synthesizesTo({ quick: {}, slow: sleeping(30), later: { depends_on: ['terraform_data.slow'] } })
    const { child } = start(['deploy'])
    await waitFor(() => existsSync(join(project, '.tf/local/started')))
    const locked = join(project, 'state/.terraform.tfstate.lock.info')
    expect(existsSync(locked)).toBe(true)
    child.kill('SIGKILL')
    await waitFor(() => !existsSync(locked))
    expect(readFileSync(stateFile(), 'utf8')).not.toContain('"later"')
    expect(resources()).toBeGreaterThan(0)
  })

  it('leaves no plan behind when an apply fails', async () => {
    synthesizesTo({ bad: { provisioner: [{ 'local-exec': { command: 'exit 7' } }] } })
    expect(await run(['deploy'])).toMatchObject({ code: 1 })
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(false)
  })

  it('does not follow a workspace that is left over in the shell', async () => {
    synthesizesTo({ a: {} })
    await run(['deploy'], { TF_WORKSPACE: 'other' })
    expect(resources()).toBe(1)
  })

  it('always works on what the source says now', async () => {
    synthesizesTo({ a: {} })
    await run(['plan'])
    synthesizesTo({ a: {}, b: {}, c: {} })
    expect((await run(['plan'])).stdout).toContain('3 to add')
  })

  it('writes nothing into what synth makes, which Nx caches', async () => {
    synthesizesTo({ a: {} })
    await run(['deploy'])
    const entries = readdirSync(join(project, 'cdktf.out'), { recursive: true }).map(String)
    expect(entries.filter((entry) => entry.includes('.'))).toEqual([
      'local/stacks/sample/cdk.tf.json',
    ])
  })

  it('passes an error of Terraform on whole, and keeps what was done', async () => {
    const failing = { provisioner: [{ 'local-exec': { command: 'echo this is why >&2; exit 7' } }] }
    synthesizesTo({ good: {}, bad: { ...failing, depends_on: ['terraform_data.good'] } })
    const { code, stdout, stderr } = await run(['deploy'])
    expect(code).toBe(1)
    expect(stdout).toContain('local-exec provisioner error')
    expect(stdout).toContain('this is why')
    expect(stderr).toContain('sample in local: terraform apply failed')
    expect(resources()).toBe(2) // the failed one is there, tainted
  })

  it('tells what is wrong with JSON that is not valid', async () => {
    synthesizesTo({ a: { inptu: 'misspelt' } })
    const { code, stderr } = await run(['validate'])
    expect(code).toBe(1)
    expect(stderr).toContain('sample in local: terraform validate failed')
    expect(stderr).toContain('inptu')
  })

  it('tells what is wrong with a source that does not synthesize', async () => {
    writeFileSync(join(project, 'src/main.ts'), `throw new Error('no such size')`)
    const { code, stderr } = await run(['plan'])
    expect(code).toBe(1)
    expect(stderr).toContain('sample for local')
    expect(stderr).toContain('no such size')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops on %s: Terraform ends by itself, the state is saved and unlocked',
    async (signal) => {
      synthesizesTo({
        quick: {},
        slow: sleeping(30),
        later: { depends_on: ['terraform_data.slow'] },
      })
      const { child, result } = start(['deploy'])
      await waitFor(() => existsSync(join(project, '.tf/local/started')))
      child.kill(signal)
      child.kill(signal) // Ctrl-C arrives more than once: from the terminal, npx and Nx
      const { code, stderr } = await result
      expect(code).toBe(130)
      expect(stderr).toBe(
        '\nstopping: Terraform finishes what it has begun, saves the state and unlocks it\n',
      )
      expect(existsSync(join(project, 'state/.terraform.tfstate.lock.info'))).toBe(false)
      expect(readFileSync(stateFile(), 'utf8')).not.toContain('"later"')
      expect(resources()).toBeGreaterThan(0)
    },
  )
})

describe('a reviewed plan', () => {
  const reviewed = () => join(project, 'reviewed')
  const about = () => join(reviewed(), 'sample/plan.about.json')
  /** A repository with one commit and nothing beside it: this one may have changes while somebody works on it. */
  const repository = mkdtempSync(join(tmpdir(), 'tideway-repository-'))
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@test.example', ...args], {
      cwd: repository,
    })
  const inRepository = { GIT_DIR: join(repository, '.git'), GIT_WORK_TREE: repository }
  beforeAll(() => {
    git('init', '-q')
    git('commit', '-q', '--allow-empty', '-m', 'first')
  })
  afterAll(() => rmSync(repository, { recursive: true }))

  /** Plans, and puts the plan where a review would. */
  async function review(): Promise<void> {
    expect(await run(['plan'], inRepository)).toMatchObject({ code: 0 })
    mkdirSync(join(reviewed(), 'sample'), { recursive: true })
    for (const name of ['plan.tfplan', 'plan.about.json']) {
      cpSync(join(project, '.tf/local', name), join(reviewed(), 'sample', name))
    }
  }
  const edit = (changes: object) =>
    writeFileSync(
      about(),
      JSON.stringify({ ...JSON.parse(readFileSync(about(), 'utf8')), ...changes }),
    )
  const apply = () => run(['deploy', `--plans=${reviewed()}`], inRepository)

  it('is applied as it is', async () => {
    synthesizesTo({ a: { input: 'reviewed' } }, { output: { fresh: { value: 'published' } } })
    await review()
    const { code, stdout } = await apply()
    expect(stdout).toContain('sample: applies the plan that was reviewed')
    expect(stdout).toContain('sample: 1 to add, 0 to change, 0 to destroy')
    expect(stdout).toContain('sample in local: publishes anew: fresh')
    expect(code).toBe(0)
    expect(readFileSync(stateFile(), 'utf8')).toContain('reviewed')
  })

  it('is refused after another deploy, with the serials', async () => {
    synthesizesTo({ a: { input: 'one' } })
    await run(['deploy'])
    synthesizesTo({ a: { input: 'two' } })
    await review()
    synthesizesTo({ a: { input: 'three' } })
    await run(['deploy'])
    const { code, stderr } = await apply()
    expect(stderr).toMatch(/somebody has deployed since: the state had serial \d+, and has \d+/)
    expect(stderr).toContain('Plan and review anew: npx nx plan sample -c local')
    expect(code).toBe(1)
    expect(readFileSync(stateFile(), 'utf8')).toContain('three')
  })

  it('is rejected where it is for another commit, stack, environment, file or state', async () => {
    synthesizesTo({ a: {} })
    await run(['deploy'])
    synthesizesTo({ a: {}, b: {} })
    await review()
    const original = readFileSync(about(), 'utf8')
    for (const [changes, message] of [
      [{ commit: 'abc' }, 'it was made from commit abc'],
      [{ stack: 'other' }, 'it is a plan of other, and this is sample'],
      [{ environment: 'prod' }, 'it is a plan for prod, and this is local'],
      [{ sha256: '0' }, 'its bytes are others'],
      [{ state: { serial: 0, lineage: 'another' } }, 'another state altogether'],
    ] as const) {
      writeFileSync(about(), original)
      edit(changes)
      const { code, stderr } = await apply()
      expect(stderr).toContain('the reviewed plan is stale, and nothing is deployed')
      expect(stderr).toContain(message)
      expect(code).toBe(1)
      expect(resources()).toBe(1)
    }
  })

  it('is refused where the code is another one, or is in no commit', async () => {
    synthesizesTo({ a: {} })
    await review()
    git('commit', '-q', '--allow-empty', '-m', 'second')
    expect((await apply()).stderr).toMatch(/it was made from commit \w{40}, and this is \w{40}/)
    await review()
    writeFileSync(join(repository, 'changed'), '')
    expect((await apply()).stderr).toContain('files have been changed here that no commit has')
    await review()
    expect((await apply()).stderr).toContain('it was made from files that no commit has')
    rmSync(join(repository, 'changed'))
    expect(existsSync(stateFile())).toBe(false)
  })

  it('is asked for by its folder, and missed where it is not there', async () => {
    synthesizesTo({ a: {} })
    expect((await run(['deploy', '--plans'])).stderr).toContain('--plans: needs a folder')
    expect((await apply()).stderr).toContain('there is no reviewed plan of sample')
    await review()
    const { fixtures: _, ...half } = JSON.parse(readFileSync(about(), 'utf8'))
    // One that does not say whether it is on samples must not pass for one that is not.
    for (const text of ['{"stack": "sample"}', JSON.stringify(half)]) {
      writeFileSync(about(), text)
      expect((await apply()).stderr).toContain('does not say what the plan is about')
    }
    expect(existsSync(stateFile())).toBe(false)
  })

  it('is made on samples where what it reads is not deployed, and is never applied', async () => {
    synthesizesTo(
      { a: { input: '${data.terraform_remote_state.network.outputs.vpc_id}' } },
      {
        data: {
          terraform_remote_state: {
            network: { backend: 'local', config: { path: join(project, 'state/missing.tfstate') } },
          },
        },
      },
    )
    const plan = await run(['plan'], inRepository)
    expect(plan).toMatchObject({ code: 0 })
    expect(plan.stdout).toContain('what it reads is not deployed yet: planned on samples instead')
    expect(plan.stdout).toContain('vpc-00000000000000000')
    expect(plan.stdout).toContain('planned on samples, and cannot be deployed')
    await review()
    expect(JSON.parse(readFileSync(about(), 'utf8'))).toMatchObject({ fixtures: true })
    expect((await apply()).stderr).toContain('it was planned on samples of what it reads')
    expect((await run(['deploy'])).stderr).toContain('that is not there yet')
    expect(existsSync(stateFile())).toBe(false)
  })

  it('comes with its JSON and what it is about', async () => {
    synthesizesTo({ a: {} })
    await run(['plan'])
    const file = (name: string) =>
      JSON.parse(readFileSync(join(project, '.tf/local', name), 'utf8'))
    expect(file('plan.json').resource_changes).toHaveLength(1)
    expect(file('plan.about.json')).toMatchObject({
      stack: 'sample',
      environment: 'local',
      changes: true,
      commit: expect.stringMatching(/^[0-9a-f]{40}\+?$/),
    })
  })
})

describe('what the wrapper refuses', () => {
  it('is to touch a stack that was not asked for', async () => {
    synthesizesTo({ a: {} })
    const { code, stdout } = await run(['deploy'], {
      TIDEWAY_ASKED_FOR: 'other:deploy sample:synth',
    })
    expect(code).toBe(0)
    expect(stdout).toBe('sample in local: not asked for, left alone\n')
    expect(existsSync(stateFile())).toBe(false)
  })

  it('is to deploy for Nx without word of what was asked for', async () => {
    synthesizesTo({ a: {} })
    const { code, stderr } = await run(['deploy'], { NX_TASK_TARGET_PROJECT: 'sample' })
    expect(code).toBe(1)
    expect(stderr).toContain('Nx did not say which stacks were asked for')
    expect(existsSync(stateFile())).toBe(false)
  })

  it('is to destroy what protects its data without a word more', async () => {
    synthesizesTo({ a: {} })
    await run(['deploy'], { TIDEWAY_ENV: 'dev' })
    const refused = await run(['destroy'], { TIDEWAY_ENV: 'dev' })
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('add --confirm=dev')
    expect(await run(['destroy', '--confirm=prod'], { TIDEWAY_ENV: 'dev' })).toMatchObject({
      code: 1,
    })
    expect(resources()).toBe(1)
    expect(await run(['destroy', '--confirm=dev'], { TIDEWAY_ENV: 'dev' })).toMatchObject({
      code: 0,
    })
    expect(resources()).toBe(0)
  })

  it.each([
    ['a command that it does not know', ['aply'], {}, 'no command aply: use validate, plan'],
    ['no command', [], {}, 'no command was given'],
    ['an environment that is not there', ['plan'], { TIDEWAY_ENV: 'stage' }, 'got "stage"'],
    ['no environment', ['plan'], { TIDEWAY_ENV: '' }, 'TIDEWAY_ENV: must name an environment'],
    ['to do without Terraform', ['plan'], { PATH: '/nowhere' }, 'terraform is not on the PATH'],
  ])('is %s', async (_, args, variables, message) => {
    synthesizesTo({ a: {} })
    const { code, stderr } = await run(args, variables)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })

  it('is a folder that is no stack', async () => {
    rmSync(join(project, 'cdktf.json'))
    const { code, stderr } = await run(['plan'])
    expect(code).toBe(1)
    expect(stderr).toContain('is not a stack: it has no cdktf.json')
  })
})
