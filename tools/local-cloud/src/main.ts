import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Board } from './cli/board'
import { Deployment, DeploymentError, elapsed } from './cli/deployment'
import { runDrill } from './cli/drill'
import { Nx, workspace } from './cli/nx'
import { Session } from './drought/session'
import { LocalCloud } from './local-cloud'

const folder = join(workspace, '.tideway/local-cloud')

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { drill: { type: 'boolean' }, speed: { type: 'string', default: '60' } },
  })
  const board = new Board()
  const nx = new Nx()
  let why: string | undefined
  const stopped = new Promise<void>((resolve) => {
    const stop = (reason: string) => {
      why ??= reason
      nx.stop()
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal))
    endedBy = stop
  })
  const since = performance.now()
  const cloud = await LocalCloud.start({
    journal: join(folder, 'journal'),
    onEnd: (reason) => endedBy(`the emulator ended by itself: ${reason}`),
  })
  try {
    board.say(`AWS on this machine: ${cloud.url} (up in ${elapsed(performance.now() - since)})`)
    const deployment = new Deployment({ cloud, nx, board, file: join(folder, 'deployed.json') })
    const { seconds, waitingSeconds } = await deployment.deploy()
    board.end()
    board.say(
      `deployed in ${elapsed(seconds * 1000)}; for ${elapsed(waitingSeconds * 1000)} of it nothing was asked of AWS`,
    )
    if (!values.drill) {
      const session = new Session(await cloud.startWorld(1), await cloud.stacks())
      cloud.show(session)
      board.say(`the console: ${cloud.url}`)
      void stopped.then(() => session.stop())
      await session.run()
      return 0
    }
    const speed = Number(values.speed)
    let hasPassed = true
    for (const each of [speed, speed * 10]) {
      const world = await cloud.startWorld(1)
      const report = await runDrill(world, each, (line) => board.say(line), () => why !== undefined)
      hasPassed &&= report.hasPassed
    }
    return hasPassed ? 0 : 1
  } finally {
    await cloud.close()
  }
}

let endedBy: (why: string) => void = () => {}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error instanceof DeploymentError ? error.message : error.stack}\n`)
    process.exit(1)
  },
)
void rmSync
