import { fargateProviders } from '@tideway/ecs-spot/internal'
import { isSpotShort, type PairRecord } from '@tideway/failover-lambda/pair-record'
import { type BlueGreenDefinition, containerName, portOf, type Share } from '../definition'

export interface AppSpecProps {
  readonly taskDefinitionArn: string
  readonly definition: BlueGreenDefinition
  /** The stored state of the service in the failover controller's table, if there is one. */
  readonly record: PairRecord | undefined
  /** The function that runs before the release. */
  readonly beforeInstall?: string
}

/**
 * The AppSpec of a release, with the strategy of the service, which CodeDeploy would otherwise remove. While Spot is
 * short, all new tasks run on demand, because tasks that cannot be placed would fail the release.
 */
export function appSpec({ taskDefinitionArn, definition, record, beforeInstall }: AppSpecProps) {
  const capacity = isSpotShort(record) ? onDemandOnly(definition.capacity) : definition.capacity
  return {
    version: '0.0',
    Resources: [
      {
        TargetService: {
          Type: 'AWS::ECS::Service',
          Properties: {
            TaskDefinition: taskDefinitionArn,
            LoadBalancerInfo: { ContainerName: containerName, ContainerPort: portOf(definition) },
            CapacityProviderStrategy: capacity.map(({ on, base = 0, weight }) => ({
              CapacityProvider: fargateProviders[on],
              Base: base,
              Weight: weight,
            })),
          },
        },
      },
    ],
    ...(beforeInstall !== undefined && { Hooks: [{ BeforeInstall: beforeInstall }] }),
  }
}

function onDemandOnly(
  capacity: BlueGreenDefinition['capacity'],
): readonly Share<'fargate' | 'fargate-spot'>[] {
  const base = capacity.find(({ on }) => on === 'fargate')?.base ?? 0
  return [{ on: 'fargate', base, weight: 1 }]
}
