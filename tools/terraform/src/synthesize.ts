import { spawnSync } from 'node:child_process'
import { TerraformToolError } from './errors'
import type { StackFolders } from './folders'

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
