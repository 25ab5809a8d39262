import { CodedeployApp } from '@cdktf/provider-aws/lib/codedeploy-app'
import { CodedeployDeploymentConfig } from '@cdktf/provider-aws/lib/codedeploy-deployment-config'
import { CodedeployDeploymentGroup } from '@cdktf/provider-aws/lib/codedeploy-deployment-group'
import type { EcsService } from '@cdktf/provider-aws/lib/ecs-service'
import {
  contextOf,
  type PolicyStatement,
  resourceName,
  ServiceRole,
} from '@tideway/constructs/parts'
import { Construct } from 'constructs'

/** CodeDeploy starts the new tasks in the second target group, and moves the traffic to them. */
export interface BlueGreenRelease {
  readonly controller: 'CODE_DEPLOY'
  /** The names of the target groups. The first one is that of the `loadBalancer` of the service. */
  readonly targetGroupNames: readonly [blue: string, green: string]
  /** The listener that sends the traffic of the service. */
  readonly listenerArn: string
  /** The rules of the listener that forward to the first target group. CodeDeploy changes them. */
  readonly ruleArns: readonly string[]
  /** The task roles and execution roles of the task definitions, which CodeDeploy passes on. */
  readonly roleArns: readonly string[]
  /** Alarms that roll a release back. @default none */
  readonly alarmNames?: readonly string[]
  /** Functions that an AppSpec may name as hooks. @default none */
  readonly hookArns?: readonly string[]
  /** The traffic that moves first, and for how long it moves alone. @default 10 percent for five minutes */
  readonly canary?: { readonly percent: number; readonly minutes: number }
  /** How long the old tasks stay after all traffic has moved. Until then, a rollback takes seconds. @default 15 */
  readonly oldTasksMinutes?: number
}

export interface BlueGreenProps {
  /** A part of the names. */
  readonly name: string
  readonly clusterName: string
  readonly service: EcsService
  readonly release: BlueGreenRelease
}

/** The CodeDeploy application of a service, with its deployment group and role. */
export class BlueGreen extends Construct {
  readonly applicationName: string
  readonly deploymentGroupName: string

  constructor(scope: Construct, id: string, props: BlueGreenProps) {
    super(scope, id)
    const { name, clusterName, service, release } = props
    const { hookArns = [], alarmNames = [], canary = { percent: 10, minutes: 5 } } = release
    const { account, region } = contextOf(this)
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
            `arn:aws:ecs:${region}:${account}:task-set/${clusterName}/${service.name}/*`,
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
          Resource: [release.listenerArn, ...release.ruleArns],
        },
        {
          Sid: 'SeeAlarms',
          Action: 'cloudwatch:DescribeAlarms',
          Resource: `arn:aws:cloudwatch:${region}:${account}:alarm:*`,
        },
        ...(hookArns.length === 0
          ? []
          : [{ Sid: 'InvokeHooks', Action: 'lambda:InvokeFunction', Resource: [...hookArns] }]),
        passRoles(release.roleArns),
      ],
    })
    const app = new CodedeployApp(this, 'app', {
      name: resourceName(this, 'aws_codedeploy_app', name),
      computePlatform: 'ECS',
    })
    const config = new CodedeployDeploymentConfig(this, 'canary', {
      deploymentConfigName: groupName,
      computePlatform: 'ECS',
      trafficRoutingConfig: {
        type: 'TimeBasedCanary',
        timeBasedCanary: { percentage: canary.percent, interval: canary.minutes },
      },
    })
    const group = new CodedeployDeploymentGroup(this, 'group', {
      appName: app.name,
      deploymentGroupName: groupName,
      deploymentConfigName: config.deploymentConfigName,
      serviceRoleArn: role.arn,
      deploymentStyle: {
        deploymentOption: 'WITH_TRAFFIC_CONTROL',
        deploymentType: 'BLUE_GREEN',
      },
      ecsService: { clusterName, serviceName: service.name },
      loadBalancerInfo: {
        targetGroupPairInfo: {
          prodTrafficRoute: { listenerArns: [release.listenerArn] },
          targetGroup: release.targetGroupNames.map((group) => ({ name: group })),
        },
      },
      blueGreenDeploymentConfig: {
        deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT' },
        terminateBlueInstancesOnDeploymentSuccess: {
          action: 'TERMINATE',
          terminationWaitTimeInMinutes: release.oldTasksMinutes ?? 15,
        },
      },
      autoRollbackConfiguration: {
        enabled: true,
        events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
      alarmConfiguration: { enabled: true, alarms: [...alarmNames] },
      dependsOn: [role.granted],
    })
    this.applicationName = app.name
    this.deploymentGroupName = group.deploymentGroupName
  }
}

/** Lets a role start tasks with their roles. */
export function passRoles(roleArns: readonly string[]): PolicyStatement {
  return {
    Sid: 'HandRolesToTasks',
    Action: 'iam:PassRole',
    Resource: roleArns,
    Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  }
}
