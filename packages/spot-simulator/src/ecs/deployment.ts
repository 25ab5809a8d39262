import { Backoff } from './backoff'
import type { Timing } from './settings'
import type { StrategyItem } from './strategy'

export interface LoadBalancer {
  readonly targetGroupArn: string
  readonly containerName: string
  readonly containerPort: number
}

/** The part of a service that a deployment replaces. */
export interface Release {
  /** The ARN. */
  readonly taskDefinition: string
  readonly strategy: readonly StrategyItem[]
  readonly loadBalancers: readonly LoadBalancer[]
}

/** A deployment of a rolling service, or a task set of a CODE_DEPLOY service. */
export class Deployment {
  status: 'PRIMARY' | 'ACTIVE' = 'PRIMARY'
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' = 'IN_PROGRESS'
  rolloutStateReason: string
  failedTasks = 0
  updatedAt: number
  /** The target of a rollback never fails again. */
  isRollback = false
  /** After failed starts, on any provider. */
  readonly starts: Backoff
  private readonly placements = new Map<string, Backoff>()

  constructor(
    readonly id: string,
    readonly release: Release,
    readonly createdAt: number,
    private readonly timing: Timing,
  ) {
    this.updatedAt = createdAt
    this.starts = new Backoff(timing)
    this.rolloutStateReason = `ECS deployment ${id} in progress.`
  }

  placementsOn(provider: string): Backoff {
    const backoff = this.placements.get(provider) ?? new Backoff(this.timing)
    this.placements.set(provider, backoff)
    return backoff
  }

  /** Of failed placements, on all providers. */
  endBackoff(): void {
    for (const backoff of this.placements.values()) backoff.succeeded()
  }
}
