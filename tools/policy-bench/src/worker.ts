import { setImmediate } from 'node:timers/promises'
import { type Job, runJob } from './job'
import type { Answer } from './workers'

/** The main program of a worker process: runs the jobs that it receives, one after the other. */

const answer = (message: Answer) => process.send?.(message)

process.on('message', async (job: Job) => {
  try {
    const result = await runJob(job, async (text) => {
      answer({ kind: 'progress', text })
      // A simulation never waits for I/O: without this, the end of the parent would not be noticed.
      await setImmediate()
    })
    answer({ kind: 'result', result })
  } catch (error) {
    answer({ kind: 'error', message: error instanceof Error ? error.message : String(error) })
  }
})

process.on('disconnect', () => process.exit())
