import {
  DescribeAvailabilityZonesCommand,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeInstanceTypes,
} from '@aws-sdk/client-ec2'
import { allOf, type Check, ok, once, wrong } from '../check'
import type { Context } from '../context'

export interface InstanceSize {
  readonly vcpus: number
  readonly memoryMiB: number
  readonly interfaces: number
}

export type InstanceTypes = () => Promise<ReadonlyMap<string, InstanceSize>>

/** The sizes of the instance types of the stacks, as far as the region has them. */
export function instanceTypes({ aws, needs }: Context): InstanceTypes {
  return once(async () => {
    if (needs.groups.length === 0) return new Map()
    const pages = paginateDescribeInstanceTypes(
      { client: aws.ec2 },
      // A filter, because AWS refuses a list with a type that it does not have.
      { Filters: [{ Name: 'instance-type', Values: typesIn(needs) }] },
    )
    const found = await allOf(pages, ({ InstanceTypes }) => InstanceTypes)
    return new Map(
      found.map(({ InstanceType = '', VCpuInfo, MemoryInfo, NetworkInfo }) => [
        InstanceType,
        {
          vcpus: VCpuInfo?.DefaultVCpus ?? 0,
          memoryMiB: MemoryInfo?.SizeInMiB ?? 0,
          interfaces: NetworkInfo?.MaximumNetworkInterfaces ?? 0,
        },
      ]),
    )
  })
}

/** The zones that offer each type, by zone. Letters of zones differ between accounts. */
function offeringsOf({ aws, needs }: Context) {
  return once(async () => {
    const pages = paginateDescribeInstanceTypeOfferings(
      { client: aws.ec2 },
      {
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: typesIn(needs) }],
      },
    )
    const offerings = new Map<string, Set<string>>()
    const found = await allOf(pages, ({ InstanceTypeOfferings }) => InstanceTypeOfferings)
    for (const { InstanceType = '', Location = '' } of found) {
      offerings.set(Location, (offerings.get(Location) ?? new Set()).add(InstanceType))
    }
    return offerings
  })
}

export function instanceChecks(context: Context): Check[] {
  const { aws, environment, needs } = context
  const { availabilityZones: chosen, region, name } = environment
  const inEnvironments = `availabilityZones of ${name} in packages/constructs/src/environments.ts`
  const readOfferings = offeringsOf(context)
  const typesOf = new Map(needs.groups.map((group) => [group.name, group.types]))
  return [
    {
      area: 'zones',
      subject: chosen.join(', '),
      source: 'aws',
      run: async () => {
        const { AvailabilityZones = [] } = await aws.ec2.send(
          new DescribeAvailabilityZonesCommand({ AllAvailabilityZones: true }),
        )
        const usable = AvailabilityZones.filter(
          ({ State, ZoneType = 'availability-zone', OptInStatus }) =>
            State === 'available' &&
            ZoneType === 'availability-zone' &&
            OptInStatus !== 'not-opted-in',
        )
        const idOf = new Map(usable.map(({ ZoneName = '', ZoneId }) => [ZoneName, ZoneId]))
        const missing = chosen.filter((zone) => !idOf.has(zone))
        if (missing.length === 0) {
          return ok(chosen.map((zone) => `${zone} is ${idOf.get(zone)}`).join(', '))
        }
        return wrong(`this account cannot use ${missing.join(', ')}`, {
          breaks: 'the deploy of network fails at its subnets',
          fix: `choose from ${[...idOf.keys()].join(', ')}: ${inEnvironments}`,
        })
      },
    },
    ...[...typesOf].map(
      ([group, types]): Check => ({
        area: 'instance types',
        subject: group,
        source: 'aws',
        run: async () => {
          const offerings = await readOfferings()
          const offered = (zone: string) => types.filter((type) => offerings.get(zone)?.has(type))
          const without = chosen.filter((zone) => offered(zone).length === 0)
          const details = chosen.flatMap((zone) => {
            const missing = types.filter((type) => !offered(zone).includes(type))
            return missing.length > 0 ? [`${zone} lacks ${missing.join(', ')}`] : []
          })
          if (without.length === 0) {
            const extent = details.length === 0 ? 'all types' : 'enough types'
            return ok(`${extent} offered in ${chosen.join(', ')}`, details)
          }
          const others = [...offerings.keys()].filter((zone) => offered(zone).length > 0).sort()
          return wrong(`none of its types is offered in ${without.join(', ')}`, {
            breaks: `${group} starts no instance there, and does not survive the loss of another zone`,
            fix:
              others.length === 0
                ? `no zone of ${region} has its types: choose others in apps/compute/src`
                : `choose from ${others.join(', ')}: ${inEnvironments}`,
            details,
          })
        },
      }),
    ),
  ]
}

/** Some dozens; AWS allows 200 in a filter. */
function typesIn({ groups }: Context['needs']): string[] {
  return [...new Set(groups.flatMap(({ types }) => types))].sort()
}
