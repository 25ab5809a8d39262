import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { environments } from '@tideway/constructs/environments'
import { type StackName, stackNames, stacks } from '@tideway/constructs/stacks'
import plugin from '../src/nx-plugin.cjs'

const workspace = resolve(__dirname, '../../..')
const nxCommand = join(workspace, 'node_modules/.bin/nx')

/** Runs Nx without the variables of the Nx that runs this test. */
function nx(...args: string[]) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')),
  )
  const result = spawnSync(nxCommand, args, {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...env, NX_DAEMON: 'false', NX_TUI: 'false' },
  })
  if (result.status !== 0) throw new Error(`${result.stdout}${result.stderr}`)
  return result.stdout
}

/** Deploys from a folder with a wrong option, which ends each requested deploy before its synthesis. */
function deployIn(folder: string, variables: NodeJS.ProcessEnv, ...words: string[]): string {
  return nxIn(folder, variables, 'deploy', ...words, '-c', 'local', '--plans')
}

const isRejected = '--plans: needs a folder'

/** Runs Nx in a folder, whatever its status. */
function nxIn(folder: string, variables: NodeJS.ProcessEnv, ...words: string[]): string {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('NX_'))
  const { stdout, stderr } = spawnSync(nxCommand, words, {
    cwd: join(workspace, folder),
    encoding: 'utf8',
    env: {
      ...Object.fromEntries(inherited),
      INIT_CWD: join(workspace, folder),
      NX_TUI: 'false',
      ...variables,
    },
  })
  return `${stdout}${stderr}`
}

/** Runs Nx with an option that writes its result to a JSON file. */
function resultOf(option: 'graph' | 'explain', ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-affected-'))
  const file = join(folder, 'result.json')
  try {
    nx(...args, `--${option}=${file}`)
    return JSON.parse(readFileSync(file, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const contract = (name: string) => `packages/constructs/src/contracts/${name}/outputs.ts`
const sorted = [...stackNames].sort()
const readersOf = (name: StackName) =>
  sorted.filter((stack) => (stacks[stack].reads as readonly string[]).includes(name))

describe('a change affects', () => {
  const stacksByFile: Readonly<Record<string, readonly string[]>> = {
    'apps/data/src/cache.ts': ['data'],
    'packages/constructs/src/names.ts': sorted,
    'packages/constructs/src/stacks.ts': sorted,
    'packages/constructs/src/contracts/index.ts': sorted,
    ...Object.fromEntries(
      stackNames.map((name) => [contract(name), [name, ...readersOf(name)].sort()]),
    ),
    'packages/ecs-spot/src/failover/spot-failover.ts': ['compute'],
    'packages/ecs-spot/README.md': [],
    'packages/failover-lambda/src/decide.ts': ['compute'],
    'packages/failover-lambda/build.cjs': ['compute'],
    'packages/failover-lambda/permissions.json': ['compute'],
    'README.md': [],
    'apps/data/README.md': [],
    'packages/failover-lambda/test/test-account.ts': [],
    'packages/spot-simulator/src/simulation.ts': [],
    'docs/architecture.md': [],
    'apps/data/test/cache.test.ts': [],
    'biome.jsonc': [],
  }
  type Reasons = { readonly kind: string; readonly file?: string }[]
  let affected: Readonly<Record<string, Reasons>>

  beforeAll(() => {
    const files = `--files=${Object.keys(stacksByFile).join()}`
    const targets = ['deploy', 'plan', 'test', 'typecheck'].join()
    affected = resultOf('explain', 'affected', '-t', targets, files).affected
  })

  /** The projects with a target whose inputs include a file. */
  const projectsWith = (target: string, file: string) =>
    Object.entries(affected)
      .filter(([, reasons]) => reasons.some((reason) => reason.file === file))
      .map(([task]) => task.split(':'))
      .filter(([, name]) => name === target)
      .map(([project]) => project)
      .sort()

  it.each(Object.entries(stacksByFile))('%s: the deploys of %j', (file, stacks) => {
    expect(projectsWith('deploy', file)).toEqual(stacks)
    expect(projectsWith('plan', file)).toEqual(stacks)
  })

  it('a contract: the checks of its package, of the tools that read it, and of no other stack', () => {
    for (const target of ['test', 'typecheck']) {
      const projects = projectsWith(target, contract('data'))
      expect(projects).toEqual(
        expect.arrayContaining(['constructs', 'terraform', 'data', ...readersOf('data')]),
      )
      expect(projects).not.toContain('network')
      expect(projects).not.toContain('bootstrap')
    }
  })

  it('a contract and a README, in the list of `npm run deploy` and `npm run review`: the publisher and its readers', () => {
    const files = `--files=${contract('data')},apps/network/README.md`
    const listed = nx('show', 'projects', '--affected', '--with-target=deploy', files, '--json')
    expect(JSON.parse(listed).sort()).toEqual(['data', ...readersOf('data')].sort())
  })
})

describe('a deploy', () => {
  it('waits in Nx for the deploys of the stacks upstream', () => {
    const { tasks } = resultOf('graph', 'deploy', 'data', '-c', 'dev').tasks
    expect(Object.keys(tasks).sort()).toEqual(['data:deploy:dev', 'network:deploy:dev'])
  })

  it.each([
    ['deploy data -c dev', 'data:deploy'],
    ['run data:deploy:prod', 'data:deploy'],
    ['run-many -t deploy -p data', 'data:deploy'],
    ['run-many -t deploy', sorted.map((stack) => `${stack}:deploy`).join(' ')],
    ['affected -t deploy --files=apps/data/src/cache.ts', 'data:deploy'],
    ['destroy network -c local', 'network:destroy'],
  ])('by "nx %s" is of %s', async (command, requested) => {
    const argv = [process.execPath, nxCommand, ...command.split(' ')]
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    // Nx determines the order.
    expect(process.env.TIDEWAY_REQUESTED_TASKS?.split(' ').sort()).toEqual(
      requested.split(' ').sort(),
    )
    delete process.env.TIDEWAY_REQUESTED_TASKS
  })

  it('is of the project in whose folder the command runs', () => {
    const output = deployIn('apps/data', {})
    expect(output).toContain('network in local: not requested, skipped')
    expect(output).toContain(isRejected)
  })

  it('is limited to the requested stacks with the daemon of Nx too', () => {
    const daemon = { NX_DAEMON: 'true' }
    try {
      const output = deployIn('.', daemon, 'data')
      expect(output).toContain('network in local: not requested, skipped')
      expect(output).toContain(isRejected)
    } finally {
      nxIn('.', daemon, 'daemon', '--stop')
    }
  })

  it('is not read from the options behind --', async () => {
    const argv = [process.execPath, 'not even Nx', 'test', 'network', '--', '-t', 'deploy']
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    expect(process.env.TIDEWAY_REQUESTED_TASKS).toBeUndefined()
  })

  it.each([
    ['deploy', 'data', '-c', 'dve'],
    ['synth', 'data', '--configuration=staging'],
    ['synth', 'data', '--configuration', 'staging'],
    ['run', 'data:synth:staging'],
  ])('needs an environment that exists: nx %s %s %s %s fails', async (...args) => {
    const argv = [process.execPath, nxCommand, ...args.filter((arg) => arg !== undefined)]
    await expect(
      plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace }),
    ).rejects.toThrow(
      `-c: must name an environment: ${Object.keys(environments).join(', ')}; got "`,
    )
  })

  it('is not resolved for other targets', async () => {
    const argv = [process.execPath, 'not even Nx', 'run-many', '-t', 'synth']
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    expect(process.env.TIDEWAY_REQUESTED_TASKS).toBeUndefined()
  })
})
