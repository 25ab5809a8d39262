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
      'data:deploy',
      'network:deploy',
    ])
  })

  it.each([
    'README.md',
    'apps/data/README.md',
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
    ['run-many -t deploy', 'network:deploy data:deploy'],
    ['affected -t deploy --files=apps/data/src/cache.ts', 'data:deploy'],
    ['destroy network -c local', 'network:destroy'],
  ])('by "nx %s" is who it asks for', async (command, askedFor) => {
    const argv = [process.execPath, nxCommand, ...command.split(' ')]
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    expect(process.env.TIDEWAY_ASKED_FOR).toBe(askedFor)
    delete process.env.TIDEWAY_ASKED_FOR
  })

  it('is not looked up where nothing is deployed', async () => {
    const argv = [process.execPath, 'not even Nx', 'run-many', '-t', 'synth']
    await plugin.preTasksExecution(undefined, { argv, workspaceRoot: workspace })
    expect(process.env.TIDEWAY_ASKED_FOR).toBeUndefined()
  })
})
