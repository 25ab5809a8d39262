import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import plugin from '../src/nx-plugin.cjs'

const workspace = resolve(__dirname, '../../..')
const nxCommand = join(workspace, 'node_modules/.bin/nx')

/** Nx's own answer, without the variables that the Nx around this test sets for its tasks. */
function nx(...args: string[]) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')),
  )
  const result = spawnSync(nxCommand, args, {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...env, NX_DAEMON: 'false', NX_TUI: 'false', NX_ISOLATE_PLUGINS: 'false' },
  })
  if (result.status !== 0) throw new Error(`${result.stdout}${result.stderr}`)
  return result.stdout
}

/** A command in a folder, to its end, however it ends: without credentials or Terraform no deploy gets far. */
function nxIn(folder: string, ...args: (string | NodeJS.ProcessEnv)[]): string {
  const words = args.filter((arg) => typeof arg === 'string')
  const more = args.filter((arg) => typeof arg !== 'string')
  const inherited = Object.entries(process.env).filter(([name]) => !/^(NX|AWS)_/.test(name))
  const nowhere = {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
  const { stdout, stderr } = spawnSync(nxCommand, words, {
    cwd: join(workspace, folder),
    encoding: 'utf8',
    env: Object.assign(
      Object.fromEntries(inherited),
      nowhere,
      { INIT_CWD: join(workspace, folder), NX_TUI: 'false' },
      ...more,
    ),
  })
  return `${stdout}${stderr}`
}

/** The tasks that Nx would run, in no order. */
function tasksOf(...args: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-affected-'))
  const graph = join(folder, 'graph.json')
  nx(...args, `--graph=${graph}`)
  const { tasks } = JSON.parse(readFileSync(graph, 'utf8')).tasks
  rmSync(folder, { recursive: true })
  return Object.keys(tasks).sort()
}

const deploysAffectedBy = (file: string) =>
  tasksOf('affected', '-t', 'deploy', `--files=${file}`, '--excludeTaskDependencies')

describe('what a change affects', () => {
  it('of the data tier is the data tier', () => {
    expect(deploysAffectedBy('apps/data/src/cache.ts')).toEqual(['data:deploy'])
    expect(tasksOf('affected', '-t', 'plan', '--files=apps/data/src/cache.ts')).toEqual([
      'data:plan',
    ])
  })

  it('of the constructs is every stack', () => {
    expect(deploysAffectedBy('packages/constructs/src/names.ts')).toEqual([
      'compute:deploy',
      'data:deploy',
      'edge:deploy',
      'network:deploy',
    ])
  })

  it.each([
    'packages/failover-lambda/src/decide.ts',
    'packages/failover-lambda/build.cjs',
    'packages/failover-lambda/permissions.json',
  ])('of the function (%s) is the stack that deploys it', (file) => {
    expect(deploysAffectedBy(file)).toEqual(['compute:deploy'])
  })

  it.each([
    'README.md',
    'apps/data/README.md',
    'packages/failover-lambda/test/world.ts',
    'packages/spot-simulator/src/simulation.ts',
    'docs/architecture.md',
    'apps/data/test/cache.test.ts',
    'biome.jsonc',
  ])('of %s is no deploy', (file) => {
    expect(deploysAffectedBy(file)).toEqual([])
  })
})

describe('who is deployed', () => {
  it('would be, by the order alone, the stacks before it too', () => {
    expect(tasksOf('deploy', 'data', '-c', 'dev')).toEqual([
      'data:deploy:dev',
      'network:deploy:dev',
    ])
  })

  it.each([
    ['deploy data -c dev', 'data:deploy'],
    ['run data:deploy:prod', 'data:deploy'],
    ['run-many -t deploy -p data', 'data:deploy'],
    ['run-many -t deploy', 'compute:deploy data:deploy edge:deploy network:deploy'],
    ['affected -t deploy --files=apps/data/src/cache.ts', 'data:deploy'],
    ['destroy network -c local', 'network:destroy'],
  ])('by "nx %s" is who it asks for', async (command, askedFor) => {
    const argv = [process.execPath, nxCommand, ...command.split(' ')]
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    // In no order: that of the deploys is Nx's.
    expect(process.env.TIDEWAY_ASKED_FOR?.split(' ').sort()).toEqual(askedFor.split(' ').sort())
    delete process.env.TIDEWAY_ASKED_FOR
  })

  it('is known by the folder that the command is given in', () => {
    const output = nxIn('apps/data', 'deploy', '-c', 'local')
    expect(output).toContain('network in local: not asked for, left alone')
    expect(output).not.toContain('data in local: not asked for')
  })

  it('is known with the daemon of Nx as without', () => {
    const daemon = { NX_DAEMON: 'true' }
    try {
      expect(nxIn('.', 'deploy', 'data', '-c', 'local', daemon)).toContain(
        'not asked for, left alone',
      )
    } finally {
      nxIn('.', 'daemon', '--stop', daemon)
    }
  })

  it('is not looked for behind --', async () => {
    const argv = [process.execPath, 'not even Nx', 'test', 'network', '--', '-t', 'deploy']
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    expect(process.env.TIDEWAY_ASKED_FOR).toBeUndefined()
  })

  it.each([
    ['deploy', 'data', '-c', 'dve'],
    ['synth', 'data', '--configuration=staging'],
    ['synth', 'data', '--configuration', 'staging'],
    ['run', 'data:synth:staging'],
  ])('and where: nx %s %s %s %s is refused', async (...args) => {
    const argv = [process.execPath, nxCommand, ...args.filter((arg) => arg !== undefined)]
    await expect(
      plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace }),
    ).rejects.toThrow('-c: must name an environment: local, dev, prod; got "')
  })

  it('is not looked up where nothing is deployed', async () => {
    const argv = [process.execPath, 'not even Nx', 'run-many', '-t', 'synth']
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    expect(process.env.TIDEWAY_ASKED_FOR).toBeUndefined()
  })
})
