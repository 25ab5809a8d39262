import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { terraformCommand } from '../src/main'
import { readReviewed, staleness } from '../src/reviewed-plan'

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

const sleeping = {
  provisioner: [{ 'local-exec': { command: 'touch started && sleep 30' } }],
}

/** Waits until the test calls `proceed`. */
const waiting = {
  provisioner: [
    { 'local-exec': { command: 'touch started && until [ -e proceed ]; do sleep 0.05; done' } },
  ],
}
const hasStarted = () => existsSync(join(project, '.tf/local/started'))
const proceed = () => writeFileSync(join(project, '.tf/local/proceed'), '')

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const { TIDEWAY_REQUESTED_TASKS: _, NX_TASK_TARGET_PROJECT: __, ...inherited } = process.env
const environmentWith = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...inherited,
  TIDEWAY_ENV: 'local',
  ...variables,
})

/** Starts a command in its own process, as Nx does. */
function start(args: string[], variables: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--require', tsx, main, ...args], {
    cwd: project,
    env: environmentWith(variables),
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

/** Runs a command in this process, which takes a third of the time. */
async function run(args: string[], variables: NodeJS.ProcessEnv = {}): Promise<Result> {
  const output = { stdout: '', stderr: '' }
  const capture = (stream: 'stdout' | 'stderr') =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += text
      return true
    })
  const captured = [capture('stdout'), capture('stderr')]
  const environment = jest.replaceProperty(process, 'env', environmentWith(variables))
  try {
    return { code: await terraformCommand(args, project), ...output }
  } finally {
    environment.restore()
    for (const each of captured) each.mockRestore()
  }
}

/** What the command that runs in this process has printed so far. */
const printed = () => jest.mocked(process.stdout.write).mock.calls.join('')

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setTimeout(done, 50))
}

describe('the wrapper', () => {
  it('validates, plans to a file, deploys that plan, and destroys', async () => {
    synthesizesTo({ a: { input: 'one' }, b: { input: 'two' } })
    expect(await start(['validate']).result).toMatchObject({ code: 0, stderr: '' })

    const plan = await start(['plan']).result
    expect(plan.stdout).toContain('# terraform_data.a will be created')
    expect(plan.stdout).toContain('sample in local: 2 to add, 0 to change, 0 to destroy')
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(true)
    expect(existsSync(stateFile())).toBe(false)
    const besidePlan = (name: string) =>
      JSON.parse(readFileSync(join(project, '.tf/local', name), 'utf8'))
    expect(besidePlan('plan.json').resource_changes).toHaveLength(2)
    expect(besidePlan('plan.about.json')).toMatchObject({
      stack: 'sample',
      environment: 'local',
      changes: true,
      commit: expect.stringMatching(/^[0-9a-f]{40}\+?$/),
    })

    // A workspace that is selected in the shell is ignored.
    const deployed = await start(['deploy'], { TF_WORKSPACE: 'other' }).result
    expect(deployed.stdout).toMatch(/sample in local: deployed in \d+ s/)
    expect(resources()).toBe(2)
    // Nothing is written into the output of synth, which Nx caches.
    const entries = readdirSync(join(project, 'cdktf.out'), { recursive: true }).map(String)
    expect(entries.filter((entry) => entry.includes('.'))).toEqual([
      'local/stacks/sample/cdk.tf.json',
    ])
    // A plan contains secrets in plain text, and cannot be applied twice.
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(false)

    expect((await run(['deploy'])).stdout).toContain('sample in local: no changes')
    expect((await start(['destroy']).result).stdout).toContain('sample in local: destroyed')
    expect(resources()).toBe(0)
  })

  it('synthesizes again before each command, and applies plans that change only outputs or only move resources', async () => {
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
    synthesizesTo({ slow: waiting })
    const first = start(['deploy'])
    await waitFor(hasStarted)
    const second = run(['plan'])
    await waitFor(() => printed().includes('waits for process'))
    proceed()
    expect((await second).stdout).toContain('sample in local: no changes')
    expect(await first.result).toMatchObject({ code: 0 })
  })

  it('continues when nothing reads its output any more', async () => {
    synthesizesTo({ slow: waiting, later: { depends_on: ['terraform_data.slow'] } })
    const { child, result } = start(['deploy'])
    child.stdout.once('data', () => {
      child.stdout.destroy()
      waitFor(hasStarted).then(proceed)
    })
    expect(await result).toMatchObject({ code: 0 })
    expect(resources()).toBe(2)
  })

  it('keeps the lock of the folder, and interrupts Terraform only once, when it is killed while Terraform stops', async () => {
    const interrupts = join(project, 'interrupts')
    const lock = `${project}.lock`
    writeFileSync(lock, '')
    utimesSync(lock, 0, 0)
    // Nx kills it some seconds after Ctrl-C. At a second interrupt, Terraform would exit without unlocking the state.
    const terraform = `trap 'echo x >> interrupts' INT; touch started; until [ -e interrupts ]; do sleep 0.05; done; sleep 0.5`
    const supervisor = join(__dirname, '../src/supervise.cjs')
    const { stdio } = spawn(process.execPath, [supervisor, '/bin/sh', '-c', terraform], {
      cwd: project,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    await waitFor(() => existsSync(join(project, 'started')))
    const input = stdio[4] as Writable
    input.write('stop\n')
    await waitFor(() => existsSync(interrupts))
    input.end()
    await text(stdio[3] as Readable)
    expect(readFileSync(interrupts, 'utf8')).toBe('x\n')
    expect(statSync(lock).mtimeMs).toBeGreaterThan(0)
    rmSync(lock)
  })

  it('lets Terraform save and unlock the state when the wrapper is killed', async () => {
    synthesizesTo({ quick: {}, slow: sleeping, later: { depends_on: ['terraform_data.slow'] } })
    const { child } = start(['deploy'])
    await waitFor(hasStarted)
    const locked = join(project, 'state/.terraform.tfstate.lock.info')
    expect(existsSync(locked)).toBe(true)
    child.kill('SIGKILL')
    await waitFor(() => !existsSync(locked))
    expect(readFileSync(stateFile(), 'utf8')).not.toContain('"later"')
    expect(resources()).toBeGreaterThan(0)
  })

  it('prints an error of Terraform in full, keeps the finished resources, and removes the plan', async () => {
    const failing = { provisioner: [{ 'local-exec': { command: 'echo this is why >&2; exit 7' } }] }
    synthesizesTo({ good: {}, bad: { ...failing, depends_on: ['terraform_data.good'] } })
    const { code, stdout, stderr } = await run(['deploy'])
    expect(code).toBe(1)
    expect(stdout).toContain('local-exec provisioner error')
    expect(stdout).toContain('this is why')
    expect(stderr).toContain('sample in local: terraform apply failed')
    expect(resources()).toBe(2) // the failed one is there, tainted
    expect(existsSync(join(project, '.tf/local/plan.tfplan'))).toBe(false)
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
        slow: sleeping,
        later: { depends_on: ['terraform_data.slow'] },
      })
      const { child, result } = start(['deploy'])
      await waitFor(hasStarted)
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
  async function review(): Promise<Result> {
    const plan = await run(['plan'], inRepository)
    expect(plan).toMatchObject({ code: 0 })
    mkdirSync(join(reviewed(), 'sample'), { recursive: true })
    for (const name of ['plan.tfplan', 'plan.about.json']) {
      cpSync(join(project, '.tf/local', name), join(reviewed(), 'sample', name))
    }
    return plan
  }
  const edit = (changes: object) =>
    writeFileSync(
      about(),
      JSON.stringify({ ...JSON.parse(readFileSync(about(), 'utf8')), ...changes }),
    )
  const apply = () => run(['deploy', `--plans=${reviewed()}`], inRepository)

  it('is applied unchanged, but not without its description', async () => {
    synthesizesTo({ a: { input: 'reviewed' } }, { output: { fresh: { value: 'published' } } })
    await review()
    const description = readFileSync(about(), 'utf8')
    const { usesSamples: _, ...half } = JSON.parse(description)
    // A description without `usesSamples` must not count as a plan on real outputs.
    for (const text of ['{"stack": "sample"}', JSON.stringify(half)]) {
      writeFileSync(about(), text)
      expect((await apply()).stderr).toContain('does not describe a plan')
    }
    expect(existsSync(stateFile())).toBe(false)
    writeFileSync(about(), description)
    const { code, stdout } = await apply()
    expect(stdout).toContain('sample: applies the reviewed plan')
    expect(stdout).toContain('sample: 1 to add, 0 to change, 0 to destroy')
    expect(stdout).toContain('sample in local: changed outputs: fresh')
    expect(code).toBe(0)
    expect(readFileSync(stateFile(), 'utf8')).toContain('reviewed')
  })

  it('is rejected where it is for another commit, stack, environment, file or state', async () => {
    synthesizesTo({ a: { input: 'one' } })
    await run(['deploy'])
    synthesizesTo({ a: { input: 'two' } })
    await review()
    const original = readFileSync(about(), 'utf8')
    const { stack, environment, commit, state } = JSON.parse(original)
    const reasons = () =>
      staleness(readReviewed(reviewed(), 'sample'), { stack, environment, commit, state })
    expect(reasons()).toEqual([])
    const changes = [
      [{ commit: 'abc' }, 'it was planned at commit abc'],
      [{ stack: 'other' }, 'it is a plan of other, not of sample'],
      [{ environment: 'prod' }, 'it is a plan for prod, not for local'],
      [{ sha256: '0' }, 'the plan file has changed since the review'],
      [{ state: { serial: 0, lineage: 'another' } }, 'the state of another deployment'],
    ] as const
    for (const [change, message] of changes) {
      writeFileSync(about(), original)
      edit(change)
      expect(reasons()).toEqual([expect.stringContaining(message)])
    }
    edit(Object.assign({}, ...changes.map(([change]) => change)))
    const stale = await apply()
    expect(stale.stderr).toContain('the reviewed plan is stale, and nothing is deployed')
    for (const [, message] of changes) expect(stale.stderr).toContain(message)
    expect(stale.code).toBe(1)
    expect(readFileSync(stateFile(), 'utf8')).toContain('one')

    // After another deploy.
    writeFileSync(about(), original)
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

  it('is rejected where the code has changed or is not committed', async () => {
    synthesizesTo({ a: {} })
    await review()
    writeFileSync(join(repository, 'changed'), '')
    expect((await apply()).stderr).toContain('files here have uncommitted changes')
    git('commit', '-q', '--allow-empty', '-m', 'second')
    rmSync(join(repository, 'changed'))
    expect((await apply()).stderr).toMatch(/it was planned at commit \w{40}, and this is \w{40}/)
    writeFileSync(join(repository, 'changed'), '')
    await review()
    expect((await apply()).stderr).toContain('it was planned with uncommitted changes')
    rmSync(join(repository, 'changed'))
    expect(existsSync(stateFile())).toBe(false)
  })

  it('must be in the folder of the option --plans', async () => {
    synthesizesTo({ a: {} })
    expect((await run(['deploy', '--plans'])).stderr).toContain('--plans: needs a folder')
    expect((await apply()).stderr).toContain('there is no reviewed plan of sample')
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
    const plan = await review()
    expect(plan.stdout).toContain(
      'an upstream stack is not deployed yet: planned on sample outputs',
    )
    expect(plan.stdout).toContain('vpc-00000000000000000')
    expect(plan.stdout).toContain('planned on sample outputs, so it cannot be deployed')
    expect(JSON.parse(readFileSync(about(), 'utf8'))).toMatchObject({ usesSamples: true })
    expect((await apply()).stderr).toContain('it was planned on sample outputs')
    expect((await run(['deploy'])).stderr).toContain('that do not exist in local yet')
    expect(existsSync(stateFile())).toBe(false)
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
