import type { SimulatedPair } from '@tideway/failover-lambda/harness'
import type { Task } from '@tideway/spot-simulator'
import { spot } from '../policy'
import type { Scenario } from '../scenario'
import { ScenarioAccount } from '../scenario-account'

/**
 * The time in which new work reached one task of a primary: without an end, if it did at the end of the rehearsal. In
 * seconds from the start, as all times here.
 */
export interface Use {
  /** Among the tasks of the primary. */
  readonly ordinal: number
  readonly from: number
  readonly to: number
  /** It ended with an interruption. */
  readonly isInterrupted: boolean
}

/** What happened to one primary. */
export interface Rehearsal {
  readonly uses: readonly Use[]
  /** When its interrupted tasks stopped to accept connections. */
  readonly exits: readonly { readonly ordinal: number; readonly at: number }[]
  /** Its desired count, from a time on. */
  readonly desired: readonly { readonly at: number; readonly count: number }[]
}

/**
 * Runs a scenario in advance. Each service has its own random numbers, so with the same acts, the same happens again.
 *
 * @param act what a policy does to the account
 */
export async function rehearse(
  scenario: Scenario,
  act: (account: ScenarioAccount) => void,
): Promise<{ account: ScenarioAccount; rehearsals: ReadonlyMap<string, Rehearsal> }> {
  const account = new ScenarioAccount(scenario, { declare: () => ({ strategy: spot }) })
  const recorders = [...account.pairs].map(
    ([name, pair]) => [name, new Recorder(account, pair)] as const,
  )
  act(account)
  await account.aws.run(scenario.hours * 3600)
  const rehearsals = new Map(recorders.map(([name, recorder]) => [name, recorder.end()]))
  return { account, rehearsals }
}

class Recorder {
  private readonly start: number
  private readonly uses: Use[] = []
  private readonly exits: { ordinal: number; at: number }[] = []
  private readonly desired: { at: number; count: number }[]
  private readonly since = new Map<Task, number>()

  constructor(
    private readonly account: ScenarioAccount,
    private readonly pair: SimulatedPair,
  ) {
    const { aws } = account
    const { primary } = pair
    this.start = aws.now
    this.desired = [{ at: 0, count: primary.desiredCount }]
    aws.observe({
      inService: ({ service }) => {
        if (service === primary) this.update()
      },
      accepting: (task, change) => {
        if (task.service === primary && change < 0 && isInterrupted(task)) {
          this.exits.push({ ordinal: task.ordinal, at: this.now })
        }
      },
      rerouted: (service) => {
        if (service === primary) this.update()
      },
      desired: (service) => {
        if (service === primary) this.desired.push({ at: this.now, count: primary.desiredCount })
      },
    })
    this.update()
  }

  end(): Rehearsal {
    for (const task of [...this.since.keys()]) this.close(task, Number.POSITIVE_INFINITY)
    return { uses: this.uses, exits: this.exits, desired: this.desired }
  }

  private get now(): number {
    return (this.account.aws.now - this.start) / 1000
  }

  private update(): void {
    for (const task of [...this.since.keys()]) if (!this.isUsed(task)) this.close(task)
    for (const task of this.pair.primary.tasks) {
      if (this.isUsed(task) && !this.since.has(task)) this.since.set(task, this.now)
    }
  }

  /** In a release by CodeDeploy, the other task set gets no traffic. */
  private isUsed({ isInService, deployment }: Task): boolean {
    const isServing =
      this.pair.primary.controller !== 'CODE_DEPLOY' || deployment.status === 'PRIMARY'
    return isInService && isServing
  }

  private close(task: Task, to = this.now): void {
    const from = this.since.get(task) ?? 0
    this.since.delete(task)
    this.uses.push({ ordinal: task.ordinal, from, to, isInterrupted: isInterrupted(task) })
  }
}

/** By its own notice, or by that of its instance. */
function isInterrupted({ stopCode }: Task): boolean {
  return stopCode === 'SpotInterruption' || stopCode === 'TerminationNotice'
}
