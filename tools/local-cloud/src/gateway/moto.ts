import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lifeline, startWithLifeline } from '../process/lifeline'

/** moto's server, in a process that ends with this one. */
export class Moto {
  private isStopped = false

  private constructor(
    readonly url: string,
    private readonly server: Lifeline,
  ) {}

  /** @param onExit receives the last line of output when moto exits by itself */
  static async start(onExit: (reason: string) => void): Promise<Moto> {
    const port = String(await freePort())
    const server = startWithLifeline('SIGKILL', ['moto_server', '-H', '127.0.0.1', '-p', port], {
      env: {
        ...process.env,
        // Certificates are issued at once, and AWS managed policies exist.
        MOTO_ACM_VALIDATION_WAIT: '0',
        MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
      },
    })
    const moto = new Moto(`http://127.0.0.1:${port}`, server)
    let output = ''
    server.stdout.resume()
    // moto logs every request to stderr. The end of it is the reason for an exit.
    server.stderr.setEncoding('utf8').on('data', (text) => {
      output = `${output}${text}`.slice(-2000)
    })
    const exited = new Promise<never>((_, reject) => {
      server.process.once('close', () => {
        const reason = output.trim().split('\n').at(-1) ?? ''
        reject(new Error(`moto_server does not start: ${reason}`))
        if (!moto.isStopped) onExit(reason)
      })
    })
    exited.catch(() => {})
    await Promise.race([moto.waitUntilReady(), exited])
    return moto
  }

  /** Seeds the random ids of moto's next response. */
  async seed(seed: number): Promise<void> {
    const response = await fetch(`${this.url}/moto-api/seed?a=${seed}`, { method: 'POST' })
    await response.arrayBuffer()
  }

  stop(): void {
    this.isStopped = true
    this.server.end()
  }

  private async waitUntilReady(): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt++) {
      try {
        await fetch(`${this.url}/moto-api/data.json`, { method: 'HEAD' })
        return
      } catch {
        await sleep(100)
      }
    }
    throw new Error('moto_server does not respond within a minute')
  }
}

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
