// The time of a request through the deployed path, and what fails in a drought: `npm run bench -- requests`.
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Synthesized } from '../src/delivery/synthesized'
import type { DroughtSimulation } from '../src/drought/drought-simulation'
import { requestOf } from '../src/load/flows'
import { EdgeServer, routesOf } from '../src/path/edge-server'
import { SimulatedCloud } from '../src/simulated-cloud'
import type { Behaviour } from '../src/tasks/behaviour'
import { Processes } from '../src/tasks/processes'
import { synthesizeStacks } from '../test/synthesize'

const perSecond = 200
const folder = mkdtempSync(join(tmpdir(), 'tideway-bench-'))

/** The same stacks, in which no event reaches the controller. */
class WithoutController extends Synthesized {
  override deployed() {
    return { ...super.deployed(), rules: [], schedules: [] }
  }
}

async function bench(): Promise<void> {
  const folders = synthesizeStacks(folder, ['network', 'data', 'compute', 'edge'])
  const synthesized = new Synthesized(folders)
  const without = new WithoutController(folders)
  let stacks = synthesized
  const cloud = await SimulatedCloud.start(() => stacks)
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  timeRoutes(simulation)
  await timeHttp(simulation, 'a stand-in')
  const processes = runProcesses(simulation)
  await sleep(3000)
  await timeHttp(simulation, 'a process')
  processes.close()
  await timeComparison(await cloud.startSimulation(1, { hasRequests: true }))
  for (const behaviour of ['serves-until-drained', 'leaves-at-once'] as const) {
    for (const hasController of [true, false]) {
      stacks = hasController ? synthesized : without
      await drought(await cloud.startSimulation(1, { hasRequests: true }), behaviour, hasController)
    }
  }
  await cloud.close()
}

function requestsOf({ requests, load }: DroughtSimulation) {
  if (requests === undefined || load === undefined) throw new Error('there are no requests')
  return { requests, load, site: load.flows[0] }
}

/** The path alone, without HTTP and without the program of a task. */
function timeRoutes(simulation: DroughtSimulation): void {
  const { requests, site } = requestsOf(simulation)
  if (site === undefined) throw new Error('no service is behind the site')
  const reply = {
    kind: 'response',
    response: { status: 200, headers: {}, body: Buffer.alloc(100) },
    seconds: 0.1,
  } as const
  const times: number[] = []
  for (let index = 0; index < 50_000; index++) {
    const clientIp = `198.18.${(index >> 8) & 255}.${index & 255}`
    const started = performance.now()
    const routed = requests.path.route(
      { ...site.request, clientIp },
      simulation.aws.now + index * 5,
    )
    if (routed.kind === 'target') routed.finish(reply)
    const milliseconds = performance.now() - started
    if (index >= 10_000) times.push(1000 * milliseconds)
  }
  const [median, p99] = percentiles(times)
  print('a request through the path alone, median', median, 'us', 15)
  print('the same, 99th percentile', p99, 'us')
}

/** Real HTTP through the edge address, to programs that answer at once. */
async function timeHttp(simulation: DroughtSimulation, what: string): Promise<void> {
  const { requests, site } = requestsOf(simulation)
  simulation.application.slowness = 0
  const host = site?.request.host ?? ''
  const edge = new EdgeServer({
    site: host,
    routes: () => routesOf(simulation),
    onProblem: () => {},
  })
  const url = await edge.listen()
  const agent = new Agent({ keepAlive: true })
  const times: number[] = []
  const failed: number[] = []
  const open: Promise<void>[] = []
  for (let index = 0; index < 12 * perSecond; index++) {
    const startsAt = performance.now() + 1000 / perSecond
    const viewer = `198.18.${(index >> 8) & 255}.${index & 255}`
    open.push(
      timeRequest(
        `${url}${site === undefined ? '/' : requestOf(site, index).path}`,
        agent,
        viewer,
      ).then(({ milliseconds, status }) => {
        if (status >= 400) failed.push(status)
        // The first two seconds compile the code.
        else if (index >= 2 * perSecond) times.push(milliseconds)
      }),
    )
    await sleep(Math.max(0, startsAt - performance.now()))
  }
  await Promise.all(open)
  agent.destroy()
  await edge.close()
  const [median, p99] = percentiles(times)
  const kind = requests.programs.kind
  print(`HTTP through the path to ${what} (${kind}) at ${perSecond} a second, median`, median, 'ms')
  print('the same, 99th percentile', p99, 'ms')
  if (failed.length > 0) print('the same, failed', failed.length, 'requests', 1)
}

function timeRequest(url: string, agent: Agent, viewer: string) {
  const started = performance.now()
  return new Promise<{ milliseconds: number; status: number }>((resolve, reject) => {
    get(url, { agent, headers: { 'x-tideway-viewer': viewer } }, (response) => {
      response.resume().once('end', () => {
        resolve({
          milliseconds: performance.now() - started,
          status: response.statusCode ?? 0,
        })
      })
    }).once('error', reject)
  })
}

/** Each task as a process that answers at once. */
function runProcesses(simulation: DroughtSimulation): Processes {
  const { requests } = requestsOf(simulation)
  const serve = `
    const server = require('node:http').createServer((request, response) => response.end('ok'))
    server.keepAliveTimeout = 60_000
    server.listen(process.env.PORT)`
  const processes = new Processes({
    url: '',
    definitionOf: async (taskDefinitionArn) => ({
      taskDefinitionArn,
      containerDefinitions: [
        {
          name: 'app',
          image: 'node',
          command: [process.execPath, '-e', serve],
          portMappings: [{ containerPort: 8080 }],
          environment: [{ name: 'PORT', value: '8080' }],
        },
      ],
    }),
    standIns: requests.standIns,
    exit: (task, exitCode) => simulation.aws.exit(task, exitCode),
    defineStopTimeout: () => {},
    addLine: () => {},
    report: (part, message) => process.stderr.write(`${part}: ${message}\n`),
  })
  requests.programs.allow(processes)
  requests.programs.setSpeed(1)
  return processes
}

/** What the simulation without the controller costs beside the live one. */
async function timeComparison(simulation: DroughtSimulation): Promise<void> {
  const { load } = requestsOf(simulation)
  const { comparison } = simulation
  if (comparison === undefined) throw new Error('there is no comparison')
  load.requestsPerSecond = perSecond
  const own = comparison.run.bind(comparison)
  let shadow = 0
  comparison.run = async (seconds) => {
    const started = process.cpuUsage()
    await own(seconds)
    shadow += cpuSeconds(started)
  }
  await simulation.run(60)
  shadow = 0
  const started = process.cpuUsage()
  for (let minute = 0; minute < 10; minute++) await simulation.run(60)
  const all = cpuSeconds(started)
  print(
    'the comparison, in percent of the simulation beside it',
    (100 * shadow) / (all - shadow),
    '%',
    50,
  )
  print(`ten minutes of ${perSecond} requests a second with the comparison, CPU`, all, 's')
}

/** Every Spot task is interrupted at once, and there is no Spot for 12 minutes. */
async function drought(
  simulation: DroughtSimulation,
  behaviour: Behaviour,
  hasController: boolean,
): Promise<void> {
  const { load } = requestsOf(simulation)
  simulation.setBehaviour(behaviour)
  load.requestsPerSecond = perSecond
  await run(simulation, 8)
  const before = load.counts.total()
  const setDroughts = (on: boolean) => {
    for (const provider of simulation.spotProviders) simulation.setDrought(provider, on)
  }
  setDroughts(true)
  await run(simulation, 12)
  setDroughts(false)
  await run(simulation, 15)
  const { requests, failed } = load.counts.total()
  const policy = hasController ? 'with the controller' : 'without it'
  const what = behaviour.replaceAll('-', ' ')
  const count = failed - before.failed
  print(`failed requests in a drought, ${policy}: the application ${what}`, count, 'requests')
  print('  of', requests - before.requests, 'requests')
  for (const { cause, count, service } of load.failures().slice(0, 4)) {
    print(`    ${service}: ${cause}`, count, 'requests')
  }
}

async function run(simulation: DroughtSimulation, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) await simulation.run(60)
}

function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

function percentiles(times: number[]): [median: number, p99: number] {
  times.sort((one, other) => one - other)
  const at = (share: number) => times[Math.floor(share * times.length)] ?? Number.NaN
  return [at(0.5), at(0.99)]
}

function print(what: string, value: number, unit: string, bound?: number): void {
  const goal =
    bound === undefined
      ? ''
      : `  (goal: under ${bound} ${unit}; ${value < bound ? 'met' : 'NOT MET'})`
  const digits = unit === 'requests' ? 0 : 2
  process.stdout.write(`${what.padEnd(84)} ${value.toFixed(digits).padStart(9)} ${unit}${goal}\n`)
}

bench()
  .finally(() => rmSync(folder, { recursive: true }))
  .catch((error: Error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exitCode = 1
  })
