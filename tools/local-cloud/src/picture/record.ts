import type { SimulatedCloud } from '../simulated-cloud'

/** What a run of the console's simulation and its comparison showed, every ten seconds. */
export interface Recording {
  /** Seconds from the first sample. */
  readonly droughtAt: number
  readonly droughtEndsAt: number
  readonly samples: readonly Sample[]
  readonly tideway: Totals
  readonly without: Totals
}

export interface Sample {
  readonly at: number
  readonly desired: number
  /** Tasks that serve, by their capacity. */
  readonly onDemand: number
  readonly spot: number
  readonly standby: number
  readonly without: number
  /** Requests that failed, per second. */
  readonly failed: number
  readonly failedWithout: number
}

export interface Totals {
  readonly requests: number
  readonly failed: number
}

/** In simulated seconds. Autoscaling needs the first of them to reach the tasks of the load. */
const plan = {
  seed: 1,
  /** Of viewers. Internal services have theirs in addition. */
  requestsPerSecond: 300,
  /** As in a console at this speed, each simulated request stands for several. */
  speed: 30,
  warmUp: 600,
  droughtAt: 180,
  droughtEndsAt: 900,
  end: 1500,
  step: 10,
} as const

/** Records a drought of all Spot capacity, on the synthesized stacks, with the comparison of the console. */
export async function record(
  cloud: SimulatedCloud,
  onProgress: (share: number) => void,
): Promise<Recording> {
  const simulation = await cloud.startSimulation(plan.seed, { hasRequests: true })
  const { load, comparison, aws, primaries } = simulation
  if (load === undefined || comparison === undefined) {
    throw new Error('the synthesized stacks: must have a path for requests; they have none')
  }
  load.setSpeed(plan.speed)
  load.requestsPerSecond = plan.requestsPerSecond
  for (let second = 0; second < plan.warmUp; second += 60) {
    onProgress(second / (plan.warmUp + plan.end))
    await simulation.run(60)
  }
  const before = comparison.totals()
  const setDroughts = (isDrought: boolean) => {
    for (const provider of simulation.spotProviders) simulation.setDrought(provider, isDrought)
  }
  const tasksOn = (isCounted: (on: { isSpot: boolean; isPrimary: boolean }) => boolean) =>
    aws.services.reduce((sum, service) => {
      const isPrimary = primaries.includes(service)
      const serving = [...service.tasks].filter(
        ({ isServing, provider }) => isServing && isCounted({ isSpot: provider.isSpot, isPrimary }),
      )
      return sum + serving.length
    }, 0)
  const samples: Sample[] = []
  for (let at = 0; at < plan.end; at += plan.step) {
    if (at === plan.droughtAt) setDroughts(true)
    if (at === plan.droughtEndsAt) setDroughts(false)
    onProgress((plan.warmUp + at) / (plan.warmUp + plan.end))
    await simulation.run(plan.step)
    samples.push({
      at: at + plan.step,
      desired: primaries.reduce((sum, { desiredCount }) => sum + desiredCount, 0),
      onDemand: tasksOn(({ isSpot, isPrimary }) => !isSpot && isPrimary),
      spot: tasksOn(({ isSpot }) => isSpot),
      standby: tasksOn(({ isSpot, isPrimary }) => !isSpot && !isPrimary),
      without: comparison.aws.services.reduce((sum, each) => sum + each.servingCount, 0),
      failed: failedIn(load.requests.last),
      failedWithout: failedIn(comparison.samples.last),
    })
  }
  const after = comparison.totals()
  const totalsOf = (policy: string): Totals => {
    const [first, last] = [before, after].map((totals) =>
      totals.find((each) => each.policy === policy),
    )
    return {
      requests: Math.round((last?.requests ?? 0) - (first?.requests ?? 0)),
      failed: Math.round((last?.failed ?? 0) - (first?.failed ?? 0)),
    }
  }
  const { droughtAt, droughtEndsAt } = plan
  return {
    droughtAt,
    droughtEndsAt,
    samples,
    tideway: totalsOf('tideway'),
    without: totalsOf('without'),
  }
}

function failedIn(
  sample: { readonly services: Readonly<Record<string, { readonly failed: number }>> } | undefined,
): number {
  const sum = Object.values(sample?.services ?? {}).reduce((total, { failed }) => total + failed, 0)
  return Math.round(sum * 10) / 10
}
