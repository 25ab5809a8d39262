import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type StackName, stackNames } from '@tideway/constructs/stacks'
import { Board } from '../src/cli/board'
import { Deployment } from '../src/cli/deployment'
import type { NxRun } from '../src/cli/nx'

/** Commands on stacks that the test ends, in place of Terraform. */
class Commands {
  readonly running = new Map<string, NxRun & { readonly end: (isSuccess: boolean) => void }>()

  run(run: NxRun): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isSuccess: boolean) => {
        this.running.delete(basename(run.folder ?? ''))
        resolve(isSuccess)
      }
      run.signal?.addEventListener('abort', () => end(false))
      this.running.set(basename(run.folder ?? ''), { ...run, end })
    })
  }

  /** Prints what the wrapper prints when it applies the plan. */
  plan(stack: StackName): Promise<void> {
    this.running.get(stack)?.onLine(`  ${stack}: 1 to add, 0 to change, 0 to destroy`)
    return settled()
  }

  end(stack: StackName, isSuccess = true): Promise<void> {
    this.running.get(stack)?.end(isSuccess)
    return settled()
  }

  /** What runs, with `!` where it may change resources. */
  get all(): string[] {
    return [...this.running].map(([stack, { variables }]) =>
      existsSync(variables?.TIDEWAY_TURN ?? '') ? `${stack}!` : stack,
    )
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn()
}

/** @param deployed the stacks whose last deploy is still current */
function setUp(deployed: readonly StackName[] = []) {
  const lines: string[] = []
  const out = { isTTY: false, write: (text: string) => lines.push(text.trim()) }
  const notes = new Map<string, string>(deployed.map((stack) => [stack, `hash of ${stack}`]))
  const nx = new Commands()
  const deployment = new Deployment({
    nx,
    board: new Board(out as unknown as NodeJS.WriteStream),
    cloud: {
      url: 'http://127.0.0.1:1',
      note: (stack, hash) => notes.set(stack, hash),
      storedNote: (stack) => notes.get(stack),
      checkpoint: () => {},
    },
    hashOf: (stack) => `hash of ${stack}`,
  })
  return { nx, deployment, notes, lines }
}

test('prepares a stack while those that it reads are applied, and changes it when they are done', async () => {
  const { nx, deployment, notes } = setUp()
  const deploy = deployment.deploy(stackNames)
  await settled()
  expect(nx.all).toEqual(['network!'])
  await nx.plan('network')
  expect(nx.all).toEqual(['network!', 'data'])
  await nx.end('network')
  expect(nx.all).toEqual(['data!'])
  expect(notes.get('network')).toBe('hash of network')
  for (const stack of stackNames.slice(1)) {
    expect(nx.all).toEqual([`${stack}!`])
    await nx.plan(stack)
    await nx.end(stack)
  }
  await deploy
})

test('starts with the first changed stack, and deploys those that read it', async () => {
  const { nx, deployment, lines } = setUp(stackNames.filter((stack) => stack !== 'data'))
  const deploy = deployment.deploy(stackNames)
  await settled()
  expect(nx.all).toEqual(['data!'])
  expect(lines).toContain('network  unchanged')
  for (const stack of stackNames.slice(1)) await nx.end(stack)
  await deploy
})

test('stops what it has prepared when a stack fails, and keeps what is deployed', async () => {
  const { nx, deployment, notes } = setUp()
  const deploy = expect(deployment.deploy(stackNames)).rejects.toThrow('deploy of data failed')
  await settled()
  await nx.plan('network')
  await nx.end('network')
  await nx.plan('data')
  expect(nx.all).toEqual(['data!', 'compute'])
  await nx.end('data', false)
  await deploy
  expect(nx.all).toEqual([])
  expect([...notes.keys()]).toEqual(['network'])
})

test('destroys a stack when those that read it are destroyed', async () => {
  const { nx, deployment, notes, lines } = setUp()
  const destroy = deployment.destroy(['compute', 'data', 'network'])
  await settled()
  await nx.plan('compute')
  expect(nx.all).toEqual(['compute!', 'data'])
  nx.running.get('compute')?.onLine('compute in local: destroyed in 9 s; critical path 8 s: a 8 s')
  await nx.end('compute')
  expect(nx.all).toEqual(['data!'])
  await nx.end('data')
  await nx.end('network')
  await destroy
  expect(lines).toContainEqual(
    expect.stringMatching(/^compute {2}destroyed in .*; critical path 8 s: a 8 s$/),
  )
  expect([...notes.values()]).toEqual(['destroyed', 'destroyed', 'destroyed'])
})
