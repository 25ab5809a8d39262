import type { TaskEnd } from './application'
import type { Arns } from './arns'
import type { LoadBalancer, Release } from './deployment'
import type { StrategyItem } from './strategy'

/** Settings of a deployment. Left out: as before, or the default of a new service. */
export interface ReleaseSettings {
  /** `family:1`, or an ARN. @default revision 1 of the name of the service */
  readonly taskDefinition?: string
  /** @default FARGATE_SPOT */
  readonly strategy?: readonly StrategyItem[]
  /** @default none */
  readonly loadBalancers?: readonly LoadBalancer[]
}

/** What is left out of `TaskEnd` is as in the settings of the simulation. */
export interface ServiceSettings extends ReleaseSettings, Partial<TaskEnd> {
  readonly name: string
  readonly desiredCount: number
  /** @default main */
  readonly cluster?: string
  readonly tags?: Readonly<Record<string, string>>
  /** @default ECS */
  readonly controller?: 'ECS' | 'CODE_DEPLOY'
  /** @default 100 */
  readonly minimumHealthyPercent?: number
  /** @default 200 */
  readonly maximumPercent?: number
  /** From RUNNING on, in which ECS ignores failed health checks. @default 0 */
  readonly healthCheckGraceSeconds?: number
  /** @default off */
  readonly circuitBreaker?: { readonly enable: boolean; readonly rollback: boolean }
  /**
   * The tasks run and serve at once, without events, as if the service had existed for long.
   * @default false: it starts its tasks now
   */
  readonly startsSteady?: boolean
}

/** @param base for settings that are left out */
export function releaseOf(settings: ReleaseSettings, arns: Arns, base: Release): Release {
  return {
    taskDefinition:
      settings.taskDefinition === undefined
        ? base.taskDefinition
        : arns.taskDefinition(settings.taskDefinition),
    strategy: settings.strategy ?? base.strategy,
    loadBalancers: settings.loadBalancers ?? base.loadBalancers,
  }
}
