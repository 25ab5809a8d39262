import { EcsService, type EcsServiceConfig } from '@cdktf/provider-aws/lib/ecs-service'
import { fargateTaskPrice, type TaskSize } from '@tideway/constructs/prices'
import { tags } from '@tideway/failover-lambda/tags'
import type { Construct } from 'constructs'
import { isFargate } from './strategy'

/** What a standby shares with its primary: the tasks, and where they run and are found. */
export type ServiceShape = Pick<
  EcsServiceConfig,
  | 'availabilityZoneRebalancing'
  | 'cluster'
  | 'dependsOn'
  | 'enableEcsManagedTags'
  | 'enableExecuteCommand'
  | 'forEach'
  | 'healthCheckGracePeriodSeconds'
  | 'loadBalancer'
  | 'networkConfiguration'
  | 'orderedPlacementStrategy'
  | 'placementConstraints'
  | 'platformVersion'
  | 'propagateTags'
  | 'serviceConnectConfiguration'
  | 'serviceRegistries'
  | 'taskDefinition'
>

export interface StandbyProps {
  readonly shape: ServiceShape
  /** The ECS name of the standby. */
  readonly name: string
  /** The ECS name of its primary. */
  readonly primaryName: string
  /** The name of its capacity provider, on demand. */
  readonly capacityProvider: string
  /** The price of a task, in US dollars per hour. See `taskPrice`. */
  readonly taskPrice: string
  /** Tags besides those of the failover. @default none */
  readonly tags?: Readonly<Record<string, string>>
  /** Attributes besides those that the controller manages, which a deploy keeps as they are. @default none */
  readonly ignoreChanges?: readonly string[]
}

/** The name of a standby, from that of its primary and of its capacity. */
export function standbyName(primaryName: string, capacity: string): string {
  return `${primaryName}-standby-${capacity}`
}

/** A standby: a service without tasks, until the failover controller scales it out. */
export function standbyService(scope: Construct, id: string, props: StandbyProps): EcsService {
  const { shape, name, primaryName, capacityProvider } = props
  return new EcsService(scope, id, {
    ...rollingRelease(100, 200),
    ...acceptedBy(capacityProvider, shape),
    name,
    desiredCount: 0,
    capacityProviderStrategy: [{ capacityProvider, weight: 1 }],
    tags: {
      ...props.tags,
      [tags.standbyOf]: primaryName,
      [tags.taskPrice]: props.taskPrice,
    },
    lifecycle: {
      ignoreChanges: [
        // Managed by the failover controller, which follows the primary.
        'desired_count',
        'task_definition',
        'load_balancer',
        ...(props.ignoreChanges ?? []),
      ],
    },
  })
}

/**
 * What ECS accepts of the arguments where the tasks run: placement on instances only, platform versions on Fargate only,
 * and a rebalancing of zones with few placements.
 */
export function acceptedBy(capacityProvider: string, shape: ServiceShape): ServiceShape {
  const { placementConstraints, orderedPlacementStrategy, platformVersion, ...rest } = shape
  if (isFargate(capacityProvider)) return { ...rest, platformVersion }
  if (!hasItems(placementConstraints) && !hasItems(orderedPlacementStrategy)) return rest
  return {
    availabilityZoneRebalancing: 'DISABLED',
    ...rest,
    placementConstraints,
    orderedPlacementStrategy,
  }
}

function hasItems(list: unknown): boolean {
  return list !== undefined && !(Array.isArray(list) && list.length === 0)
}

/** The value of the tag: the price on Fargate, also for tasks on instances, which cost a little less at the same size. */
export function taskPrice(size: TaskSize): string {
  // Rounds a half up, as Terraform does in the module.
  return (fargateTaskPrice(size) + 1e-9).toFixed(6)
}

/** Releases by ECS, which rolls them back if tasks fail to start. */
export function rollingRelease(minHealthyPercent: number, maxPercent: number) {
  return {
    deploymentController: { type: 'ECS' },
    deploymentMinimumHealthyPercent: minHealthyPercent,
    deploymentMaximumPercent: maxPercent,
    deploymentCircuitBreaker: { enable: true, rollback: true },
    availabilityZoneRebalancing: 'ENABLED',
  } satisfies Partial<EcsServiceConfig>
}
