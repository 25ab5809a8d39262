import type {
  ComparisonSample,
  ConsoleSources,
  DeploymentState,
  PolicyTotals,
  RequestSample,
} from '../src/console/state'
import type { DroughtSimulation } from '../src/drought/drought-simulation'
import { RingBuffer } from '../src/ring-buffer'

const sampleSeconds = 10
const dollarsPerTaskSecond = 0.00002

/** Every part of the console, with requests that fail where tasks are missing. */
export function sampleSources(simulation: DroughtSimulation) {
  const requests = new RingBuffer<RequestSample>(3000)
  const samples = new RingBuffer<ComparisonSample>(6000)
  const totals = { requests: 0, failed: 0, failedWithout: 0, tasks: 0 }
  let secondsOfDrought = 0
  const load = { requestsPerSecond: 200, requests, failures: () => failures(totals.failed) }
  simulation.aws.simulation.every(sampleSeconds, () => {
    const counts = Object.entries(simulation.timeline.taskCounts())
    const rate = load.requestsPerSecond / counts.length
    secondsOfDrought = simulation.droughts.length === 0 ? 0 : secondsOfDrought + sampleSeconds
    const lost = Math.min(secondsOfDrought / 300, 0.8)
    const at = simulation.timeline.seconds
    const rates = (serving: number, desired: number) => {
      const failed = Math.max(0, 1 - serving / desired) * rate
      return { rate, failed, slow: rate * (0.01 + failed / (rate || 1) / 4), serving }
    }
    const of = (ratesOf: (desired: number, serving: number) => ReturnType<typeof rates>) =>
      Object.fromEntries(
        counts.map(([name, { desired, serving }]) => [name, ratesOf(desired, serving)]),
      )
    const own = of((desired, serving) => rates(serving, desired))
    const without = of((desired) => rates(desired * (1 - lost), desired))
    requests.push({ at, services: own })
    samples.push({ at, policy: 'without', services: without })
    samples.push({ at, policy: 'on-demand', services: of((desired) => rates(desired, desired)) })
    const failedOf = (services: typeof own) =>
      Object.values(services).reduce((sum, { failed }) => sum + failed, 0) * sampleSeconds
    totals.requests += load.requestsPerSecond * sampleSeconds
    totals.failed += failedOf(own)
    totals.failedWithout += failedOf(without)
    totals.tasks += counts.reduce((sum, [, { desired }]) => sum + desired, 0) * sampleSeconds
  })
  const policies = (): PolicyTotals[] => {
    const cost = totals.tasks * dollarsPerTaskSecond
    const policy = (
      name: PolicyTotals['policy'],
      failed: number,
      seconds: number,
      share: number,
    ) => ({
      policy: name,
      requests: totals.requests,
      failed: Math.round(failed),
      longestShortfallSeconds: seconds,
      dollars: cost * share,
    })
    return [
      policy('tideway', totals.failed, 0, 0.39),
      policy('without', totals.failedWithout, 1860, 0.33),
      policy('on-demand', 0, 0, 1),
    ]
  }
  return {
    load,
    comparison: { samples, totals: policies },
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
    programs: () => ({
      kind: 'stand-ins' as const,
      reason: 'the clock runs faster than real time',
      requestsPerSample: 3,
    }),
    edge: 'http://127.0.0.1:40124',
  } satisfies ConsoleSources
}

const failures = (failed: number) =>
  failed < 1
    ? []
    : [
        {
          service: 'tideway-local-api',
          cause: '502 from tideway-local-api-blue: the connection was reset',
          count: Math.round(failed),
        },
      ]

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
