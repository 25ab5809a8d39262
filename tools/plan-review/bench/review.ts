// Time and memory of a review of 10,000 changes: `npm run bench -- review`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const count = 10_000
const project = resolve(__dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'tideway-bench-'))

/** Alternating creates, updates, replacements and deletes of types that rules check. Each has a policy and a secret. */
function change(index: number): object {
  const types = [
    'aws_iam_role_policy',
    'aws_security_group',
    'aws_ecs_service',
    'aws_s3_bucket',
    'aws_lb_target_group',
  ]
  const actions = [['create'], ['update'], ['delete', 'create'], ['delete']][index % 4] ?? []
  const values = (version: string) => ({
    name: `resource-${index}`,
    policy: JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Action: [`s3:${version}`, 's3:Get*'],
          Resource: `arn:aws:s3:::b${index}/*`,
        },
      ],
    }),
    tags: { owner: 'team', version },
    ingress: [
      { from_port: 443, to_port: 443, protocol: 'tcp', cidr_blocks: [`10.${index % 256}.0.0/16`] },
    ],
    password: `secret-${index}-${version}`,
    deregistration_delay: 60,
  })
  return {
    address: `${types[index % types.length]}.resource_${index}`,
    mode: 'managed',
    type: types[index % types.length],
    change: {
      actions,
      before: actions.includes('create') && actions.length === 1 ? null : values('Put'),
      after: actions.includes('delete') && actions.length === 1 ? null : values('List'),
      after_unknown: { arn: true },
      before_sensitive: { password: true },
      after_sensitive: { password: true },
    },
  }
}

try {
  const plan = join(folder, 'plan.json')
  const resource_changes = Array.from({ length: count }, (_, index) => change(index))
  writeFileSync(plan, JSON.stringify({ format_version: '1.2', resource_changes }))
  const memory =
    'data:text/javascript,process.on("exit",()=>console.error("peak "+process.resourceUsage().maxRSS))'
  const seconds: number[] = []
  const megabytes: number[] = []
  for (let run = 0; run < 3; run++) {
    const started = performance.now()
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--import', memory, 'src/main.ts', plan, '--out', join(folder, 'out')],
      { cwd: project, encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(stderr)
    seconds.push((performance.now() - started) / 1000)
    megabytes.push(Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024)
  }
  const median = (values: number[]) => values.sort((one, other) => one - other)[1] ?? Number.NaN
  const size = (name: string) =>
    `${(statSync(join(folder, 'out', name)).size / 1024).toFixed(0)} KB`
  process.stdout.write(
    [
      `${count} changes in ${(statSync(plan).size / 1024 / 1024).toFixed(1)} MB, all three formats, median of 3`,
      `time    ${median(seconds).toFixed(2)} s  (goal: under 2 s)`,
      `memory  ${median(megabytes).toFixed(0)} MB  (goal: under 300 MB)`,
      `review.md ${size('review.md')}, review.html ${size('review.html')}, review.json ${size('review.json')}`,
      '',
    ].join('\n'),
  )
} finally {
  rmSync(folder, { recursive: true })
}
