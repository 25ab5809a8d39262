import { isObject } from '@tideway/constructs'
import { pricesOf } from '@tideway/constructs/prices'
import type { StackJson } from '@tideway/constructs/references'
import { SpotFailover } from '@tideway/ecs-spot'
import { deployment } from '@tideway/failover-lambda/deployment'
import { SimulatedAccount, SimulatedController } from '@tideway/failover-lambda/harness'
import { clusterMeters } from '@tideway/failover-lambda/meter-names'
import { idleCost } from '@tideway/plan-review/idle-cost'
import { hoursOfMonth, monthly, perUse } from '@tideway/plan-review/prices'
import { App, TerraformStack } from 'cdktf'
import { table } from './table'

/** What the simulator does not measure. */
const assumed = {
  secondsPerCall: 0.1,
  /** The lines that Lambda writes itself. */
  logBytesPerInvocation: 400,
  /** Lambda does not reduce them where the mapping has a maximum concurrency. */
  pollersPerQueue: 5,
  pollSeconds: 20,
  /** SQS and DynamoDB use a data key for five minutes, separately for each principal. */
  keyCallsPerMinute: 2,
}

const minutesOfMonth = 60 * hoursOfMonth

/** What the controller uses in a minute without a shortage. */
interface Use {
  readonly invocations: number
  readonly calls: number
  /** That it sends itself. */
  readonly messages: number
  readonly reads: number
  readonly writes: number
  /** Of all lines except those of the meters. */
  readonly logBytes: number
  readonly reconciles: number
}

/** US dollars a month, by part. */
export type FailoverCost = Readonly<Record<string, number>>

/** What the failovers of clusters with so many services cost a month in which Spot has no shortage. */
export async function failoverCosts(sizes: readonly number[]): Promise<FailoverCost[]> {
  const fixed = fixedCosts()
  const meterBytes = await meterLineBytes()
  return Promise.all(
    sizes.map(async (size) => {
      const use = await useOf(size)
      return {
        ...costOf(size, fixed, use),
        'meters of all tasks': meterCost(use.reconciles, meterBytes).dollars,
      }
    }),
  )
}

function costOf(services: number, fixed: FixedCosts, use: Use): FailoverCost {
  const { invocations, calls, messages, reads, writes, logBytes } = use
  const sweeps = 1 / deployment.sweepMinutes
  const polls = (fixed.queues * assumed.pollersPerQueue * 60) / assumed.pollSeconds
  const gbSeconds = (calls * assumed.secondsPerCall * fixed.memoryMb) / 1024
  const logGb = (logBytes + invocations * assumed.logBytesPerInvocation) / 1e9
  const month = (ofMinute: number) => ofMinute * minutesOfMonth
  return {
    'two alarms for each service': services * fixed.alarmsOfService,
    'alarms of the controller': fixed.otherAlarms,
    dashboard: fixed.dashboards,
    'KMS key and its calls': fixed.keys + month(assumed.keyCallsPerMinute * perUse.kmsRequest),
    functions: month(invocations * perUse.lambdaRequest + gbSeconds * perUse.lambdaGbSecond),
    table: month(reads * perUse.dynamodbRead + writes * perUse.dynamodbWrite),
    // Each batch is received and deleted.
    queues: month((polls + sweeps + messages + 2 * invocations) * perUse.sqsRequest),
    traces: month(invocations * perUse.trace),
    'logs, and the metric of the sweeps': month(logGb * perUse.logGb) + monthly.customMetric,
    'schedule of the sweeps': month(sweeps * perUse.schedulerInvocation),
    'event rules, notifications, standbys without tasks': 0,
  }
}

/** What the meters add to the logs and the metrics of a month, at most: each metric costs by the hour in which it has data. */
function meterCost(reconcilesOfMinute: number, bytes: number) {
  const lines = reconcilesOfMinute * minutesOfMonth
  const dollarsOfLines = (lines * bytes * perUse.logGb) / 1e9
  const dollarsOfMetrics = clusterMeters.length * monthly.customMetric
  return { lines, dollarsOfLines, dollarsOfMetrics, dollars: dollarsOfLines + dollarsOfMetrics }
}

/** The longest line of a calm pair with a price, of tasks on Spot and on demand. */
async function meterLineBytes(): Promise<number> {
  const account = new SimulatedAccount()
  let bytes = 0
  const onLog = (line: object) => {
    if (isMeterLine(line)) bytes = Math.max(bytes, JSON.stringify(line).length)
  }
  const strategy = [
    { capacityProvider: 'FARGATE', base: 1, weight: 0 },
    { capacityProvider: 'FARGATE_SPOT', weight: 1 },
  ]
  account.addPair('service', { strategy }, { 'tideway:task-price': '0.049' })
  new SimulatedController(account, { onLog }).start()
  await account.aws.run(240)
  return bytes
}

function isMeterLine(line: object): boolean {
  return '_aws' in line && !('Sweeps' in line)
}

/** What the meters cost a month, in clusters with so many pairs. */
export async function meterCostTable(sizes: readonly number[] = [10, 100, 1000]): Promise<string> {
  const bytes = await meterLineBytes()
  const used = await Promise.all(sizes.map((size) => useOf(size)))
  const rows = sizes.map((size, index) => {
    const cost = meterCost(used[index]?.reconciles ?? 0, bytes)
    return [
      size.toLocaleString('en'),
      Math.round(cost.lines).toLocaleString('en'),
      cost.dollarsOfLines.toFixed(2),
      cost.dollarsOfMetrics.toFixed(2),
      cost.dollars.toFixed(2),
    ]
  })
  return `${table(['pairs', 'lines a month', 'their logs', `${clusterMeters.length} metrics`, 'sum'], rows)}

In US dollars a month, without a shortage. A line has at most ${bytes} bytes. A metric is paid for in the hours in which it has data, so
this is the maximum.`
}

const uses = new Map<number, Promise<Use>>()

/** Measured once in each process, because it takes seconds. */
function useOf(services: number): Promise<Use> {
  const use = uses.get(services) ?? measuredUse(services)
  uses.set(services, use)
  return use
}

/** Runs the deployed handlers in the simulator, on services whose tasks all run. */
async function measuredUse(services: number): Promise<Use> {
  const account = new SimulatedAccount()
  let logBytes = 0
  let reconciles = 0
  const onLog = (line: { readonly message?: unknown }) => {
    if (!isMeterLine(line)) logBytes += JSON.stringify(line).length
    if (line.message === 'decided') reconciles++
  }
  const controller = new SimulatedController(account, { onLog })
  for (let index = 0; index < services; index++)
    account.addPair(`service-${index}`, { desiredCount: 1 })
  const mappings = controller.start()
  const invocations = () => mappings.flatMap((mapping) => mapping.invocations).length
  // Until just before the second sweep. The reconciles of a sweep follow within 50 seconds.
  await account.aws.run(115)
  const before = {
    calls: account.aws.endpoint.calls.length,
    invocations: invocations(),
    logBytes,
    reconciles,
  }
  await account.aws.run(60)
  const calls = account.aws.endpoint.calls.slice(before.calls)
  /** Of all calls of an operation. */
  const total = (name: string, unitsOf: (input: Readonly<Record<string, unknown>>) => number) =>
    calls
      .filter(({ operation }) => operation === name)
      .reduce((sum, { input }) => sum + unitsOf(input), 0)
  const keys = total('BatchGetItem', ({ RequestItems }) => listed(RequestItems, 'Keys'))
  return {
    invocations: invocations() - before.invocations,
    calls: calls.length,
    messages: total('SendMessageBatch', (input) => listed([input], 'Entries')),
    reads: keys + total('Query', () => 1),
    writes: total('PutItem', ({ Item }) => kilobytes(Item)),
    logBytes: logBytes - before.logBytes,
    reconciles: reconciles - before.reconciles,
  }
}

/** How many items the lists with that name have together. */
function listed(values: unknown, name: string): number {
  return Object.values(isObject(values) || Array.isArray(values) ? values : {})
    .map((value: unknown) => (isObject(value) ? value[name] : undefined))
    .reduce((sum: number, list) => sum + (Array.isArray(list) ? list.length : 0), 0)
}

function kilobytes(item: unknown): number {
  return Math.ceil(JSON.stringify(item).length / 1024)
}

type FixedCosts = ReturnType<typeof fixedCosts>

/** What depends on resources alone, and how many queues the functions poll with how much memory. */
function fixedCosts() {
  const partOf = (failover: StackJson, part: string) => {
    const { parts, unpriced } = idleCost({ failover })
    if (unpriced.length > 0) throw new Error(`no price: ${unpriced.join(', ')}`)
    return parts.find(({ name }) => name === part)?.monthly ?? 0
  }
  const one = failoverOf(1)
  const alarmsOfService = partOf(failoverOf(2), 'alarms') - partOf(one, 'alarms')
  const [lambda] = resourcesOf(one, 'aws_lambda_function')
  return {
    alarmsOfService,
    otherAlarms: partOf(one, 'alarms') - alarmsOfService,
    dashboards: partOf(one, 'dashboards'),
    keys: partOf(one, 'KMS keys'),
    queues: resourcesOf(one, 'aws_lambda_event_source_mapping').length,
    memoryMb: Number(lambda?.memory_size),
  }
}

/** The failover of a cluster with so many services, as Terraform reads it. */
function failoverOf(services: number): StackJson {
  const stack = new TerraformStack(new App(), 'costs')
  const names = Array.from({ length: services }, (_, index) => `service-${index}`)
  new SpotFailover(stack, 'failover', {
    cluster: 'costs',
    account: '123456789012',
    region: pricesOf.region,
    spotProviderNames: ['FARGATE_SPOT'],
    serviceNames: Object.fromEntries(names.map((name) => [name, name])),
  })
  stack.prepareStack()
  return stack.toTerraform()
}

function resourcesOf({ resource = {} }: StackJson, type: string) {
  return Object.values(resource[type] ?? {})
}

/** The costs of clusters of several sizes, with what they assume. */
export async function failoverCostTable(
  sizes: readonly number[] = [10, 100, 1000],
): Promise<string> {
  const costs = await failoverCosts(sizes)
  const sums = costs.map((cost) => Object.values(cost).reduce((sum, part) => sum + part, 0))
  const usd = (amount: number) => amount.toFixed(2)
  const rows = Object.keys(costs[0] ?? {}).map((part) => [
    part,
    ...costs.map((cost) => usd(cost[part] ?? 0)),
  ])
  const { secondsPerCall, pollersPerQueue, pollSeconds, keyCallsPerMinute } = assumed
  return `${table(
    ['US dollars a month', ...sizes.map((size) => `${size.toLocaleString('en')} services`)],
    [
      ...rows,
      ['**sum**', ...sums.map((sum) => `**${usd(sum)}**`)],
      ['for each service', ...sums.map((sum, index) => usd(sum / (sizes[index] ?? 1)))],
    ],
  )}

List prices of ${pricesOf.region}, ${pricesOf.date}, without free tiers. Calls, messages and log lines are those of the deployed handlers in
the simulator. Assumed: a call takes ${secondsPerCall} s, Lambda polls each queue with ${pollersPerQueue} pollers for ${pollSeconds} s each, and there are
${keyCallsPerMinute} calls of KMS a minute.`
}
