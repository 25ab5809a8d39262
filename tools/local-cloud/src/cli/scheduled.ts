import { AwsCalls } from '../aws-call'
import type { DroughtSimulation } from '../drought/drought-simulation'
import type { LocalCloud } from '../local-cloud'

interface Started {
  readonly executionArn: string
}

interface Described {
  readonly status: string
}

interface History {
  readonly events: readonly { readonly type: string }[]
}

const name = 'tideway-local-scheduler'

/** Runs the scheduled service through a drought. Returns what is not as in AWS, as lines. */
export async function scheduledProblems(
  cloud: Pick<LocalCloud, 'url' | 'startSimulation'>,
): Promise<string[]> {
  const simulation = await cloud.startSimulation(1)
  const runs = new Runs(simulation, new AwsCalls(cloud.url), await machineArn(cloud))
  await runs.expect('on Spot', 'SUCCEEDED', ['TaskSubmitted', 'TaskSucceeded'], async () => {})
  await runs.expect(
    'interrupted by Spot',
    'SUCCEEDED',
    ['TaskFailed', 'TaskSucceeded'],
    async () => {
      await simulation.run(60)
      simulation.setDrought('FARGATE_SPOT', true)
    },
  )
  await runs.expect(
    'refused by Spot',
    'SUCCEEDED',
    ['TaskSubmitFailed', 'TaskSucceeded'],
    async () => {},
  )
  simulation.clock.programs.failNext(name)
  await runs.expect('that fails', 'FAILED', ['TaskFailed', 'ExecutionFailed'], async () => {})
  const problems = simulation.problems.all.map(({ part, message }) => `${part}: ${message}`)
  return [...runs.problems, ...problems, ...simulation.clock.notRun]
}

async function machineArn({ url }: Pick<LocalCloud, 'url'>): Promise<string> {
  const { stateMachines } = await new AwsCalls(url).json<{
    stateMachines: { name: string; stateMachineArn: string }[]
  }>('states', 'ListStateMachines')
  return stateMachines.find((machine) => machine.name === name)?.stateMachineArn ?? ''
}

class Runs {
  readonly problems: string[] = []

  constructor(
    private readonly simulation: DroughtSimulation,
    private readonly calls: AwsCalls,
    private readonly stateMachineArn: string,
  ) {}

  /** Starts a run, and compares its end and its history. */
  async expect(
    what: string,
    status: string,
    types: readonly string[],
    during: () => Promise<void>,
  ): Promise<void> {
    const { calls, simulation, stateMachineArn } = this
    const execution = await calls.json<Started>('states', 'StartExecution', { stateMachineArn })
    const { executionArn } = execution
    await during()
    await simulation.run(1200)
    const found = await calls.json<Described>('states', 'DescribeExecution', { executionArn })
    const { events } = await calls.json<History>('states', 'GetExecutionHistory', { executionArn })
    const missing = types.filter((type) => !events.some((event) => event.type === type))
    if (found.status === status && missing.length === 0) return
    const got = `${found.status} with ${events.map(({ type }) => type).join(', ')}`
    this.problems.push(`a run ${what}: must be ${status} with ${types.join(', ')}; got ${got}`)
  }
}
