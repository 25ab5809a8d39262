import type { Arns } from './arns'
import type { LoadBalancer, Release } from './deployment'
import type { StrategyItem } from './strategy'

/** What a deployment brings. */
export interface ReleaseSettings {
  /** `family:1`, or an ARN. Of a new service: its name and revision 1. */
  readonly taskDefinition?: string
  /** Of a new service: FARGATE_SPOT alone. */
  readonly strategy?: readonly StrategyItem[]
  /** Of a new service: none. */
  readonly loadBalancers?: readonly LoadBalancer[]
}

export interface ServiceSettings extends ReleaseSettings {
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
  /** @default off */
  readonly circuitBreaker?: { readonly enable: boolean; readonly rollback: boolean }
  /**
   * It has been there for long: its tasks run and serve at once, and no events tell of them.
   * @default false: it starts its tasks now
   */
  readonly startsSteady?: boolean
}

/** @param otherwise what is left out */
export function releaseOf(settings: ReleaseSettings, arns: Arns, otherwise: Release): Release {
  return {
    taskDefinition:
      settings.taskDefinition === undefined
        ? otherwise.taskDefinition
        : arns.taskDefinition(settings.taskDefinition),
    strategy: settings.strategy ?? otherwise.strategy,
    loadBalancers: settings.loadBalancers ?? otherwise.loadBalancers,
  }
}
