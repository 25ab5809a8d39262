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

/** When a person or CI asked us to stop. What would run next then does not start. */
let stoppedAt: number | undefined
/** Where the supervisor of a running Terraform takes its orders. */
let orders: Writable | undefined

const supervisor = join(__dirname, 'supervise.cjs')

/** Runs Terraform to its end, whatever signals come. Never throws for what Terraform itself says. */
export async function runTerraform(
  args: readonly string[],
  { folder, variables, onLine }: TerraformRun,
): Promise<TerraformResult> {
  throwIfStopped()
  // The shell starts the supervisor in the background and ends: it then descends from nobody here.
  // Ctrl-C in a terminal does not reach it either, since it is of no group of the terminal.
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
  orders = toSupervisor
  toSupervisor.on('error', () => {}) // It ended just now.
  createInterface({ input: stdout }).on('line', onLine)
  const [error, code] = await Promise.all([textOf(stderr), textOf(result), ended(stdout)])
  orders = undefined
  toSupervisor.end()
  throwIfStopped()
  if (code === 'ENOENT') throw notThere()
  // Without a code the supervisor was killed, and Terraform with it, or before it.
  return { code: /^\d+$/.test(code) ? Number(code) : 1, stderr: error }
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
      if (orders === undefined) process.exit(130)
      write(
        since === undefined
          ? 'stopping: Terraform finishes what it has begun, saves the state and unlocks it'
          : 'stopping at once: the state may stay locked',
      )
      orders.write('stop\n')
    })
  }
}

/** A person or CI asked us to stop, and everything is in order. */
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

function notThere(): TerraformToolError {
  return new TerraformToolError(
    'terraform is not on the PATH. Install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install',
  )
}
