import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Answer {
  readonly failed: readonly { readonly itemIdentifier: string }[]
  /** From the beginning of the import, if this was the first batch, to the end of the batch. */
  readonly milliseconds: number
  /** The most memory that the process has had so far. */
  readonly peakMegabytes: number
}

const program = `
process.once('disconnect', () => process.exit())
process.on('message', async (event) => {
  const started = performance.now()
  const { reconcile } = await import('./index.mjs')
  const { batchItemFailures: failed } = await reconcile(event)
  const milliseconds = performance.now() - started
  process.send({ failed, milliseconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 })
})
`

/** The unpacked zip in a process of its own, which gets one batch at a time, as Lambda's do. */
export class FunctionProcess {
  private readonly child: ChildProcess
  private answered: (answer: Answer) => void = () => {}
  private failed: (error: Error) => void = () => {}

  constructor(folder: string, env: NodeJS.ProcessEnv, nodeOptions: readonly string[]) {
    const script = join(folder, 'process.cjs')
    writeFileSync(script, program)
    this.child = fork(script, {
      cwd: folder,
      env,
      execArgv: [...nodeOptions],
      // Its log is not read here; Lambda's is read by somebody else as well.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.child.on('message', (answer) => this.answered(answer as Answer))
    this.child.on('exit', (code) => this.failed(new Error(`the function ended with ${code}`)))
  }

  async batch(bodies: readonly string[]): Promise<Answer> {
    const Records = bodies.map((body, index) => ({ messageId: String(index), body }))
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.answered = resolve
      this.failed = reject
      this.child.send({ Records })
    })
    if (answer.failed.length > 0) throw new Error(`${answer.failed.length} messages failed`)
    return answer
  }

  end(): void {
    this.child.disconnect()
  }
}
