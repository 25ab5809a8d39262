// The time of a request through the deployed path, and what fails in a drought: `npm run bench -- requests`.
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { stackNames } from '@tideway/constructs/stacks'
import { flatArrivals, Traffic } from '@tideway/spot-simulator'
import {
  deterministic,
  exactly,
  type Figure,
  isDeterministicOnly,
  printFigures,
  timing,
  under,
} from '@tideway/spot-simulator/figures'
import { Synthesized } from '../src/delivery/synthesized'
import type { DroughtSimulation } from '../src/drought/drought-simulation'
import { requestOf } from '../src/load/flows'
import { EdgeServer, routesOf } from '../src/path/edge-server'
import { SimulatedCloud } from '../src/simulated-cloud'
import type { Behaviour } from '../src/tasks/behaviour'
import { Processes } from '../src/tasks/processes'
import { meanSeconds } from '../src/tasks/stand-in'
import { synthesizeStacks } from '../test/synthesize'
import { temporaryFolder } from './temporary-folder'

const perSecond = 200
const folder = temporaryFolder()
/** Minutes of simulated time: autoscaling settles, then there is no Spot, then it comes back. */
const minutes = { settle: 15, drought: 10, after: 10 }

/** The same stacks, in which no event reaches the controller. */
class WithoutController extends Synthesized {
  override deployed() {
    return { ...super.deployed(), rules: [], schedules: [] }
  }
}

async function bench(): Promise<void> {
  const folders = synthesizeStacks(folder, stackNames)
  const synthesized = new Synthesized(folders)
  const without = new WithoutController(folders)
  let stacks = synthesized
  const cloud = await SimulatedCloud.start(() => stacks)
  const figures: Figure[] = []
  for (const behaviour of ['serves-until-drained', 'leaves-at-once'] as const) {
    for (const hasController of [true, false]) {
      stacks = hasController ? synthesized : without
      const options = { hasRequests: true, hasComparison: hasController }
      figures.push(
        ...(await drought(await cloud.startSimulation(1, options), behaviour, hasController)),
      )
    }
  }
  stacks = synthesized
  if (!isDeterministicOnly(process.argv)) figures.push(...(await timings(cloud)))
  await cloud.close()
  printFigures(figures, process.argv)
}

async function timings(cloud: SimulatedCloud): Promise<Figure[]> {
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  const figures = [...timeRoutes(simulation), ...(await timeHttp(simulation, 'a stand-in'))]
  const processes = runProcesses(simulation)
  await sleep(3000)
  figures.push(...(await timeHttp(simulation, 'a process')))
  processes.close()
  const compared = await cloud.startSimulation(1, { hasRequests: true })
  return [...figures, ...(await timeComparison(compared))]
}

function requestsOf({ requests, load }: DroughtSimulation) {
  if (requests === undefined || load === undefined) throw new Error('there are no requests')
  return { requests, load, site: load.flows[0] }
}

/** The path alone, without HTTP and without the program of a task. */
function timeRoutes(simulation: DroughtSimulation): Figure[] {
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
  const what = 'a request through the path alone'
  return [
    timing(`${what}, median`, median, 'us', { digits: 1, goal: under(15) }),
    timing(`${what}, 99th percentile`, p99, 'us', { digits: 1 }),
  ]
}

/** Real HTTP through the edge address, to programs that answer at once. */
async function timeHttp(simulation: DroughtSimulation, what: string): Promise<Figure[]> {
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
  for (let index = 0; index < 8 * perSecond; index++) {
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
  const path = `HTTP through the path to ${what} (${requests.programs.kind}) at ${perSecond} a second`
  return [
    timing(`${path}, median`, median, 'ms', { digits: 2 }),
    timing(`${path}, 99th percentile`, p99, 'ms', { digits: 2 }),
    timing(`${path}, failed`, failed.length, 'requests', { goal: exactly(0) }),
  ]
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
async function timeComparison(simulation: DroughtSimulation): Promise<Figure[]> {
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
  const what = `ten minutes of ${perSecond} requests a second with the comparison`
  return [
    timing(
      'the comparison, in relation to the simulation beside it',
      (100 * shadow) / (all - shadow),
      '%',
      { goal: under(50) },
    ),
    timing(`${what}, CPU`, all, 's', { digits: 2 }),
  ]
}

/** Every Spot task is interrupted at once, and there is no Spot for a while. */
async function drought(
  simulation: DroughtSimulation,
  behaviour: Behaviour,
  hasController: boolean,
): Promise<Figure[]> {
  const { load } = requestsOf(simulation)
  const what = `${behaviour.replaceAll('-', ' ')}, ${hasController ? 'with the controller' : 'without it'}`
  simulation.setBehaviour(behaviour)
  load.requestsPerSecond = perSecond
  await run(simulation, minutes.settle, `${what}: autoscaling settles`)
  const before = load.counts.total()
  const without = simulation.comparison?.totals()[1]
  const causes = new Map(
    load.failures().map(({ service, cause, count }) => [service + cause, count]),
  )
  const model = modelsOf(simulation)
  const interrupted = spotTasks(simulation)
  simulation.interruptAll()
  for (const provider of simulation.spotProviders) simulation.setDrought(provider, true)
  await run(simulation, minutes.drought, `${what}: no Spot`)
  for (const provider of simulation.spotProviders) simulation.setDrought(provider, false)
  await run(simulation, minutes.after, `${what}: Spot is back`)
  const { requests, failed } = load.counts.total()
  const sent = requests - before.requests
  const drought = `a drought of ${minutes.drought} minutes, ${what}`
  for (const { cause, count, service } of load.failures()) {
    const added = count - (causes.get(service + cause) ?? 0)
    if (added > 0) process.stderr.write(`    ${service}: ${cause}: ${added} of ${sent} requests\n`)
  }
  const expected = (of: 'failed' | 'requests') =>
    model.reduce((sum, each) => sum + each.total()[of], 0)
  const beside = simulation.comparison?.totals()[1]
  const isCompared = beside !== undefined && without !== undefined
  return [
    deterministic(`${drought}: Spot tasks lost at once`, interrupted, ''),
    failedFigure(drought, failed - before.failed, sent),
    failedFigure(
      `${drought}, by the simulator's own model`,
      expected('failed'),
      expected('requests'),
    ),
    ...(isCompared
      ? [
          failedFigure(
            `${drought}, the comparison beside it without the controller`,
            beside.failed - without.failed,
            beside.requests - without.requests,
          ),
        ]
      : []),
  ]
}

function failedFigure(what: string, failed: number, requests: number): Figure {
  const share = requests === 0 ? 0 : (1_000_000 * failed) / requests
  return deterministic(`${what}: failed requests`, share, 'per million')
}

/** The analytical model of the simulator on the same tasks, to check the numbers: one for each service, with its limit. */
function modelsOf({ aws, load, pairOf, primaries, application }: DroughtSimulation): Traffic[] {
  return (load?.flows ?? []).flatMap(({ service: group, share }) => {
    const primary = primaries.find((each) => pairOf(each) === group)
    if (primary === undefined) return []
    return new Traffic(aws, {
      groupOf: (service) =>
        pairOf(service) === group ? { group, isPrimary: service === primary } : undefined,
      arrivalsOf: () => flatArrivals(perSecond * share),
      assumptions: { requestsAtOnce: Math.ceil(application.limitOf(primary) * meanSeconds) },
    })
  })
}

function spotTasks({ aws }: DroughtSimulation): number {
  const tasks = aws.services.flatMap((service) => [...service.tasks])
  return tasks.filter(({ provider, isServing }) => provider.isSpot && isServing).length
}

/** The progress goes to standard error, where the results are not. */
async function run(simulation: DroughtSimulation, count: number, what: string): Promise<void> {
  process.stderr.write(`  ${what}, ${count} simulated minutes\n`)
  for (let minute = 0; minute < count; minute++) await simulation.run(60)
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

bench().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
