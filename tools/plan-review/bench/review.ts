// Which findings a review has, and its time and memory for 10,000 changes: `npm run bench -- review`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  deterministic,
  exactly,
  type Figure,
  isDeterministicOnly,
  printFigures,
  timing,
  under,
} from '@tideway/spot-simulator/figures'
import { caseSets, detectionOf } from '../test/detection'

const count = 10_000
const project = resolve(__dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'tideway-bench-'))

type Shape = (index: number) => object

const resource = (type: string, index: number, before: object | null, after: object | null) => ({
  address: `${type}.resource_${index}`,
  mode: 'managed',
  type,
  change: {
    actions: [before === null ? 'create' : after === null ? 'delete' : 'update'],
    before,
    after,
    before_sensitive: { secret: true },
    after_sensitive: { secret: true },
  },
})

const policy = (index: number, action: string) => ({
  role: `role-${index}`,
  policy: JSON.stringify({
    Statement: [
      { Effect: 'Allow', Action: ['s3:GetObject', action], Resource: `arn:aws:s3:::b${index}/*` },
      { Effect: 'Deny', Action: 's3:DeleteBucket', Resource: '*' },
    ],
  }),
})

const rule = (index: number, port: number) => ({
  security_group_id: `sg-${index % 5}`,
  from_port: port,
  to_port: port,
  ip_protocol: 'tcp',
  cidr_ipv4: `10.${index >> 8}.${index % 256}.0/24`,
})

const parameter = (index: number, version: number) => ({
  name: `parameter-${index}`,
  secret: `s3cr3t-${index % 1000}-${version}`,
  description: `has s3cr3t-${index % 1000}-${version}`,
})

const parts = ['aws_s3_bucket', 'aws_s3_bucket_policy', 'aws_db_instance', 'aws_iam_role_policy']

/** Where each change depends on the others: a search through all of them would take minutes. */
const shapes: Readonly<Record<string, Shape>> = {
  'changes of every kind': change,
  'changed policies': (index) =>
    resource('aws_iam_role_policy', index, policy(index, 's3:PutObject'), policy(index, 's3:*')),
  'rules of five security groups': (index) =>
    resource('aws_vpc_security_group_ingress_rule', index, rule(index, 443), rule(index, 444)),
  destroys: (index) => {
    const values = { id: `id-${index}`, bucket: `b-${index - (index % 4)}`, role: 'role' }
    return resource(parts[index % 4] ?? '', index, values, null)
  },
  'changes with 1,000 secrets': (index) =>
    resource('aws_ssm_parameter', index, parameter(index, 1), parameter(index, 2)),
}

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

function measure(name: string, shape: Shape): Figure[] {
  const plan = join(folder, 'plan.json')
  const resource_changes = Array.from({ length: count }, (_, index) => shape(index))
  writeFileSync(plan, JSON.stringify({ format_version: '1.2', resource_changes }))
  const memory = join(folder, 'memory.cjs')
  writeFileSync(
    memory,
    'process.on("exit", () => console.error("peak " + process.resourceUsage().maxRSS))',
  )
  const seconds: number[] = []
  const megabytes: number[] = []
  for (let run = 0; run < 3; run++) {
    const started = performance.now()
    const { status, stderr } = spawnSync(
      process.execPath,
      // As npm run review starts it.
      [
        '--require',
        'tsx/cjs',
        '--require',
        memory,
        'src/main.ts',
        plan,
        '--out',
        join(folder, 'out'),
      ],
      { cwd: project, encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(stderr)
    seconds.push((performance.now() - started) / 1000)
    megabytes.push(Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024)
  }
  const median = (values: number[]) => values.sort((one, other) => one - other)[1] ?? Number.NaN
  const size = `${(statSync(plan).size / 1024 / 1024).toFixed(1)} MB`
  const what = `a plan of ${count.toLocaleString('en')} ${name} (${size}), median of ${seconds.length}`
  return [
    timing(`${what}: time`, median(seconds), 's', { digits: 2, goal: under(2) }),
    timing(`${what}: memory`, median(megabytes), 'MB', { goal: under(300) }),
  ]
}

/** How many of the expected findings a review has, and how many others. */
function detection(): Figure[] {
  return caseSets.flatMap(({ name, reviews }) => {
    const { plans, expected, found, falseAlarms } = detectionOf(reviews())
    return [
      deterministic(`${name}: plans`, plans, ''),
      ...(expected > 0
        ? [deterministic(`${name}: findings`, found, `of ${expected}`, { goal: exactly(expected) })]
        : []),
      deterministic(`${name}: false alarms`, falseAlarms, '', { goal: exactly(0) }),
    ]
  })
}

try {
  const timings = isDeterministicOnly(process.argv)
    ? []
    : Object.entries(shapes).flatMap(([name, shape]) => measure(name, shape))
  printFigures([...detection(), ...timings], process.argv)
} finally {
  rmSync(folder, { recursive: true })
}
