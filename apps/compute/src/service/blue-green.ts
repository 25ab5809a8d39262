import { CodedeployApp } from '@cdktf/provider-aws/lib/codedeploy-app'
import { CodedeployDeploymentConfig } from '@cdktf/provider-aws/lib/codedeploy-deployment-config'
import { CodedeployDeploymentGroup } from '@cdktf/provider-aws/lib/codedeploy-deployment-group'
import type { EcsService } from '@cdktf/provider-aws/lib/ecs-service'
import { nameOf, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ServiceContext } from './context'
import type { Task } from './task'
import type { Traffic } from './traffic'

export interface BlueGreenProps {
  readonly name: string
  readonly context: ServiceContext
  readonly service: EcsService
  readonly task: Task
  readonly traffic: Traffic
  /** When one of them goes off, the release is taken back. */
  readonly alarmNames: readonly string[]
}

/** How long the old tasks stay after all traffic has moved: a way back that takes seconds. */
const minutesUntilOldTasksStop = 15

/** Releases by CodeDeploy: a tenth of the traffic first, the rest when that went well. */
export class BlueGreen extends Construct {
  readonly appName: string
  readonly groupName: string

  constructor(scope: Construct, id: string, props: BlueGreenProps) {
    super(scope, id)
    const { name, context, service, task, traffic, alarmNames } = props
    const { environment } = tidewayStackOf(this)
    const { account, region } = environment
    const named = (type: 'aws_codedeploy_app' | 'aws_codedeploy_deployment_group') =>
      nameOf(environment, type, name, this.node.path)
    const role = new ServiceRole(this, `${name}-release`, {
      service: 'codedeploy.amazonaws.com',
      statements: [
        {
          Sid: 'ReleaseService',
          Action: [
            'ecs:CreateTaskSet',
            'ecs:DeleteTaskSet',
            'ecs:DescribeServices',
            'ecs:UpdateServicePrimaryTaskSet',
          ],
          Resource: [
            service.id,
            `arn:aws:ecs:${region}:${account}:task-set/${context.cluster.name}/${service.name}/*`,
          ],
        },
        {
          Sid: 'SeeLoadBalancers',
          Action: [
            'elasticloadbalancing:DescribeListeners',
            'elasticloadbalancing:DescribeRules',
            'elasticloadbalancing:DescribeTargetGroups',
          ],
          Resource: '*', // AWS knows no smaller resource for these
        },
        {
          Sid: 'MoveTraffic',
          Action: ['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:ModifyRule'],
          Resource: [traffic.listenerArn, traffic.attached.arn],
        },
        {
          Sid: 'SeeAlarms',
          Action: 'cloudwatch:DescribeAlarms',
          Resource: `arn:aws:cloudwatch:${region}:${account}:alarm:*`,
        },
        {
          Sid: 'HandRolesToTasks',
          Action: 'iam:PassRole',
          Resource: [task.taskRoleArn, task.startRoleArn],
          Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        },
      ],
    })
    const app = new CodedeployApp(this, 'app', {
      name: named('aws_codedeploy_app'),
      computePlatform: 'ECS',
    })
    const canary = new CodedeployDeploymentConfig(this, 'canary', {
      deploymentConfigName: named('aws_codedeploy_deployment_group'),
      computePlatform: 'ECS',
      trafficRoutingConfig: {
        type: 'TimeBasedCanary',
        timeBasedCanary: { percentage: 10, interval: 5 },
      },
    })
    const group = new CodedeployDeploymentGroup(this, 'group', {
      appName: app.name,
      deploymentGroupName: named('aws_codedeploy_deployment_group'),
      deploymentConfigName: canary.deploymentConfigName,
      serviceRoleArn: role.arn,
      deploymentStyle: {
        deploymentOption: 'WITH_TRAFFIC_CONTROL',
        deploymentType: 'BLUE_GREEN',
      },
      ecsService: { clusterName: context.cluster.name, serviceName: service.name },
      loadBalancerInfo: {
        targetGroupPairInfo: {
          prodTrafficRoute: { listenerArns: [traffic.listenerArn] },
          targetGroup: traffic.targetGroups.map(({ name: group }) => ({ name: group })),
        },
      },
      blueGreenDeploymentConfig: {
        deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT' },
        terminateBlueInstancesOnDeploymentSuccess: {
          action: 'TERMINATE',
          terminationWaitTimeInMinutes: minutesUntilOldTasksStop,
        },
      },
      autoRollbackConfiguration: {
        enabled: true,
        events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
      alarmConfiguration: { enabled: true, alarms: [...alarmNames] },
      dependsOn: [role.granted],
    })
    this.appName = app.name
    this.groupName = group.deploymentGroupName
  }
}
