import { AsyncLocalStorage } from 'node:async_hooks'
import { type AwsEndpoint, Crash } from '../endpoint'
import type { Simulation } from '../simulation'

interface Process {
  readonly end: (crash: Crash) => void
  hasEnded: boolean
}

const processes = new AsyncLocalStorage<Process>()

/**
 * Runs something as a process of its own: if it crashes, the promise is rejected with the Crash.
 *
 * @param onStart is given what ends the process from outside, as Lambda does when it takes too long
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
      // Asynchronous, so that what is thrown at once is a rejection too.
      const run = async () => work()
      run().then(resolve, reject)
    })
  })
}

/** The clock of a process: while it sleeps, virtual time goes on for everybody else. */
export function clockOf(simulation: Simulation) {
  return {
    now: () => simulation.now,
    sleep: async (milliseconds: number): Promise<void> => {
      const process = processes.getStore()
      // What runs in no process runs beside virtual time: nobody would wake it.
      if (process !== undefined) await simulation.sleep(milliseconds, () => process.hasEnded)
    },
  }
}

type RequestHandler = AwsEndpoint['requestHandler']

/**
 * A request handler for clients in a process: on a Crash the call never answers, and neither do later ones,
 * so nothing of the process runs on. As a plain exception a Crash would be caught by a handler that
 * catches what goes wrong with each record, and the handler would go on as if it lived.
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
