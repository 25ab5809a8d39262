import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'

/**
 * Starts a command that ends with this process, even when this process is killed. To end it earlier, close its standard
 * input.
 *
 * @param signal ends the command and everything that it started
 */
export function startChildProcess(
  signal: 'SIGINT' | 'SIGKILL',
  command: readonly string[],
  options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
): ChildProcessWithoutNullStreams {
  const wrapper = join(__dirname, 'end-with-parent.cjs')
  // Detached: Ctrl-C in a terminal does not reach it, so that this process ends everything in order.
  const child = spawn(process.execPath, [wrapper, signal, ...command], {
    ...options,
    detached: true,
  })
  child.stdin.on('error', () => {})
  return child
}
