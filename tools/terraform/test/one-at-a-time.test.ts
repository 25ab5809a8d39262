import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oneAtATime } from '../src/one-at-a-time'

let folder: string
let lock: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tideway-lock-'))
  lock = join(folder, 'lock')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('work that is done one at a time', () => {
  it('does not overlap', async () => {
    let running = 0
    let maxRunning = 0
    const work = async () => {
      maxRunning = Math.max(maxRunning, ++running)
      await new Promise((resolve) => setTimeout(resolve, 20))
      running--
    }
    await Promise.all([oneAtATime(lock, work), oneAtATime(lock, work), oneAtATime(lock, work)])
    expect(maxRunning).toBe(1)
  })

  it('records its process id while it runs, and removes the lock', async () => {
    const holder = await oneAtATime(lock, async () => readFileSync(lock, 'utf8'))
    expect(holder).toMatch(new RegExp(`^${process.pid} `))
    expect(existsSync(lock)).toBe(false)
  })

  it('removes the lock when it fails', async () => {
    const fails = oneAtATime(lock, async () => {
      throw new Error('no')
    })
    await expect(fails).rejects.toThrow('no')
    expect(existsSync(lock)).toBe(false)
  })

  it('takes over a stale lock, even if another process has the id of its holder', async () => {
    writeFileSync(lock, `${process.pid} another`)
    utimesSync(lock, 0, 0)
    await expect(oneAtATime(lock, async () => 'done')).resolves.toBe('done')
  })

  it('does not release a lock that another process has taken over', async () => {
    await oneAtATime(lock, async () => writeFileSync(lock, 'another'))
    expect(readFileSync(lock, 'utf8')).toBe('another')
  })

  it('reports once which process holds the lock', async () => {
    const holders: string[] = []
    const first = oneAtATime(lock, () => new Promise((resolve) => setTimeout(resolve, 350)))
    await oneAtATime(
      lock,
      async () => {},
      (holder) => holders.push(holder),
    )
    await first
    expect(holders).toEqual([String(process.pid)])
  })
})
