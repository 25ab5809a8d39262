// Load time of the console, its reaction to a drought, and the duration of a drill: `npm run bench -- console`.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { stackNames } from '@tideway/constructs/stacks'
import { launchBrowser } from '@tideway/plan-review/browser'
import type { Page } from 'playwright-core'
import { Console } from '../src/console/server'
import { Session } from '../src/console/session'
import { Synthesized } from '../src/delivery/synthesized'
import { Drill } from '../src/drought/drill'
import { SimulatedCloud } from '../src/simulated-cloud'
import { synthesizeStacks } from '../test/synthesize'
import { consoleMemory, type MemorySample } from './console-memory'
import { temporaryFolder } from './temporary-folder'

const { nodeOptions } = createRequire(__filename)('../../workspace/src/set-up.cjs') as {
  readonly nodeOptions: readonly string[]
}
const speed = 60
const folder = temporaryFolder()

async function bench(): Promise<void> {
  const synthesized = new Synthesized(synthesizeStacks(folder, stackNames))
  const cloud = await SimulatedCloud.start(() => synthesized)
  const drillSeconds = await timed(async () => {
    const simulation = await cloud.startSimulation(1)
    const drill = new Drill(simulation)
    while (!drill.isDone) await simulation.run(60)
    if (!drill.report().hasPassed) throw new Error('the drill failed')
  })
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  const session = new Session({
    simulation,
    stacks: await cloud.stacks(),
    phase: 'synthesized',
    sources: {},
  })
  cloud.gateway.handleBrowser = new Console(session).handle
  const running = session.run()
  const browser = await launchBrowser()
  const loads: number[] = []
  let page: Page | undefined
  for (let run = 0; run < 7; run++) {
    await page?.close()
    const opened = await browser.newPage()
    page = opened
    loads.push(
      await timed(async () => {
        await opened.goto(cloud.url)
        await opened.locator('[data-service] canvas').first().waitFor()
      }),
    )
  }
  const shown = page as Page
  const drought = await timed(async () => {
    await shown.getByRole('button', { name: 'Drought on FARGATE_SPOT' }).click()
    await shown.locator('#status').filter({ hasText: 'standbys cover' }).waitFor()
  })
  await browser.close()
  session.stop()
  await running
  const memory = await consoleMemory(cloud)
  await cloud.close()
  loads.sort((one, other) => one - other)
  print('the console, from its address to the first chart (median of 7)', loads[3], 'under 1 s', 1)
  print('the same (worst of 7)', loads[6], 'under 1 s', 1)
  // At this speed, the two minutes of an interruption notice take 2 s.
  print(
    `a drought, from its button to a standby on the page, at ${speed} times`,
    drought,
    'under 2 s',
    2,
  )
  print(
    'a drill on the synthesized stack, without real time',
    drillSeconds,
    'none',
    Number.POSITIVE_INFINITY,
  )
  printMemory(memory)
  for (const [speed, hours] of [
    [60, 3],
    [300, 10],
  ] as const) {
    process.stdout.write(
      `memory of the server at ${speed} times real time, with 200 requests a second and the comparison\n`,
    )
    const script = join(__dirname, 'server-memory.ts')
    const options = [...nodeOptions, script, String(speed), String(hours), folder]
    spawnSync(process.execPath, options, { stdio: 'inherit' })
  }
}

function printMemory(samples: readonly MemorySample[]): void {
  const title = 'memory of a page with the updates of an hour, at 300 times real time'
  const goal = samples.every(({ heapMegabytes }) => heapMegabytes < 150) ? 'met' : 'NOT MET'
  process.stdout.write(`${title}  (goal: under 150 MB; ${goal})\n`)
  for (const { simulatedHours, heapMegabytes, nodes, listeners, serverHeapMegabytes } of samples) {
    process.stdout.write(
      `  ${simulatedHours.toFixed(1).padStart(5)} simulated hours: ${heapMegabytes.toFixed(1)} MB, ${nodes} nodes, ${listeners} listeners; the server ${serverHeapMegabytes.toFixed(0)} MB\n`,
    )
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function print(what: string, seconds = Number.NaN, goal: string, bound: number): void {
  const verdict = goal === 'none' ? '' : `  (goal: ${goal}; ${seconds < bound ? 'met' : 'NOT MET'})`
  process.stdout.write(`${what.padEnd(72)} ${seconds.toFixed(2).padStart(6)} s${verdict}\n`)
}

bench().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
