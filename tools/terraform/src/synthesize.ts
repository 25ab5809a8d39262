import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { TerraformToolError } from './errors'
import type { StackFolders } from './folders'

/**
 * Synthesizes the stack anew. Terraform always works on JSON made from the source that is there now:
 * what Nx left from another run, or another branch, is never deployed.
 */
export function synthesize({ project, stack, environment }: StackFolders): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', pathToFileURL(require.resolve('tsx')).href, 'src/main.ts'],
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
