import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const apps = resolve(__dirname, '../../../apps')
const synthesizer = resolve(__dirname, '../../terraform/src/synthesize-environments.cjs')

/** Synthesizes stacks for this machine. Returns the folder of each. */
export function synthesizeStacks<Stack extends string>(
  folder: string,
  stacks: readonly Stack[],
): Record<Stack, string> {
  // Without this variable of Nx, the synthesis writes to the given folder.
  const { NX_TASK_TARGET_PROJECT: _, ...env } = process.env
  const { status, stderr } = spawnSync(
    process.execPath,
    [synthesizer, 'local', ...stacks.map((stack) => join(apps, stack))],
    { env: { ...env, CDKTF_OUTDIR: folder }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  const folders = stacks.map((stack) => [stack, join(folder, 'stacks', stack)])
  return Object.fromEntries(folders) as Record<Stack, string>
}

/** Synthesizes the stack of the services. Returns the folder of its JSON. */
export function synthesizeCompute(folder: string): string {
  return synthesizeStacks(folder, ['compute']).compute
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
