import type { EcsContext } from '../context'
import type { Instance } from './instance'

/** Publishes the events of EC2 and EC2 Auto Scaling. */
export class InstanceEvents {
  constructor(
    private readonly context: EcsContext,
    private readonly group: { readonly name: string; readonly isSpot: boolean },
  ) {}

  interruption(instance: Instance, zone: string): void {
    this.ec2('EC2 Spot Instance Interruption Warning', instance, zone, {
      'instance-action': 'terminate',
    })
  }

  rebalance(instance: Instance, zone: string): void {
    this.ec2('EC2 Instance Rebalance Recommendation', instance, zone, {})
  }

  launchFailed(): void {
    const { arns, bus } = this.context
    const { name, isSpot } = this.group
    bus.publish(() => ({
      source: 'aws.autoscaling',
      detailType: 'EC2 Instance Launch Unsuccessful',
      resources: [arns.autoScalingGroup(name)],
      detail: {
        AutoScalingGroupName: name,
        StatusCode: 'Failed',
        StatusMessage: isSpot ? noSpot : noOnDemand,
        Description: 'Launching a new EC2 instance',
        Details: {},
      },
    }))
  }

  private ec2(
    detailType: string,
    { instanceId }: Instance,
    zone: string,
    more: Readonly<Record<string, string>>,
  ): void {
    this.context.bus.publish(() => ({
      source: 'aws.ec2',
      detailType,
      resources: [this.context.arns.instance(instanceId, zone)],
      detail: { 'instance-id': instanceId, ...more },
    }))
  }
}

const noSpot =
  'Could not launch Spot Instances. UnfulfillableCapacity - There is no capacity available that matches your request. Launching EC2 instance failed.'
const noOnDemand =
  'Could not launch On-Demand Instances. InsufficientInstanceCapacity - There is no Spot or On-Demand capacity for the requested types in this Availability Zone. Launching EC2 instance failed.'
