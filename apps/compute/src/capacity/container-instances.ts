import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { Cluster } from '../cluster'
import { InstanceProfile, InstanceTemplate } from '../instances'
import { securityGroup } from '../security-group'

export interface ContainerInstancesProps {
  readonly cluster: Cluster
  readonly vpcId: string
}

export interface TemplateProps {
  /** For the ECS agent, beside those that every instance has. */
  readonly agentSettings: Readonly<Record<string, string>>
}

/** What the instances of both groups have in common: who they are, whom they reach, how their agent is set. */
export class ContainerInstances extends Construct {
  private readonly clusterName: string
  private readonly profile: InstanceProfile
  private readonly securityGroupId: string

  constructor(scope: Construct, id: string, { cluster, vpcId }: ContainerInstancesProps) {
    super(scope, id)
    const { account, region } = tidewayStackOf(this).environment
    this.clusterName = cluster.name
    this.profile = new InstanceProfile(this, 'container-instances', {
      // No images and no logs: those are read and written with the execution role of each task.
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
        { Sid: 'FindEcs', Action: 'ecs:DiscoverPollEndpoint', Resource: '*' }, // of no resource
      ],
    })
    const group = securityGroup(this, 'security-group', {
      name: 'container-instances',
      description: 'Instances of the cluster: reached by nobody, tasks have groups of their own',
      vpcId,
    })
    new VpcSecurityGroupEgressRule(this, 'https-out', {
      securityGroupId: group.id,
      description: 'AWS and registries',
      cidrIpv4: '0.0.0.0/0',
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    })
    this.securityGroupId = group.id
  }

  /** The template of one of the groups, in the scope of that group. */
  template(scope: Construct, name: string, props: TemplateProps): InstanceTemplate {
    const agentSettings = {
      // A reference, so that the cluster is there before the instances and until after them.
      ECS_CLUSTER: this.clusterName,
      // Off unless asked for: tasks then have no warning but the end of the instance.
      ECS_ENABLE_SPOT_INSTANCE_DRAINING: 'true',
      // Tasks have roles of their own; that of the instance is none of their business.
      ECS_AWSVPC_BLOCK_IMDS: 'true',
      ...props.agentSettings,
    }
    return new InstanceTemplate(scope, 'instances', {
      name,
      image: {
        parameter: '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id',
        resolved: 'at-launch',
      },
      instanceProfileArn: this.profile.arn,
      securityGroupId: this.securityGroupId,
      firstBoot: { settings: { file: '/etc/ecs/ecs.config', values: agentSettings } },
    })
  }
}
