import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
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

/** When the user or CI stopped the command. Later steps do not start. */
let stoppedAt: number | undefined
/** The input of the supervisor of a running Terraform. */
let supervisorInput: Writable | undefined

const supervisor = join(__dirname, 'supervise.cjs')

/** Runs Terraform to its end, even after a signal. Does not throw if Terraform fails. */
export async function runTerraform(
  args: readonly string[],
  { folder, variables, onLine }: TerraformRun,
): Promise<TerraformResult> {
  throwIfStopped()
  // The shell starts the supervisor in the background and exits, so the supervisor is not a descendant of this process.
  // It is not in the process group of the terminal either, so Ctrl-C does not reach it.
  const child = spawn(
    '/bin/sh',
    ['-c', '"$0" "$@" &', process.execPath, supervisor, 'terraform', ...args],
    {
      cwd: folder,
      env: variables,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    },
  )
  const [, stdout, stderr, result] = child.stdio as unknown as Readable[]
  const toSupervisor = child.stdio[4] as Writable
  if (stdout === undefined || stderr === undefined || result === undefined) {
    throw new Error('a pipe is missing')
  }
  supervisorInput = toSupervisor
  toSupervisor.on('error', () => {}) // The supervisor has exited.
  createInterface({ input: stdout }).on('line', onLine)
  const [error, code] = await Promise.all([textOf(stderr), textOf(result), ended(stdout)])
  supervisorInput = undefined
  toSupervisor.end()
  throwIfStopped()
  if (code === 'ENOENT') throw notInstalled()
  // Without a code, the supervisor or Terraform was killed.
  return { code: /^\d+$/.test(code) ? Number(code) : 1, stderr: error }
}

/** One Ctrl-C arrives up to three times: from the terminal, npx and Nx. */
const sameSignalMs = 3000

/**
 * Forwards the first signal and waits until Terraform has saved and unlocked the state. A second one, later, makes
 * Terraform exit at once.
 */
export function stopGracefully(write: (text: string) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const since = stoppedAt === undefined ? undefined : Date.now() - stoppedAt
      if (since !== undefined && since < sameSignalMs) return
      stoppedAt ??= Date.now()
      if (supervisorInput === undefined) process.exit(130)
      write(
        since === undefined
          ? 'stopping: Terraform finishes the operations in progress, then saves and unlocks the state'
          : 'stopping at once: the state may stay locked',
      )
      supervisorInput.write('stop\n')
    })
  }
}

/** The user or CI stopped the command, and the state is saved. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

function throwIfStopped(): void {
  if (stoppedAt !== undefined) throw new Stopped('stopped')
}

async function textOf(stream: Readable): Promise<string> {
  let text = ''
  stream.setEncoding('utf8')
  for await (const part of stream) text += part
  return text
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.on('close', resolve))
}

function notInstalled(): TerraformToolError {
  return new TerraformToolError(
    'terraform is not on the PATH. Install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install',
  )
}
