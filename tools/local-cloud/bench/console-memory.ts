import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { launchBrowser } from '@tideway/plan-review/browser'
import type { CDPSession } from 'playwright-core'
import { Console } from '../src/console/server'
import { Session } from '../src/console/session'
import type { SimulatedCloud } from '../src/simulated-cloud'
import { sampleDeployment } from '../test/console-sources'

/** As many updates as a page gets in an hour, in less than two minutes. */
const updatesPerHour = 7200
const updateMilliseconds = 12
const parts = 6
const droughtMinutes = 30

export interface MemorySample {
  readonly simulatedHours: number
  readonly heapMegabytes: number
  readonly nodes: number
  readonly listeners: number
  readonly serverHeapMegabytes: number
}

/** Memory of a page and of the server in an hour at 300 times real time, with a drought every hour. */
export async function consoleMemory(cloud: SimulatedCloud): Promise<MemorySample[]> {
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  const sources = { deployment: () => sampleDeployment(353) }
  const stage = { simulation, stacks: await cloud.stacks(), phase: 'deployed', sources } as const
  const session = new Session(stage, 300)
  cloud.gateway.handleBrowser = new Console(session, updateMilliseconds).handle
  let isDrought = false
  simulation.aws.simulation.every(droughtMinutes * 60, () => {
    isDrought = !isDrought
    for (const provider of simulation.spotProviders) simulation.setDrought(provider, isDrought)
  })
  const running = session.run()
  const browser = await launchBrowser()
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(cloud.url)
  await page.locator('[data-service] canvas').first().waitFor()
  await page.evaluate(
    "updates = 0; new EventSource('/updates').addEventListener('update', () => updates++)",
  )
  const client = await page.context().newCDPSession(page)
  const samples: MemorySample[] = []
  for (let part = 0; part <= parts; part++) {
    while (Number(await page.evaluate('updates')) < (part * updatesPerHour) / parts)
      await sleep(200)
    const seconds = simulation.timeline.seconds
    samples.push({ simulatedHours: seconds / 3600, ...(await measured(client)) })
  }
  await browser.close()
  session.stop()
  await running
  return samples
}

async function measured(client: CDPSession): Promise<Omit<MemorySample, 'simulatedHours'>> {
  await client.send('HeapProfiler.collectGarbage')
  const { usedSize } = await client.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await client.send('Memory.getDOMCounters')
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return {
    heapMegabytes: usedSize / 2 ** 20,
    nodes,
    listeners: jsEventListeners,
    serverHeapMegabytes: process.memoryUsage().heapUsed / 2 ** 20,
  }
}
