import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const compute = resolve(__dirname, '../../../apps/compute')
const synthesizer = resolve(__dirname, '../../terraform/src/synthesize-environments.cjs')

/** Synthesizes the stack of the services for this machine. Returns the folder of its JSON. */
export function synthesizeCompute(folder: string): string {
  // Without this variable of Nx, the synthesis writes to the given folder.
  const { NX_TASK_TARGET_PROJECT: _, ...env } = process.env
  const { status, stderr } = spawnSync(process.execPath, [synthesizer, 'local', compute], {
    env: { ...env, CDKTF_OUTDIR: folder },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return join(folder, 'stacks/compute')
}

/** Synthesizes once for all tests of a file. */
export function withSynthesizedCompute(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-stack-'))
  let stack = ''
  beforeAll(() => {
    stack = synthesizeCompute(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  return () => stack
}
