import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { workspace } from '@tideway/terraform/folders'
import { emulatorVariables } from '@tideway/terraform/running'
import { startChildProcess } from '../process/child-process'

export interface NxRun {
  readonly args: readonly string[]
  /** A script of this repository to run in place of Nx, which takes seconds to start. */
  readonly script?: string
  /** @default the root of the repository */
  readonly folder?: string
  /** The AWS on this machine, for commands that call AWS. */
  readonly url?: string
  /** More environment variables. */
  readonly variables?: NodeJS.ProcessEnv
  /** Interrupts the command after a line for which it returns true, as Ctrl-C does. */
  readonly until?: (line: string) => boolean
  /** Interrupts the command when it is aborted. */
  readonly signal?: AbortSignal
  readonly onLine: (line: string) => void
}

/** Runs Nx and scripts, which end with this process. Its Terraform first finishes the operations in progress. */
export class Nx {
  private readonly running = new Set<ChildProcess>()
  private isStopped = false

  /** Returns whether the command succeeded. After a stop, no command starts. */
  async run({
    args,
    script,
    folder,
    url,
    variables,
    until,
    signal,
    onLine,
  }: NxRun): Promise<boolean> {
    if (this.isStopped) return false
    const nx = join(workspace, 'node_modules/nx/dist/bin/nx.js')
    const command =
      script === undefined
        ? [process.execPath, nx, ...args, '--output-style=stream']
        : [process.execPath, ...loaderOf(script), join(workspace, script), ...args]
    const env = { ...localVariables(url), ...variables }
    const running = startChildProcess('SIGINT', command, { cwd: folder ?? workspace, env })
    this.running.add(running)
    signal?.addEventListener('abort', () => running.stdin.end())
    for (const stream of [running.stdout, running.stderr]) {
      createInterface(stream).on('line', (line) => {
        onLine(line)
        if (until?.(line)) running.stdin.end()
      })
    }
    return new Promise((resolve) => {
      running.on('close', (code) => {
        this.running.delete(running)
        resolve(code === 0)
      })
    })
  }

  stop(): void {
    this.isStopped = true
    for (const { stdin } of this.running) stdin?.end()
  }
}

function loaderOf(script: string): string[] {
  return script.endsWith('.cjs') ? [] : ['--require', require.resolve('tsx/cjs')]
}

/** Removes the AWS settings of the user, so that no call reaches another AWS, and those of a parent Nx process. */
export function localVariables(url: string | undefined): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|TIDEWAY_(ENV|CI_ROLE|REQUESTED_TASKS)|NX_)/.test(name),
  )
  return {
    ...Object.fromEntries(own),
    NX_TUI: 'false',
    NX_DAEMON: 'false',
    FORCE_COLOR: '0',
    // The provider mostly waits, so a deploy gains from more parallel operations.
    TF_CLI_ARGS_apply: '-parallelism=40',
    TIDEWAY_PROGRESS_SECONDS: process.stdout.isTTY ? '1' : '10',
    ...(url !== undefined && emulatorVariables(url)),
  }
}
