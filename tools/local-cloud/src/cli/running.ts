import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The one that runs in this clone. */
export interface Running {
  readonly pid: number
  readonly url: string
}

/** Who runs, by a file: a process that is gone, or that is another by now, does not count. */
export async function runningIn(file: string): Promise<Running | undefined> {
  if (!existsSync(file)) return undefined
  const running = JSON.parse(readFileSync(file, 'utf8')) as Running
  return (await answers(running)) ? running : undefined
}

export function noteRunning(file: string, running: Running): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(running))
}

export function forgetRunning(file: string): void {
  rmSync(file, { force: true })
}

/** Asks it to end, as Ctrl-C does. Answers whether it did. */
export async function end({ pid }: Running): Promise<boolean> {
  process.kill(pid, 'SIGINT')
  for (let tries = 0; tries < 600; tries++) {
    if (!isAlive(pid)) return true
    await sleep(100)
  }
  return false
}

/** Its id may be another's by now: the right one says it is. */
async function answers({ pid, url }: Running): Promise<boolean> {
  if (!isAlive(pid)) return false
  try {
    const response = await fetch(`${url}/who`, { signal: AbortSignal.timeout(5000) })
    return (await response.text()) === String(pid)
  } catch {
    return false
  }
}

/** Whether there is a process with this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
