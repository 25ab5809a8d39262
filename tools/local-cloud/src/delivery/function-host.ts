import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { createInterface } from 'node:readline'
import { unzipSync } from 'fflate'
import { keyOfFunction } from './calling-function'
import type { DeployedFunction } from './deployed'

export interface FunctionHostProps {
  /** Where the functions find AWS. */
  readonly url: string
  readonly zipOf: (name: string) => Buffer | undefined
  /** Each line that a function writes to its log. */
  readonly onLine: (name: string, line: string) => void
}

interface Running {
  readonly process: ChildProcess
  /** What the process was started for, as JSON, and with which code: another deployment needs another. */
  readonly deployed: string
  readonly zip: Buffer
  readonly folder: string
  isBusy: boolean
}

/** The functions, each in processes of its own: the very zip that was uploaded, with its deployed settings. */
export class FunctionHost {
  private readonly running = new Map<string, Running[]>()

  constructor(private readonly props: FunctionHostProps) {}

  /** Rejects where the function throws, does not start, ends, or takes longer than it may. */
  async invoke(deployed: DeployedFunction, event: object, now: number): Promise<unknown> {
    const found = this.idle(deployed) ?? this.start(deployed)
    found.isBusy = true
    try {
      return await answerOf(found.process, { event, now }, deployed.timeoutSeconds)
    } catch (error) {
      // As Lambda does: what failed without an answer is not used again.
      if (!(error instanceof HandlerError)) this.end(deployed.name, found)
      throw error
    } finally {
      found.isBusy = false
    }
  }

  /** Ends all processes. */
  close(): void {
    for (const [name, all] of this.running) for (const each of [...all]) this.end(name, each)
  }

  private idle(deployed: DeployedFunction): Running | undefined {
    const zip = this.zip(deployed.name)
    const wanted = JSON.stringify(deployed)
    for (const each of [...(this.running.get(deployed.name) ?? [])]) {
      if (each.isBusy) continue
      const isSame = each.deployed === wanted && each.zip.equals(zip)
      if (isSame && each.process.connected) return each
      this.end(deployed.name, each)
    }
    return undefined
  }

  private start(deployed: DeployedFunction): Running {
    const { name, handler, variables, memoryMegabytes } = deployed
    const zip = this.zip(name)
    const folder = mkdtempSync(join(tmpdir(), 'tideway-function-'))
    try {
      unpack(zip, folder)
    } catch (error) {
      rmSync(folder, { recursive: true })
      throw error
    }
    const child = fork(join(__dirname, 'function-runtime.cjs'), {
      cwd: folder,
      execArgv: [`--max-old-space-size=${memoryMegabytes}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...variables,
        PATH: process.env.PATH,
        _HANDLER: handler,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_ENDPOINT_URL: this.props.url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: keyOfFunction(name),
        AWS_SECRET_ACCESS_KEY: 'local',
        // The SDK warns of Node 20, which Lambda does not run.
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    })
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => this.props.onLine(name, line))
    }
    const running = {
      process: child,
      deployed: JSON.stringify(deployed),
      zip,
      folder,
      isBusy: false,
    }
    this.running.set(name, [...(this.running.get(name) ?? []), running])
    return running
  }

  private end(name: string, running: Running): void {
    running.process.kill('SIGKILL')
    rmSync(running.folder, { recursive: true, force: true })
    const left = (this.running.get(name) ?? []).filter((each) => each !== running)
    this.running.set(name, left)
  }

  private zip(name: string): Buffer {
    const zip = this.props.zipOf(name)
    if (zip === undefined) throw new Error('no zip was uploaded')
    return zip
  }
}

/** The function itself said so. */
export class HandlerError extends Error {}

function answerOf(child: ChildProcess, message: object, timeoutSeconds: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
    }
    const onMessage = (told: unknown) => {
      done()
      const { answer, error } = told as { answer?: unknown; error?: string }
      if (error === undefined) resolve(answer)
      else reject(new HandlerError(error))
    }
    const onExit = (code: number | null, signal: string | null) => {
      done()
      reject(new Error(`its process ended with ${signal ?? code}`))
    }
    const timer = setTimeout(() => {
      done()
      reject(new Error(`it took longer than the ${timeoutSeconds} s that it may`))
    }, timeoutSeconds * 1000)
    child.on('message', onMessage).on('exit', onExit)
    child.send(message, (error) => {
      if (error === null) return
      done()
      reject(new Error(`its process has ended (${error.message})`))
    })
  })
}

function unpack(zip: Buffer, folder: string): void {
  let files: Record<string, Uint8Array>
  try {
    files = unzipSync(zip)
  } catch (error) {
    throw new Error(`its zip cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(folder, normalize(`/${name}`))
    if (name.endsWith('/')) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
}
