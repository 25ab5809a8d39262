import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { createInterface } from 'node:readline'
import { unzipSync } from 'fflate'
import { accessKeyIdOf } from './access-keys'

export interface FunctionConfiguration {
  readonly name: string
  /** `index.reconcile` */
  readonly handler: string
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  readonly variables: Readonly<Record<string, string>>
}

export interface FunctionHostProps {
  /** The endpoint that the functions send their AWS calls to. */
  readonly url: string
  readonly zipOf: (functionName: string) => Buffer | undefined
  /** Receives each line of a function's log. @default the log is dropped */
  readonly onLine?: (functionName: string, line: string) => void
}

export interface InvocationResult {
  readonly response: unknown
  /** A cold start includes the import of the handler. */
  readonly milliseconds: number
  /** The peak memory of the process so far. */
  readonly peakMegabytes: number
}

/** The code and the configuration that an execution environment runs. */
interface Deployment {
  readonly configuration: FunctionConfiguration
  readonly zip: Buffer
  readonly folder: string
}

interface ExecutionEnvironment {
  readonly process: ChildProcess
  readonly memoryMegabytes: number
  deployment: Deployment | undefined
  isBusy: boolean
}

/** A simulated Lambda: runs zips as they are deployed, one event at a time in each process. */
export class FunctionHost {
  private readonly environments = new Set<ExecutionEnvironment>()

  constructor(private readonly props: FunctionHostProps) {}

  /**
   * Rejects if the function throws, does not start, exits, or times out.
   *
   * @param now the simulated clock of the function. Default: the real clock
   */
  async invoke(
    configuration: FunctionConfiguration,
    event: object,
    now?: number,
  ): Promise<InvocationResult> {
    const zip = this.props.zipOf(configuration.name)
    if (zip === undefined) throw new Error('no zip was uploaded')
    const warm = this.warm(configuration, zip)
    const environment = warm ?? this.cold(configuration, zip)
    const deployment = warm === undefined ? this.messageOf(environment) : undefined
    environment.isBusy = true
    try {
      const message = { deployment, event, now }
      const result = await resultOf(environment.process, message, configuration.timeoutSeconds)
      // The function has written its log before the result: both are readable now, but the log may come second.
      await new Promise((resolve) => setImmediate(resolve))
      return result
    } catch (error) {
      // As in Lambda, an environment that failed without a response is not used again.
      if (!(error instanceof HandlerError)) this.end(environment)
      throw error
    } finally {
      environment.isBusy = false
    }
  }

  /** Makes every function start cold, but keeps idle processes: starting Node is most of a cold start. */
  recycle(): void {
    for (const environment of this.environments) {
      if (environment.isBusy) this.end(environment)
      else unload(environment)
    }
  }

  /** Ends all processes. */
  close(): void {
    for (const environment of this.environments) this.end(environment)
  }

  private warm({ name, ...rest }: FunctionConfiguration, zip: Buffer) {
    const wanted = JSON.stringify({ name, ...rest })
    for (const environment of this.environments) {
      const { deployment, isBusy } = environment
      if (isBusy || deployment?.configuration.name !== name) continue
      const isCurrent =
        JSON.stringify(deployment.configuration) === wanted && deployment.zip.equals(zip)
      if (isCurrent && environment.process.connected) return environment
      unload(environment)
    }
    return undefined
  }

  private cold(configuration: FunctionConfiguration, zip: Buffer): ExecutionEnvironment {
    const folder = unpacked(zip)
    const { memoryMegabytes } = configuration
    const idle = [...this.environments].find(
      (each) =>
        each.deployment === undefined &&
        each.memoryMegabytes === memoryMegabytes &&
        each.process.connected,
    )
    const environment = idle ?? this.start(memoryMegabytes)
    environment.deployment = { configuration, zip, folder }
    return environment
  }

  private start(memoryMegabytes: number): ExecutionEnvironment {
    const child = fork(join(__dirname, 'function-runtime.cjs'), {
      // Lambda gives a tenth of the memory to new objects, in two halves, and the rest to old ones.
      execArgv: [
        `--max-semi-space-size=${Math.floor(memoryMegabytes * 0.05)}`,
        `--max-old-space-size=${Math.ceil(memoryMegabytes * 0.9)}`,
      ],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env.PATH },
    })
    const environment = { process: child, memoryMegabytes, deployment: undefined, isBusy: false }
    this.environments.add(environment)
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface(stream).on('line', (line) => this.log(environment, line))
    }
    return environment
  }

  private log({ deployment }: ExecutionEnvironment, line: string): void {
    if (deployment !== undefined) this.props.onLine?.(deployment.configuration.name, line)
  }

  private messageOf({ deployment }: ExecutionEnvironment) {
    if (deployment === undefined) return undefined
    const { folder, configuration } = deployment
    return {
      folder,
      variables: {
        ...configuration.variables,
        _HANDLER: configuration.handler,
        AWS_LAMBDA_FUNCTION_NAME: configuration.name,
        AWS_ENDPOINT_URL: this.props.url,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: accessKeyIdOf(configuration.name),
        AWS_SECRET_ACCESS_KEY: 'simulated',
        // The SDK warns about Node 20, which Lambda does not run.
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    }
  }

  private end(environment: ExecutionEnvironment): void {
    environment.process.kill('SIGKILL')
    unload(environment)
    this.environments.delete(environment)
  }
}

function unload(environment: ExecutionEnvironment): void {
  const { deployment } = environment
  environment.deployment = undefined
  if (deployment !== undefined) rmSync(deployment.folder, { recursive: true, force: true })
}

/** The handler threw. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError'
}

function resultOf(
  child: ChildProcess,
  message: object,
  timeoutSeconds: number,
): Promise<InvocationResult> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onExit)
    }
    const fail = (error: Error) => {
      done()
      reject(error)
    }
    const onMessage = (answer: unknown) => {
      const { result, error } = answer as { result?: InvocationResult; error?: string }
      if (result === undefined) return fail(new HandlerError(error))
      done()
      resolve(result)
    }
    const onExit = (code: number | null, signal: string | null) =>
      fail(new Error(`its process ended with ${signal ?? code}`))
    const timer = setTimeout(
      () => fail(new Error(`it exceeded its timeout of ${timeoutSeconds} s`)),
      timeoutSeconds * 1000,
    )
    child.on('message', onMessage).on('exit', onExit)
    child.send(message, (error) => {
      if (error !== null) fail(new Error(`its process has ended (${error.message})`))
    })
  })
}

/** Unpacks a zip into a new folder. */
function unpacked(zip: Buffer): string {
  let files: Record<string, Uint8Array>
  try {
    files = unzipSync(zip)
  } catch (error) {
    throw new Error(`its zip cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'tideway-function-'))
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith('/')) continue
    const file = join(folder, normalize(`/${name}`))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  return folder
}
