import { stackNames } from '@tideway/constructs/stacks'
import { elapsed } from '@tideway/terraform/progress'
import type { LocalCloud } from '../local-cloud'
import { breakages } from './breakages'
import type { Deployment } from './deployment'
import { runDrill } from './drill'
import { leftOver } from './left-over'

export interface EndToEndProps {
  readonly cloud: LocalCloud
  readonly deployment: Deployment
  /** The same, to work beside it. */
  readonly beside: Deployment
  readonly say: (line: string) => void
  readonly isStopped: () => boolean
}

/** Deploys, looks for changes, drills, breaks what can break, destroys, and looks for what is left. */
export async function endToEnd({
  cloud,
  deployment,
  beside,
  say,
  isStopped,
}: EndToEndProps): Promise<boolean> {
  const counts = { passed: 0, failed: 0 }
  const check = async (what: string, problemOf: () => Promise<string>) => {
    if (isStopped()) return
    const started = performance.now()
    const problem = await problemOf().catch((error: Error) => error.message)
    counts[problem === '' ? 'passed' : 'failed']++
    const took = elapsed(performance.now() - started)
    say(`${problem === '' ? 'passed' : 'FAILED'}  ${what} (${took})`)
    if (problem !== '') say(problem)
  }

  await check('four stacks are deployed', async () => {
    const { seconds, waitingSeconds } = await deployment.deploy()
    say(timesOf(seconds, waitingSeconds))
    return ''
  })
  for (const stack of stackNames) {
    await check(`a second plan of ${stack} changes nothing`, () => deployment.changesOf(stack))
  }
  // Drills need no edge, and most of its destroy is waiting.
  const edge = isStopped() ? Promise.resolve() : beside.destroy(['edge'])
  // Looked at when its turn comes.
  edge.catch(() => {})
  for (const speed of [120, 1200]) {
    await check(`a drill at ${speed} times the clock`, async () => {
      const { hasPassed } = await runDrill(await cloud.startWorld(1), speed, say, isStopped)
      return hasPassed ? '' : 'see above'
    })
  }
  for (const breakage of breakages) {
    await check(`a drill finds out that ${breakage.what} is broken`, async () => {
      const repair = await breakage.break(cloud)
      try {
        const quiet = () => {}
        const { failures } = await runDrill(await cloud.startWorld(1), 3000, quiet, isStopped)
        if (failures.some((failure) => breakage.names.test(failure))) return ''
        return `none of these names it:\n${failures.join('\n')}`
      } finally {
        await repair()
      }
    })
  }
  cloud.endWorld()
  await check('all stacks are destroyed', async () => {
    await edge
    await deployment.destroy(['compute', 'data', 'network'])
    return ''
  })
  await check('nothing is left', async () => (await leftOver(cloud)).join('\n'))
  say(`Checks: ${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed === 0 && !isStopped()
}

export function timesOf(seconds: number, waitingSeconds: number): string {
  const share = Math.round((100 * waitingSeconds) / seconds)
  return `deployed in ${elapsed(seconds * 1000)}; for ${elapsed(waitingSeconds * 1000)} of it (${share} %) nothing was asked of AWS: the provider waits between its calls`
}
