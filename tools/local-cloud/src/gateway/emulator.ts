import { spawnSync } from 'node:child_process'
import type { Backend } from './aws-request'
import { httpBackend } from './http-backend'
import { Moto } from './moto'

/**
 * URL of a running emulator to use in place of moto, such as `http://127.0.0.1:4566`. The gateway then keeps no journal:
 * persistence is up to that emulator.
 */
const emulatorVariable = 'TIDEWAY_EMULATOR_URL'

/** The emulator behind the gateway. */
export class Emulator {
  private lastResponse: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly send: Backend,
    private readonly moto?: Moto,
  ) {}

  /** @param onExit receives the reason when the emulator exits by itself */
  static async start(onExit: (reason: string) => void): Promise<Emulator> {
    const url = process.env[emulatorVariable]
    if (url) return new Emulator(httpBackend(url))
    const moto = await Moto.start(onExit)
    return new Emulator(httpBackend(moto.url), moto)
  }

  /** Whether this process started the emulator, so that it starts empty. */
  get startsEmpty(): boolean {
    return this.moto !== undefined
  }

  /**
   * Sends one request at a time, and seeds moto before each change. Ids then depend only on the changes, not on the
   * reads in between.
   */
  readonly backend: Backend = (request) => {
    const response = this.lastResponse.then(async () => {
      const { seed } = request
      if (seed !== undefined) await this.moto?.seed(seed)
      return this.send(request)
    })
    this.lastResponse = response.catch(() => {})
    return response
  }

  stop(): void {
    this.moto?.stop()
  }
}

/** The reason why no emulator is available. Undefined if one is. */
export function emulatorProblem(): string | undefined {
  if (process.env[emulatorVariable]) return undefined
  const found = spawnSync('sh', ['-c', 'command -v moto_server'])
  if (found.status === 0) return undefined
  return "moto_server is not on the PATH. Install version 5.2 or newer: pip install 'moto[server]'"
}
