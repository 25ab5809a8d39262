import { spawnSync } from 'node:child_process'
import { type StackName, stackNames } from '@tideway/constructs/stacks'
import { TerraformToolError } from './errors'
import { workspace } from './folders'

/**
 * The stacks that the changes since a revision affect, in the order of deployment.
 *
 * @param base default: the base branch in nx.json
 */
export function affectedStacks(base: string | undefined): StackName[] {
  const flags = ['--affected', '--json', ...(base ? [`--base=${base}`] : [])]
  const { status, stdout, stderr } = spawnSync('npx', ['nx', 'show', 'projects', ...flags], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false' },
  })
  if (status !== 0) {
    throw new TerraformToolError(
      `--base ${base}: Nx cannot list the affected stacks. ${(stderr || stdout).trim()}`,
    )
  }
  const projects: readonly string[] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  return stackNames.filter((name) => projects.includes(name))
}
