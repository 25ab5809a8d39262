import {
  AutoscalingGroup,
  type AutoscalingGroupConfig,
} from '@cdktf/provider-aws/lib/autoscaling-group'
import { EcsCapacityProvider } from '@cdktf/provider-aws/lib/ecs-capacity-provider'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { GroupSettings } from '../settings'

export interface InstanceGroupProps extends GroupSettings {
  /** `ec2` or `ec2-spot`. */
  readonly name: string
  readonly subnetIds: string[]
  /** What its instances are, and where they come from. */
  readonly instances: Pick<
    AutoscalingGroupConfig,
    'capacityRebalance' | 'launchTemplate' | 'mixedInstancesPolicy' | 'warmPool'
  >
}

/** From here to serving: an instance is up, its agent has joined, and a task may start. */
const warmupSeconds = 60

/**
 * An Auto Scaling group, and the capacity provider by which ECS sizes it to the tasks that are there and the
 * tasks that wait. Two things that go wrong without it: a surge waits for instances, so some are kept free;
 * and a scale-in takes instances with tasks, so those are protected.
 */
export class InstanceGroup extends Construct {
  readonly providerName: string
  readonly groupName: string

  constructor(scope: Construct, id: string, props: InstanceGroupProps) {
    super(scope, id)
    const { environment, defaultTags } = tidewayStackOf(this)
    const named = (type: 'aws_autoscaling_group' | 'aws_ecs_capacity_provider') =>
      nameOf(environment, type, props.name, this.node.path)
    const group = new AutoscalingGroup(this, 'group', {
      ...props.instances,
      name: named('aws_autoscaling_group'),
      vpcZoneIdentifier: props.subnetIds,
      minSize: props.minInstances,
      maxSize: props.maxInstances,
      healthCheckType: 'EC2',
      defaultInstanceWarmup: warmupSeconds,
      // Managed termination protection takes it off the instances that have no tasks.
      protectFromScaleIn: true,
      // A destroy would otherwise wait for ever for instances that are protected.
      forceDelete: true,
      forceDeleteWarmPool: true,
      // Spot may be short just now, and that is no reason for a deploy to fail.
      waitForCapacityTimeout: '0',
      enabledMetrics: [
        'GroupDesiredCapacity',
        'GroupInServiceInstances',
        'GroupPendingInstances',
        'GroupTerminatingInstances',
      ],
      // ECS sets the first by itself: written down, so that no plan takes it away.
      tag: [
        { key: 'AmazonECSManaged', value: 'true', propagateAtLaunch: true },
        // The provider does not give its default tags to groups; instances have them from the template.
        ...Object.entries(defaultTags).map(([key, value]) => ({
          key,
          value,
          propagateAtLaunch: false,
        })),
      ],
      // ECS decides it, minute by minute.
      lifecycle: { ignoreChanges: ['desired_capacity'] },
    })
    const provider = new EcsCapacityProvider(this, 'provider', {
      name: named('aws_ecs_capacity_provider'),
      autoScalingGroupProvider: {
        autoScalingGroupArn: group.arn,
        managedTerminationProtection: 'ENABLED',
        // Tasks move before an instance goes, whoever takes it: scaling, rebalancing, a refresh.
        managedDraining: 'ENABLED',
        managedScaling: {
          status: 'ENABLED',
          targetCapacity: props.targetCapacityPercent,
          // Five minutes by default, in which a surge would get nothing more.
          instanceWarmupPeriod: warmupSeconds,
          minimumScalingStepSize: 1,
          // A surge gets all that it needs in one step.
          maximumScalingStepSize: props.maxInstances,
        },
      },
    })
    this.providerName = provider.name
    this.groupName = group.name
  }
}
