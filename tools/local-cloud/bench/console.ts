// Load time of the console, its reaction to a drought, and the duration of a drill: `npm run bench -- console`.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { stackNames } from '@tideway/constructs/stacks'
import { launchBrowser } from '@tideway/plan-review/browser'
import { type Figure, printFigures, timing, under } from '@tideway/spot-simulator/figures'
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
  const largest = (of: (sample: MemorySample) => number) => Math.max(...memory.map(of))
  const load = 'the console, from its address to the first chart'
  const hour = 'a page with the updates of an hour, at 300 times real time'
  printFigures(
    [
      timing(`${load} (median of ${loads.length})`, loads[3] ?? Number.NaN, 's', {
        digits: 2,
        goal: under(1),
      }),
      timing(`${load} (worst)`, loads.at(-1) ?? Number.NaN, 's', { digits: 2, goal: under(1) }),
      // At this speed, the two minutes of an interruption notice take 2 s.
      timing(
        `a drought, from its button to a standby on the page, at ${speed} times real time`,
        drought,
        's',
        { digits: 2, goal: under(2) },
      ),
      timing('a drill on the synthesized stack, without real time', drillSeconds, 's', {
        digits: 2,
      }),
      timing(
        `${hour}: memory`,
        largest(({ heapMegabytes }) => heapMegabytes),
        'MB',
        { goal: under(150) },
      ),
      timing(
        `${hour}: nodes`,
        largest(({ nodes }) => nodes),
        '',
      ),
      timing(
        `${hour}: listeners`,
        largest(({ listeners }) => listeners),
        '',
      ),
      // Five minutes.
      ...(process.argv.includes('--long') ? [serverMemory(60, 3), serverMemory(300, 10)] : []),
    ],
    process.argv,
  )
}

/** The largest growth of the server's memory. It prints each hour to standard error. */
function serverMemory(speed: number, hours: number): Figure {
  const options = [
    ...nodeOptions,
    join(__dirname, 'server-memory.ts'),
    String(speed),
    String(hours),
    folder,
  ]
  const { status, stdout } = spawnSync(process.execPath, options, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`server-memory.ts ${speed} ${hours}: exit code ${status}`)
  return timing(
    `the server, ${hours} hours at ${speed} times real time with 200 requests a second: growth of its memory`,
    Number(stdout),
    'MB',
    { goal: under(150) },
  )
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

bench().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
