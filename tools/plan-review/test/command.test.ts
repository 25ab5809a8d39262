import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const workspace = resolve(__dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'tideway-review-'))
afterAll(() => rmSync(folder, { recursive: true }))

function review(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      'tools/plan-review/src/main.ts',
      '--accept',
      join(folder, 'accepted.json'),
      ...args,
    ],
    {
      cwd: workspace,
      encoding: 'utf8',
    },
  )
  return { status, stdout, stderr }
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

  it('prints the review, and fails only with --fail-on', () => {
    expect(review(plan)).toMatchObject({ status: 0, stderr: '' })
    expect(review(plan).stdout).toContain('| shop | 1 to destroy | 🟥 critical |')
    const failing = review(plan, '--fail-on', 'critical')
    expect(failing).toMatchObject({ status: 1, stderr: 'shop: 1 finding of critical or worse\n' })
  })

  it('writes all three formats into a folder', () => {
    const out = join(folder, 'out/deep')
    expect(review(plan, '--out', out).status).toBe(0)
    for (const name of ['review.md', 'review.html', 'review.json'])
      expect(existsSync(join(out, name))).toBe(true)
    const json = JSON.parse(readFileSync(join(out, 'review.json'), 'utf8'))
    expect(json).toMatchObject({
      format: 'tideway-plan-review/2',
      stacks: [{ stack: 'shop', findings: [{ rule: 'data-destroyed', severity: 'critical' }] }],
    })
  })

  it('reads the origin of a plan from the files of the Terraform wrapper', () => {
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
    const json = JSON.parse(review(join(place, 'plan.json'), '-f', 'json').stdout)
    expect(json.stacks[0]).toMatchObject({
      stack: 'data',
      environment: 'prod',
      commit: 'abc',
      state: { serial: 7, lineage: 'l' },
      owners: ['@example-org/data-team'],
      findings: [{ path: 'data/database/cluster (aws_rds_cluster)' }],
    })
    expect(review(join(place, 'plan.json')).stdout).toContain('| data in prod | 1 to destroy |')
  })

  it('reads acceptances from a file, and fails after their last day', () => {
    fileOf('accepted.json', [
      {
        rule: 'data-destroyed',
        address: 'aws_rds_cluster.main_ABC',
        because: 'it was emptied',
        until: '2026-11-30',
      },
    ])
    expect(review(plan, '--fail-on', 'high', '--today', '2026-11-30').status).toBe(0)
    const over = review(plan, '--today', '2026-12-01')
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
  ])('rejects invalid acceptances: %s', (content, message) => {
    fileOf('accepted.json', content)
    const { status, stderr } = review(plan)
    expect(stderr).toContain(message)
    expect(status).toBe(2)
    rmSync(join(folder, 'accepted.json'))
  })

  it.each([
    [['--format', 'pdf'], '--format: must be md, html, json; got "pdf"'],
    [['--fail-on', 'never'], '--fail-on: must be none, low, medium, high, critical; got "never"'],
    [['--today', 'monday'], '--today: must be a day'],
    [['--colour'], "Unknown option '--colour'"],
    [['/nowhere/plan.json'], '/nowhere/plan.json: cannot be read (the file does not exist)'],
  ])('rejects %j', (args, message) => {
    const { status, stderr, stdout } = review(plan, ...args)
    expect(stderr).toContain(message)
    expect([status, stdout]).toEqual([2, ''])
  })

  it('prints its usage', () => {
    expect(review('--help')).toMatchObject({ status: 0, stderr: '' })
  })
})
