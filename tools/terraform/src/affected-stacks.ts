import { spawnSync } from 'node:child_process'
import { type StackName, stackNames } from '@tideway/constructs/stacks'
import { TerraformToolError } from './errors'
import { workspace } from './folders'

/**
 * The stacks that `nx affected -t deploy` deploys: those with an input of a deploy among the files that changed since a
 * revision. In the order of deployment.
 *
 * @param base default: the base branch in nx.json
 */
export function affectedStacks(base: string | undefined): StackName[] {
  const flags = [
    '--affected',
    '--with-target=deploy',
    '--json',
    ...(base ? [`--base=${base}`] : []),
  ]
  const { status, stdout, stderr } = spawnSync('npx', ['nx', 'show', 'projects', ...flags], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false' },
  })
  // Warnings may stand around the list.
  const list = stdout.split('\n').find((line) => /^\[("|\]$)/.test(line))
  if (status !== 0 || list === undefined) {
    throw new TerraformToolError(
      `--base ${base ?? '(default)'}: Nx cannot list the affected stacks. ${(stderr || stdout).trim()}`,
    )
  }
  const projects: readonly string[] = JSON.parse(list)
  return stackNames.filter((name) => projects.includes(name))
}
