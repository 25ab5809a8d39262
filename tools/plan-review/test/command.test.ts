import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { mention } from '@tideway/constructs/organization'
import { stacks } from '@tideway/constructs/stacks'
import { reviewCommand } from '../src/main'

const workspace = resolve(__dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'tideway-review-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function review(...args: string[]) {
  let stdout = ''
  let stderr = ''
  const out = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  const err = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text
    return true
  })
  try {
    const status = await reviewCommand(['--accept', join(folder, 'accepted.json'), ...args])
    return { status, stdout, stderr }
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
}

const destroying = {
  format_version: '1.2',
  resource_changes: [
    {
      address: 'aws_rds_cluster.main_ABC',
      type: 'aws_rds_cluster',
      change: {
        actions: ['delete'],
        before: { id: 'x' },
        after: null,
        before_sensitive: {},
        after_sensitive: false,
        after_unknown: {},
      },
    },
  ],
}

function fileOf(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('npm run review', () => {
  const plan = fileOf('shop.json', destroying)

  it('prints the review, and fails only with --fail-on', async () => {
    expect(await review(plan)).toMatchObject({ status: 0, stderr: '' })
    expect((await review(plan)).stdout).toContain('| `shop` | 1 to destroy | 🟥 critical |')
    const failing = await review(plan, '--fail-on', 'critical')
    expect(failing).toMatchObject({ status: 1, stderr: 'shop: 1 finding of critical or worse\n' })
  })

  it('writes all three formats into a folder', async () => {
    const out = join(folder, 'out/deep')
    expect((await review(plan, '--out', out)).status).toBe(0)
    for (const name of ['review.md', 'review.html', 'review.json'])
      expect(existsSync(join(out, name))).toBe(true)
    const json = JSON.parse(readFileSync(join(out, 'review.json'), 'utf8'))
    expect(json).toMatchObject({
      format: 'tideway-plan-review/2',
      stacks: [{ stack: 'shop', findings: [{ rule: 'data-destroyed', severity: 'critical' }] }],
    })
  })

  it('reads the origin of a plan from the files of the Terraform wrapper', async () => {
    const place = join(folder, 'ours')
    mkdirSync(place)
    writeFileSync(join(place, 'plan.json'), JSON.stringify(destroying))
    writeFileSync(
      join(place, 'plan.about.json'),
      JSON.stringify({
        stack: 'data',
        environment: 'prod',
        commit: 'abc',
        state: { serial: 7, lineage: 'l' },
      }),
    )
    writeFileSync(
      join(place, 'cdk.tf.json'),
      JSON.stringify({
        resource: {
          aws_rds_cluster: { main_ABC: { '//': { metadata: { path: 'data/database/cluster' } } } },
        },
      }),
    )
    const json = JSON.parse((await review(join(place, 'plan.json'), '-f', 'json')).stdout)
    expect(json.stacks[0]).toMatchObject({
      stack: 'data',
      environment: 'prod',
      commit: 'abc',
      state: { serial: 7, lineage: 'l' },
      owners: [mention(stacks.data.owner)],
      findings: [{ path: 'data/database/cluster (aws_rds_cluster)' }],
    })
    expect((await review(join(place, 'plan.json'))).stdout).toContain(
      '| `data in prod` | 1 to destroy |',
    )
  })

  it('reads acceptances from a file, and fails after their last day', async () => {
    fileOf('accepted.json', [
      {
        rule: 'data-destroyed',
        address: 'aws_rds_cluster.main_ABC',
        because: 'it was emptied',
        until: '2026-11-30',
      },
    ])
    expect((await review(plan, '--fail-on', 'high', '--today', '2026-11-30')).status).toBe(0)
    const over = await review(plan, '--today', '2026-12-01')
    expect([over.status, over.stderr]).toEqual([
      1,
      'the acceptance of data-destroyed for aws_rds_cluster.main_ABC ended on 2026-11-30\n',
    ])
    rmSync(join(folder, 'accepted.json'))
  })

  it.each([
    ['{"a":1}', 'must be a list'],
    [
      '[{"rule":"no-such","address":"a","because":"because of it","until":"2026-01-01"}]',
      'got "no-such"',
    ],
    [
      '[{"rule":"data-destroyed","address":"a","because":"x","until":"2026-01-01"}]',
      'must give the reason',
    ],
    [
      '[{"rule":"data-destroyed","address":"a","because":"because of it","until":"soon"}]',
      'got "soon"',
    ],
    [
      '[{"rule":"data-destroyed","address":"a","because":"because of it","until":"2026-01-01","owner":"x"}]',
      'owner',
    ],
    ['[', 'cannot be read'],
  ])('rejects invalid acceptances: %s', async (content, message) => {
    fileOf('accepted.json', content)
    const { status, stderr } = await review(plan)
    expect(stderr).toContain(message)
    expect(status).toBe(2)
    rmSync(join(folder, 'accepted.json'))
  })

  it.each([
    [['--format', 'pdf'], '--format: must be md, html, json; got "pdf"'],
    [['--fail-on', 'never'], '--fail-on: must be none, low, medium, high, critical; got "never"'],
    [['--today', 'monday'], '--today: must be a day'],
    [['--max-length', 'long'], '--max-length: must be a whole number from 5000; got "long"'],
    [['--colour'], "Unknown option '--colour'"],
    [['/nowhere/plan.json'], '/nowhere/plan.json: cannot be read (the file does not exist)'],
  ])('rejects %j', async (args, message) => {
    const { status, stderr, stdout } = await review(plan, ...args)
    expect(stderr).toContain(message)
    expect([status, stdout]).toEqual([2, ''])
  })

  describe('without a file', () => {
    const tools = join(folder, 'tools')
    const path = process.env.PATH
    beforeAll(() => {
      mkdirSync(tools)
      // Nx: no project is affected.
      const fake = `#!/bin/sh\necho "$*" >> ${tools}/calls\necho '[]'\n`
      writeFileSync(join(tools, 'npx'), fake, { mode: 0o755 })
      process.env.PATH = `${tools}${delimiter}${path}`
    })
    afterAll(() => {
      process.env.PATH = path
    })

    it('says that nothing was planned, and does not pass, where no stack is affected', async () => {
      const { status, stdout, stderr } = await review('--base', 'v1')
      expect([status, stderr]).toEqual([
        3,
        'no stack is affected by the changes since v1: nothing was planned\n',
      ])
      expect(stdout).toContain('## Plan review: nothing was planned\n')
      expect(stdout).not.toContain('o changes')
      const out = join(folder, 'nothing')
      expect((await review('--out', out, '--fail-on', 'low')).status).toBe(3)
      expect(readFileSync(join(out, 'review.html'), 'utf8')).toContain('nothing was planned')
      expect(JSON.parse(readFileSync(join(out, 'review.json'), 'utf8')).stacks).toEqual([])
    })

    it('compares with the same revision as a deploy does, unless it is given one', () => {
      expect(readFileSync(join(tools, 'calls'), 'utf8').split('\n')).toEqual([
        'nx show projects --affected --with-target=deploy --json --base=v1',
        'nx show projects --affected --with-target=deploy --json',
        '',
      ])
    })
  })

  it('prints its usage', () => {
    const command = ['--require', 'tsx/cjs', 'tools/plan-review/src/main.ts', '--help']
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: workspace,
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^npm run review -- /)
  })
})
