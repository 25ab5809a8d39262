import { allowHttpsEgress, contextOf, securityGroup } from '@tideway/constructs/parts'
import { Construct } from 'constructs'
import { type InstanceImage, InstanceProfile, InstanceTemplate } from '../instances'
import type { ClusterReference, InstanceSettings } from './capacity-settings'
import type { CpuArchitecture } from './instance-types'

export interface ContainerInstancesProps extends InstanceSettings {
  readonly cluster: ClusterReference
  readonly vpcId: string
  readonly architecture: CpuArchitecture
}

/** AWS's parameters with the latest ECS image. */
const imageParameters = {
  ARM64: '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id',
  X86_64: '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id',
} as const satisfies Record<CpuArchitecture, string>

/** The common role, security group and agent settings of both instance groups. */
export class ContainerInstances extends Construct {
  private readonly clusterName: string
  private readonly profile: InstanceProfile
  private readonly securityGroupId: string
  private readonly image: InstanceImage

  constructor(scope: Construct, id: string, props: ContainerInstancesProps) {
    super(scope, id)
    const { cluster, vpcId } = props
    this.image = {
      parameter: imageParameters[props.architecture],
      resolved: props.imageResolved,
    }
    const { account, region } = contextOf(this)
    this.clusterName = cluster.name
    this.profile = new InstanceProfile(this, 'container-instances', {
      // Image pulls and logs use the execution role of each task.
      statements: [
        {
          Sid: 'JoinTheClusterAndReport',
          Action: [
            'ecs:DeregisterContainerInstance',
            'ecs:RegisterContainerInstance',
            'ecs:SubmitAttachmentStateChanges',
            'ecs:SubmitContainerStateChange',
            'ecs:SubmitTaskStateChange',
          ],
          Resource: cluster.arn,
        },
        {
          Sid: 'TakeOrdersAndDrain',
          Action: ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:UpdateContainerInstancesState'],
          Resource: `arn:aws:ecs:${region}:${account}:container-instance/${cluster.name}/*`,
        },
        { Sid: 'FindEcs', Action: 'ecs:DiscoverPollEndpoint', Resource: '*' }, // has no resource
      ],
    })
    const group = securityGroup(this, 'security-group', {
      name: 'container-instances',
      description: 'Instances of the cluster: reached by nobody, tasks have groups of their own',
      vpcId,
    })
    allowHttpsEgress(this, 'https-out', {
      groupId: group.id,
      description: 'AWS and registries',
    })
    this.securityGroupId = group.id
  }

  /** The launch template of one group, in the scope of that group. */
  template(
    scope: Construct,
    name: string,
    agentSettings: Readonly<Record<string, string>>,
  ): InstanceTemplate {
    const values = {
      // A reference: the cluster is created before the instances and destroyed after them.
      ECS_CLUSTER: this.clusterName,
      // Off by default: tasks would get no warning before the instance terminates.
      ECS_ENABLE_SPOT_INSTANCE_DRAINING: 'true',
      // Tasks use their own roles and must not use the role of the instance.
      ECS_AWSVPC_BLOCK_IMDS: 'true',
      ...agentSettings,
    }
    return new InstanceTemplate(scope, 'instances', {
      name,
      image: this.image,
      instanceProfileArn: this.profile.arn,
      securityGroupId: this.securityGroupId,
      firstBoot: { settings: { file: '/etc/ecs/ecs.config', values } },
    })
  }
}
