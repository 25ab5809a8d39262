import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const compute = resolve(__dirname, '../../../apps/compute')

/** The stack of the services, as it is deployed to this machine. Answers where its JSON is. */
export function synthesizeCompute(folder: string): string {
  // A task of Nx writes to the folder that Nx caches: this one is none.
  const { NX_TASK_TARGET_PROJECT: _, ...env } = process.env
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: compute,
    env: { ...env, TIDEWAY_ENV: 'local', CDKTF_OUTDIR: folder },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return join(folder, 'stacks/compute')
}

/** The same, once for all tests of a file. */
export function withSynthesizedCompute(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-stack-'))
  let stack = ''
  beforeAll(() => {
    stack = synthesizeCompute(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  return () => stack
}
