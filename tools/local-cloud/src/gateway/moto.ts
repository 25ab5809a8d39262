import { createServer } from 'node:net'
import { type Lifeline, startWithLifeline } from '../process/lifeline'

/** moto's server, in a process that ends with this one. */
export class Moto {
  private isStopped = false

  private constructor(
    readonly url: string,
    private readonly server: Lifeline,
  ) {}

  /** @param onEnd told when it ends by itself, with the last that it said */
  static async start(onEnd: (why: string) => void): Promise<Moto> {
    const port = await freePort()
    const server = startWithLifeline(
      'SIGKILL',
      ['moto_server', '-H', '127.0.0.1', '-p', String(port)],
      {
        env: {
          ...process.env,
          // Nobody has to wait here for a certificate, and what AWS manages is there.
          MOTO_ACM_VALIDATION_WAIT: '0',
          MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
        },
      },
    )
    const moto = new Moto(`http://127.0.0.1:${port}`, server)
    let said = ''
    server.stdout.resume()
    // A line for each call, and at its end why it ended.
    server.stderr.setEncoding('utf8').on('data', (text) => {
      said = `${said}${text}`.slice(-2000)
    })
    const ended = new Promise<never>((_, reject) => {
      server.process.once('close', () => {
        const why = said.trim().split('\n').at(-1) ?? ''
        reject(new Error(`moto_server does not start: ${why}`))
        if (!moto.isStopped) onEnd(why)
      })
    })
    ended.catch(() => {})
    await Promise.race([moto.answers(), ended])
    return moto
  }

  stop(): void {
    this.isStopped = true
    this.server.end()
  }

  private async answers(): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      try {
        await fetch(`${this.url}/moto-api/data.json`, { method: 'HEAD' })
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    throw new Error('moto_server does not answer in a minute')
  }
}

/** One that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
