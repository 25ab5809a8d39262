import { isSpotShort, type PairRecord } from '@tideway/failover-lambda/pair-record'
import { fargateProviders } from '../capacity'
import type { BlueGreenDefinition, Share } from '../service/definition'
import { containerName, containerPort } from '../service/task'

export interface AppSpecProps {
  readonly taskDefinitionArn: string
  readonly definition: BlueGreenDefinition
  /** What the failover controller has stored about the service, if anything. */
  readonly record: PairRecord | undefined
}

/**
 * What CodeDeploy is to release, with the strategy of the service: without one, CodeDeploy drops it. While Spot is
 * short all new tasks go on demand, since those that cannot be placed would make the release fail.
 */
export function appSpec({ taskDefinitionArn, definition, record }: AppSpecProps) {
  const capacity = isSpotShort(record) ? onDemandOnly(definition.capacity) : definition.capacity
  return {
    version: '0.0',
    Resources: [
      {
        TargetService: {
          Type: 'AWS::ECS::Service',
          Properties: {
            TaskDefinition: taskDefinitionArn,
            LoadBalancerInfo: { ContainerName: containerName, ContainerPort: containerPort },
            CapacityProviderStrategy: capacity.map(({ on, base = 0, weight }) => ({
              CapacityProvider: fargateProviders[on],
              Base: base,
              Weight: weight,
            })),
          },
        },
      },
    ],
  }
}

function onDemandOnly(
  capacity: BlueGreenDefinition['capacity'],
): readonly Share<'fargate' | 'fargate-spot'>[] {
  const base = capacity.find(({ on }) => on === 'fargate')?.base ?? 0
  return [{ on: 'fargate', base, weight: 1 }]
}
