import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { environments, isObject, type StackName, stackNames } from '@tideway/constructs'
import { pricesOf, spotDiscount } from '@tideway/constructs/prices'
import type { StackJson } from '@tideway/constructs/references'
import { type IdleCost, idleCost } from '@tideway/plan-review/idle-cost'
import { cacheNodes, hourly, hoursOfMonth, instances, monthly } from '@tideway/plan-review/prices'
import { synthesizeProjects } from '@tideway/terraform/synthesize'
import { shown, table } from './table'

const workspace = resolve(__dirname, '../../..')

/** The environments that cost money: not those on an emulator. */
export const pricedEnvironments = Object.entries(environments)
  .filter(([, { endpoints }]) => endpoints === 'aws')
  .map(([name]) => name)

/** Synthesizes the stacks and reads their JSON. */
export async function synthesizedStacks(
  names: readonly string[],
): Promise<(environment: string, stack: StackName) => string> {
  await synthesizeProjects(
    stackNames.map((stack) => join(workspace, 'apps', stack)),
    names,
  )
  return (environment, stack) =>
    readFileSync(
      join(workspace, 'apps', stack, 'cdktf.out', environment, 'stacks', stack, 'cdk.tf.json'),
      'utf8',
    )
}

export function costsOf(
  names: readonly string[],
  read: (environment: string, stack: StackName) => string,
): Readonly<Record<string, IdleCost>> {
  const costOf = (environment: string) =>
    idleCost(
      Object.fromEntries(
        stackNames.map((stack): [string, StackJson] => [
          stack,
          JSON.parse(read(environment, stack)),
        ]),
      ),
    )
  return Object.fromEntries(names.map((name) => [name, costOf(name)]))
}

const usd = (amount: number) => amount.toFixed(2)

function mapValues<From, To>(from: Readonly<Record<string, From>>, map: (value: From) => To) {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value)]))
}

function withoutSmallParts({ parts, ...cost }: IdleCost): IdleCost {
  const isSmall = ({ monthly }: { monthly: number }) => monthly < 7
  const small = parts.filter(isSmall)
  const others = {
    stack: 'all',
    name: 'other parts',
    monthly: small.reduce((sum, part) => sum + part.monthly, 0),
  }
  return { ...cost, parts: [...parts.filter((part) => !isSmall(part)), others] }
}

/**
 * The parts of some environments, those that are the largest in any of them first, and the sums. The docs have whole
 * dollars, and small parts together: another alarm need not change them.
 */
export function idleCostTable(
  exact: Readonly<Record<string, IdleCost>>,
  precision: 'cents' | 'dollars' = 'dollars',
): string {
  const names = Object.keys(exact)
  const costs = precision === 'cents' ? exact : mapValues(exact, withoutSmallParts)
  const usd = (amount: number | undefined) =>
    amount === undefined ? '-' : amount.toFixed(precision === 'cents' ? 2 : 0)
  const keys = Object.values(costs)
    .flatMap(({ parts }) => parts)
    .sort((one, other) => other.monthly - one.monthly)
    .map(({ stack, name }) => `${stack}\n${name}`)
  const rows = [...new Set(keys)].map((key) => {
    const [stack = '', part = ''] = key.split('\n')
    const amountIn = (name: string) =>
      costs[name]?.parts.find((each) => each.stack === stack && each.name === part)?.monthly
    return [stack, part, ...names.map((name) => usd(amountIn(name)))]
  })
  const sums = names.map((name) => `**${usd(costs[name]?.monthly)}**`)
  return table(
    ['stack', 'part', ...names.map((name) => `\`${name}\``)],
    [...rows, ['', '**sum**', ...sums]],
  )
}

export function idleCostText(costs: Readonly<Record<string, IdleCost>>): string {
  const sums = Object.entries(costs).map(
    ([name, { monthly }]) =>
      `\`${name}\` ${Math.round(monthly).toLocaleString('en-US')} US dollars`,
  )
  return `Idle, a month: ${sums.join(', ')}.`
}

const perMonth = (price: number) => price * hoursOfMonth
const disk = 30 * monthly.diskGb
const demandInstance = perMonth(instances['m7g.large']?.hourly ?? Number.NaN) + disk
const spotInstance =
  perMonth((instances['m6g.large']?.hourly ?? Number.NaN) * (1 - spotDiscount.instances)) + disk
const endpoint = usd(perMonth(hourly.interfaceEndpoint))
const unit = usd(perMonth(hourly.auroraUnit))
const small = perMonth(instances['t4g.medium']?.hourly ?? Number.NaN)

/** What a step of each setting costs a month. */
const prices: readonly (readonly [stack: StackName, setting: string, price: string])[] = [
  [
    'network',
    'natGateways',
    `${usd(perMonth(hourly.natGateway + hourly.publicAddress))} each, with its public address; and 0.045 a GB`,
  ],
  ['network', 'endpoints', `${endpoint} for each service, in each of \`endpointZones\``],
  ['network', 'endpointZones', `${endpoint} for each zone, of each service`],
  [
    'data',
    'database.minCapacity',
    `${unit} for each unit, of each instance; nothing while it is paused`,
  ],
  ['data', 'database.pauseAfterSeconds', `${unit} for each unit until then`],
  ['data', 'database.readers', `${unit} for each unit of \`minCapacity\``],
  [
    'data',
    'cache.nodeType',
    Object.entries(cacheNodes)
      .map(([type, price]) => `${type} ${usd(perMonth(price))}`)
      .join(', '),
  ],
  ['data', 'cache.nodes', 'that of the type'],
  ['compute', 'ec2.minInstances', `${usd(demandInstance)} each`],
  ['compute', 'ec2.warmInstances', `${usd(disk)} each`],
  ['compute', 'ec2Spot.minInstances', `${usd(spotInstance)} each`],
  [
    'compute',
    'services.onDemandShare',
    `${usd(demandInstance)} for each instance that the share needs, and for its headroom`,
  ],
  ['compute', 'fleets.use', 'that of its instances'],
  ['compute', 'fleets.webInstances', `${usd(small * (1 - spotDiscount.instances) + disk)} each`],
  ['compute', 'fleets.processingOnDemand', `${usd(small + disk)} each`],
  ['compute', 'fleets.processingSpot', `${usd(small * (1 - spotDiscount.instances) + disk)} each`],
  ['compute', 'externalAlb.shieldAdvanced', 'a subscription of 3,000'],
]

/** Each setting that changes the idle cost, with its price. */
export function settingPriceTable(): string {
  const load = createRequire(__filename)
  const rows = prices.map(([stack, setting, price]) => {
    const { settings } = load(join(workspace, 'apps', stack, 'src/settings.ts')) as {
      settings: Readonly<Record<string, unknown>>
    }
    const values = pricedEnvironments.map((name) => valueAt(settings[name], setting))
    if (values.includes(undefined)) {
      throw new Error(`tools/workspace/src/costs.ts: ${stack} has no setting ${setting}`)
    }
    return [stack, `\`${setting}\``, price, ...values.map(shown)]
  })
  return table(
    ['stack', 'setting', 'price', ...pricedEnvironments.map((name) => `\`${name}\``)],
    rows,
  )
}

function valueAt(settings: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (isObject(value) ? (value as Record<string, unknown>)[key] : undefined),
      settings,
    )
}

const usage = `npm run cost [-- -c ENV]

Prints what environments cost a month while nothing uses them, by part. List prices of us-east-1, without traffic.
`

/** Runs the command. */
export async function costCommand(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      configuration: { type: 'string', short: 'c' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return void process.stdout.write(usage)
  const { configuration } = values
  if (configuration !== undefined && !Object.hasOwn(environments, configuration)) {
    const known = Object.keys(environments).join(', ')
    process.stderr.write(`-c: must name an environment: ${known}; got "${configuration}".\n`)
    process.exitCode = 2
    return
  }
  const names = configuration === undefined ? pricedEnvironments : [configuration]
  const costs = costsOf(names, await synthesizedStacks(names))
  process.stdout.write(`${idleCostTable(costs, 'cents')}\n`)
  process.stdout.write(
    `US dollars a month, without traffic. List prices of ${pricesOf.region}, ${pricesOf.date}, in every region.\n`,
  )
  for (const [name, { unpriced }] of Object.entries(costs))
    for (const address of unpriced) process.stdout.write(`no price: ${name}: ${address}\n`)
}

if (require.main === module) void costCommand(process.argv.slice(2))
