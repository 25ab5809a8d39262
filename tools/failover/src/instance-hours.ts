import { DescribeInstancesCommand, DescribeSpotPriceHistoryCommand } from '@aws-sdk/client-ec2'
import { type MetricReader, sumOf, type TimeRange } from './metrics'
import type { VerbContext } from './verb'

/** What an Auto Scaling group on Spot used. */
export interface SpotGroupUse {
  readonly group: string
  /** Undefined if the group publishes no metrics. */
  readonly hours: number | undefined
  /** Of the instances that run now: the history of a group is not kept. */
  readonly types: readonly string[]
  /** The mean of the Spot prices of these types in the time. */
  readonly dollarsPerHour: number | undefined
  readonly note: string
}

/** AWS keeps Spot prices for 90 days. */
const priceDays = 90

/** The instance-hours of the Spot groups. No call where there are none. */
export async function instanceHours(
  { aws, controller }: VerbContext,
  range: TimeRange,
  reader: MetricReader,
): Promise<SpotGroupUse[]> {
  const groups = [...controller.spotGroups.keys()]
  if (groups.length === 0) return []
  const metric = 'GroupInServiceInstances'
  const points = await reader.readEach(
    groups.map((group) => ({ AutoScalingGroupName: group })),
    [metric],
    { namespace: 'AWS/AutoScaling', stat: 'Average', period: 3600 },
    range,
  )
  const found: SpotGroupUse[] = []
  for (const [index, group] of groups.entries()) {
    const hourly = points[index]?.[metric] ?? []
    const hours = hourly.length === 0 ? undefined : sumOf(hourly)
    const types = hours === undefined || hours === 0 ? [] : await typesOf(group, aws)
    found.push({
      group,
      hours,
      types,
      dollarsPerHour: types.length === 0 ? undefined : await meanPrice(types, range, aws),
      note: `no data of ${metric}: enable the metrics of the group`,
    })
  }
  return found
}

async function typesOf(group: string, { ec2 }: VerbContext['aws']): Promise<string[]> {
  const types = new Set<string>()
  let NextToken: string | undefined
  do {
    const page = await ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'tag:aws:autoscaling:groupName', Values: [group] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
        NextToken,
      }),
    )
    for (const { Instances = [] } of page.Reservations ?? []) {
      for (const { InstanceType } of Instances) if (InstanceType) types.add(InstanceType)
    }
    NextToken = page.NextToken
  } while (NextToken)
  return [...types].sort()
}

/** Of all zones. Undefined if AWS has no price of them. */
async function meanPrice(
  types: readonly string[],
  { from, to }: TimeRange,
  { ec2 }: VerbContext['aws'],
): Promise<number | undefined> {
  const prices: number[] = []
  let NextToken: string | undefined
  do {
    const page = await ec2.send(
      new DescribeSpotPriceHistoryCommand({
        Filters: [{ Name: 'instance-type', Values: [...types] }],
        ProductDescriptions: ['Linux/UNIX'],
        StartTime: new Date(Math.max(from, to - priceDays * 86_400_000)),
        EndTime: new Date(to),
        NextToken,
      }),
    )
    for (const { SpotPrice } of page.SpotPriceHistory ?? []) {
      if (Number(SpotPrice) > 0) prices.push(Number(SpotPrice))
    }
    NextToken = page.NextToken
  } while (NextToken)
  return prices.length === 0
    ? undefined
    : prices.reduce((sum, price) => sum + price, 0) / prices.length
}
