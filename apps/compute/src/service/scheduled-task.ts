import { SchedulerSchedule } from '@cdktf/provider-aws/lib/scheduler-schedule'
import { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine'
import { alarm, logGroup, resourceName, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { Fn } from 'cdktf'
import { Construct } from 'constructs'
import { BeforeRelease } from '../before-release'
import type { ScheduledTaskDefinition } from '../definition'
import type { ServiceProps } from './context'
import { withOnDemandFallback } from './on-demand-fallback'
import { runTaskStatements } from './run-task'
import { logAndTrace } from './state-machine'
import { Task } from './task'

/** A short task that a schedule starts. */
export class ScheduledTask extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, definition, context }: ServiceProps<ScheduledTaskDefinition>,
  ) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { account, region } = environment
    const task = new Task(this, 'task', { name, definition, context })
    const log = logGroup(this, 'run-log', {
      // With this prefix AWS needs no resource policy, which has a size limit, for each group.
      name: `/aws/vendedlogs/states/tideway-${environment.name}-${name}`,
      keyArn: context.logKeyArn,
    })
    const runRole = new ServiceRole(this, `${name}-run`, {
      service: 'states.amazonaws.com',
      statements: [
        ...runTaskStatements(task, context),
        {
          Sid: 'HearOfItsEnd',
          Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
          // Step Functions uses one rule of this name for all tasks that it waits for.
          Resource: `arn:aws:events:${region}:${account}:rule/StepFunctionsGetEventsForECSTaskRule`,
        },
        task.passRoles,
        logAndTrace,
      ],
    })
    const beforeRelease =
      definition.beforeRelease &&
      new BeforeRelease(this, 'before-release', {
        name,
        context,
        task,
        command: definition.beforeRelease,
        releasedBy: 'terraform',
      })
    const run = new SfnStateMachine(this, 'run', {
      name: resourceName(this, 'aws_sfn_state_machine', name),
      roleArn: runRole.arn,
      definition: JSON.stringify(
        withOnDemandFallback(
          name,
          {
            Cluster: context.cluster.arn,
            TaskDefinition: task.definitionArn,
            // The Step Functions documentation does not list Count, so it is set only where needed.
            ...(definition.tasks > 1 && { Count: definition.tasks }),
            PropagateTags: 'TASK_DEFINITION',
            NetworkConfiguration: {
              AwsvpcConfiguration: {
                // One by one: a list token cannot be embedded in a JSON string.
                Subnets: environment.availabilityZones.map((_, zone) =>
                  Fn.element(context.subnetIds, zone),
                ),
                SecurityGroups: task.securityGroupIds,
                AssignPublicIp: 'DISABLED',
              },
            },
          },
          definition,
        ),
      ),
      // Logs errors without the input of the run.
      loggingConfiguration: { level: 'ERROR', logDestination: `${log.arn}:*` },
      tracingConfiguration: { enabled: true },
      dependsOn: [
        context.capacity.association,
        runRole.granted,
        ...task.granted,
        ...(beforeRelease ? [beforeRelease.succeeded] : []),
      ],
    })
    if (definition.owner !== undefined) {
      alarm(this, 'failed', {
        page: 'scheduled-task-failed',
        topicArn: context.alarmTopicArn,
        alarmName: resourceName(this, 'aws_cloudwatch_metric_alarm', `${name}-failed`),
        alarmDescription: `A run of ${name} has failed, and will not be repeated`,
        evaluationPeriods: 1,
        metricQuery: [
          ...['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map((metricName) => ({
            id: metricName.toLowerCase(),
            metric: {
              namespace: 'AWS/States',
              metricName,
              dimensions: { StateMachineArn: run.arn },
              stat: 'Sum',
              period: 300,
            },
          })),
          { id: 'result', expression: 'SUM(METRICS())', label: 'Failed runs', returnData: true },
        ],
      })
    }
    const scheduleRole = new ServiceRole(this, `${name}-clock`, {
      service: 'scheduler.amazonaws.com',
      statements: [{ Sid: 'Start', Action: 'states:StartExecution', Resource: run.arn }],
    })
    new SchedulerSchedule(this, 'clock', {
      name: resourceName(this, 'aws_scheduler_schedule', name),
      description: `Starts ${name}`,
      scheduleExpression: definition.runs,
      scheduleExpressionTimezone: definition.timeZone ?? 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: run.arn,
        roleArn: scheduleRole.arn,
        input: '{}',
        // A late start is better than none, until the next one is near.
        retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 600 },
      },
      dependsOn: [scheduleRole.granted],
    })
  }
}
