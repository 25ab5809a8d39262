import { stackNames } from '@tideway/constructs/stacks'
import { elapsed } from '@tideway/terraform/progress'
import type { LocalCloud } from '../local-cloud'
import { type Deployment, timesLine } from './deployment'
import { runDrill } from './drill'
import { faults } from './faults'
import { leftoverResources } from './leftover-resources'

export interface EndToEndProps {
  readonly cloud: LocalCloud
  readonly deployment: Deployment
  /** A second deployment, which runs at the same time. */
  readonly parallel: Deployment
  readonly print: (line: string) => void
  readonly isStopped: () => boolean
}

/** Deploys, plans again, runs drills, injects faults, destroys, and searches for leftover resources. */
export async function endToEnd(props: EndToEndProps): Promise<boolean> {
  const { cloud, deployment, parallel, print, isStopped } = props
  const counts = { passed: 0, failed: 0 }
  const check = async (what: string, problemOf: () => Promise<string>) => {
    if (isStopped()) return
    const started = performance.now()
    const problem = await problemOf().catch((error: Error) => error.message)
    const result = problem === '' ? 'passed' : 'failed'
    counts[result]++
    const duration = elapsed(performance.now() - started)
    print(`${result === 'passed' ? result : 'FAILED'}  ${what} (${duration})`)
    if (problem !== '') print(problem)
  }
  const drill = async (speed: number, printDrill: typeof print) =>
    runDrill({ simulation: await cloud.startSimulation(1), speed, print: printDrill, isStopped })

  await check('four stacks deploy', async () => {
    print(timesLine(await deployment.deploy()))
    return ''
  })
  for (const stack of stackNames) {
    await check(`a second plan of ${stack} has no changes`, () => deployment.changesOf(stack))
  }
  // Drills do not need edge, and its destroy mostly waits.
  const edge = isStopped() ? Promise.resolve() : parallel.destroy(['edge'])
  // The check of the destroy reports the error.
  edge.catch(() => {})
  for (const speed of [120, 1200]) {
    await check(`a drill at ${speed} times real time passes`, async () =>
      (await drill(speed, print)).hasPassed ? '' : 'see the failures above',
    )
  }
  for (const { what, failure, inject } of faults) {
    await check(`a drill detects that ${what} is broken`, async () => {
      const restore = await inject(cloud)
      try {
        const { failures } = await drill(3000, () => {})
        if (failures.some((each) => failure.test(each))) return ''
        return `none of these failures matches ${failure}:\n${failures.join('\n')}`
      } finally {
        await restore()
      }
    })
  }
  cloud.stopSimulation()
  await check('all stacks are destroyed', async () => {
    await edge
    await deployment.destroy(['compute', 'data', 'network'])
    return ''
  })
  await check('no resource is left', async () => (await leftoverResources(cloud)).join('\n'))
  print(`Checks: ${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed === 0 && !isStopped()
}
