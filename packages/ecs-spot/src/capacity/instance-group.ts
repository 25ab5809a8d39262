import {
  AutoscalingGroup,
  type AutoscalingGroupMixedInstancesPolicyInstancesDistribution,
} from '@cdktf/provider-aws/lib/autoscaling-group'
import { EcsCapacityProvider } from '@cdktf/provider-aws/lib/ecs-capacity-provider'
import { contextOf, failedChecks, resourceName, throwIfInvalid } from '@tideway/constructs/parts'
import { Construct } from 'constructs'
import type { GroupSettings } from './capacity-settings'
import type { ContainerInstances } from './container-instances'

export interface InstanceGroupProps extends GroupSettings {
  readonly name: 'ec2' | 'ec2-spot'
  readonly subnetIds: string[]
  readonly instances: ContainerInstances
  /** ECS agent settings besides the common ones. @default none */
  readonly agentSettings?: Readonly<Record<string, string>>
  readonly instanceTypes: readonly string[]
  readonly distribution: AutoscalingGroupMixedInstancesPolicyInstancesDistribution
  /** @default instances are replaced only when AWS interrupts them */
  readonly capacityRebalance?: boolean
  /** Stopped instances, for on-demand groups: a stopped instance does not reserve Spot capacity. @default none */
  readonly warmInstances?: number
}

/** Time from the launch of an instance until it can start tasks. */
const warmupSeconds = 60

/**
 * An Auto Scaling group, and the capacity provider with which ECS scales it by its running and pending tasks.
 * It keeps headroom for a surge and protects instances with tasks from scale-in.
 */
export class InstanceGroup extends Construct {
  readonly providerName: string
  readonly groupName: string

  constructor(scope: Construct, id: string, props: InstanceGroupProps) {
    super(scope, id)
    const { defaultTags } = contextOf(this)
    const { name, instances, instanceTypes, warmInstances = 0 } = props
    const providerName = resourceName(this, 'aws_ecs_capacity_provider', name)
    throwIfInvalid(
      failedChecks(
        this.node.path,
        { providerName },
        {
          providerName: [
            [
              !/^(aws|ecs|fargate)/.test(providerName),
              'not begin with "aws", "ecs" or "fargate", which AWS reserves',
              'Choose another prefix.',
            ],
          ],
        },
      ),
    )
    const template = instances.template(scope, name, props.agentSettings ?? {})
    const group = new AutoscalingGroup(this, 'group', {
      mixedInstancesPolicy: {
        launchTemplate: {
          launchTemplateSpecification: {
            launchTemplateId: template.id,
            version: template.latestVersion,
          },
          override: instanceTypes.map((instanceType) => ({ instanceType })),
        },
        instancesDistribution: props.distribution,
      },
      capacityRebalance: props.capacityRebalance,
      // For fast starts. ECS does not support returning used instances to the pool.
      ...(warmInstances > 0 && {
        warmPool: {
          poolState: 'Stopped',
          minSize: warmInstances,
          // The default is the maximum size of the group.
          maxGroupPreparedCapacity: warmInstances,
        },
      }),
      name: resourceName(this, 'aws_autoscaling_group', name),
      vpcZoneIdentifier: props.subnetIds,
      minSize: props.minInstances,
      maxSize: props.maxInstances,
      healthCheckType: 'EC2',
      defaultInstanceWarmup: warmupSeconds,
      // Required by managed termination protection, which removes it from instances without tasks.
      protectFromScaleIn: true,
      // Without it, a destroy waits for protected instances.
      forceDelete: true,
      forceDeleteWarmPool: true,
      // A Spot shortage must not fail a deploy.
      waitForCapacityTimeout: '0',
      enabledMetrics: [
        'GroupDesiredCapacity',
        'GroupInServiceInstances',
        'GroupPendingInstances',
        'GroupTerminatingInstances',
      ],
      // ECS adds the first tag. Without it here, a plan would remove it.
      tag: [
        { key: 'AmazonECSManaged', value: 'true', propagateAtLaunch: true },
        // The provider does not apply its default tags to groups. Instances get them from the template.
        ...Object.entries(defaultTags).map(([key, value]) => ({
          key,
          value,
          propagateAtLaunch: false,
        })),
      ],
      // Managed by ECS.
      lifecycle: { ignoreChanges: ['desired_capacity'] },
    })
    const provider = new EcsCapacityProvider(this, 'provider', {
      name: providerName,
      autoScalingGroupProvider: {
        autoScalingGroupArn: group.arn,
        managedTerminationProtection: 'ENABLED',
        // Drains tasks before an instance terminates by scaling, rebalancing or a refresh.
        managedDraining: 'ENABLED',
        managedScaling: {
          status: 'ENABLED',
          targetCapacity: props.targetCapacityPercent,
          // The default of five minutes would delay further scaling in a surge.
          instanceWarmupPeriod: warmupSeconds,
          minimumScalingStepSize: 1,
          // A surge gets all instances in one step.
          maximumScalingStepSize: props.maxInstances,
        },
      },
    })
    this.providerName = provider.name
    this.groupName = group.name
  }
}
