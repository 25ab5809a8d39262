import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { forgetRunning, isAlive, noteRunning, runningIn } from '../src/cli/running'
import { startWithLifeline } from '../src/process/lifeline'

const folder = mkdtempSync(join(tmpdir(), 'tideway-process-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function until(isSo: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (isSo()) return true
    await sleep(50)
  }
  return false
}

describe('a lifeline', () => {
  // A child of the command, too: Nx starts others.
  const command = ['sh', '-c', 'sleep 60 & echo $!; wait']

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'ends a command by %s, with what it has started',
    async (signal) => {
      const line = startWithLifeline(signal, command, { env: process.env })
      const grandchild = Number(await firstOf(line.stdout))
      expect(isAlive(grandchild)).toBe(true)
      line.end()
      // A shell starts what is in the background deaf to SIGINT.
      if (signal === 'SIGINT') process.kill(grandchild, 'SIGKILL')
      expect(await until(() => !isAlive(grandchild))).toBe(true)
      expect(await until(() => line.process.exitCode !== null)).toBe(true)
    },
  )

  test('ends it too when its parent is killed', async () => {
    const program = `
      const { startWithLifeline } = require('./src/process/lifeline')
      const line = startWithLifeline('SIGKILL', ${JSON.stringify(command)}, { env: process.env })
      line.stdout.pipe(process.stdout)`
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=commonjs', '-e', program],
      {
        cwd: join(__dirname, '..'),
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const grandchild = Number(await firstOf(parent.stdout))
    expect(isAlive(grandchild)).toBe(true)
    parent.kill('SIGKILL')
    expect(await until(() => !isAlive(grandchild))).toBe(true)
  })

  test('tells what the command said and how it ended', async () => {
    const line = startWithLifeline('SIGINT', ['sh', '-c', 'echo out; exit 3'], { env: process.env })
    expect(await firstOf(line.stdout)).toBe('out')
    expect(await until(() => line.process.exitCode === 3)).toBe(true)
  })
})

describe('who runs', () => {
  let server: Server
  let says = ''
  let url = ''

  beforeAll(async () => {
    server = createServer((_, response) => response.end(says))
    await new Promise<void>((ready) => {
      server.listen(0, '127.0.0.1', ready)
    })
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => server.close())

  test('is the process that says so itself', async () => {
    const file = join(folder, 'running.json')
    expect(await runningIn(file)).toBeUndefined()
    noteRunning(file, { pid: process.pid, url })
    says = String(process.pid)
    expect(await runningIn(file)).toEqual({ pid: process.pid, url })
    // Its port is another's by now.
    says = 'something else'
    expect(await runningIn(file)).toBeUndefined()
    forgetRunning(file)
    expect(await runningIn(file)).toBeUndefined()
  })

  test('is nobody where the process has gone, and its file is left', async () => {
    const file = join(folder, 'left.json')
    const gone = spawn('true')
    await new Promise((ended) => gone.on('exit', ended))
    noteRunning(file, { pid: gone.pid ?? 0, url })
    says = String(gone.pid)
    expect(await runningIn(file)).toBeUndefined()
  })
})

async function firstOf(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const part of stream) return String(part).trim()
  return ''
}
