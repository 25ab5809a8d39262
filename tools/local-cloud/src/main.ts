import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { stackNames } from '@tideway/constructs/stacks'
import { workspace } from '@tideway/terraform/folders'
import { elapsed } from '@tideway/terraform/progress'
import { Board } from './cli/board'
import { Deployment, DeploymentError } from './cli/deployment'
import { runDrill } from './cli/drill'
import { endToEnd, timesOf } from './cli/e2e'
import { Nx } from './cli/nx'
import { end, forgetRunning, noteRunning, runningIn } from './cli/running'
import { Stop } from './cli/stop'
import { emulatorProblem } from './cli/tools'
import { report } from './console/page'
import { Synthesized } from './delivery/synthesized'
import { Session } from './drought/session'
import { LocalCloud } from './local-cloud'
import { SimulatedCloud } from './simulated-cloud'

const usage = `npm start                 deploys the platform to an AWS on this machine, then a Spot market to play with
npm start -- --drill      the same, and then a drought that runs by itself; exits 0 if no service fell short
      --speed N           of the drill: how many times as fast as the clock (60)
      --report FILE       of the drill: a page to keep
npm run e2e               deploys, plans again, drills, breaks things, destroys; needs Terraform and moto
npm run down              ends what still runs, and forgets what was deployed
`
const home = join(workspace, '.tideway/local-cloud')
const runningFile = join(home, 'running.json')

interface Options {
  readonly drill: boolean
  readonly speed: number
  readonly report: string | undefined
  /** Why Terraform cannot be used. */
  readonly noTerraform: string | undefined
}

async function main([command, ...args]: readonly string[]): Promise<number> {
  const options = optionsIn(args)
  if (options === undefined) {
    process.stdout.write(usage)
    return 0
  }
  if (command === 'down') return down()
  const stop = new Stop()
  const missing = [options.noTerraform, emulatorProblem()].flatMap((problem) => problem ?? [])
  if (command === 'e2e') {
    if (missing.length === 0) return runEndToEnd(stop)
    process.stderr.write(`${missing.join('\n')}\n`)
    return 1
  }
  const running = await runningIn(runningFile)
  if (running !== undefined) {
    process.stderr.write(
      `It runs already, as process ${running.pid}: ${running.url}. End it there with Ctrl-C, or by npm run down.\n`,
    )
    return 1
  }
  const code =
    missing.length === 0 ? await start(options, stop) : await simulate(options, stop, missing)
  if (stop.reason)
    process.stderr.write(
      `${stop.reason}\nThe next npm start goes on from the last stack that was whole.\n`,
    )
  return stop.isAsked ? (stop.reason ? 1 : 130) : code
}

/** Nothing where help is asked for. */
function optionsIn(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      drill: { type: 'boolean', default: false },
      speed: { type: 'string', default: '60' },
      report: { type: 'string' },
      'no-terraform': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return undefined
  const speed = Number(values.speed)
  if (speed >= 1 && speed <= 10_000) {
    return {
      drill: values.drill,
      speed,
      report: values.report,
      noTerraform: values['no-terraform'],
    }
  }
  throw new RangeError(`--speed: must be a number from 1 to 10000; got ${values.speed}`)
}

async function start(options: Options, stop: Stop): Promise<number> {
  const board = new Board()
  const say = (line: string) => board.say(line)
  const since = performance.now()
  const cloud = await LocalCloud.start({
    journal: join(home, 'journal'),
    onEnd: (why) => stop.now(`moto ended by itself: ${why}`),
    onReplay: (done, total) => {
      if (done === 1) say(`bringing back what was deployed: ${total} calls are made again`)
    },
  })
  noteRunning(runningFile, { pid: process.pid, url: cloud.url })
  try {
    say(`AWS on this machine: ${cloud.url}, up in ${elapsed(performance.now() - since)}`)
    const nx = new Nx()
    stop.onStop(() => nx.stop())
    const deployment = new Deployment({ cloud, nx, board })
    const { seconds, waitingSeconds, deployed } = await deployment.deploy()
    board.end()
    if (deployed.length > 0) say(timesOf(seconds, waitingSeconds))
    const code = await watch(cloud, options, stop, say)
    // What somebody changed in the meantime comes back too.
    cloud.checkpoint()
    return code
  } catch (error) {
    // Whoever asked for the end knows why the deploy did not come to its own.
    if (stop.isAsked) return 130
    throw error
  } finally {
    await cloud.close()
    forgetRunning(runningFile)
  }
}

/** Where nothing can be deployed: the same on the synthesized stacks. */
async function simulate(options: Options, stop: Stop, missing: readonly string[]): Promise<number> {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  for (const problem of missing) say(problem)
  say('So nothing is deployed: the drought runs on the synthesized stacks, in the simulator alone.')
  const nx = new Nx()
  stop.onStop(() => nx.stop())
  const said: string[] = []
  const args = ['run-many', '-t', 'synth', '-c', 'local']
  if (!(await nx.run({ args, onLine: (line) => said.push(line) }))) {
    throw new DeploymentError(`the synthesis failed:\n${said.join('\n')}`)
  }
  const folders = stackNames.map((name) => [
    name,
    join(workspace, 'apps', name, 'cdktf.out/local/stacks', name),
  ])
  const cloud = await SimulatedCloud.start(new Synthesized(Object.fromEntries(folders)))
  noteRunning(runningFile, { pid: process.pid, url: cloud.url })
  try {
    return await watch(cloud, options, stop, say)
  } finally {
    await cloud.close()
    forgetRunning(runningFile)
  }
}

/** A drill, or a market with a console, until somebody ends it. */
async function watch(
  cloud: LocalCloud | SimulatedCloud,
  { drill, speed, report: file }: Options,
  stop: Stop,
  say: (line: string) => void,
): Promise<number> {
  const world = await cloud.startWorld(1)
  const session = new Session(world, await cloud.stacks(), drill ? speed : 60)
  if (drill) {
    const { hasPassed } = await runDrill(world, speed, say, () => stop.isAsked)
    if (file !== undefined) {
      writeFileSync(resolve(process.env.INIT_CWD ?? '.', file), report(session.picture()))
      say(`a page to keep: ${file}`)
    }
    return hasPassed ? 0 : 1
  }
  cloud.show(session)
  say(`The console: ${cloud.url} (Ctrl-C ends it)`)
  stop.onStop(() => session.stop())
  if (!stop.isAsked) await session.run()
  return 0
}

/** From nothing, and with nothing left: what is deployed in this clone stays. */
async function runEndToEnd(stop: Stop): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-e2e-'))
  const board = new Board()
  const say = (line: string) => board.say(line)
  const cloud = await LocalCloud.start({
    journal: join(folder, 'journal'),
    onEnd: (why) => stop.now(`moto ended by itself: ${why}`),
  })
  try {
    const deploymentBy = (nx: Nx) => {
      stop.onStop(() => nx.stop())
      return new Deployment({ cloud, nx, board })
    }
    const [deployment, beside] = [deploymentBy(new Nx()), deploymentBy(new Nx())]
    const isStopped = () => stop.isAsked
    return (await endToEnd({ cloud, deployment, beside, say, isStopped })) ? 0 : 1
  } finally {
    await cloud.close()
    rmSync(folder, { recursive: true })
  }
}

async function down(): Promise<number> {
  const running = await runningIn(runningFile)
  if (running !== undefined && !(await end(running))) {
    process.stderr.write(
      `process ${running.pid} does not end: look at what it does, or end it with kill -9\n`,
    )
    return 1
  }
  rmSync(home, { recursive: true, force: true })
  process.stdout.write(
    `${running === undefined ? 'nothing ran' : `ended process ${running.pid}`}; what was deployed is forgotten\n`,
  )
  return 0
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    const isTold =
      error instanceof DeploymentError || error instanceof RangeError || error instanceof TypeError
    process.stderr.write(`${isTold ? error.message : error.stack}\n`)
    if (error instanceof DeploymentError) {
      process.stderr.write('The next npm start goes on from the last stack that was whole.\n')
    }
    process.exit(1)
  },
)
