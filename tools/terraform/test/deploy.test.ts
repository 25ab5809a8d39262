import type { StackName } from '@tideway/constructs/stacks'
import { type DeployRequest, deploy, type Runner } from '../src/deploy'

/** Nx, as far as it is asked: which stacks publish something new, and which fail. */
function runnerWith({
  publishing = [],
  failing = [],
}: {
  publishing?: StackName[]
  failing?: StackName[]
} = {}) {
  const asked: string[] = []
  const runner: Runner = {
    run: async (target, stack, environment, options) => {
      asked.push([target, stack, environment, ...options].join(' '))
      return !failing.includes(stack)
    },
    published: (stack) => (publishing.includes(stack) ? ['vpc_id'] : []),
  }
  return { asked, runner }
}

const request = (stacks: StackName[], plans?: string): DeployRequest => ({
  stacks,
  environment: 'dev',
  plans,
})

describe('a deploy of several stacks', () => {
  it('follows the order of the stacks, not of the arguments, and deploys no other stack', async () => {
    const { asked, runner } = runnerWith()
    const result = await deploy(request(['edge', 'network']), runner)
    expect(asked).toEqual(['deploy network dev', 'deploy edge dev'])
    expect(result).toEqual({
      deployed: ['network', 'edge'],
      failed: undefined,
      replanned: [],
      outdated: [],
    })
  })

  it('stops where one fails', async () => {
    const { asked, runner } = runnerWith({ failing: ['data'], publishing: ['network'] })
    const result = await deploy(request(['network', 'data', 'edge']), runner)
    expect(asked).toEqual(['deploy network dev', 'deploy data dev'])
    expect(result).toMatchObject({ deployed: ['network'], failed: 'data' })
  })

  it('plans the readers of changed outputs again, and deploys none of them', async () => {
    const { asked, runner } = runnerWith({ publishing: ['network'] })
    const result = await deploy(request(['network', 'data']), runner)
    expect(asked).toEqual([
      'deploy network dev',
      'deploy data dev',
      'plan compute dev',
      'plan edge dev',
    ])
    expect(result).toMatchObject({ replanned: ['compute', 'edge'], outdated: [] })
  })

  it('does not apply reviewed plans that are based on outputs which have changed', async () => {
    const { asked, runner } = runnerWith({ publishing: ['data'] })
    const result = await deploy(request(['network', 'data', 'compute'], 'plans'), runner)
    expect(asked).toEqual([
      'deploy network dev --plans=plans',
      'deploy data dev --plans=plans',
      'plan compute dev',
      'plan edge dev',
    ])
    expect(result).toMatchObject({
      deployed: ['network', 'data'],
      replanned: ['compute', 'edge'],
      outdated: ['compute'],
    })
  })

  it('plans no other stack where no output has changed', async () => {
    const { asked, runner } = runnerWith()
    await deploy(request(['network']), runner)
    expect(asked).toEqual(['deploy network dev'])
  })
})
