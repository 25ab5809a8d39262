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

/** These tests run Terraform on stacks of its built-in terraform_data, with the state in a file. */
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
  // Like an app, but without cdktf: it writes its JSON for the environment.
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
      TIDEWAY_REQUESTED_TASKS: undefined,
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
    // A plan contains secrets in plain text, and cannot be applied twice.
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(false)

    expect((await run(['deploy'])).stdout).toContain('sample in local: no changes')
    expect((await run(['destroy'])).stdout).toContain('sample in local: destroyed')
    expect(resources()).toBe(0)
  })

  it('applies plans that change only outputs or only move resources', async () => {
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

  it('continues when nothing reads its output any more', async () => {
    synthesizesTo({ slow: sleeping(2), later: { depends_on: ['terraform_data.slow'] } })
    const { child, result } = start(['deploy'])
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await result).toMatchObject({ code: 0 })
    expect(resources()).toBe(2)
  })

  it('lets Terraform save and unlock the state when the wrapper is killed', async () => {
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

  it('removes the plan when an apply fails', async () => {
    synthesizesTo({ bad: { provisioner: [{ 'local-exec': { command: 'exit 7' } }] } })
    expect(await run(['deploy'])).toMatchObject({ code: 1 })
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(false)
  })

  it('ignores a workspace that is selected in the shell', async () => {
    synthesizesTo({ a: {} })
    await run(['deploy'], { TF_WORKSPACE: 'other' })
    expect(resources()).toBe(1)
  })

  it('synthesizes the current source before each command', async () => {
    synthesizesTo({ a: {} })
    await run(['plan'])
    synthesizesTo({ a: {}, b: {}, c: {} })
    expect((await run(['plan'])).stdout).toContain('3 to add')
  })

  it('writes nothing into the output of synth, which Nx caches', async () => {
    synthesizesTo({ a: {} })
    await run(['deploy'])
    const entries = readdirSync(join(project, 'cdktf.out'), { recursive: true }).map(String)
    expect(entries.filter((entry) => entry.includes('.'))).toEqual([
      'local/stacks/sample/cdk.tf.json',
    ])
  })

  it('prints an error of Terraform in full, and keeps the finished resources', async () => {
    const failing = { provisioner: [{ 'local-exec': { command: 'echo this is why >&2; exit 7' } }] }
    synthesizesTo({ good: {}, bad: { ...failing, depends_on: ['terraform_data.good'] } })
    const { code, stdout, stderr } = await run(['deploy'])
    expect(code).toBe(1)
    expect(stdout).toContain('local-exec provisioner error')
    expect(stdout).toContain('this is why')
    expect(stderr).toContain('sample in local: terraform apply failed')
    expect(resources()).toBe(2) // the failed one is there, tainted
  })

  it('reports what is wrong with invalid JSON', async () => {
    synthesizesTo({ a: { inptu: 'misspelt' } })
    const { code, stderr } = await run(['validate'])
    expect(code).toBe(1)
    expect(stderr).toContain('sample in local: terraform validate failed')
    expect(stderr).toContain('inptu')
  })

  it('reports why a source does not synthesize', async () => {
    writeFileSync(join(project, 'src/main.ts'), `throw new Error('no such size')`)
    const { code, stderr } = await run(['plan'])
    expect(code).toBe(1)
    expect(stderr).toContain('sample for local')
    expect(stderr).toContain('no such size')
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops on %s after Terraform has saved and unlocked the state',
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
        '\nstopping: Terraform finishes the operations in progress, then saves and unlocks the state\n',
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
  /** A clean repository with one commit: this one may have uncommitted changes. */
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

  /** Plans, and copies the plan to the folder of reviewed plans. */
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

  it('is applied unchanged', async () => {
    synthesizesTo({ a: { input: 'reviewed' } }, { output: { fresh: { value: 'published' } } })
    await review()
    const { code, stdout } = await apply()
    expect(stdout).toContain('sample: applies the reviewed plan')
    expect(stdout).toContain('sample: 1 to add, 0 to change, 0 to destroy')
    expect(stdout).toContain('sample in local: changed outputs: fresh')
    expect(code).toBe(0)
    expect(readFileSync(stateFile(), 'utf8')).toContain('reviewed')
  })

  it('is rejected after another deploy, with the serials', async () => {
    synthesizesTo({ a: { input: 'one' } })
    await run(['deploy'])
    synthesizesTo({ a: { input: 'two' } })
    await review()
    synthesizesTo({ a: { input: 'three' } })
    await run(['deploy'])
    const { code, stderr } = await apply()
    expect(stderr).toMatch(
      /the stack was deployed since: the state had serial \d+, and now has \d+/,
    )
    expect(stderr).toContain('Plan and review again: npx nx plan sample -c local')
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
      [{ commit: 'abc' }, 'it was planned at commit abc'],
      [{ stack: 'other' }, 'it is a plan of other, not of sample'],
      [{ environment: 'prod' }, 'it is a plan for prod, not for local'],
      [{ sha256: '0' }, 'the plan file has changed since the review'],
      [{ state: { serial: 0, lineage: 'another' } }, 'the state of another deployment'],
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

  it('is rejected where the code has changed or is not committed', async () => {
    synthesizesTo({ a: {} })
    await review()
    git('commit', '-q', '--allow-empty', '-m', 'second')
    expect((await apply()).stderr).toMatch(/it was planned at commit \w{40}, and this is \w{40}/)
    await review()
    writeFileSync(join(repository, 'changed'), '')
    expect((await apply()).stderr).toContain('files here have uncommitted changes')
    await review()
    expect((await apply()).stderr).toContain('it was planned with uncommitted changes')
    rmSync(join(repository, 'changed'))
    expect(existsSync(stateFile())).toBe(false)
  })

  it('must be in the folder of the option --plans', async () => {
    synthesizesTo({ a: {} })
    expect((await run(['deploy', '--plans'])).stderr).toContain('--plans: needs a folder')
    expect((await apply()).stderr).toContain('there is no reviewed plan of sample')
    await review()
    const { usesSamples: _, ...half } = JSON.parse(readFileSync(about(), 'utf8'))
    // A description without `usesSamples` must not count as a plan on real outputs.
    for (const text of ['{"stack": "sample"}', JSON.stringify(half)]) {
      writeFileSync(about(), text)
      expect((await apply()).stderr).toContain('does not describe a plan')
    }
    expect(existsSync(stateFile())).toBe(false)
  })

  it('is based on sample outputs where an upstream stack is not deployed, and is never applied', async () => {
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
    expect(plan.stdout).toContain(
      'an upstream stack is not deployed yet: planned on sample outputs',
    )
    expect(plan.stdout).toContain('vpc-00000000000000000')
    expect(plan.stdout).toContain('planned on sample outputs, so it cannot be deployed')
    await review()
    expect(JSON.parse(readFileSync(about(), 'utf8'))).toMatchObject({ usesSamples: true })
    expect((await apply()).stderr).toContain('it was planned on sample outputs')
    expect((await run(['deploy'])).stderr).toContain('that do not exist in local yet')
    expect(existsSync(stateFile())).toBe(false)
  })

  it('has its JSON and its description beside it', async () => {
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

describe('the wrapper rejects', () => {
  it('a stack that was not requested', async () => {
    synthesizesTo({ a: {} })
    const { code, stdout } = await run(['deploy'], {
      TIDEWAY_REQUESTED_TASKS: 'other:deploy sample:synth',
    })
    expect(code).toBe(0)
    expect(stdout).toBe('sample in local: not requested, skipped\n')
    expect(existsSync(stateFile())).toBe(false)
  })

  it('a deploy through Nx without the list of stacks that were requested', async () => {
    synthesizesTo({ a: {} })
    const { code, stderr } = await run(['deploy'], { NX_TASK_TARGET_PROJECT: 'sample' })
    expect(code).toBe(1)
    expect(stderr).toContain('Nx did not pass the stacks that were requested')
    expect(existsSync(stateFile())).toBe(false)
  })

  it('to destroy protected data without a confirmation', async () => {
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
    [
      'an unknown command',
      ['aply'],
      {},
      'command: must be validate, plan, deploy, destroy, bootstrap; got aply',
    ],
    ['no command', [], {}, 'got none'],
    ['an unknown environment', ['plan'], { TIDEWAY_ENV: 'stage' }, 'got "stage"'],
    ['no environment', ['plan'], { TIDEWAY_ENV: '' }, 'TIDEWAY_ENV: must name an environment'],
    ['to run without Terraform', ['plan'], { PATH: '/nowhere' }, 'terraform is not on the PATH'],
  ])('%s', async (_, args, variables, message) => {
    synthesizesTo({ a: {} })
    const { code, stderr } = await run(args, variables)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })

  it('a folder that is not a stack', async () => {
    rmSync(join(project, 'cdktf.json'))
    const { code, stderr } = await run(['plan'])
    expect(code).toBe(1)
    expect(stderr).toContain('is not a stack: it has no cdktf.json')
  })
})
