import type { ScheduleFields } from '../definition'

type State = Readonly<Record<string, unknown>>

/**
 * A Step Functions definition that runs a task on Spot, and again on demand if Spot has no capacity or interrupts it.
 * EventBridge Scheduler alone can start a task but does not receive its result. A task that fails for another reason
 * is run again as often as `retries` allows: it would mostly fail on demand too.
 */
export function withOnDemandFallback(
  name: string,
  task: Readonly<Record<string, unknown>>,
  { timeoutMinutes = 60, retries = 0 }: Pick<ScheduleFields, 'timeoutMinutes' | 'retries'> = {},
): State {
  const run = (provider: string, repeats = 0): State => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    TimeoutSeconds: 60 * timeoutMinutes,
    Parameters: { ...task, CapacityProviderStrategy: [{ CapacityProvider: provider, Weight: 1 }] },
    // Throttling and server errors of ECS.
    Retry: [
      {
        ErrorEquals: ['ECS.ServerException', 'ECS.ThrottlingException'],
        IntervalSeconds: 2,
        BackoffRate: 2,
        MaxAttempts: 4,
        JitterStrategy: 'FULL',
      },
      // Matches every error but a timeout.
      ...(repeats > 0
        ? [
            {
              ErrorEquals: ['States.TaskFailed'],
              IntervalSeconds: 60,
              BackoffRate: 2,
              MaxAttempts: repeats,
            },
          ]
        : []),
    ],
  })
  return {
    Comment: `${name} on Spot, and on demand where Spot fails it`,
    StartAt: 'OnSpot',
    States: {
      OnSpot: {
        ...run('FARGATE_SPOT'),
        Catch: [
          { ErrorEquals: ['States.Timeout'], Next: 'Failed' },
          { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'WasSpotToBlame' },
        ],
        End: true,
      },
      WasSpotToBlame: {
        Type: 'Choice',
        Choices: [
          {
            Or: [
              // The task was not placed. In a Catch, States.TaskFailed would match all errors.
              { Not: { Variable: '$.failure.Error', StringEquals: 'States.TaskFailed' } },
              // The task ran and was stopped. The cause contains the message of ECS.
              ...[
                'SpotInterruption',
                'Your Spot Task was interrupted',
                'Capacity is unavailable',
              ].map((text) => ({ Variable: '$.failure.Cause', StringMatches: `*${text}*` })),
            ],
            Next: 'OnDemand',
          },
        ],
        Default: retries > 0 ? 'Again' : 'Failed',
      },
      OnDemand: { ...run('FARGATE', retries), End: true },
      ...(retries > 0 && { Again: { ...run('FARGATE', retries - 1), End: true } }),
      Failed: {
        Type: 'Fail',
        Error: 'TaskFailed',
        Cause: `${name} failed, and not for want of capacity`,
      },
    },
  }
}
