import { type StackName, stackNames, stacks } from '@tideway/constructs/stacks'
import { type DeployRequest, deploy, type Progress, type Runner } from '../src/deploy'

/** A fake of Nx that records its runs. `publishing` stacks change an output, and `failing` stacks fail. */
function runnerWith({
  publishing = [],
  failing = [],
}: {
  publishing?: StackName[]
  failing?: StackName[]
} = {}) {
  const runs: string[] = []
  const progress: Progress[] = []
  const runner: Runner = {
    run: async (target, stack, environment, options) => {
      runs.push([target, stack, environment, ...options].join(' '))
      return !failing.includes(stack)
    },
    published: (stack) => (publishing.includes(stack) ? ['vpc_id'] : []),
    progress: (made) => progress.push(structuredClone(made)),
  }
  return { runs, runner, progress }
}

const request = (stacks: StackName[], plans?: string): DeployRequest => ({
  stacks,
  environment: 'dev',
  plans,
})

const readersOf = (producer: StackName) =>
  stackNames.filter((stack) => (stacks[stack].reads as readonly string[]).includes(producer))
const plansOf = (names: readonly StackName[]) => names.map((stack) => `plan ${stack} dev`)

describe('a deploy of several stacks', () => {
  it('follows the order of the stacks, not of the arguments, and deploys no other stack', async () => {
    const { runs, runner } = runnerWith()
    const result = await deploy(request(['compute', 'network']), runner)
    expect(runs).toEqual(['deploy network dev', 'deploy compute dev'])
    expect(result).toEqual({
      deployed: ['network', 'compute'],
      failed: undefined,
      replanned: [],
      outdated: [],
    })
  })

  it('stops where one fails', async () => {
    const { runs, runner } = runnerWith({ failing: ['data'], publishing: ['network'] })
    const result = await deploy(request(['network', 'data', 'compute']), runner)
    expect(runs).toEqual(['deploy network dev', 'deploy data dev'])
    expect(result).toMatchObject({ deployed: ['network'], failed: 'data' })
  })

  it('plans the readers of changed outputs again, and deploys none of them', async () => {
    const { runs, runner } = runnerWith({ publishing: ['network'] })
    const result = await deploy(request(['network', 'data']), runner)
    const replanned = readersOf('network').filter((stack) => stack !== 'data')
    expect(replanned).toContain('compute')
    expect(runs).toEqual(['deploy network dev', 'deploy data dev', ...plansOf(replanned)])
    expect(result).toMatchObject({ replanned, outdated: [] })
  })

  it('does not apply reviewed plans that are based on outputs which have changed', async () => {
    const { runs, runner } = runnerWith({ publishing: ['data'] })
    const result = await deploy(request(['network', 'data', 'compute'], 'plans'), runner)
    expect(runs).toEqual([
      'deploy network dev --plans=plans',
      'deploy data dev --plans=plans',
      ...plansOf(readersOf('data')),
    ])
    expect(result).toMatchObject({
      deployed: ['network', 'data'],
      replanned: readersOf('data'),
      outdated: ['compute'],
    })
  })

  it('reports after each stack what is deployed, and which readers of changed outputs are not', async () => {
    const { runner, progress } = runnerWith({ publishing: ['network'], failing: ['compute'] })
    await deploy(request(['network', 'data', 'compute']), runner)
    expect(progress).toEqual([
      { deployed: ['network'], stale: readersOf('network') },
      { deployed: ['network', 'data'], stale: readersOf('data') },
    ])
  })

  it('plans no other stack where no output has changed', async () => {
    const { runs, runner } = runnerWith()
    await deploy(request(['network']), runner)
    expect(runs).toEqual(['deploy network dev'])
  })
})
