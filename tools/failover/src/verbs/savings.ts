import { pricesOf, spotDiscount } from '@tideway/constructs/prices'
import { clusterMeters, type Meter } from '@tideway/failover-lambda/meter-names'
import { UsageError } from '../errors'
import { exitCodes } from '../exit-codes'
import { instanceHours, type SpotGroupUse } from '../instance-hours'
import { MetricReader, rangeOf, requireNoService, sumOf, type TimeRange } from '../metrics'
import { counted, printFound, table, wrap } from '../table'
import { moment } from '../time'
import type { Values, Verb, VerbContext } from '../verb'

export interface Savings {
  readonly clusters: readonly string[]
  readonly from: string
  readonly to: string
  /** Of FARGATE_SPOT, as a share of the price on demand, and where that comes from. */
  readonly spotDiscount: { readonly share: number; readonly source: string }
  readonly taskHours: Readonly<Record<Kind, number>>
  /** List prices on demand. */
  readonly listDollars: Readonly<Record<Kind, number>>
  readonly paidDollars: number
  /** What the desired tasks would have cost on demand. */
  readonly allOnDemandDollars: number
  readonly savedDollars: number
  readonly coverDollars: number
  /** Of all task-hours. */
  readonly shares: { readonly unmetered: number; readonly unpriced: number }
  readonly instances: readonly SpotGroupUse[]
  readonly calls: number
}

type Kind = 'desired' | 'onDemand' | 'spot' | 'standby'

type Sums = Readonly<Partial<Record<Meter, number>>>

/** What the meters of a cluster add up to, at a price of Spot. */
export function savingsOf(sums: Sums, discount: number) {
  const of = (meter: Meter) => sums[meter] ?? 0
  const kinds = {
    spot: 'Spot',
    onDemand: 'OnDemand',
    standby: 'Standby',
    desired: 'Desired',
  } as const
  const each = (unit: 'Dollars' | 'TaskSeconds', divisor: number) =>
    Object.fromEntries(
      Object.entries(kinds).map(([kind, name]) => [kind, of(`${name}${unit}`) / divisor]),
    ) as Record<Kind, number>
  const listDollars = each('Dollars', 1)
  const paidDollars = listDollars.spot * (1 - discount) + listDollars.onDemand + listDollars.standby
  const run = of('SpotTaskSeconds') + of('OnDemandTaskSeconds') + of('StandbyTaskSeconds')
  const [unmetered, desired] = [of('UnmeteredTaskSeconds'), of('DesiredTaskSeconds')]
  return {
    taskHours: each('TaskSeconds', 3600),
    listDollars,
    paidDollars,
    allOnDemandDollars: listDollars.desired,
    savedDollars: listDollars.desired - paidDollars,
    coverDollars: listDollars.standby,
    shares: {
      unmetered: unmetered + desired === 0 ? 0 : unmetered / (unmetered + desired),
      unpriced: run === 0 ? 0 : of('UnpricedTaskSeconds') / run,
    },
  }
}

function discountOf(text: Values[string]): Savings['spotDiscount'] {
  if (text === undefined) {
    const { region, date } = pricesOf
    return {
      share: spotDiscount.fargate,
      source: `assumed for Fargate Spot in ${region}, ${date}; AWS changes it: set --spot-discount to that of your bill`,
    }
  }
  const share =
    typeof text === 'string' && /^0?\.\d+$|^[01]$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(share)) {
    throw new UsageError(
      `--spot-discount: must be a share of the price on demand from 0 to 1, such as 0.65; got ${text}.`,
    )
  }
  return { share, source: 'from --spot-discount' }
}

async function readSavings(
  context: VerbContext,
  range: TimeRange,
  spot: Savings['spotDiscount'],
): Promise<Savings> {
  const { clusters } = context.controller
  const reader = new MetricReader(context.aws.cloudWatch)
  const query = { stat: 'Sum', period: 3600 } as const
  const places = clusters.map((Cluster) => ({ Cluster }))
  const found = await reader.readEach(places, clusterMeters, query, range)
  const sums = Object.fromEntries(
    clusterMeters.map((meter) => [meter, sumOf(found.flatMap((points) => points[meter]))]),
  )
  const instances = await instanceHours(context, range, reader)
  return {
    clusters,
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    spotDiscount: spot,
    ...savingsOf(sums, spot.share),
    instances,
    calls: reader.calls,
  }
}

/** Each figure with its price and where that comes from. */
function savingsText(savings: Savings): string[] {
  const { taskHours, listDollars, paidDollars, allOnDemandDollars, spotDiscount: spot } = savings
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const title = `${savings.clusters.join(', ')}: ${moment(Date.parse(savings.from))} to ${moment(Date.parse(savings.to))}`
  if (Object.values(taskHours).every((hours) => hours === 0)) {
    return [
      title,
      'No meters in this time: was the controller deployed, and its release a recent one?',
    ]
  }
  const row = (name: string, hours: number, list: number, paid = list) => [
    name,
    hours.toFixed(1),
    list.toFixed(2),
    paid.toFixed(2),
  ]
  const share = allOnDemandDollars === 0 ? 0 : savings.savedDollars / allOnDemandDollars
  const { unmetered, unpriced } = savings.shares
  const hours = taskHours.spot + taskHours.onDemand + taskHours.standby
  const list = listDollars.spot + listDollars.onDemand + listDollars.standby
  const lines = [
    title,
    '',
    ...table(
      [
        { title: '' },
        { title: 'task-hours', align: 'right' },
        { title: 'list, USD', align: 'right' },
        { title: 'paid, USD', align: 'right' },
      ],
      [
        row('on Spot', taskHours.spot, listDollars.spot, listDollars.spot * (1 - spot.share)),
        row('on demand, as declared', taskHours.onDemand, listDollars.onDemand),
        row('standbys', taskHours.standby, listDollars.standby),
        row('sum', hours, list, paidDollars),
        row('desired tasks, all on demand', taskHours.desired, allOnDemandDollars),
      ],
    ),
    '',
    `Saved: ${savings.savedDollars.toFixed(2)} USD, ${percent(share)} of all on demand. Cover cost ${savings.coverDollars.toFixed(2)} USD.`,
    'List prices are those on demand, from the tag tideway:task-price.',
    `On Spot: ${percent(spot.share)} below the list price, ${spot.source}.`,
    ...(unmetered > 0
      ? [
          `Not metered: ${percent(unmetered)} of the desired task-hours, because no reconcile came for two hours or more.`,
        ]
      : []),
    ...(unpriced > 0
      ? [
          `Without a price: ${percent(unpriced)} of the task-hours, because their standbys have no tag tideway:task-price.`,
        ]
      : []),
    ...instancesText(savings.instances),
    `Read with ${counted(savings.calls, 'call')} of GetMetricData.`,
  ]
  return lines.flatMap((line) => wrap(line, '  '))
}

function instancesText(instances: readonly SpotGroupUse[]): string[] {
  if (instances.length === 0) return []
  return [
    'Tasks on instances are paid for with their instances, so the figures above only compare them. Spot groups:',
    ...instances.map(({ group, hours, types, dollarsPerHour, note }) => {
      const paid =
        hours === undefined || dollarsPerHour === undefined
          ? ''
          : `, about ${(hours * dollarsPerHour).toFixed(2)} USD at ${dollarsPerHour.toFixed(4)} an hour: the mean Spot price of ${types.join(', ')} in this time`
      return `  ${group}: ${hours === undefined ? note : `${hours.toFixed(1)} instance-hours${paid}`}`
    }),
  ]
}

/** What the tasks of all pairs cost, against all on demand. */
export const savings: Verb = {
  summary: 'what the tasks cost, against all on demand',
  usage: `npm run failover -- savings -c ENV [options]

What the tasks of all pairs cost, calm hours included, against all on demand.

      --days DAYS      until now (default: 30, at most 455)
      --spot-discount SHARE
                       how much less FARGATE_SPOT costs (default: ${spotDiscount.fargate})`,
  options: { days: { type: 'string' }, 'spot-discount': { type: 'string' } },
  run: async (context, values, positionals) => {
    requireNoService(positionals, 'savings')
    const spot = discountOf(values['spot-discount'])
    const found = await readSavings(context, await rangeOf(values, context), spot)
    printFound(context, values, found, () => savingsText(found))
    return exitCodes.fine
  },
}
