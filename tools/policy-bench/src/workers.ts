import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Job, type Result, runJob } from './job'

/** What a worker process sends to its parent. */
export type Answer =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'error'; readonly message: string }

export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure'
}

/**
 * Runs jobs in this process, or in several worker processes.
 *
 * @param onProgress receives the number of jobs that are done, and a line about a running one
 * @returns the results in the order of the jobs, so that the output does not depend on the number of workers
 */
export async function runJobs(
  jobs: readonly Job[],
  workers: number,
  onProgress: (done: number, text: string) => void,
): Promise<Result[]> {
  const results: Result[] = new Array(jobs.length)
  let [next, done] = [0, 0]
  const runAllBy = async (run: (job: Job, onText: (text: string) => void) => Promise<Result>) => {
    for (let index = next++; index < jobs.length; index = next++) {
      results[index] = await run(jobs[index] as Job, (text) => onProgress(done, text))
      done++
    }
  }
  if (workers === 1) {
    await runAllBy(runJob)
    return results
  }
  const children = Array.from({ length: Math.min(workers, jobs.length) }, startWorker)
  try {
    await Promise.all(children.map((child) => runAllBy((job, onText) => runIn(child, job, onText))))
    return results
  } finally {
    // Also if one has failed. If this process ends, they notice the closed channel.
    for (const child of children) child.kill()
  }
}

function startWorker(): ChildProcess {
  const tsx = pathToFileURL(require.resolve('tsx')).href
  return fork(join(__dirname, 'worker.ts'), { execArgv: ['--import', tsx] })
}

function runIn(child: ChildProcess, job: Job, onText: (text: string) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      child.off('message', onMessage)
      child.off('exit', onExit)
      settle()
    }
    const onMessage = (answer: Answer) => {
      if (answer.kind === 'progress') onText(answer.text)
      else if (answer.kind === 'result') finish(() => resolve(answer.result))
      else finish(() => reject(new WorkerFailure(answer.message)))
    }
    const onExit = (code: number | null, signal: string | null) =>
      finish(() => reject(new WorkerFailure(`a worker ended: ${signal ?? `exit code ${code}`}`)))
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.send(job)
  })
}
