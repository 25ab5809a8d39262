import { stackNames } from '@tideway/constructs/stacks'
import { deployedNote, notDeployedNote } from '@tideway/terraform/running'
import { Console } from '../console/server'
import { Session, type Stage } from '../console/session'
import type { ConsoleSources } from '../console/state'
import { messageOf } from '../delivery/problems'
import { Synthesized } from '../delivery/synthesized'
import { LocalCloud } from '../local-cloud'
import { startEdge } from '../path/edge-server'
import { SimulatedCloud } from '../simulated-cloud'
import { stackFolder } from './deployment'
import type { DeploymentProgress } from './deployment-progress'
import type { Stop } from './stop'

export interface FirstMinuteProps {
  readonly cloud: LocalCloud
  readonly progress: DeploymentProgress
  /** Deploys what has changed. Rejects where that fails. */
  readonly deploy: () => Promise<void>
  readonly stop: Stop
  readonly print: (line: string) => void
  /** Called when the page can be opened. */
  readonly onReady: (session: Session) => void
}

const failureNote = `${notDeployedNote} Correct the cause, press Ctrl-C, and run npm start again: it continues after the last stack that was deployed completely.`

const redeployedNote =
  'A deploy added or removed services: the simulation has started again, on what is deployed now.'
const outdatedNote =
  'A deploy added or removed services, and what is deployed now cannot be read: press Ctrl-C, and run npm start again.'

/** Serves the console on the synthesized stacks at once, and moves it onto the deployed ones when they are deployed. */
export async function runFirstMinute(props: FirstMinuteProps): Promise<void> {
  const { cloud, progress, deploy, stop, print, onReady } = props
  const simulated = await startSynthesized()
  let session: Session | undefined
  const edge = await startEdge(() => session?.simulation)
  try {
    const sources: ConsoleSources = { deployment: () => progress.state(), edge: edge.url }
    session = new Session(await stageOf(simulated, sources))
    const shown = session
    cloud.gateway.handleBrowser = new Console(session).handle
    onReady(session)
    print(`The site: ${edge.url}`)
    stop.onStop(() => shown.stop())
    const deploying = deploy().then(
      async () => {
        const move = () => shown.move(() => stageOf(cloud, sources))
        await move()
        print(deployedNote)
        await simulated.close()
        cloud.deploys.onOutdated = async () => {
          if (stop.isRequested) return
          await move().then(
            () => print(redeployedNote),
            (error) => print(`${messageOf(error)}\n${outdatedNote}`),
          )
        }
      },
      (error: unknown) => {
        if (stop.isRequested) return
        progress.finish(`${messageOf(error)}\n${failureNote}`)
        print(`${messageOf(error)}\n${failureNote}`)
      },
    )
    if (!stop.isRequested) await session.run()
    // A stopped Terraform first saves the state.
    await deploying
  } finally {
    await edge.close()
    await simulated.close()
  }
}

/** The synthesized stacks in the simulator alone. */
export function startSynthesized(): Promise<SimulatedCloud> {
  const folders = Object.fromEntries(stackNames.map((name) => [name, stackFolder(name)]))
  const synthesized = new Synthesized(folders)
  return SimulatedCloud.start(() => synthesized)
}

/**
 * Starts a simulation, and what the console shows beside it.
 * @param sources of a console, whose services receive requests. @default a drill, without requests
 */
export async function stageOf(
  cloud: LocalCloud | SimulatedCloud,
  sources?: ConsoleSources,
): Promise<Stage> {
  const simulation = await cloud.startSimulation(1, { hasRequests: sources !== undefined })
  const phase = cloud instanceof LocalCloud ? 'deployed' : 'synthesized'
  const stacks = await cloud.stacks()
  return { simulation, stacks, phase, sources: { ...sources } }
}
