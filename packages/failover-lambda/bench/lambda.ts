import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runInThisContext } from 'node:vm'
import {
  type BatchResponse,
  FunctionHost,
  type InvocationResult,
  none,
  Random,
  serveEndpoint,
} from '@tideway/spot-simulator'
import {
  deterministic,
  exactly,
  type Figure,
  isDeterministicOnly,
  over,
  printFigures,
  timing,
  under,
} from '@tideway/spot-simulator/figures'
import { buildSync } from 'esbuild'
import { SimulatedAccount, SimulatedController } from '../harness'
import type { decide } from '../src/decide'
import { defaultPolicy, type Memory, noMemory, type Observation } from '../src/observation'
import { pairsPerReconcile } from '../src/sweep'
import { buildIn, configurationOf, copyTo, placementFailure } from '../test/artifact'

const pairs = 10_000
const coldStarts = 7
const messagesPerBatch = 100

/** With the default of 20 calls per second, a drought of all pairs would take two hours. */
const unlimitedRate = { CALLS_PER_SECOND: '1000000', CALLS_BURST: '1000000' }

function coldStart(zip: Buffer): Promise<Figure[]> {
  return withFunction(zip, {}, async ({ account, host, invoke }) => {
    const times: number[] = []
    for (let index = 0; index < coldStarts; index++) {
      const { primary, standby } = account.addPair(`service-${index}`, { startsSteady: false })
      const { milliseconds } = await invoke([placementFailure(primary.arn)])
      host.close()
      if (standby.desiredCount !== primary.desiredCount)
        throw new Error('the standby does not cover its primary')
      times.push(milliseconds)
    }
    times.sort((one, other) => one - other)
    const median = times[(coldStarts - 1) / 2] ?? Number.NaN
    const worst = times.at(-1) ?? Number.NaN
    const what = 'cold start, import to the end of the first decision'
    return [
      timing(`${what} (median of ${coldStarts})`, median, 'ms', { goal: under(150) }),
      timing(`${what} (worst of ${coldStarts})`, worst, 'ms', { goal: under(150) }),
    ]
  })
}

/** In one process: a drought of all pairs with one event each, then a sweep of all pairs. */
function memory(zip: Buffer): Promise<Figure[]> {
  return withFunction(zip, unlimitedRate, async ({ account, controller, invoke }) => {
    const created = Array.from({ length: pairs }, (_, index) => account.addPair(`service-${index}`))
    account.aws.setTrace('FARGATE_SPOT', none())
    await account.aws.run(200)
    const { peakMegabytes: first } = await invoke([reconcileMessage('service-0')])
    for (let start = 0; start < pairs; start += messagesPerBatch) {
      const batch = created.slice(start, start + messagesPerBatch)
      await invoke(batch.map(({ primary }) => placementFailure(primary.arn)))
    }
    const covered = created.filter(({ standby }) => standby.desiredCount === 3).length
    if (covered < pairs) throw new Error(`${covered} of ${pairs} pairs were covered`)
    let { peakMegabytes: peak } = await invoke(['{"detail-type":"Tideway Sweep"}'])
    // The reconciles of a sweep are spread over a minute.
    await account.aws.run(60)
    let reconciles = 0
    const queue = controller.queue('reconcile')
    for (;;) {
      const messages = queue.receive(messagesPerBatch)
      if (messages.length === 0) break
      ;({ peakMegabytes: peak } = await invoke(messages.map(({ body }) => body)))
      for (const { receiptHandle } of messages) queue.delete(receiptHandle)
      reconciles += messages.length
    }
    if (reconciles < pairs / pairsPerReconcile)
      throw new Error(`the sweep queued only ${reconciles} reconciles`)
    const count = pairs.toLocaleString('en')
    return [
      timing('peak memory after one reconcile', first, 'MB', { goal: under(256) }),
      timing(`peak memory after a drought of ${count} pairs and a sweep`, peak, 'MB', {
        goal: under(256),
      }),
    ]
  })
}

interface FunctionBench {
  readonly account: SimulatedAccount
  readonly controller: SimulatedController
  readonly host: FunctionHost
  invoke(bodies: readonly string[]): Promise<InvocationResult>
}

/** Serves a simulated account from this process to the function in another. */
async function withFunction<Result>(
  zip: Buffer,
  variables: Readonly<Record<string, string>>,
  work: (bench: FunctionBench) => Promise<Result>,
): Promise<Result> {
  const account = new SimulatedAccount()
  // Not started, because the function runs in another process.
  const controller = new SimulatedController(account)
  const { url, close } = await serveEndpoint(account.aws.endpoint)
  const host = new FunctionHost({ url, zipOf: () => zip })
  const configuration = configurationOf(controller.settings, url)
  const invoke = async (bodies: readonly string[]) => {
    const Records = bodies.map((body, index) => ({ messageId: String(index), body }))
    const own = { ...configuration, variables: { ...configuration.variables, ...variables } }
    const result = await host.invoke(own, { Records })
    const { batchItemFailures: failures = [] } = result.response as BatchResponse
    if (failures.length > 0) throw new Error(`${failures.length} messages failed`)
    return result
  }
  try {
    return await work({ account, controller, host, invoke })
  } finally {
    host.close()
    close()
  }
}

function reconcileMessage(service: string): string {
  return JSON.stringify({
    'detail-type': 'Tideway Look',
    detail: { cluster: 'main', services: [service] },
  })
}

/** As esbuild compiles it for the zip: what runs this bench names each function again at each call. */
function compiledDecide(): typeof decide {
  const [output] = buildSync({
    entryPoints: [resolve(__dirname, '../src/decide.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'compiled',
    write: false,
  }).outputFiles
  return runInThisContext(`${output?.text};compiled.decide`)
}

/** Decides for a thousand pairs, every minute, each with its memory of the last reconcile. */
function decisions(): Figure {
  const decide = compiledDecide()
  const random = new Random(1)
  const memories: Memory[] = Array.from({ length: 1000 }, () => noMemory)
  const minutes = Array.from({ length: 500 }, (_, minute) => {
    const now = minute * 60_000
    return { now, observations: memories.map(() => randomObservation(random, now)) }
  })
  const decideAll = (from: number, to: number) => {
    for (const { now, observations } of minutes.slice(from, to)) {
      for (const [pair, observation] of observations.entries()) {
        memories[pair] = decide(observation, memories[pair] ?? noMemory, defaultPolicy, now).memory
      }
    }
  }
  // Warms up the compiler.
  decideAll(0, 50)
  const started = performance.now()
  decideAll(50, minutes.length)
  const seconds = (performance.now() - started) / 1000
  const perSecond = ((minutes.length - 50) * memories.length) / seconds
  return timing('decisions, without AWS calls', perSecond, 'a second', { goal: over(100_000) })
}

function randomObservation(random: Random, now: number): Observation {
  const desired = random.integer(1, 8)
  const running = random.integer(0, desired)
  const interrupted = random.integer(0, running)
  const at = now - random.integer(0, 300_000)
  return {
    primary: {
      status: 'active',
      desired,
      running,
      interrupted,
      healthy: random.chance(0.1) ? undefined : random.integer(0, running - interrupted),
    },
    standbys: ['first', 'second'].map((name) => {
      const count = random.integer(0, desired)
      return { name, desired: count, running: random.integer(0, count) }
    }),
    evidence: random.chance(0.5) ? [{ kind: 'placement-failure', about: 'spot', at }] : [],
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-bench-'))
  const part = (name: string) => mkdtempSync(join(folder, name))
  try {
    const zip = buildIn(copyTo(part('one-')), 'UTC')
    const again = buildIn(copyTo(part('another-with-a-longer-name-')), 'Asia/Tokyo')
    const exact = [
      deterministic('zip of the controller', zip.length, 'bytes', { goal: under(300_000) }),
      deterministic('the same bytes from two folders and time zones', zip.equals(again), '', {
        goal: exactly(true),
      }),
    ]
    if (isDeterministicOnly(process.argv)) return printFigures(exact, process.argv)
    const figures = [...exact, ...(await coldStart(zip)), decisions(), ...(await memory(zip))]
    const note = `Node ${process.version}, with the heap that Lambda gives it at 256 MB. For the drought CALLS_PER_SECOND is ${unlimitedRate.CALLS_PER_SECOND}: calls are not rate-limited.`
    printFigures(figures, process.argv, note)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

void main()
