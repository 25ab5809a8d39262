import type { AwsAnswer, AwsRequest, Backend } from './aws-request'
import { httpBackend } from './http-backend'
import { Moto } from './moto'

/**
 * Names an emulator that runs already, in place of moto: `http://127.0.0.1:4566`. What it has is its own affair: nothing
 * is brought back to it.
 */
export const emulatorVariable = 'TIDEWAY_EMULATOR_URL'

/** What stands behind the gateway. */
export class Emulator {
  private last: Promise<unknown> = Promise.resolve()
  private readonly send: Backend

  private constructor(
    readonly url: string,
    private readonly moto: Moto | undefined,
  ) {
    this.send = httpBackend(url)
  }

  /** @param onEnd told when it ends by itself, and why */
  static async start(onEnd: (why: string) => void): Promise<Emulator> {
    const url = process.env[emulatorVariable]
    if (url) return new Emulator(url, undefined)
    const moto = await Moto.start(onEnd)
    return new Emulator(moto.url, moto)
  }

  /** Whether it was started here, and so keeps nothing. */
  get isOurs(): boolean {
    return this.moto !== undefined
  }

  /**
   * One call after the other, and a change from a seed of its own: so the same changes make the same ids, whatever
   * is read in between.
   */
  readonly backend: Backend = (request) => {
    const answer = this.last.then(async () => {
      if (request.seed !== undefined && this.moto !== undefined) await this.seed(request.seed)
      return this.send(request)
    })
    this.last = answer.catch(() => {})
    return answer
  }

  stop(): void {
    this.moto?.stop()
  }

  private seed(seed: number): Promise<AwsAnswer> {
    const request: AwsRequest = {
      service: 'moto-api',
      accessKeyId: '',
      operation: '',
      method: 'POST',
      url: `/moto-api/seed?a=${seed}`,
      headers: {},
      body: Buffer.alloc(0),
    }
    return this.send(request)
  }
}
