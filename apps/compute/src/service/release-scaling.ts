import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule'
import { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine'
import { alarm, logGroup, resourceName, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ServiceContext } from './context'
import type { ScalableService } from './scaling'
import { logAndTrace } from './state-machine'

export interface ReleaseScalingProps {
  readonly name: string
  readonly context: ServiceContext
  readonly target: ScalableService
  readonly applicationName: string
  readonly deploymentGroupName: string
}

/**
 * Suspends the autoscaling of a service while CodeDeploy releases it, as both task sets count as its capacity then: a
 * scaling event can stop the release, or double the desired count. Each minute, a state machine compares the releases
 * with the suspension. So it ends after any release, also one that fails, and after any error of the state machine.
 */
export class ReleaseScaling extends Construct {
  constructor(scope: Construct, id: string, props: ReleaseScalingProps) {
    super(scope, id)
    const { name, context, target, applicationName, deploymentGroupName } = props
    const { environment } = tidewayStackOf(this)
    const regionAndAccount = `${environment.region}:${environment.account}`
    const log = logGroup(this, 'log', {
      name: `/aws/vendedlogs/states/tideway-${environment.name}-${name}-release-scaling`,
      keyArn: context.logKeyArn,
    })
    const role = new ServiceRole(this, `${name}-release-scaling`, {
      service: 'states.amazonaws.com',
      statements: [
        {
          Sid: 'SeeReleases',
          Action: 'codedeploy:ListDeployments',
          Resource: `arn:aws:codedeploy:${regionAndAccount}:deploymentgroup:${applicationName}/${deploymentGroupName}`,
        },
        {
          Sid: 'SeeTarget',
          Action: 'application-autoscaling:DescribeScalableTargets',
          Resource: '*', // AWS supports no narrower resource
        },
        {
          Sid: 'SuspendAndResume',
          Action: 'application-autoscaling:RegisterScalableTarget',
          Resource: target.arn,
        },
        logAndTrace,
      ],
    })
    const machine = new SfnStateMachine(this, 'machine', {
      name: resourceName(this, 'aws_sfn_state_machine', `${name}-release-scaling`),
      // Cents a month. A standard one costs dollars at this rate.
      type: 'EXPRESS',
      roleArn: role.arn,
      definition: JSON.stringify(suspendedWhileReleasing(props)),
      loggingConfiguration: { level: 'ERROR', logDestination: `${log.arn}:*` },
      tracingConfiguration: { enabled: true },
      dependsOn: [role.granted],
    })
    const clockRole = new ServiceRole(this, `${name}-release-clock`, {
      service: 'scheduler.amazonaws.com',
      statements: [{ Sid: 'Start', Action: 'states:StartExecution', Resource: machine.arn }],
    })
    new SchedulerSchedule(this, 'clock', {
      name: resourceName(this, 'aws_scheduler_schedule', `${name}-release-scaling`),
      description: `Suspends the autoscaling of ${name} during its releases`,
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: machine.arn,
        roleArn: clockRole.arn,
        input: '{}',
        // The next run follows in a minute.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
      dependsOn: [clockRole.granted],
    })
    alarm(this, 'alarm', {
      page: 'release-scaling',
      topicArn: context.alarmTopicArn,
      alarmName: resourceName(this, 'aws_cloudwatch_metric_alarm', `${name}-release-scaling`),
      alarmDescription: `Autoscaling of ${name} may stay suspended after a release, or active in one`,
      namespace: 'AWS/States',
      metricName: 'ExecutionsSucceeded',
      dimensions: { StateMachineArn: machine.arn },
      statistic: 'Sum',
      period: 60,
      evaluationPeriods: 10,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      treatMissingData: 'breaching',
    })
  }
}

const retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 3 }]

/**
 * A definition for Step Functions. It suspends scheduled scaling too, which no service of CodeDeploy has: so it can tell its own
 * suspension from that of an operator, who suspends dynamic scaling only, and resumes only its own.
 */
export function suspendedWhileReleasing({
  name,
  target: { resourceId, scalableDimension, serviceNamespace },
  applicationName,
  deploymentGroupName,
}: Pick<ReleaseScalingProps, 'name' | 'target' | 'applicationName' | 'deploymentGroupName'>) {
  const call = (action: string, parameters: Readonly<Record<string, unknown>>) => ({
    Type: 'Task',
    Resource: `arn:aws:states:::aws-sdk:${action}`,
    Parameters: parameters,
    Retry: retry,
  })
  const parts = [
    'DynamicScalingInSuspended',
    'DynamicScalingOutSuspended',
    'ScheduledScalingSuspended',
  ]
  const suspended = '$.targets.ScalableTargets[0].SuspendedState'
  const is = (part: string) => ({ Variable: `${suspended}.${part}`, BooleanEquals: true })
  const releases = { Variable: '$.releases.Deployments[0]', IsPresent: true }
  const set = (value: boolean) => ({
    ...call('applicationautoscaling:registerScalableTarget', {
      ServiceNamespace: serviceNamespace,
      ScalableDimension: scalableDimension,
      ResourceId: resourceId,
      SuspendedState: Object.fromEntries(parts.map((part) => [part, value])),
    }),
    End: true,
  })
  return {
    Comment: `Suspends the autoscaling of ${name} while CodeDeploy releases it`,
    StartAt: 'Releases',
    TimeoutSeconds: 50,
    States: {
      Releases: {
        ...call('codedeploy:listDeployments', {
          ApplicationName: applicationName,
          DeploymentGroupName: deploymentGroupName,
          IncludeOnlyStatuses: ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'],
        }),
        ResultPath: '$.releases',
        Next: 'Target',
      },
      Target: {
        ...call('applicationautoscaling:describeScalableTargets', {
          ServiceNamespace: serviceNamespace,
          ResourceIds: [resourceId],
        }),
        ResultPath: '$.targets',
        Next: 'Compare',
      },
      Compare: {
        Type: 'Choice',
        Choices: [
          {
            And: [releases, { Not: { And: parts.slice(0, 2).map(is) } }],
            Next: 'Suspend',
          },
          { And: [{ Not: releases }, ...parts.map(is)], Next: 'Resume' },
        ],
        Default: 'Same',
      },
      Suspend: set(true),
      Resume: set(false),
      Same: { Type: 'Succeed' },
    },
  }
}
