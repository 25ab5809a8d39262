import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBrowser } from '../src/cli/browser'
import { DeploymentProgress } from '../src/cli/deployment-progress'

const folder = mkdtempSync(join(tmpdir(), 'tideway-progress-'))
const json = {
  resource: {
    aws_vpc: { main: {} },
    aws_lb: { web: { vpc: '${aws_vpc.main.id}' } },
    aws_kms_key: { key: {} },
  },
}
writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(json))
afterAll(() => rmSync(folder, { recursive: true }))

const line = (type: string, addr: string, at: number) =>
  JSON.stringify({
    '@level': 'info',
    '@timestamp': new Date(at).toISOString(),
    type,
    hook: { resource: { addr }, action: 'create' },
  })

/** Both have started; the network is done, and the load balancer of compute has waited for 30 s. */
function startedDeployment() {
  const progress = new DeploymentProgress(['network', 'compute'])
  const now = Date.now()
  progress.start('network', folder)
  for (const [type, after] of [
    ['apply_start', 0],
    ['apply_complete', 7000],
  ] as const) {
    expect(progress.update('network', line(type, 'aws_kms_key.key', now + after))).toBe(true)
  }
  progress.end('network', 'deployed')
  progress.start('compute', folder)
  expect(progress.update('compute', '  compute: 2 to add, 1 to change, 0 to destroy')).toBe(false)
  progress.update('compute', line('apply_start', 'aws_vpc.main', now))
  progress.update('compute', line('apply_complete', 'aws_vpc.main', now + 12_000))
  progress.update('compute', line('apply_start', 'aws_lb.web', now + 12_000))
  return { progress, now }
}

test('shows what is done, what it waits for, and the critical path so far', () => {
  const { progress, now } = startedDeployment()
  const { stacks, status, criticalPath } = progress.state(now + 42_000)
  expect(status).toBe('in progress')
  expect(stacks).toEqual([
    expect.objectContaining({ name: 'network', status: 'deployed', done: 1, waitsFor: [] }),
    expect.objectContaining({
      name: 'compute',
      status: 'in progress',
      done: 1,
      all: 3,
      waitsFor: [{ address: 'aws_lb.web', seconds: 30 }],
    }),
  ])
  expect(criticalPath).toEqual([
    { address: 'aws_kms_key.key', seconds: 7, isDone: true },
    { address: 'aws_vpc.main', seconds: 12, isDone: true },
    { address: 'aws_lb.web', seconds: 30, isDone: false },
  ])
})

test('ends with the critical path of each stack', () => {
  const { progress, now } = startedDeployment()
  progress.update('compute', line('apply_complete', 'aws_lb.web', now + 42_000))
  progress.end('compute', 'deployed')
  progress.finish()
  expect(progress.state().status).toBe('deployed')
  const [total, ...stacks] = progress.lines()
  expect(total).toMatch(/^deployed in \d+ s, \d\.\d\d times its critical path 49 s$/)
  expect(stacks).toEqual([
    '  network: 0 s, 0.00 times its critical path 7 s: aws_kms_key.key 7 s',
    '  compute: 0 s, 0.00 times its critical path 42 s: aws_vpc.main 12 s -> aws_lb.web 30 s',
  ])
})

test('says why a deployment failed', () => {
  const { progress } = startedDeployment()
  progress.end('compute', 'failed')
  progress.finish('compute: no capacity')
  expect(progress.state()).toMatchObject({ status: 'failed', error: 'compute: no capacity' })
  expect(progress.state().stacks[1]).toMatchObject({ status: 'failed', waitsFor: [] })
})

test('prints nothing where nothing was deployed', () => {
  const progress = new DeploymentProgress(['network'])
  progress.end('network', 'unchanged')
  progress.finish()
  expect(progress.lines()).toEqual([])
})

test.each([
  ['no-such-browser', 'no-such-browser: not found'],
  ['false', 'false: exit code 1'],
])('says that %s cannot open the console, and its address', async (command, problem) => {
  const printed = await new Promise((resolve) =>
    openBrowser('http://127.0.0.1:1', resolve, [command]),
  )
  expect(printed).toBe(
    `--open: cannot open a browser (${problem}). Open http://127.0.0.1:1 yourself.`,
  )
})
