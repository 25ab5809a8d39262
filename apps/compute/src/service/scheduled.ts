import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule'
import { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine'
import { nameOf, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { Fn } from 'cdktf'
import { Construct } from 'constructs'
import type { ServiceContext } from './context'
import type { ScheduledDefinition } from './definition'
import { rescuedOnDemand } from './rescue'
import { Task } from './task'

export interface ScheduledProps {
  readonly name: string
  readonly definition: ScheduledDefinition
  readonly context: ServiceContext
}

/** Short work that the clock starts. */
export class Scheduled extends Construct {
  constructor(scope: Construct, id: string, { name, definition, context }: ScheduledProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { account, region } = environment
    const task = new Task(this, 'task', { name, definition, context })
    const family = `arn:aws:ecs:${region}:${account}:task-definition/${task.family}`
    const log = new CloudwatchLogGroup(this, 'run-log', {
      // With this beginning AWS lets it be written without a policy that grows with each group.
      name: `/aws/vendedlogs/states/tideway-${environment.name}-${name}`,
      retentionInDays: environment.logRetentionDays,
      kmsKeyId: context.logKeyArn,
    })
    const runRole = new ServiceRole(this, `${name}-run`, {
      service: 'states.amazonaws.com',
      statements: [
        {
          Sid: 'RunTask',
          Action: 'ecs:RunTask',
          Resource: `${family}:*`,
          Condition: { ArnEquals: { 'ecs:cluster': context.cluster.arn } },
        },
        {
          // With the tags of its definition, which RunTask asks for separately.
          Sid: 'TagTask',
          Action: 'ecs:TagResource',
          Resource: `arn:aws:ecs:${region}:${account}:task/${context.cluster.name}/*`,
          Condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
        },
        {
          Sid: 'FollowTask',
          Action: ['ecs:DescribeTasks', 'ecs:StopTask'],
          Resource: `arn:aws:ecs:${region}:${account}:task/${context.cluster.name}/*`,
        },
        {
          Sid: 'HearOfItsEnd',
          Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
          // Step Functions keeps one rule of this name for all that wait for tasks.
          Resource: `arn:aws:events:${region}:${account}:rule/StepFunctionsGetEventsForECSTaskRule`,
        },
        {
          Sid: 'HandRolesToTasks',
          Action: 'iam:PassRole',
          Resource: [task.taskRoleArn, task.startRoleArn],
          Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        },
        {
          Sid: 'LogAndTrace',
          Action: [
            'logs:CreateLogDelivery',
            'logs:DeleteLogDelivery',
            'logs:DescribeLogGroups',
            'logs:DescribeResourcePolicies',
            'logs:GetLogDelivery',
            'logs:ListLogDeliveries',
            'logs:PutResourcePolicy',
            'logs:UpdateLogDelivery',
            'xray:GetSamplingRules',
            'xray:GetSamplingTargets',
            'xray:PutTelemetryRecords',
            'xray:PutTraceSegments',
          ],
          Resource: '*', // deliveries of logs have no ARN, nor have traces
        },
      ],
    })
    const run = new SfnStateMachine(this, 'run', {
      name: nameOf(environment, 'aws_sfn_state_machine', name, this.node.path),
      roleArn: runRole.arn,
      definition: JSON.stringify(
        rescuedOnDemand(name, {
          Cluster: context.cluster.arn,
          TaskDefinition: task.definitionArn,
          // Of the parameters of ECS, the documentation of Step Functions leaves this one out: only where it is needed.
          ...(definition.tasks > 1 && { Count: definition.tasks }),
          PropagateTags: 'TASK_DEFINITION',
          NetworkConfiguration: {
            AwsvpcConfiguration: {
              // One by one: a whole list cannot stand in JSON that Terraform only fills in.
              Subnets: environment.availabilityZones.map((_, zone) =>
                Fn.element(context.subnetIds, zone),
              ),
              SecurityGroups: task.securityGroupIds,
              AssignPublicIp: 'DISABLED',
            },
          },
        }),
      ),
      // Why a run failed, without what it was given.
      loggingConfiguration: { level: 'ERROR', logDestination: `${log.arn}:*` },
      tracingConfiguration: { enabled: true },
      dependsOn: [context.capacity.association, runRole.granted, ...task.granted],
    })
    const startRole = new ServiceRole(this, `${name}-clock`, {
      service: 'scheduler.amazonaws.com',
      statements: [{ Sid: 'Start', Action: 'states:StartExecution', Resource: run.arn }],
    })
    new SchedulerSchedule(this, 'clock', {
      name: nameOf(environment, 'aws_scheduler_schedule', name, this.node.path),
      description: `Starts ${name}`,
      scheduleExpression: definition.runs,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: run.arn,
        roleArn: startRole.arn,
        input: '{}',
        // Late is better than never, until the next time is near.
        retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 600 },
      },
      dependsOn: [startRole.granted],
    })
  }
}
