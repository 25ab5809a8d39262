import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { startChildProcess } from '../process/child-process'

const command = ['moto_server', '-H', '127.0.0.1', '-p', '0']

/** moto's server, in a process that ends with this one. */
export class Moto {
  /** Rejects if moto does not start. */
  readonly url: Promise<string>
  private readonly server: ChildProcessWithoutNullStreams
  private isStopped = false

  /** @param onExit receives the last line of output when moto exits by itself after its start */
  constructor(onExit: (reason: string) => void) {
    this.server = startChildProcess('SIGKILL', command, {
      env: {
        ...process.env,
        // Certificates are issued at once, and AWS managed policies exist.
        MOTO_ACM_VALIDATION_WAIT: '0',
        MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
      },
    })
    this.server.stdout.resume()
    this.url = this.started(onExit)
  }

  /** Seeds the random ids of moto's next response. */
  async seed(seed: number): Promise<void> {
    const response = await fetch(`${await this.url}/moto-api/seed?a=${seed}`, { method: 'POST' })
    await response.arrayBuffer()
  }

  stop(): void {
    this.isStopped = true
    this.server.stdin.end()
  }

  private started(onExit: (reason: string) => void): Promise<string> {
    const { server } = this
    return new Promise((resolve, reject) => {
      let hasStarted = false
      let output = ''
      // moto logs its URL, then every request. The last line before an exit is the reason for it.
      server.stderr.setEncoding('utf8').on('data', (text) => {
        output = `${output}${text}`.slice(-2000)
        const url = /Running on (http:\S+)\s/.exec(output)?.[1]
        if (hasStarted || url === undefined) return
        hasStarted = true
        resolve(url)
      })
      server.once('close', () => {
        const reason = output.trim().split('\n').at(-1) ?? ''
        reject(new Error(`moto_server does not start: ${reason}`))
        if (hasStarted && !this.isStopped) onExit(reason)
      })
      const timeout = new Error('moto_server does not start within a minute')
      setTimeout(() => reject(timeout), 60_000).unref()
    })
  }
}
