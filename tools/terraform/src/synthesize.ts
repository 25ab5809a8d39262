import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { environmentNamed } from '@tideway/constructs/environments'
import { TerraformToolError } from './errors'
import { type StackFolders, stackFolders, workspace } from './folders'

/**
 * Synthesizes the stack again before each command: JSON that Nx restored from another run or branch is never deployed.
 */
export function synthesize({ project, stack, environment }: StackFolders): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', require.resolve('tsx/cjs'), 'src/main.ts'],
    {
      cwd: project,
      env: { ...process.env, TIDEWAY_ENV: environment, CDKTF_OUTDIR: '' },
      encoding: 'utf8',
    },
  )
  if (status !== 0) {
    throw new TerraformToolError(`${stack} for ${environment}: ${stderr || stdout}`.trimEnd())
  }
}

/** Whether the local cloud has just synthesized all stacks of an environment. Its calls do not leave this machine. */
export function isSynthesized(environment: string, variables = process.env): boolean {
  if (variables.TIDEWAY_SYNTHESIZED !== 'on') return false
  const { hostname } = new URL(variables.AWS_ENDPOINT_URL || 'http://aws')
  return environmentNamed(environment).endpoints === 'emulator' || hostname === '127.0.0.1'
}

/** Synthesizes apps for environments, in one process. Leaves out environments that `isSynthesized`. */
export async function synthesizeProjects(
  projects: readonly string[],
  environments: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<StackFolders[]> {
  const script = join(__dirname, 'synthesize-environments.cjs')
  const missing = environments.filter((name) => !isSynthesized(name))
  if (missing.length > 0) {
    await promisify(execFile)(process.execPath, [script, missing.join(','), ...projects], {
      cwd: workspace,
      env: { ...process.env, ...variables, CDKTF_OUTDIR: '' },
    }).catch(({ stderr }) => {
      throw new TerraformToolError(stderr)
    })
  }
  return projects.flatMap((project) => environments.map((name) => stackFolders(project, name)))
}
