type State = Readonly<Record<string, unknown>>

/**
 * Runs a task on Spot, and again on demand where Spot has no room for it or takes it back in the middle, in the
 * language of Step Functions. EventBridge Scheduler alone can start a task, and never learns what became of it.
 * A task that fails by itself fails: running it elsewhere would only fail again.
 */
export function rescuedOnDemand(what: string, task: Readonly<Record<string, unknown>>): State {
  const run = (provider: string): State => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    TimeoutSeconds: 3600,
    Parameters: { ...task, CapacityProviderStrategy: [{ CapacityProvider: provider, Weight: 1 }] },
    // Throttled, or ECS itself in trouble.
    Retry: [
      {
        ErrorEquals: ['ECS.ServerException', 'ECS.ThrottlingException'],
        IntervalSeconds: 2,
        BackoffRate: 2,
        MaxAttempts: 4,
        JitterStrategy: 'FULL',
      },
    ],
  })
  return {
    Comment: `${what} on Spot, and on demand where Spot fails it`,
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
              // It could not be placed. This name is asked for here, because in a Catch it stands for all errors.
              { Not: { Variable: '$.failure.Error', StringEquals: 'States.TaskFailed' } },
              // It ran, and ended badly: why stands in the words of ECS.
              ...[
                'SpotInterruption',
                'Your Spot Task was interrupted',
                'Capacity is unavailable',
              ].map((words) => ({ Variable: '$.failure.Cause', StringMatches: `*${words}*` })),
            ],
            Next: 'OnDemand',
          },
        ],
        Default: 'Failed',
      },
      OnDemand: { ...run('FARGATE'), End: true },
      Failed: {
        Type: 'Fail',
        Error: 'TaskFailed',
        Cause: `${what} failed, and not for want of capacity`,
      },
    },
  }
}
