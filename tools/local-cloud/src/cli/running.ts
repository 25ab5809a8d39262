import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { workspace } from '@tideway/terraform/folders'

export const runningFile = join(workspace, '.tideway/local-cloud/running.json')

/** The local cloud that runs in this clone. */
export interface Running {
  readonly pid: number
  readonly url: string
}

/** Undefined if the process in the file has exited, even if another process has its id now. */
export async function runningIn(file: string = runningFile): Promise<Running | undefined> {
  if (!existsSync(file)) return undefined
  const running = JSON.parse(readFileSync(file, 'utf8')) as Running
  return (await isLocalCloud(running)) ? running : undefined
}

export function saveRunning(file: string, running: Running): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(running))
}

/** Interrupts the process, as Ctrl-C does. Returns whether it ended within a minute. */
export async function end({ pid }: Running): Promise<boolean> {
  process.kill(pid, 'SIGINT')
  for (let tries = 0; tries < 600; tries++) {
    if (!isAlive(pid)) return true
    await sleep(100)
  }
  return false
}

/** The gateway returns the id of its process. */
async function isLocalCloud({ pid, url }: Running): Promise<boolean> {
  if (!isAlive(pid)) return false
  try {
    const response = await fetch(`${url}/pid`, { signal: AbortSignal.timeout(5000) })
    return (await response.text()) === String(pid)
  } catch {
    return false
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export function removeRunning(file: string): void {
  rmSync(file, { force: true })
}
