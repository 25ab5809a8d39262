import type { Task } from '@tideway/spot-simulator'
import type { ScenarioAccount } from './scenario-account'

const sampleSeconds = 5

/**
 * Counts the tasks that receive new requests, every five seconds. For the ledger, a task serves until its notice ends,
 * although a policy may have deregistered it long before.
 */
export class Rotation {
  private desired = 0
  private missing = 0

  constructor(private readonly account: ScenarioAccount) {
    account.aws.simulation.every(sampleSeconds, () => this.sample())
  }

  /** The share of desired tasks that receive no new requests. */
  get shortfall(): number {
    return this.desired === 0 ? 0 : this.missing / this.desired
  }

  private sample(): void {
    for (const { primary, standby } of this.account.pairs.values()) {
      const tasks = [...primary.tasks, ...standby.tasks]
      const routed = tasks.filter((task) => task.isServing && this.isRouted(task)).length
      this.desired += primary.desiredCount
      this.missing += Math.max(0, primary.desiredCount - routed)
    }
  }

  private isRouted({ deployment, ip = '' }: Task): boolean {
    const { loadBalancers } = this.account
    return deployment.release.loadBalancers.every(({ targetGroupArn, containerPort }) =>
      loadBalancers.isHealthy(targetGroupArn, ip, containerPort),
    )
  }
}
