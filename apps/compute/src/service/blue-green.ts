import { CodedeployApp } from '@cdktf/provider-aws/lib/codedeploy-app'
import { CodedeployDeploymentConfig } from '@cdktf/provider-aws/lib/codedeploy-deployment-config'
import { CodedeployDeploymentGroup } from '@cdktf/provider-aws/lib/codedeploy-deployment-group'
import type { EcsService } from '@cdktf/provider-aws/lib/ecs-service'
import { resourceName, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ServiceContext } from './context'
import { ReleaseScaling } from './release-scaling'
import type { ScalableService } from './scaling'
import type { Task } from './task'
import type { Traffic } from './traffic'

export interface BlueGreenProps {
  readonly name: string
  readonly context: ServiceContext
  readonly service: EcsService
  readonly task: Task
  readonly traffic: Traffic
  readonly target: ScalableService
  /** Alarms that roll the release back. */
  readonly alarmNames: readonly string[]
  /** The functions that an AppSpec may name. */
  readonly hookArns: readonly string[]
}

/** How long the old tasks stay after all traffic has moved. Until then, a rollback takes seconds. */
const oldTasksMinutes = 15

/** Releases by CodeDeploy: 10 percent of the traffic for five minutes, then the rest. */
export class BlueGreen extends Construct {
  constructor(scope: Construct, id: string, props: BlueGreenProps) {
    super(scope, id)
    const { name, context, service, task, traffic, target, alarmNames, hookArns } = props
    const { account, region } = tidewayStackOf(this).environment
    const groupName = resourceName(this, 'aws_codedeploy_deployment_group', name)
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
          Resource: '*', // AWS supports no narrower resource for these
        },
        {
          Sid: 'MoveTraffic',
          Action: ['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:ModifyRule'],
          Resource: [traffic.listenerArn, ...traffic.rules.map(({ arn }) => arn)],
        },
        {
          Sid: 'SeeAlarms',
          Action: 'cloudwatch:DescribeAlarms',
          Resource: `arn:aws:cloudwatch:${region}:${account}:alarm:*`,
        },
        ...(hookArns.length === 0
          ? []
          : [{ Sid: 'InvokeHooks', Action: 'lambda:InvokeFunction', Resource: [...hookArns] }]),
        task.passRoles,
      ],
    })
    const app = new CodedeployApp(this, 'app', {
      name: resourceName(this, 'aws_codedeploy_app', name),
      computePlatform: 'ECS',
    })
    const canary = new CodedeployDeploymentConfig(this, 'canary', {
      deploymentConfigName: groupName,
      computePlatform: 'ECS',
      trafficRoutingConfig: {
        type: 'TimeBasedCanary',
        timeBasedCanary: { percentage: 10, interval: 5 },
      },
    })
    const group = new CodedeployDeploymentGroup(this, 'group', {
      appName: app.name,
      deploymentGroupName: groupName,
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
          terminationWaitTimeInMinutes: oldTasksMinutes,
        },
      },
      autoRollbackConfiguration: {
        enabled: true,
        events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
      alarmConfiguration: { enabled: true, alarms: [...alarmNames] },
      dependsOn: [role.granted],
    })
    new ReleaseScaling(this, 'scaling', {
      name,
      context,
      target,
      applicationName: app.name,
      deploymentGroupName: group.deploymentGroupName,
    })
  }
}
