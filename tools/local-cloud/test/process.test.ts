import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  emulatorUrl,
  isAlive,
  removeRunning,
  runningIn,
  saveRunning,
} from '@tideway/terraform/running'
import { startChildProcess } from '../src/process/child-process'

const folder = mkdtempSync(join(tmpdir(), 'tideway-process-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function until(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (condition()) return true
    await sleep(50)
  }
  return false
}

describe('a child process', () => {
  // The command starts another process, as Nx does.
  const command = ['sh', '-c', 'sleep 60 & echo $!; wait']

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'ends by %s together with the processes that it started',
    async (signal) => {
      const child = startChildProcess(signal, command, { env: process.env })
      const grandchild = Number(await firstOf(child.stdout))
      expect(isAlive(grandchild)).toBe(true)
      child.stdin.end()
      // Background processes of a shell ignore SIGINT.
      if (signal === 'SIGINT') process.kill(grandchild, 'SIGKILL')
      expect(await until(() => !isAlive(grandchild))).toBe(true)
      expect(await until(() => child.exitCode !== null)).toBe(true)
    },
  )

  test('ends when its parent is killed', async () => {
    const program = `
      const { startChildProcess } = require('./src/process/child-process')
      const child = startChildProcess('SIGKILL', ${JSON.stringify(command)}, { env: process.env })
      child.stdout.pipe(process.stdout)`
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

  test('passes on the output and the exit code of the command', async () => {
    const child = startChildProcess('SIGINT', ['sh', '-c', 'echo out; exit 3'], {
      env: process.env,
    })
    expect(await firstOf(child.stdout)).toBe('out')
    expect(await until(() => child.exitCode === 3)).toBe(true)
  })
})

describe('the running process', () => {
  let server: Server
  let body = ''
  let url = ''

  beforeAll(async () => {
    server = createServer((_, response) => response.end(body))
    await new Promise<void>((ready) => {
      server.listen(0, '127.0.0.1', ready)
    })
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => server.close())

  test('is found only while its URL returns its process id', async () => {
    const file = join(folder, 'running.json')
    expect(await runningIn(file)).toBeUndefined()
    saveRunning(file, { pid: process.pid, url })
    body = String(process.pid)
    expect(await runningIn(file)).toEqual({ pid: process.pid, url })
    expect(await emulatorUrl({}, file)).toBe(url)
    expect(await emulatorUrl({ AWS_ENDPOINT_URL: 'http://own' }, file)).toBe('http://own')
    // Another process uses its port.
    body = 'something else'
    expect(await runningIn(file)).toBeUndefined()
    removeRunning(file)
    expect(await runningIn(file)).toBeUndefined()
    await expect(emulatorUrl({}, file)).rejects.toThrow('Start it: npm start')
  })

  test('is not found when it exited and left its file', async () => {
    const file = join(folder, 'left.json')
    const exited = spawn('true')
    await new Promise((ended) => exited.on('exit', ended))
    saveRunning(file, { pid: exited.pid ?? 0, url })
    body = String(exited.pid)
    expect(await runningIn(file)).toBeUndefined()
  })
})

async function firstOf(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const part of stream) return String(part).trim()
  return ''
}
