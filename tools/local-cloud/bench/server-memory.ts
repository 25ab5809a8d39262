// The memory of the process behind the console, in a process of its own: node server-memory.ts SPEED HOURS FOLDER.
// Standard output is the largest growth in MB, standard error has the hours.
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { stackNames } from '@tideway/constructs/stacks'
import { Session } from '../src/console/session'
import { Synthesized } from '../src/delivery/synthesized'
import { SimulatedCloud } from '../src/simulated-cloud'

const perSecond = 200
const droughtMinutes = 30

/** Requests, the comparison, the functions, and a page that stays open. Every other half hour is a drought. */
async function measure(speed: number, hours: number, folder: string): Promise<void> {
  const folders = Object.fromEntries(stackNames.map((name) => [name, join(folder, 'stacks', name)]))
  const synthesized = new Synthesized(folders)
  const cloud = await SimulatedCloud.start(() => synthesized)
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  const { load, requests } = simulation
  const stacks = await cloud.stacks()
  const session = new Session({ simulation, stacks, phase: 'synthesized', sources: {} })
  load?.setSpeed(speed)
  requests?.programs.setSpeed(speed)
  if (load) load.requestsPerSecond = perSecond
  process.stderr.write(
    `memory of the server at ${speed} times real time, with ${perSecond} requests a second and the comparison\n`,
  )
  print('at rest', 0)
  let { position } = session
  for (let minute = 0; minute < hours * 60; minute++) {
    if (minute % droughtMinutes === 0) {
      const isDrought = (minute / droughtMinutes) % 2 === 0
      for (const provider of simulation.spotProviders) simulation.setDrought(provider, isDrought)
      if (isDrought) simulation.interruptAll()
    }
    for (let part = 0; part < 2; part++) {
      await simulation.run(30)
      JSON.stringify(session.updateSince(position))
      position = session.position
    }
    if ((minute + 1) % 60 === 0) print(`${(minute + 1) / 60} simulated hours`, minute + 1)
  }
  await cloud.close()
  process.stdout.write(String((largest - atRest) / 2 ** 20))
}

let atRest = 0
let largest = 0

function print(when: string, minutes: number): void {
  const { rss } = process.memoryUsage()
  largest = Math.max(largest, rss)
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed } = process.memoryUsage()
  const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0).padStart(4)
  if (minutes === 0) atRest = rss
  const growth = minutes === 0 ? '' : `, ${megabytes(rss - atRest)} MB more than at rest`
  process.stderr.write(
    `  ${when.padEnd(20)} ${megabytes(heapUsed)} MB of objects, ${megabytes(rss)} MB resident${growth}\n`,
  )
}

const [speed, hours, folder = ''] = process.argv.slice(2)
measure(Number(speed), Number(hours), folder).then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exit(1)
  },
)
