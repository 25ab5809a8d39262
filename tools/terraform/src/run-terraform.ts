import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { TerraformToolError } from './errors'

export interface TerraformRun {
  readonly folder: string
  readonly variables: NodeJS.ProcessEnv
  /** Called with each line of standard output, without its end. */
  readonly onLine: (line: string) => void
}

export interface TerraformResult {
  readonly code: number
  readonly stderr: string
}

/** When a person or CI asked us to stop. What would run next then does not start. */
let stoppedAt: number | undefined
let running: ChildProcess | undefined

/** Runs Terraform to its end, whatever signals come. Never throws for what Terraform itself says. */
export async function runTerraform(
  args: readonly string[],
  { folder, variables, onLine }: TerraformRun,
): Promise<TerraformResult> {
  throwIfStopped()
  const child = spawn('terraform', args, {
    cwd: folder,
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal reaches every process of the group, and Terraform
    // takes a second interrupt as leave to drop its state lock on the floor. It gets ours, once.
    detached: true,
  })
  running = child
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', onLine)
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', (error) => reject(notStarted(error)))
    child.on('close', (exitCode, signal) => resolve(exitCode ?? (signal ? 130 : 1)))
  })
  running = undefined
  throwIfStopped()
  return { code, stderr }
}

/** One Ctrl-C arrives up to three times: from the terminal, from npx and from Nx. */
const sameSignalMs = 3000

/**
 * Passes the first signal on, and waits for Terraform to put things in order: it then saves the state
 * and unlocks it. A second one, later, makes Terraform give up at once.
 */
export function stopGently(write: (text: string) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const since = stoppedAt === undefined ? undefined : Date.now() - stoppedAt
      if (since !== undefined && since < sameSignalMs) return
      stoppedAt ??= Date.now()
      if (running === undefined) process.exit(130)
      write(
        since === undefined
          ? 'stopping: Terraform finishes what it has begun, saves the state and unlocks it'
          : 'stopping at once: the state may stay locked',
      )
      running.kill('SIGINT')
    })
  }
}

export class Stopped extends Error {
  override readonly name = 'Stopped'
}

function throwIfStopped(): void {
  if (stoppedAt !== undefined) throw new Stopped('stopped')
}

function notStarted(error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error
  return new TerraformToolError(
    'terraform is not on the PATH. Install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install',
  )
}
