import type { ConsoleSources, DeploymentState } from '../src/console/state'

/** A release and a schedule, whatever the services have. */
export const sampleRuns = {
  releases: () => [
    {
      service: 'tideway-local-api',
      state: 'in progress' as const,
      percent: 10,
      detail: 'waits five minutes at 10 percent',
    },
  ],
  schedules: () => [
    {
      name: 'tideway-local-report',
      expression: 'cron(0 3 * * ? *)',
      nextAt: 86_400,
      executions: [
        { name: 'run-2', at: 7200, status: 'RUNNING' as const, states: ['Run on Spot'] },
        {
          name: 'run-1',
          at: 3600,
          endedAt: 3900,
          status: 'SUCCEEDED' as const,
          states: ['Run on Spot', 'Spot failed', 'Run on demand'],
        },
      ],
    },
  ],
} satisfies ConsoleSources

/** A deployment that has deployed so many of 353 resources. */
export function sampleDeployment(done: number): DeploymentState {
  let rest = done
  const stacks = Object.entries({ network: 46, data: 70, compute: 212, edge: 25 }).map(
    ([name, all]) => {
      const own = Math.min(rest, all)
      rest -= own
      return {
        name,
        status:
          own === all
            ? ('deployed' as const)
            : own > 0
              ? ('in progress' as const)
              : ('waiting' as const),
        done: own,
        all,
        seconds: own / 2,
        waitsFor:
          own > 0 && own < all
            ? [
                { address: 'aws_rds_cluster.database', seconds: 34 },
                { address: 'aws_lb.external', seconds: 12 },
              ]
            : [],
      }
    },
  )
  const isDone = rest === 0 && done >= 353
  return {
    stacks,
    seconds: done / 2,
    status: isDone ? 'deployed' : 'in progress',
    criticalPath: [
      { address: 'aws_vpc.main', seconds: 12, isDone: true },
      { address: 'aws_rds_cluster.database', seconds: 34, isDone: false },
      { address: 'aws_ecs_service.api', seconds: 0, isDone: false },
    ],
  }
}
