import { AsyncLocalStorage } from 'node:async_hooks'
import { type AwsEndpoint, Crash } from '../endpoint'
import type { Simulation } from '../simulation'

interface Process {
  readonly end: (crash: Crash) => void
  hasEnded: boolean
}

const processes = new AsyncLocalStorage<Process>()

/**
 * Runs work as a separate process. If it crashes, the promise is rejected with the Crash.
 *
 * @param onStart receives a function that ends the process from outside, as a Lambda timeout does
 */
export function runAsProcess<Result>(
  work: () => Promise<Result>,
  onStart: (end: (crash: Crash) => void) => void = () => {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const process: Process = {
      hasEnded: false,
      end: (crash) => {
        process.hasEnded = true
        reject(crash)
      },
    }
    onStart(process.end)
    processes.run(process, () => {
      // Asynchronous: a synchronous error becomes a rejection too.
      const run = async () => work()
      run().then(resolve, reject)
    })
  })
}

/** The clock of a process. While the process sleeps, virtual time advances. */
export function clockOf(simulation: Simulation) {
  return {
    now: () => simulation.now,
    sleep: async (milliseconds: number): Promise<void> => {
      const process = processes.getStore()
      // Outside of a process, virtual time may stand still, so the sleep would never end.
      if (process !== undefined) await simulation.sleep(milliseconds, () => process.hasEnded)
    },
  }
}

type RequestHandler = AwsEndpoint['requestHandler']

/**
 * A request handler for clients in a process. After a Crash, no call ever returns, so nothing of the process continues.
 * As a plain exception, a Crash would be caught by handlers that catch the errors of each record.
 */
export function stopOnCrash(requestHandler: RequestHandler): RequestHandler {
  return {
    handle: async (request) => {
      const process = processes.getStore()
      if (process?.hasEnded) return never()
      try {
        return await requestHandler.handle(request)
      } catch (error) {
        if (!(error instanceof Crash) || process === undefined) throw error
        process.end(error)
        return never()
      }
    },
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}
