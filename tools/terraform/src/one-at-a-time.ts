import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while holding a lock that processes share: a file with the holder's process id.
 * The lock of a holder that is gone is taken over.
 *
 * @param onWait told once, with the process that is waited for
 */
export async function oneAtATime<Result>(
  lock: string,
  work: () => Promise<Result>,
  onWait: (holder: string) => void = () => {},
): Promise<Result> {
  let told = false
  while (!take(lock)) {
    const holder = read(lock)
    if (holder !== undefined && isStale(lock, holder)) {
      discard(lock, holder)
      continue
    }
    if (!told && holder) {
      onWait(holder)
      told = true
    }
    await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // released just now
  }
}

/** Empty is the lock of a process that was killed, or is about to write its id. */
function isStale(lock: string, holder: string): boolean {
  if (holder !== '') return !isAlive(Number(holder))
  return (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) < Date.now() - 5000
}

/** Moves it away first, so that of two who see a stale lock, the second does not remove the first one's new lock. */
function discard(lock: string, holder: string): void {
  const aside = `${lock}.${process.pid}`
  try {
    renameSync(lock, aside)
    if (read(aside) === holder) rmSync(aside)
    else renameSync(aside, lock)
  } catch {
    // Somebody else was faster.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
