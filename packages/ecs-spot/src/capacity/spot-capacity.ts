import { EcsClusterCapacityProviders } from '@cdktf/provider-aws/lib/ecs-cluster-capacity-providers'
import {
  type Check,
  type DeploymentContext,
  failedChecks,
  setContext,
  throwIfInvalid,
} from '@tideway/constructs/parts'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { completeContext } from '../context'
import type {
  ClusterReference,
  GroupSettings,
  InstanceSettings,
  OnDemandSettings,
} from './capacity-settings'
import { ContainerInstances } from './container-instances'
import { InstanceGroup } from './instance-group'
import {
  type CpuArchitecture,
  cpuArchitecture,
  onDemandTypes,
  runs,
  spotTypes,
} from './instance-types'

/** With `account` and `region` outside a stack with a context. */
export interface SpotCapacityProps extends Partial<DeploymentContext> {
  readonly cluster: ClusterReference
  readonly vpcId: string
  /** Private subnets, one per zone. */
  readonly subnetIds: string[]
  readonly ec2: OnDemandSettings
  readonly ec2Spot: GroupSettings
  readonly instances: InstanceSettings
  /** The CPU architecture of the instances, which is that of their image. @default ARM64 */
  readonly architecture?: CpuArchitecture
  /** Instance types of `ec2`, in order of preference. @default six of the architecture, with 2 virtual CPUs */
  readonly onDemandTypes?: readonly string[]
  /** Instance types of `ec2-spot`: each in each zone is a pool of its own. @default seventeen or more, similar in size */
  readonly spotTypes?: readonly string[]
  /** Other capacity providers of the cluster: it loses those that are not named. @default none */
  readonly otherProviderNames?: readonly string[]
}

/** The kinds of capacity, as service definitions name them. */
export type CapacityKind = 'fargate' | 'fargate-spot' | 'ec2' | 'ec2-spot'

/** The capacity providers of AWS. */
export const fargateProviders = { fargate: 'FARGATE', 'fargate-spot': 'FARGATE_SPOT' } as const

/** The four kinds of capacity of the cluster. */
export class SpotCapacity extends Construct {
  /** The name of each capacity provider. */
  readonly providerNames: Readonly<Record<CapacityKind, string>>
  /** The Spot providers, for the failover controller. */
  readonly spotProviderNames: readonly string[]
  /** The Auto Scaling group of `ec2-spot`: its failed launches signal a shortage. */
  readonly spotGroupName: string
  /**
   * Every service must depend on it. AWS rejects a service before its provider is associated, and rejects the
   * removal of an association that a service uses.
   */
  readonly association: ITerraformDependable

  constructor(scope: Construct, id: string, props: SpotCapacityProps) {
    super(scope, id)
    setContext(this, completeContext(this, props, props.cluster.name))
    const { cluster, subnetIds, ec2, ec2Spot, architecture = cpuArchitecture } = props
    const types = {
      onDemandTypes: props.onDemandTypes ?? onDemandTypes[architecture],
      spotTypes: props.spotTypes ?? spotTypes[architecture],
    }
    const check = (instanceTypes: readonly string[]): Check[] => [
      [instanceTypes.length > 0, 'name an instance type', 'Name several, of similar size.'],
      [
        instanceTypes.every((type) => runs(architecture, type)),
        `have the architecture of the image, ${architecture}`,
        'Choose other types, or set the architecture.',
      ],
    ]
    throwIfInvalid(
      failedChecks(this.node.path, types, {
        onDemandTypes: check(types.onDemandTypes),
        spotTypes: check(types.spotTypes),
      }),
    )
    const instances = new ContainerInstances(this, 'common', {
      ...props,
      ...props.instances,
      architecture,
    })
    const onDemand = new InstanceGroup(new Construct(this, 'ec2'), 'group', {
      name: 'ec2',
      subnetIds,
      ...ec2,
      instances,
      // An instance must not join the cluster while it is prepared for the warm pool.
      agentSettings: { ECS_WARM_POOLS_CHECK: 'true' },
      instanceTypes: types.onDemandTypes,
      distribution: {
        onDemandPercentageAboveBaseCapacity: 100,
        onDemandAllocationStrategy: 'prioritized',
      },
    })
    const spot = new InstanceGroup(new Construct(this, 'ec2-spot'), 'group', {
      name: 'ec2-spot',
      subnetIds,
      ...ec2Spot,
      instances,
      instanceTypes: types.spotTypes,
      distribution: {
        onDemandBaseCapacity: 0,
        onDemandPercentageAboveBaseCapacity: 0,
        // Prefers deep pools, then low prices: the cheapest pools are interrupted first.
        spotAllocationStrategy: 'price-capacity-optimized',
      },
      // Replaces instances at a rebalance recommendation, often before the interruption notice.
      capacityRebalance: true,
    })
    this.providerNames = {
      ...fargateProviders,
      ec2: onDemand.providerName,
      'ec2-spot': spot.providerName,
    }
    this.spotProviderNames = [this.providerNames['fargate-spot'], spot.providerName]
    this.spotGroupName = spot.groupName
    // A separate resource: a destroy removes it first, then the providers, then the cluster.
    this.association = new EcsClusterCapacityProviders(this, 'association', {
      clusterName: cluster.name,
      capacityProviders: [
        ...Object.values(this.providerNames),
        ...(props.otherProviderNames ?? []),
      ],
      // For tasks that are started by hand without a strategy.
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
    })
  }
}
