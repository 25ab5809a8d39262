import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Block, type Synthesized, testApp } from '@tideway/constructs/testing'
import { type ServiceDescription, SpotFailover, type SpotFailoverProps } from '../src'
import { ModuleStack, moduleFiles } from '../src/module/terraform-module'
import { evaluatedResources, expressionsIn, failedPreconditions } from './evaluated-module'

const account = '210987654321'
const region = 'eu-south-2'
const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:${region}:${account}:${resource}`
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`
const groupArn = (name: string) =>
  arnOf('elasticloadbalancing', `targetgroup/${name}/0123456789abcdef`)

const files = moduleFiles()
const read = (name: string) => JSON.parse(`${files[name]}`)
const main = read('main.tf.json')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tideway-module-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function service(name: string, rest: Partial<ServiceDescription> = {}): ServiceDescription {
  return {
    cluster: 'Shop_2',
    name,
    arn: arnOf('ecs', `service/Shop_2/${name}`),
    controller: 'ECS',
    taskDefinition: arnOf('ecs', `task-definition/${name}:3`),
    strategy: [{ capacityProvider: 'FARGATE_SPOT', base: 0, weight: 1, isSpot: true }],
    standbyProvider: 'FARGATE',
    standbys: [],
    loadBalancers: [],
    targetGroupArns: [],
    registries: [],
    placementConstraints: [],
    placementStrategy: [],
    propagateTags: 'SERVICE',
    enableExecuteCommand: true,
    enableManagedTags: false,
    roleArns: [],
    task: {
      cpu: 256,
      memoryMiB: 512,
      architecture: 'X86_64',
      ephemeralStorageGiB: 20,
      stopSeconds: 120,
    },
    ...rest,
  }
}

const spot = { base: 0, weight: 1, isSpot: true }
const placement = {
  placementConstraints: [{ type: 'distinctInstance' }],
  placementStrategy: [{ type: 'spread', field: 'host' }, { type: 'random' }],
}

/** Arguments of the module, and the same for the construct. */
interface Case {
  readonly services: readonly ServiceDescription[]
  readonly variables?: Readonly<Record<string, unknown>>
  readonly props?: Partial<SpotFailoverProps>
}

const cases: Readonly<Record<string, Case>> = {
  fargate: {
    services: [
      service('web', {
        platformVersion: '1.4.0',
        network: { subnets: ['subnet-1', 'subnet-2'], securityGroups: [], assignPublicIp: true },
        loadBalancers: ['blue', 'second'].map((name) => ({
          targetGroupArn: groupArn(name),
          containerName: 'web',
          containerPort: 8080,
        })),
        targetGroupArns: [groupArn('second'), groupArn('blue'), groupArn('green')],
        healthCheckGraceSeconds: 45,
        registries: [{ registryArn: 'arn:registry', containerName: 'web', containerPort: 80 }],
        connectNamespace: 'internal',
        roleArns: [roleArn('web'), roleArn('pulls')],
        ...placement,
      }),
      service('Jobs_1', {
        task: {
          cpu: 512,
          memoryMiB: 1024,
          architecture: 'ARM64',
          ephemeralStorageGiB: 33,
          stopSeconds: 30,
        },
        roleArns: [roleArn('pulls')],
      }),
      service('adopting', { standbys: ['b', 'a'] }),
    ],
  },
  instances: {
    services: [
      service('placed', {
        standbyProvider: 'steady',
        platformVersion: 'LATEST',
        strategy: [
          { ...spot, capacityProvider: 'zebra', autoScalingGroup: 'zebra-asg' },
          { ...spot, capacityProvider: 'cheap', autoScalingGroup: 'cheap-asg' },
          { ...spot, capacityProvider: 'steady', autoScalingGroup: 'steady', isSpot: false },
        ],
        registries: [{ registryArn: 'arn:registry', port: 9000 }],
        ...placement,
      }),
      service('free', { standbyProvider: 'steady', targetGroupArns: [groupArn('one')] }),
    ],
    variables: { game_day: true },
    props: { gameDay: 'on' },
  },
  settings: {
    services: [service('web', { roleArns: [roleArn('web')] }), service('jobs')],
    variables: {
      prefix: 'my-shop',
      standby_suffix: '-od',
      preferences: {
        web: { atNotice: 'serve-until-drained', prefer: 'cost', slowestRequestSeconds: 9 },
        jobs: { stopSeconds: 120, maxCoverDollarsPerHour: 2.5 },
      },
      runbooks: 'https://wiki.shop.example/failover',
      alarm_emails: ['one@shop.example', 'two@shop.example'],
      permissions_boundary_arn: 'arn:aws:iam::210987654321:policy/limit',
      task_role_arns: [roleArn('*')],
      target_group_names: ['shop-*', 'web-*'],
      log_retention_days: 90,
      standby_hours: 3,
      calls_per_second: 5,
      writes_per_second: 0.5,
      max_cover_dollars_per_hour: 12.5,
      reserve_concurrency: true,
      protect_data: true,
    },
    props: {
      prefix: 'my-shop',
      standbySuffix: '-od',
      preferences: {
        web: { atNotice: 'serve-until-drained', prefer: 'cost', slowestRequestSeconds: 9 },
        jobs: { stopSeconds: 120, maxCoverDollarsPerHour: 2.5 },
      },
      runbooks: 'https://wiki.shop.example/failover',
      alarmEmails: ['one@shop.example', 'two@shop.example'],
      permissionsBoundaryArn: 'arn:aws:iam::210987654321:policy/limit',
      taskRoleArns: [roleArn('*')],
      targetGroupNames: ['shop-*', 'web-*'],
      logRetentionDays: 90,
      standbyHours: 3,
      callsPerSecond: 5,
      writesPerSecond: 0.5,
      maxCoverDollarsPerHour: 12.5,
      reserveConcurrency: 'on',
      protectData: true,
    },
  },
}

type Resources = Record<string, unknown[]>

/** The resources of a construct for a case, by type. */
function constructResources({ services, props }: Case): Resources {
  const stack = new ModuleStack(testApp(), 'module')
  new SpotFailover(stack, 'failover', {
    cluster: 'Shop_2',
    account,
    region,
    primaries: services,
    ...props,
  })
  const { resource }: Pick<Synthesized, 'resource'> = JSON.parse(
    JSON.stringify(stack.toTerraform()),
  )
  return comparable(
    Object.entries(resource ?? {}).map(([type, blocks]) => [type, Object.values(blocks)] as const),
  )
}

/** Blocks in one form: texts in JSON as objects, one item like a list of one, and nothing that is empty. */
function comparable(resources: readonly (readonly [string, readonly Block[]])[]): Resources {
  const found: Resources = {}
  for (const [type, blocks] of resources) {
    const all = blocks.map(({ '//': _, depends_on: __, filename: ___, ...block }) =>
      // A module cannot set prevent_destroy by a variable.
      plain({ ...block, lifecycle: { ...block.lifecycle, prevent_destroy: undefined } }),
    )
    if (all.length > 0) found[type] = [...(found[type] ?? []), ...all].sort(byJson)
  }
  return found
}

function plain(value: unknown): unknown {
  if (typeof value === 'string' && /^\{.*\}$/s.test(value)) return plain(JSON.parse(value))
  if (typeof value === 'string') return value.replace(/\$\{(aws_\w+\.\w+\.\w+)\}/g, '$1')
  if (Array.isArray(value)) {
    const items = value.map(plain).filter((item) => item !== undefined)
    return items.length <= 1 ? items[0] : items.sort(byJson)
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined
  const items = Object.entries(value)
    .map(([key, item]) => [key, plain(item)] as const)
    .filter(([, item]) => item !== undefined)
    .sort(byJson)
  return items.length === 0 ? undefined : Object.fromEntries(items)
}

function byJson(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}

interface Call {
  /** Which part of the module is called. */
  readonly part: 'checks' | 'resources' | 'variables'
  readonly variables: Readonly<Record<string, unknown>>
}

/** Runs a command of Terraform on calls of parts of the module, without its provider, and returns what it prints. */
function terraform(
  command: readonly string[],
  calls: Readonly<Record<string, Call>>,
  input = '',
): string {
  const cwd = mkdtempSync(join(folder, 'calls-'))
  const data = {
    'data.aws_caller_identity.current.account_id': account,
    'data.aws_partition.current.partition': 'aws',
    'data.aws_region.current.id': region,
  }
  const parts: Record<Call['part'], object> = {
    checks: failedPreconditions(main, data),
    resources: evaluatedResources(main, data),
    variables: { output: { value: { value: null } } },
  }
  for (const [part, content] of Object.entries(parts)) {
    mkdirSync(join(cwd, part))
    writeFileSync(join(cwd, part, 'main.tf.json'), JSON.stringify(content))
    writeFileSync(join(cwd, part, 'variables.tf.json'), `${files['variables.tf.json']}`)
  }
  const module: Block = {}
  for (const [name, { part, variables }] of Object.entries(calls)) {
    module[name] = {
      source: `./${part}`,
      cluster_name: 'Shop_2',
      services: [service('web')],
      ...variables,
    }
  }
  writeFileSync(join(cwd, 'main.tf.json'), JSON.stringify({ module }))
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_INPUT: '0' }
  const options = { cwd, env, encoding: 'utf8', input, maxBuffer: 2 ** 24 } as const
  spawnSync('terraform', ['get'], options)
  return spawnSync('terraform', command, options).stdout
}

/** What several variables must fulfil together, or with the provider: the first words of the message for each case. */
const together: Readonly<
  Record<string, readonly [call: Record<string, unknown>, message: RegExp]>
> = {
  'services of another cluster': [
    { services: [service('web', { arn: arnOf('ecs', 'service/shop/web') })] },
    /^services: must be in the cluster, region and account of the failover: .*Shop_2\/web"}; got \["[^"]*shop\/web"\]\. Use a provider/,
  ],
  'the provider of another account': [
    { services: [service('web', { arn: service('web').arn.replace(account, '999999999999') })] },
    /must be in the cluster, region and account/,
  ],
  'the provider of another region': [
    { services: [service('web', { arn: service('web').arn.replace(region, 'eu-west-1') })] },
    /must be in the cluster, region and account/,
  ],
  'a service with the name of a standby': [
    { services: [service('web'), service('web-standby')] },
    /^services: must name each service once, as a primary or as a standby/,
  ],
  'a name that is too long with the suffix': [
    { services: [service('a'.repeat(250))] },
    /^services: must have names of 255 characters at most/,
  ],
  'preferences for no service': [
    { services: [service('web')], preferences: { wbe: { prefer: 'cost' } } },
    /^preferences: must be for the services \["web"\]; got \["wbe"\]/,
  ],
  'a long name of a cluster': [
    {
      cluster_name: 'a'.repeat(38),
      services: [service('web', { arn: arnOf('ecs', `service/${'a'.repeat(38)}/web`) })],
    },
    /^prefix: must be set/,
  ],
  'more roles than fit into a policy': [
    {
      services: [
        service('web', {
          roleArns: Array.from({ length: 200 }, (_, index) => roleArn(`web-${index}`)),
        }),
      ],
    },
    /^services: must have roles and target groups that fit into a policy; got 200 roles and 0/,
  ],
}

const web = service('web')

/** Values that variables refuse, with the messages. */
const refused: readonly (readonly [call: Record<string, unknown>, messages: readonly RegExp[]])[] =
  [
    [
      {
        services: [],
        cluster_name: arnOf('ecs', 'cluster/Shop_2'),
        prefix: 'Shop',
        standby_suffix: '',
        preferences: {
          web: { atNotice: 'stay' },
          api: { prefer: 'money' },
          jobs: { stopSeconds: 1 },
          mail: { slowestRequestSeconds: 1.5 },
          cron: { maxCoverDollarsPerHour: 0 },
        },
        alarm_emails: ['oncall'],
        permissions_boundary_arn: 'limit',
        task_role_arns: ['web'],
        target_group_names: ['arn:x'],
        log_retention_days: 31,
        standby_hours: 25,
        calls_per_second: 0,
        writes_per_second: -1,
        runbooks: 'https://wiki.shop.example/failover/',
        max_cover_dollars_per_hour: 0,
      },
      [
        /^services: must have one service or more; got \[\]\. Describe services/,
        /^cluster_name: must be the name of a cluster, not its ARN: .*; got "arn:.*Shop_2"\. `aws ecs/,
        /^prefix: must have 37 characters at most: .*; got "Shop"\. Set/,
        /^standby_suffix: must have 1 to 100 .*; got ""\. The default is "-standby"/,
        /^preferences: must have atNotice .*; got {"web":[^}]*}}\. Choose/,
        /^preferences: must have prefer .*; got {"api":[^}]*}}\. Choose/,
        /^preferences: must have whole slowestRequestSeconds .*; got {"jobs":[^}]*},"mail":[^}]*}}\./,
        /^preferences: must have maxCoverDollarsPerHour .*; got {"cron":[^}]*}}\./,
        /^alarm_emails: must be addresses; got \["oncall"\]\./,
        /^permissions_boundary_arn: must be the ARN of a policy; got "limit"\./,
        /^task_role_arns: must be ARNs of roles, .*; got \["web"\]\./,
        /^target_group_names: must be patterns of names; got \["arn:x"\]\./,
        /^log_retention_days: must be a number that CloudWatch Logs accepts; got 31\./,
        /^standby_hours: must be a whole number from 1 to 24; got 25\./,
        /^calls_per_second: must be above 0, and 1000 at most; got 0\./,
        /^writes_per_second: must be above 0, and 1000 at most; got -1\./,
        /^max_cover_dollars_per_hour: must be above 0; got 0\./,
        /^runbooks: must be the address of a folder, .*; got "https.*failover\/"\. Set it/,
      ],
    ],
    [
      {
        prefix: 'a'.repeat(38),
        services: [
          web,
          service('w b'),
          service('short', { arn: arnOf('ecs', 'service/short') }),
          service('steady', { strategy: [{ ...spot, capacityProvider: 'x', isSpot: false }] }),
          service('risky', { standbyProvider: 'FARGATE_SPOT' }),
          service('adopts', { standbyProvider: '', standbys: ['a'] }),
          service('known', { registries: [{ registryArn: 'a' }, { registryArn: 'b' }] }),
          service('odd', { task: { ...web.task, architecture: 'RISC' } }),
          service('tagged', { propagateTags: 'ALL' }),
        ],
      },
      [
        /^prefix: must have 37 characters at most/,
        /^services: must have names of ECS: .*; got \["w b"\]\. Write/,
        /^services: must have ARNs that contain the cluster; got \["short"\]\./,
        /^services: must have a Spot provider; got \["steady"\]\./,
        /^services: must have a standbyProvider that is on demand; got \["risky"\]\./,
        /^services: must have one item of registries at most, .*; got \["known"\]\./,
        /^services: must have the architecture ARM64 or X86_64; got \["odd"\]\./,
        /^services: must have propagateTags .*; got \["tagged"\]\./,
      ],
    ],
    [
      { services: [web, web] },
      [/^services: must name each service once; got \["web","web"\]\. Remove one/],
    ],
  ]

describe('the module, as Terraform evaluates it', () => {
  let results: Record<string, unknown>

  beforeAll(() => {
    const valid = Object.entries(cases).flatMap(([name, { services, variables }]) => {
      const call = { variables: { services, ...variables } }
      return [
        [name, { part: 'resources', ...call }] as const,
        [`${name}-checks`, { part: 'checks', ...call }] as const,
      ]
    })
    const invalid = Object.values(together).map(
      ([variables], index) => [`checks-${index}`, { part: 'checks', variables }] as const,
    )
    const calls = Object.fromEntries([...valid, ...invalid])
    const values = Object.keys(calls).map((name) => `"${name}" = module.${name}.value`)
    // Only a text without quotes is printed as it is.
    const input = `base64encode(jsonencode({ ${values.join(', ')} }))`
    const printed = terraform(['console'], calls, input)
    results = JSON.parse(Buffer.from(printed, 'base64').toString())
  })

  it.each(Object.keys(cases))('has the resources of the construct, for %s', (name) => {
    const resources = Object.entries(results[name] as Record<string, Block[]>)
    const found = resources.map(
      ([address, blocks]) => [address.replace(/\..*/, ''), blocks] as const,
    )
    expect(results[`${name}-checks`]).toEqual([])
    expect(comparable(found)).toEqual(constructResources(cases[name] as Case))
  })

  it.each(Object.keys(together))('refuses %s', (name) => {
    const index = Object.keys(together).indexOf(name)
    const message = together[name]?.[1]
    expect(results[`checks-${index}`]).toEqual([expect.stringMatching(message ?? '')])
  })

  it('refuses invalid values of each variable, with the value and what to do', () => {
    const calls = refused.map(
      ([variables], index) => [`call-${index}`, { part: 'variables', variables }] as const,
    )
    const events = terraform(['plan', '-json'], Object.fromEntries(calls))
      .split('\n')
      .flatMap((line): Block[] => (line === '' ? [] : [JSON.parse(line)]))
    const details: string[] = events
      .filter(({ type }) => type === 'diagnostic')
      .map(({ diagnostic }) => diagnostic.detail)
    const messages = refused.flatMap(([, each]) => each)
    expect(details).toHaveLength(messages.length)
    expect(messages.filter((message) => !details.some((detail) => message.test(detail)))).toEqual(
      [],
    )
    const checked = Object.entries<Block>(read('variables.tf.json').variable)
      .filter(([, { validation }]) => validation !== undefined)
      .map(([name]) => name)
    expect(
      checked.filter((name) => !details.some((detail) => detail.startsWith(`${name}: `))),
    ).toEqual([])
  })
})

/** Functions of Terraform 1.5, from which OpenTofu was forked, that a module may use. */
const commonFunctions =
  'alltrue anytrue can coalesce compact concat contains distinct flatten floor format join jsonencode keys length lower max merge regex replace sort startswith toset tostring trim try values'.split(
    ' ',
  )

describe('the files of the module', () => {
  it('are the same each time', () => {
    const again = moduleFiles()
    expect(Object.keys(again)).toEqual(Object.keys(files))
    for (const [name, content] of Object.entries(files)) {
      expect(Buffer.compare(Buffer.from(content), Buffer.from(again[name] ?? ''))).toBe(0)
    }
  })

  it('have no provider, no backend, nothing of CDKTF and nothing of one account', () => {
    expect(Object.keys(main).sort()).toEqual(['data', 'locals', 'resource'])
    expect(read('versions.tf.json')).toEqual({
      terraform: {
        required_version: '>= 1.6',
        required_providers: { aws: { source: 'hashicorp/aws', version: '>= 5.100' } },
      },
    })
    expect(`${files['main.tf.json']}`).not.toMatch(/"\/\/"|cdktf|TfToken|arn:aws:|\b\d{12}\b/i)
    expect(Object.values<Block>(main.resource.aws_lambda_function)[0]?.filename).toBe(
      '${path.module}/failover.zip',
    )
  })

  it('keep to what OpenTofu has too', () => {
    const expressions: string[] = []
    for (const name of ['main.tf.json', 'variables.tf.json', 'outputs.tf.json']) {
      JSON.parse(`${files[name]}`, (_, value) => {
        if (typeof value === 'string') expressions.push(...expressionsIn(value))
        return value
      })
    }
    const functions = expressions.flatMap((one) =>
      [...one.matchAll(/([a-z_0-9:]+)\(/g)].map((found) => found[1]),
    )
    expect(functions.length).toBeGreaterThan(100)
    expect(functions.filter((name) => !commonFunctions.includes(name ?? ''))).toEqual([])
    // OpenTofu refuses validations that refer to anything but their variable.
    for (const [name, { validation = [] }] of Object.entries<Block>(
      read('variables.tf.json').variable,
    )) {
      const references =
        JSON.stringify(validation).match(/\b(var|local|data|path|each)\.\w+/g) ?? []
      expect([name, references.filter((one) => one !== `var.${name}`)]).toEqual([name, []])
    }
  })

  it('describe each input and output', () => {
    const inputs = Object.keys(read('variables.tf.json').variable)
    const outputs = Object.keys(read('outputs.tf.json').output)
    const rows = [...`${files['README.md']}`.matchAll(/^\| `(\w+)` \|/gm)].map((found) => found[1])
    expect(rows).toEqual([...inputs, ...outputs])
  })
})
