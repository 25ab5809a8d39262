import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** How often a holder shows that it lives, and how long it may be silent. */
const beatMs = 2000
const silentMs = 15_000

/**
 * Runs `work` while holding a lock that processes share: a file that its holder touches again and again.
 * The lock of a holder that is silent is taken over: it was killed, and its process id may be another's by now.
 *
 * @param onWait told once, with the process that is waited for
 */
export async function oneAtATime<Result>(
  lock: string,
  work: () => Promise<Result>,
  onWait: (holder: string) => void = () => {},
): Promise<Result> {
  const mine = `${process.pid} ${randomUUID()}`
  let told = false
  while (!take(lock, mine)) {
    const holder = read(lock)
    if (holder !== undefined && isSilent(lock)) {
      discard(lock, holder)
      continue
    }
    if (!told && holder) {
      onWait(holder.split(' ')[0] ?? '')
      told = true
    }
    await sleep(100)
  }
  const release = () => {
    if (read(lock) === mine) rmSync(lock, { force: true })
  }
  const beat = setInterval(() => touch(lock), beatMs)
  process.once('exit', release)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    process.off('exit', release)
    release()
  }
}

function take(lock: string, mine: string): boolean {
  try {
    writeFileSync(lock, mine, { flag: 'wx' })
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
    // Somebody took it over: this process was silent for too long.
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // released just now
  }
}

function isSilent(lock: string): boolean {
  const touched = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
  return touched < Date.now() - silentMs
}

/** Moves it away first, so that of two who see a silent lock, the second does not remove the first one's new lock. */
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
