import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

export interface Lifeline {
  readonly process: ChildProcess
  readonly stdout: Readable
  readonly stderr: Readable
  /** Ends it as if this process had ended. */
  end(): void
}

/** Starts a command that does not outlive this process. */
export function startWithLifeline(
  signal: 'SIGINT' | 'SIGKILL',
  command: readonly string[],
  options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
): Lifeline {
  const child = spawn(process.execPath, [join(__dirname, 'with-parent.cjs'), signal, ...command], {
    ...options,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C in a terminal does not reach it: this process ends things in their order.
    detached: true,
  })
  child.stdin.on('error', () => {})
  return {
    process: child,
    stdout: child.stdout,
    stderr: child.stderr,
    end: () => child.stdin.end(),
  }
}
