import {
  AutoscalingGroup,
  type AutoscalingGroupConfig,
} from '@cdktf/provider-aws/lib/autoscaling-group'
import { EcsCapacityProvider } from '@cdktf/provider-aws/lib/ecs-capacity-provider'
import { resourceName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { GroupSettings } from '../settings'

export interface InstanceGroupProps extends GroupSettings {
  /** `ec2` or `ec2-spot`. */
  readonly name: string
  readonly subnetIds: string[]
  /** The instances and their purchase options. */
  readonly instances: Pick<
    AutoscalingGroupConfig,
    'capacityRebalance' | 'launchTemplate' | 'mixedInstancesPolicy' | 'warmPool'
  >
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
    const { defaultTags } = tidewayStackOf(this)
    const group = new AutoscalingGroup(this, 'group', {
      ...props.instances,
      name: resourceName(this, 'aws_autoscaling_group', props.name),
      vpcZoneIdentifier: props.subnetIds,
      minSize: props.minInstances,
      maxSize: props.maxInstances,
      healthCheckType: 'EC2',
      defaultInstanceWarmup: warmupSeconds,
      // Required by managed termination protection, which removes it from instances without tasks.
      protectFromScaleIn: true,
      // Otherwise a destroy waits for protected instances.
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
      // ECS adds the first tag. Declared, so that a plan does not remove it.
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
      name: resourceName(this, 'aws_ecs_capacity_provider', props.name),
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
