import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Board } from './cli/board'
import { Deployment, DeploymentError, elapsed } from './cli/deployment'
import { runDrill } from './cli/drill'
import { endToEnd, timesOf } from './cli/e2e'
import { Nx, workspace } from './cli/nx'
import { Session } from './drought/session'
import { LocalCloud } from './local-cloud'

const usage = `npm start                 deploys the platform to an AWS on this machine, and opens a drought to watch
npm start -- --drill      the same, and then a drought that runs by itself; exits 0 if all went well
npm run e2e               deploys, plans again, drills, breaks things, destroys: every check of it
npm run down              ends what still runs, and forgets what was deployed
`
const home = join(workspace, '.tideway/local-cloud')

async function main([command, ...args]: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { drill: { type: 'boolean' }, speed: { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const isEndToEnd = command === 'e2e'
  // From nothing, and beside whatever else runs.
  const folder = isEndToEnd ? mkdtempSync(join(tmpdir(), 'tideway-e2e-')) : home
  const board = new Board()
  const nx = new Nx()
  let why: string | undefined
  let stop: (reason: string) => void = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = (reason) => {
      why ??= reason
      nx.stop()
      resolve()
    }
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stop(signal))
  const isStopped = () => why !== undefined
  const since = performance.now()
  const cloud = await LocalCloud.start({
    journal: join(folder, 'journal'),
    onEnd: (reason) => stop(`the emulator ended by itself: ${reason}`),
  })
  const say = (line: string) => board.say(line)
  try {
    say(`AWS on this machine: ${cloud.url} (up in ${elapsed(performance.now() - since)})`)
    const deployment = new Deployment({ cloud, nx, board, file: join(folder, 'deployed.json') })
    if (isEndToEnd) return (await endToEnd({ cloud, deployment, say, isStopped })) ? 0 : 1
    const { seconds, waitingSeconds, deployed } = await deployment.deploy()
    board.end()
    if (deployed.length > 0) say(timesOf(seconds, waitingSeconds))
    if (values.drill) {
      const speed = Number(values.speed ?? 60)
      const report = await runDrill(await cloud.startWorld(1), speed, say, isStopped)
      return report.hasPassed ? 0 : 1
    }
    const session = new Session(await cloud.startWorld(1), await cloud.stacks())
    cloud.show(session)
    say(`the console: ${cloud.url}`)
    void stopped.then(() => session.stop())
    await session.run()
    return 0
  } finally {
    await cloud.close()
    if (isEndToEnd) rmSync(folder, { recursive: true })
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error instanceof DeploymentError ? error.message : error.stack}\n`)
    process.exit(1)
  },
)
