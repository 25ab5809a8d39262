import { spawnSync } from 'node:child_process'
import type { Backend } from './aws-request'
import { httpBackend } from './http-backend'
import { Moto } from './moto'

/**
 * URL of a running emulator to use in place of moto, such as `http://127.0.0.1:4566`. The gateway then keeps no journal:
 * persistence is up to that emulator.
 */
const emulatorVariable = 'TIDEWAY_EMULATOR_URL'

/** The emulator behind the gateway. Requests wait until it has started. */
export class Emulator {
  /** Whether this process started the emulator, so that it starts empty. */
  readonly startsEmpty: boolean
  /** Rejects if the emulator does not start. */
  readonly ready: Promise<unknown>
  private readonly moto: Moto | undefined
  private readonly send: Backend
  private lastResponse: Promise<unknown>

  /** @param onExit receives the reason when the emulator exits by itself */
  constructor(onExit: (reason: string) => void) {
    const url = process.env[emulatorVariable]
    this.startsEmpty = !url
    this.moto = url ? undefined : new Moto(onExit)
    const backend = Promise.resolve(url || this.moto?.url).then((at = '') => httpBackend(at))
    this.ready = backend
    this.lastResponse = backend.catch(() => {})
    this.send = async (request) => (await backend)(request)
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
