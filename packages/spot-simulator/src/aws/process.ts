import { AsyncLocalStorage } from 'node:async_hooks'
import { type AwsEndpoint, Crash } from '../endpoint'

interface Process {
  readonly end: (crash: Crash) => void
  hasEnded: boolean
}

const processes = new AsyncLocalStorage<Process>()

/** Runs something as a process of its own: if it crashes, the promise is rejected with the Crash. */
export function runAsProcess<Result>(work: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    processes.run({ end: reject, hasEnded: false }, () => {
      // Asynchronous, so that what is thrown at once is a rejection too.
      const run = async () => work()
      run().then(resolve, reject)
    })
  })
}

type RequestHandler = AwsEndpoint['requestHandler']

/**
 * A request handler for clients in a process: on a Crash the call never answers, and neither do later ones,
 * so nothing of the process runs on. As a plain exception a Crash would be caught by a handler that
 * catches what goes wrong with each record, and the handler would go on as if it lived.
 */
export function endingProcesses(requestHandler: RequestHandler): RequestHandler {
  return {
    handle: async (request) => {
      const process = processes.getStore()
      if (process?.hasEnded) return never()
      try {
        return await requestHandler.handle(request)
      } catch (error) {
        if (!(error instanceof Crash) || process === undefined) throw error
        process.hasEnded = true
        process.end(error)
        return never()
      }
    },
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}
