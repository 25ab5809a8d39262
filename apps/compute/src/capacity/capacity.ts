import { EcsClusterCapacityProviders } from '@cdktf/provider-aws/lib/ecs-cluster-capacity-providers'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import type { Cluster } from '../cluster'
import type { GroupSettings, OnDemandSettings } from '../settings'
import { ContainerInstances } from './container-instances'
import { InstanceGroup } from './instance-group'
import { onDemandTypes, spotTypes } from './instance-types'

export interface CapacityProps {
  readonly cluster: Cluster
  readonly vpcId: string
  /** Private, one a zone. */
  readonly subnetIds: string[]
  readonly ec2: OnDemandSettings
  readonly ec2Spot: GroupSettings
}

/** As services name it: by purchase and by who runs the machine. */
export type CapacityKind = 'fargate' | 'fargate-spot' | 'ec2' | 'ec2-spot'

/** As AWS names its own two. */
export const fargateProviders = { fargate: 'FARGATE', 'fargate-spot': 'FARGATE_SPOT' } as const

/** The four kinds of capacity that tasks of the cluster run on. */
export class Capacity extends Construct {
  /** What strategies call each kind. */
  readonly providerNames: Readonly<Record<CapacityKind, string>>
  /** Those whose capacity may be taken back: the failover controller is told of them by name. */
  readonly spotProviderNames: readonly string[]
  /** The Auto Scaling group of `ec2-spot`, whose failed launches are a sign of a shortage. */
  readonly spotGroupName: string
  /**
   * What every service depends on. AWS refuses a service whose provider is not associated yet; and an
   * association that services still use cannot be taken back, nor can anything below it.
   */
  readonly association: ITerraformDependable

  constructor(scope: Construct, id: string, props: CapacityProps) {
    super(scope, id)
    const { cluster, subnetIds, ec2, ec2Spot } = props
    const instances = new ContainerInstances(this, 'common', props)
    const onDemand = this.onDemandGroup(instances, subnetIds, ec2)
    const spot = this.spotGroup(instances, subnetIds, ec2Spot)
    this.providerNames = {
      ...fargateProviders,
      ec2: onDemand.providerName,
      'ec2-spot': spot.providerName,
    }
    this.spotProviderNames = [this.providerNames['fargate-spot'], spot.providerName]
    this.spotGroupName = spot.groupName
    // A resource of its own, not a part of the cluster: it goes before the providers, and the cluster after them.
    this.association = new EcsClusterCapacityProviders(this, 'association', {
      clusterName: cluster.name,
      capacityProviders: Object.values(this.providerNames),
      // For what is started by hand without a word about capacity. Services name theirs.
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
    })
  }

  private onDemandGroup(
    instances: ContainerInstances,
    subnetIds: string[],
    settings: OnDemandSettings,
  ): InstanceGroup {
    const { warmInstances } = settings
    const scope = new Construct(this, 'ec2')
    const { id, latestVersion } = instances.template(scope, 'ec2', {
      // The agent of an instance that only gets ready for the warm pool must not join the cluster.
      agentSettings: { ECS_WARM_POOLS_CHECK: 'true' },
    })
    return new InstanceGroup(scope, 'group', {
      name: 'ec2',
      subnetIds,
      ...settings,
      instances: {
        mixedInstancesPolicy: {
          launchTemplate: {
            launchTemplateSpecification: { launchTemplateId: id, version: latestVersion },
            override: onDemandTypes.map((instanceType) => ({ instanceType })),
          },
          instancesDistribution: {
            onDemandPercentageAboveBaseCapacity: 100,
            onDemandAllocationStrategy: 'prioritized',
          },
        },
        // This group steps in when Spot is gone, so minutes count. Used instances do not come back to the
        // pool: ECS does not support that.
        ...(warmInstances > 0 && {
          warmPool: {
            poolState: 'Stopped',
            minSize: warmInstances,
            // Otherwise as many as the group may still grow by.
            maxGroupPreparedCapacity: warmInstances,
          },
        }),
      },
    })
  }

  private spotGroup(
    instances: ContainerInstances,
    subnetIds: string[],
    settings: GroupSettings,
  ): InstanceGroup {
    const scope = new Construct(this, 'ec2-spot')
    const { id, latestVersion } = instances.template(scope, 'ec2-spot', { agentSettings: {} })
    return new InstanceGroup(scope, 'group', {
      name: 'ec2-spot',
      subnetIds,
      ...settings,
      instances: {
        // Replaces an instance when AWS recommends it, often before the notice of two minutes.
        capacityRebalance: true,
        // No warm pool: an instance that is stopped is no claim on Spot capacity.
        mixedInstancesPolicy: {
          launchTemplate: {
            launchTemplateSpecification: { launchTemplateId: id, version: latestVersion },
            override: spotTypes.map((instanceType) => ({ instanceType })),
          },
          instancesDistribution: {
            onDemandBaseCapacity: 0,
            onDemandPercentageAboveBaseCapacity: 0,
            // The deepest pools first, and the cheapest of those: the cheapest alone are the first to go.
            spotAllocationStrategy: 'price-capacity-optimized',
          },
        },
      },
    })
  }
}
