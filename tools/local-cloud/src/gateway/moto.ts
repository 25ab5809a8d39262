import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** moto's server, in a process that ends with this one. */
export class Moto {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  /** @param onEnd told when it ends by itself, with the last that it said */
  static async start(onEnd: (why: string) => void): Promise<Moto> {
    const port = await freePort()
    const child = spawn(
      process.execPath,
      [join(__dirname, 'with-parent.cjs'), 'moto_server', '-H', '127.0.0.1', '-p', String(port)],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
        detached: true,
        env: {
          ...process.env,
          // Nobody has to wait here for a certificate, and what AWS manages is there.
          MOTO_ACM_VALIDATION_WAIT: '0',
          MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
        },
      },
    )
    const moto = new Moto(`http://127.0.0.1:${port}`, child)
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      said = `${said}${text}`.slice(-2000)
    })
    const ended = new Promise<never>((_, reject) => {
      child.once('exit', () => {
        const why = said.trim().split('\n').at(-1) ?? ''
        reject(new Error(`moto_server does not start: ${why}`))
        if (!moto.isStopped) onEnd(why)
      })
    })
    ended.catch(() => {})
    await Promise.race([moto.answers(), ended])
    return moto
  }

  private isStopped = false

  stop(): void {
    this.isStopped = true
    this.process.stdin?.end()
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
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
