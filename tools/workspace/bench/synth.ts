// The resources of the stacks, and the time of their synthesis from the command line: `npm run bench -- synth`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stackNames } from '@tideway/constructs'
import {
  deterministic,
  type Figure,
  isDeterministicOnly,
  printFigures,
  timing,
  under,
} from '@tideway/spot-simulator/figures'

const workspace = resolve(__dirname, '../../..')
/** Its settings are the same in every organization. */
const environment = 'local'
const folder = mkdtempSync(join(tmpdir(), 'tideway-bench-'))

function resources(): Figure[] {
  const synthesizer = join(workspace, 'tools/terraform/src/synthesize-environments.cjs')
  run(
    process.execPath,
    [synthesizer, environment, ...stackNames.map((name) => join(workspace, 'apps', name))],
    { NX_TASK_TARGET_PROJECT: undefined, CDKTF_OUTDIR: folder },
  )
  const counts = stackNames.map((name) => {
    const file = join(folder, 'stacks', name, 'cdk.tf.json')
    const { resource }: { resource: Readonly<Record<string, object>> } = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    return Object.values(resource).reduce((sum, ofType) => sum + Object.keys(ofType).length, 0)
  })
  const all = counts.reduce((sum, count) => sum + count, 0)
  return [
    deterministic(`resources of the ${stackNames.length} stacks in ${environment}`, all, ''),
    ...stackNames.map((name, index) =>
      deterministic(`resources of ${name}`, counts[index] ?? 0, ''),
    ),
  ]
}

/** All stacks from the command line, with a cache of their own. */
function times(): Figure[] {
  const synthesize = () => {
    const started = performance.now()
    run('npx', ['nx', 'run-many', '-t', 'synth', '-c', environment], {
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      NX_CACHE_DIRECTORY: join(folder, 'cache'),
      NX_WORKSPACE_DATA_DIRECTORY: join(folder, 'data'),
    })
    return (performance.now() - started) / 1000
  }
  const cold = synthesize()
  const cached = [synthesize(), synthesize(), synthesize()].sort((one, other) => one - other)
  return [
    timing('synthesis of every stack, nothing cached, no daemon', cold, 's', {
      digits: 2,
      goal: under(3),
    }),
    timing(
      `synthesis of every stack, cached (median of ${cached.length})`,
      cached[1] ?? Number.NaN,
      's',
      { digits: 2, goal: under(1.5) },
    ),
  ]
}

function run(command: string, args: readonly string[], variables: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync(command, [...args], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  })
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
}

try {
  const figures = resources()
  printFigures(isDeterministicOnly(process.argv) ? figures : [...figures, ...times()], process.argv)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
