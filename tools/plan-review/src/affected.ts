import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { affectedStacks } from '@tideway/terraform/affected-stacks'
import { ReviewError } from './errors'

export interface Affected {
  /** The revision to compare the working tree with. The default is that of a deploy. */
  readonly base: string | undefined
  readonly environment: string
}

/** Plans the affected stacks one by one, and returns the files of their plans. */
export async function planAffected(
  workspace: string,
  { base, environment }: Affected,
): Promise<string[]> {
  const affected = affectedStacks(base)
  if (affected.length === 0)
    process.stderr.write(
      `no stack is affected by the changes since ${base ?? 'the main branch'}: nothing was planned\n`,
    )
  for (const stack of affected) await plan(workspace, stack, environment)
  return affected.map((stack) => join(workspace, 'apps', stack, '.tf', environment, 'plan.json'))
}

function plan(workspace: string, stack: string, environment: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['nx', 'plan', stack, '-c', environment, '--output-style=stream'], {
      cwd: workspace,
      env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', TIDEWAY_PLAN_QUIET: '1' },
      // Progress goes to standard error, so that standard output has only the review.
      stdio: ['ignore', 2, 2],
    })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(
            new ReviewError(`${stack} in ${environment} could not be planned. Read the log above.`),
          ),
    )
  })
}
