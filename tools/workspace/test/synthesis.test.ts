import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type ContractField,
  contracts,
  environments,
  runbooks,
  type StackName,
  stackNames,
} from '@tideway/constructs'
import { needsOf } from '@tideway/preflight/needs'
import { Platform } from '@tideway/preflight/synthesized'

import { costsOf, idleCostTable, idleCostText, pricedEnvironments } from '../src/costs'
import { regenerate, sections } from '../src/docs'
import { alarmRows, checkAlarms, rowsIn } from './alarm-pages'
import { type SynthesizedAlarm, statesOf } from './alarm-states'

const workspace = resolve(__dirname, '../../..')
const environmentNames = Object.keys(environments)
const projects = [...stackNames.map((name) => `apps/${name}`), 'tools/bootstrap']
const built = [
  'apps',
  'tools/bootstrap',
  'packages/constructs',
  'packages/ecs-spot',
  'packages/failover-lambda',
  'package.json',
  'tsconfig.base.json',
]

/** Two copies of the repository, each synthesized in its own process. */
const copies: string[] = []
const synthesizer = join(workspace, 'tools/terraform/src/synthesize-environments.cjs')

beforeAll(() => {
  // In another order in each, because the apps of a process could affect each other.
  for (const [name, order] of [
    ['one', projects],
    ['another-with-a-longer-path', projects.toReversed()],
  ] as const) {
    const copy = copyOfRepository(name)
    copies.push(copy)
    const folders = order.map((project) => join(copy, project))
    const { status, stderr } = spawnSync(
      process.execPath,
      [synthesizer, environmentNames.join(','), ...folders],
      { cwd: copy, env: { ...process.env, CDKTF_OUTDIR: '' }, encoding: 'utf8' },
    )
    if (status !== 0) throw new Error(stderr)
  }
})

afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true })
})

/** The sources, with the dependencies that are installed here, and the packages of the copy itself. */
function copyOfRepository(name: string): string {
  const copy = mkdtempSync(join(tmpdir(), `tideway-${name}-`))
  const isSource = (path: string) => !/node_modules|cdktf\.out|\/\.tf(\/|$)/.test(path)
  for (const part of built) {
    cpSync(join(workspace, part), join(copy, part), { recursive: true, filter: isSource })
  }
  const modules = join(copy, 'node_modules')
  mkdirSync(join(modules, '@tideway'), { recursive: true })
  for (const entry of readdirSync(join(workspace, 'node_modules'))) {
    if (entry === '@tideway') continue
    symlinkSync(join(workspace, 'node_modules', entry), join(modules, entry))
  }
  for (const name of ['constructs', 'ecs-spot', 'failover-lambda']) {
    symlinkSync(join(copy, 'packages', name), join(modules, '@tideway', name))
  }
  return copy
}

/** The JSON of a stack in a copy. */
function synthesized(copy: string, project: string, environment: string): string {
  const stack = project.split('/')[1] ?? ''
  return readFileSync(
    join(copy, project, 'cdktf.out', environment, 'stacks', stack, 'cdk.tf.json'),
    'utf8',
  )
}

const everyStack = projects.flatMap((project) =>
  environmentNames.map((environment) => [project, environment] as const),
)

describe('the synthesized JSON', () => {
  it.each(everyStack)(
    'of %s in %s is identical in two processes and on two paths',
    (project, environment) => {
      const [one = '', other = ''] = copies
      const first = synthesized(one, project, environment)
      expect(synthesized(other, project, environment)).toBe(first)
      expect(first).not.toContain(one)
    },
  )

  it.each(environmentNames)(
    'of %s publishes every output that another stack reads',
    (environment) => {
      const json = new Map(
        stackNames.map((name) => [name, synthesized(copies[0] ?? '', `apps/${name}`, environment)]),
      )
      const published = new Map(
        [...json].map(([name, text]) => [
          name,
          // Readers have a default for an optional output.
          [...Object.keys(JSON.parse(text).output ?? {}), ...outputsOf(name, 'optional')],
        ]),
      )
      const missing = [...json].flatMap(([consumer, text]) =>
        unpublished(consumer, text, published),
      )
      expect(missing).toEqual([])
      // Makes sure that the check finds outputs that a stack reads.
      expect(outputsReadIn(json.get('data') ?? '').map(([producer]) => producer)).toContain(
        'network',
      )
    },
  )

  it.each(environmentNames)('of %s has a page for each alarm', (environment) => {
    const stacks = projects.map((project) =>
      JSON.parse(synthesized(copies[0] ?? '', project, environment)),
    )
    expect(checkAlarms(stacks, alarmRows(), environment).problems).toEqual([])
  })

  it('has alarms that all go off, and return to OK', async () => {
    const alarms = projects.flatMap((project) => {
      const { resource } = JSON.parse(synthesized(copies[0] ?? '', project, 'prod'))
      const found = resource.aws_cloudwatch_metric_alarm ?? {}
      return Object.values(found) as SynthesizedAlarm[]
    })
    const silent: string[] = []
    for (const alarm of alarms) {
      if ((await statesOf(alarm)).length === 0) silent.push(alarm.alarm_name)
    }
    expect(alarms.length).toBeGreaterThan(20)
    expect(silent).toEqual([])
  })

  it('fails this check for an alarm whose threshold nothing reaches', async () => {
    const alarm = {
      alarm_name: 'never',
      comparison_operator: 'GreaterThanThreshold',
      threshold: 5,
      evaluation_periods: 2,
      treat_missing_data: 'notBreaching',
    }
    const query = (expression: string) => [
      { id: 'all', expression, return_data: true },
      {
        id: 'one',
        metric: { namespace: 'A', metric_name: 'B', period: 60, stat: 'Sum' },
      },
    ]
    expect(await statesOf({ ...alarm, metric_query: query('IF(one > 0, 5)') })).toEqual([])
    expect(await statesOf({ ...alarm, metric_query: query('FILL(one, 0)') })).toEqual([
      'ALARM',
      'OK',
    ])
  })

  it('has an alarm for each page, but for those of services that a platform may not have', () => {
    const stacks = projects.map((project) =>
      JSON.parse(synthesized(copies[0] ?? '', project, 'prod')),
    )
    const services = alarmRows('Services').map(({ name }) => name)
    const { unused } = checkAlarms(stacks, alarmRows(), 'prod')
    expect(unused.filter((name) => !services.includes(name))).toEqual([])
  })

  it('fails the check of alarms for one without a page, one that no row names, and one that is too long', () => {
    const address = (page: string) => ` What to do: ${runbooks}/${page}.md`
    const json = (alarms: Readonly<Record<string, string>>) => ({
      resource: {
        aws_cloudwatch_metric_alarm: Object.fromEntries(
          Object.entries(alarms).map(([alarm_name, alarm_description]) => [
            alarm_name,
            { alarm_name, alarm_description },
          ]),
        ),
      },
    })
    const { problems } = checkAlarms(
      [
        json({
          'tideway-x-site-down': 'Down.',
          'tideway-x-new': `New.${address('site-down')}`,
          'tideway-x-signing-key': `${'k'.repeat(1024)}${address('signing')}`,
        }),
      ],
      rowsIn(`
| \`tideway-<environment>-site-down\` | [the site does not answer](site-down.md) |
| \`tideway-<environment>-signing-key\` | [Route 53 cannot sign](signing.md) |`),
      'x',
    )
    expect(problems).toEqual([
      'tideway-x-site-down: must end with the address of its page',
      'tideway-x-site-down: must be in the index, with the page undefined',
      'tideway-x-new: must be in the index, with the page site-down.md',
      'tideway-x-signing-key: must be described in 1,024 characters',
    ])
  })

  it('fails the check if a stack reads an output that no stack publishes', () => {
    const published = new Map<StackName, string[]>([['network', ['vpc_id']]])
    const text = '"${data.terraform_remote_state.network.outputs.vpc_identifier}"'
    expect(unpublished('data', text, published)).toEqual([
      'data reads vpc_identifier of network, which does not publish it',
    ])
    expect(unpublished('data', text.replace('network', 'nowhere'), published)).toHaveLength(1)
    expect(unpublished('data', text.replace('vpc_identifier', 'vpc_id'), published)).toEqual([])
  })

  it.each(environmentNames)('of %s says what the account must have', (environment) => {
    const stacks = projects.map((project) => [
      project.split('/')[1],
      JSON.parse(synthesized(copies[0] ?? '', project, environment)),
    ])
    const { groups, fargate, functions, addresses, rules } = needsOf(
      new Platform(Object.fromEntries(stacks)),
    )
    const named = (name: string) =>
      groups.find((group) => group.name === `tideway-${environment}-${name}`)
    for (const group of ['ec2', 'ec2-spot']) {
      expect(named(group)?.types.length).toBeGreaterThan(1)
      expect(named(group)?.tasks.map(({ family }) => family)).toContain(
        `tideway-${environment}-worker`,
      )
    }
    // The worker runs on instances from the start, and moves to Fargate in a drought.
    expect(named('ec2-spot')?.instances.start).toBeGreaterThan(0)
    expect(fargate.onDemand.most).toBeGreaterThan(fargate.onDemand.start)
    expect(fargate.spot.start).toBeGreaterThan(0)
    expect(Object.keys(functions)).toHaveLength(2)
    expect(addresses).toBeGreaterThan(0)
    // The prefix list of CloudFront counts as 55 rules.
    expect(rules).toMatchObject({ count: 55, group: expect.stringContaining('external-alb') })
  })

  describe('has an idle cost', () => {
    const costs = () =>
      costsOf(pricedEnvironments, (environment, stack) =>
        synthesized(copies[0] ?? '', `apps/${stack}`, environment),
      )

    it.each(['docs/costs.md', 'README.md'])('that %s states (npm run docs)', (document) => {
      const text = readFileSync(join(workspace, document), 'utf8')
      const [, meters = ''] = /costs of the meters -->\n([\s\S]*?)\n<!-- end/.exec(text) ?? []
      const known = {
        ...sections,
        'idle cost': () => idleCostTable(costs()),
        'idle cost in short': () => idleCostText(costs()),
        // repository.test.ts compares it.
        'costs of the meters': () => meters,
      }
      expect(text).toBe(regenerate(text, known, document))
    })

    it('of which each part has a price, and which stays low in dev', () => {
      const { dev, prod } = costs()
      expect([dev?.unpriced, prod?.unpriced]).toEqual([[], []])
      // Two thirds of 586 USD: what dev cost before each setting of its cost was chosen.
      expect(dev?.monthly).toBeLessThan(390)
    })
  })

  it.each(stackNames)('of %s has no output outside its contract', (name) => {
    const { output } = JSON.parse(synthesized(copies[0] ?? '', `apps/${name}`, 'prod'))
    // The services of the platform have none of the optional ones.
    expect(Object.keys(output).sort()).toEqual(outputsOf(name, 'required').sort())
  })
})

function outputsOf(name: StackName, kind: 'optional' | 'required'): string[] {
  return Object.entries<ContractField>(contracts[name])
    .filter(([, { optional = false }]) => optional === (kind === 'optional'))
    .map(([output]) => output)
}

function outputsReadIn(text: string): [producer: string, output: string][] {
  const references = text.matchAll(/data\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)/g)
  return [...references].map(([, producer = '', output = '']) => [producer, output])
}

function unpublished(
  consumer: string,
  text: string,
  published: ReadonlyMap<string, string[]>,
): string[] {
  return outputsReadIn(text)
    .filter(([producer, output]) => !published.get(producer)?.includes(output))
    .map(
      ([producer, output]) =>
        `${consumer} reads ${output} of ${producer}, which does not publish it`,
    )
}
