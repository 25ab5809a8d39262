import type { Task } from '@tideway/spot-simulator'
import type { ScenarioAccount } from './scenario-account'

const sampleSeconds = 5

/**
 * What the ledger leaves out: to it a task serves until its notice is over, although a policy may have taken it out
 * of its target group long before. This counts the tasks that get new requests, every five seconds.
 */
export class Rotation {
  private desired = 0
  private missing = 0

  constructor(private readonly account: ScenarioAccount) {
    account.aws.simulation.every(sampleSeconds, () => this.sample())
  }

  /** Tasks that get no new requests, for each desired one. */
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
