import type { DroughtSimulation } from '../drought/drought-simulation'
import type { LocalCloud } from '../local-cloud'

const requestsPerSecond = 50
/** Longer than the canary and the time of the old tasks. */
const goodSeconds = 1600
/** Until the alarm of a broken release has rolled it back. */
const brokenSeconds = 800

/** Releases each service that CodeDeploy releases, first a good revision, then a broken one. Returns what goes wrong. */
export async function releaseProblems(cloud: LocalCloud): Promise<string[]> {
  const simulation = await cloud.startSimulation(1, { hasRequests: true })
  const released = simulation.primaries.filter((each) => simulation.releases.groupOf(each))
  if (released.length === 0) return ['no deployment group of CodeDeploy releases a service']
  if (simulation.load) simulation.load.requestsPerSecond = requestsPerSecond
  await simulation.run(120)
  const good = await releaseOf(simulation, { isBroken: false, seconds: goodSeconds })
  const broken = await releaseOf(simulation, { isBroken: true, seconds: brokenSeconds })
  return [
    ...expected(simulation, good, 'succeeded', false),
    ...expected(simulation, broken, 'rolled back', true),
    ...released
      .filter(({ deployments }) => deployments.length > 1)
      .map(({ name }) => `${name}: it has two task sets after its release`),
  ]
}

interface Released {
  readonly states: ReturnType<DroughtSimulation['releases']['states']>
  readonly failed: number
  readonly requests: number
}

async function releaseOf(
  simulation: DroughtSimulation,
  { isBroken, seconds }: { readonly isBroken: boolean; readonly seconds: number },
): Promise<Released> {
  const total = () => simulation.load?.counts.total() ?? { requests: 0, failed: 0 }
  const before = total()
  simulation.release(isBroken)
  await simulation.run(seconds)
  const { requests, failed } = total()
  const states = simulation.releases.states()
  return {
    states: [...new Map(states.map((each) => [each.service, each])).values()],
    failed: failed - before.failed,
    requests: requests - before.requests,
  }
}

function expected(
  simulation: DroughtSimulation,
  { states, failed, requests }: Released,
  state: string,
  mayFail: boolean,
): string[] {
  const wrong = states.filter((each) => each.state !== state)
  const texts = wrong.map((each) => `${each.service}: ${each.state}, not ${state}: ${each.detail}`)
  if (states.length === 0) texts.push(`no release ended: expected ${state}`)
  // A broken revision answers a canary's share of them, for a few minutes.
  const limit = mayFail ? requests / 10 : 0
  if (failed > limit) {
    const causes = simulation.load?.counts.failures.map(({ cause }) => cause) ?? []
    texts.push(
      `${failed} of ${requests} requests failed; at most ${limit} may: ${causes.join('; ')}`,
    )
  }
  return texts
}
