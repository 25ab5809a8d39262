import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A holder touches its lock every two seconds. After 15 seconds without a touch, another process takes it over. */
const heartbeatMs = 2000
const staleMs = 15_000

/**
 * Runs `work` while holding a lock that processes share: a file that its holder touches regularly. A stale lock is
 * taken over: its holder was killed, and another process may have its process id by now.
 *
 * @param onWait called once, with the process id of the holder
 */
export async function oneAtATime<Result>(
  lock: string,
  work: () => Promise<Result>,
  onWait: (holder: string) => void = () => {},
): Promise<Result> {
  const ownId = `${process.pid} ${randomUUID()}`
  let hasReported = false
  while (!acquire(lock, ownId)) {
    const holder = read(lock)
    if (holder !== undefined && isStale(lock)) {
      discard(lock, holder)
      continue
    }
    if (!hasReported && holder) {
      onWait(holder.split(' ')[0] ?? '')
      hasReported = true
    }
    await sleep(100)
  }
  const release = () => {
    if (read(lock) === ownId) rmSync(lock, { force: true })
  }
  const heartbeat = setInterval(() => touch(lock), heartbeatMs)
  process.once('exit', release)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    process.off('exit', release)
    release()
  }
}

function acquire(lock: string, ownId: string): boolean {
  try {
    writeFileSync(lock, ownId, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function touch(lock: string): void {
  const now = Date.now() / 1000
  try {
    utimesSync(lock, now, now)
  } catch {
    // Another process took the lock over.
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // released just now
  }
}

function isStale(lock: string): boolean {
  const touched = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
  return touched < Date.now() - staleMs
}

/** Moves the lock away first, so that of two processes that find it stale, only one removes it. */
function discard(lock: string, holder: string): void {
  const aside = `${lock}.${process.pid}`
  try {
    renameSync(lock, aside)
    if (read(aside) === holder) rmSync(aside)
    else renameSync(aside, lock)
  } catch {
    // Another process has already moved it.
  }
}
