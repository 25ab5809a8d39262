import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stackNames } from '@tideway/constructs/stacks'
import { workspace } from '@tideway/terraform/folders'
import { end, removeRunning, runningFile, runningIn, saveRunning } from '@tideway/terraform/running'
import { Board } from './cli/board'
import { openBrowser } from './cli/browser'
import { Deployment, DeploymentError, synthesize } from './cli/deployment'
import { DeploymentProgress } from './cli/deployment-progress'
import { runDocument } from './cli/document'
import { runDrill } from './cli/drill'
import { endToEnd } from './cli/e2e'
import { runFirstMinute, stageOf, startSynthesized } from './cli/first-minute'
import { LiveView } from './cli/live-view'
import { Nx } from './cli/nx'
import { type Options, parseOptions, usage } from './cli/options'
import { Stop } from './cli/stop'
import { report } from './console/page'
import { Console } from './console/server'
import { Session, type Stage } from './console/session'
import { emulatorProblem } from './gateway/emulator'
import { LocalCloud } from './local-cloud'
import { startEdge } from './path/edge-server'
import type { SimulatedCloud } from './simulated-cloud'

const home = join(workspace, '.tideway/local-cloud')
const resumeNote =
  'The next npm start continues after the last stack that was deployed completely.\n'

type Cloud = LocalCloud | SimulatedCloud
type Print = (line: string) => void

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args)
  if (options === undefined) {
    process.stdout.write(usage)
    return 0
  }
  const { command } = options
  if (command === 'down') return down()
  const stop = new Stop()
  const missing = [options.noTerraform, emulatorProblem()].flatMap((problem) => problem ?? [])
  if (command === 'e2e' || command === 'docs') {
    if (missing.length === 0) {
      if (command === 'e2e') return runEndToEnd(stop, options.long)
      const print: Print = (line) => process.stdout.write(`${line}\n`)
      let failed = 0
      for (const file of options.files)
        if (!stop.isRequested && !(await runDocument(file, stop, print))) failed++
      return stop.isRequested ? 130 : failed === 0 ? 0 : 1
    }
    process.stderr.write(`${missing.join('\n')}\n`)
    return 1
  }
  const running = await runningIn(runningFile)
  if (running !== undefined) {
    process.stderr.write(
      `The local cloud already runs: process ${running.pid}, ${running.url}. End it with Ctrl-C or npm run down.\n`,
    )
    return 1
  }
  const code =
    missing.length === 0 ? await start(options, stop) : await simulate(options, stop, missing)
  if (stop.reason) process.stderr.write(`${stop.reason}\n${resumeNote}`)
  return stop.isRequested ? (stop.reason ? 1 : 130) : code
}

/** Deploys to the AWS on this machine. The console runs on the synthesized stacks until all are deployed. */
async function start(options: Options, stop: Stop): Promise<number> {
  const board = new Board()
  let view: LiveView | undefined
  const print: Print = (line) => (view ?? board).print(line)
  const nx = newNx(stop)
  const synthesizing = synthesize(nx)
  // Fails at once below, or after the start of the emulator.
  synthesizing.catch(() => {})
  const cloud = await LocalCloud.listen({
    journal: join(home, 'journal'),
    onExit: (reason) => stop.request(`moto exited: ${reason}`),
    onReplay: (done, total) => {
      if (done === 1) print(`restoring the deployed resources: ${total} calls to replay`)
    },
  })
  const progress = new DeploymentProgress(stackNames)
  const deployment = new Deployment({ cloud, nx, board, progress })
  const deploy = async () => {
    await Promise.race([cloud.ready, stop.requested])
    await deployment.deploy(stackNames)
    progress.finish()
    board.end()
    for (const line of progress.lines()) print(line)
  }
  return whileRunning(cloud, async () => {
    await synthesizing
    print(`AWS on this machine: ${cloud.url}`)
    if (options.drill) {
      await deploy()
      return drill(await stageOf(cloud), options, stop, print)
    }
    const onReady = (session: Session) => {
      if (process.stdout.isTTY) {
        board.hide()
        view = new LiveView({ session, url: cloud.url })
        view.start()
        stop.onStop(() => view?.stop())
      }
      printConsole(cloud.url, options, print)
    }
    await runFirstMinute({ cloud, progress, deploy, stop, print, onReady })
    // Also keeps changes that a user made in the meantime.
    if (progress.state().status === 'deployed') cloud.checkpoint()
    return 0
  }).catch((error) => {
    // A stop makes the deployment fail, which is not an error to report.
    if (stop.isRequested) return 130
    throw error
  })
}

/** Simulates the synthesized stacks, without a deployment. */
async function simulate(options: Options, stop: Stop, missing: readonly string[]): Promise<number> {
  const print: Print = (line) => process.stdout.write(`${line}\n`)
  for (const problem of missing) print(problem)
  print('Nothing is deployed: the drought runs on the synthesized stacks, in the simulator alone.')
  await synthesize(newNx(stop))
  const cloud = await startSynthesized()
  return whileRunning(cloud, async () => {
    if (options.drill) return drill(await stageOf(cloud), options, stop, print)
    let session: Session | undefined
    const edge = await startEdge(() => session?.simulation)
    stop.onStop(() => edge.close())
    session = new Session(await stageOf(cloud, { edge: edge.url }))
    const shown = session
    const view = process.stdout.isTTY ? new LiveView({ session, url: cloud.url }) : undefined
    cloud.gateway.handleBrowser = new Console(session).handle
    printConsole(cloud.url, options, print)
    print(`The site: ${edge.url}`)
    view?.start()
    stop.onStop(() => {
      view?.stop()
      shown.stop()
    })
    if (!stop.isRequested) await session.run()
    return 0
  })
}

/** Marks this process as running in this clone, and closes the cloud at the end. */
async function whileRunning(cloud: Cloud, work: () => Promise<number>): Promise<number> {
  saveRunning(runningFile, { pid: process.pid, url: cloud.url })
  try {
    return await work()
  } finally {
    await cloud.close()
    removeRunning(runningFile)
  }
}

async function drill(
  stage: Stage,
  { speed, report: file }: Options,
  stop: Stop,
  print: Print,
): Promise<number> {
  const { simulation } = stage
  const isStopped = () => stop.isRequested
  const { hasPassed } = await runDrill({ simulation, speed, print, isStopped })
  if (file !== undefined) {
    const session = new Session(stage, speed)
    writeFileSync(resolve(process.env.INIT_CWD ?? '.', file), report(session.state()))
    print(`report: ${file}`)
  }
  return hasPassed ? 0 : 1
}

function printConsole(url: string, { open }: Options, print: Print): void {
  print(`The console: ${url} (Ctrl-C ends it)`)
  if (open) openBrowser(url, print)
}

/** Uses a separate journal, so that the deployment of this clone stays. */
async function runEndToEnd(stop: Stop, isLong: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tideway-e2e-'))
  const board = new Board()
  const nx = newNx(stop)
  const journal = join(folder, 'journal')
  const startCloud = (file: string) =>
    LocalCloud.start({
      journal: file,
      isBootstrapped: true,
      onExit: (reason) => stop.request(`moto exited: ${reason}`),
    })
  const cloud = await startCloud(journal)
  try {
    // Beside the services of the platform: the examples have the fields that those do not use.
    const variables = { TIDEWAY_EXAMPLES: 'on' }
    await synthesize(nx, 'local', variables)
    const progress = new DeploymentProgress(stackNames)
    const deployment = new Deployment({ cloud, nx, board, progress, hasCiRoles: true })
    deployment.variables = variables
    const isSuccess = await endToEnd({
      cloud,
      deployment,
      startCopy: () => {
        copyFileSync(journal, `${journal}.copy`)
        return startCloud(`${journal}.copy`)
      },
      isLong,
      print: (line) => board.print(line),
      isStopped: () => stop.isRequested,
    })
    for (const line of progress.lines()) board.print(line)
    return isSuccess ? 0 : 1
  } finally {
    await cloud.close()
    rmSync(folder, { recursive: true })
  }
}

function newNx(stop: Stop): Nx {
  const nx = new Nx()
  stop.onStop(() => nx.stop())
  return nx
}

async function down(): Promise<number> {
  const running = await runningIn(runningFile)
  if (running !== undefined && !(await end(running))) {
    process.stderr.write(`process ${running.pid} does not end: end it with kill -9\n`)
    return 1
  }
  rmSync(home, { recursive: true, force: true })
  const ended = running === undefined ? 'nothing was running' : `ended process ${running.pid}`
  process.stdout.write(`${ended}; deleted the deployed resources\n`)
  return 0
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    const isExpected =
      error instanceof DeploymentError || error instanceof RangeError || error instanceof TypeError
    process.stderr.write(`${isExpected ? error.message : error.stack}\n`)
    if (error instanceof DeploymentError) process.stderr.write(resumeNote)
    process.exit(1)
  },
)
