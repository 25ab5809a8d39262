import {
  CapacityTrace,
  drought,
  onOff,
  onOffZones,
  Random,
  type TraceStep,
  unlimited,
} from '@tideway/spot-simulator'
import { calmStartSeconds, type Scenario, shop, tasksOf, type ZoneTraces } from './scenario'

const hour = 3600
const minute = 60

interface Template {
  readonly name: string
  readonly description: string
  readonly hours: number
  readonly spot: (random: Random, untilSeconds: number) => ZoneTraces
}

/** One zone for a shortage of the whole region. */
const oneZone = (trace: CapacityTrace): ZoneTraces => ({ 'us-east-1a': trace })

const templates: readonly Template[] = [
  {
    name: 'long-drought',
    description: 'Spot has no capacity for 12 hours.',
    hours: 24,
    spot: () => oneZone(drought({ fromSeconds: hour, toSeconds: 13 * hour })),
  },
  {
    name: 'short-droughts',
    description: 'Spot has no capacity for about 15 minutes, every two hours or so.',
    hours: 24,
    spot: (random, untilSeconds) =>
      oneZone(
        afterCalm(
          onOff(random, { meanUpSeconds: 2 * hour, meanDownSeconds: 15 * minute, untilSeconds }),
        ),
      ),
  },
  {
    name: 'partial-drought',
    description:
      'Spot has capacity for 40 % of the tasks for eight hours, later for 80 % for six hours.',
    hours: 24,
    spot: () => oneZone(partial()),
  },
  {
    name: 'zones-together',
    description:
      'Three zones lose and regain Spot, often at the same time. Two zones are enough for all tasks.',
    hours: 24,
    // Two zones are enough for the shop, one is not.
    spot: (random, untilSeconds) =>
      afterCalmInEach(
        onOffZones(random, {
          zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
          correlation: 0.43,
          meanUpSeconds: 3 * hour,
          meanDownSeconds: 25 * minute,
          capacity: Math.ceil(tasksOf(shop) / 2),
          untilSeconds,
        }),
      ),
  },
  {
    name: 'flapping',
    description: 'Spot comes and goes: about eight minutes with capacity, then five without.',
    hours: 12,
    spot: (random, untilSeconds) =>
      oneZone(
        afterCalm(
          onOff(random, {
            meanUpSeconds: 8 * minute,
            meanDownSeconds: 5 * minute,
            untilSeconds,
          }),
        ),
      ),
  },
  {
    name: 'calm',
    description: 'Spot always has capacity: what each policy costs without a drought.',
    hours: 24,
    spot: () => oneZone(unlimited()),
  },
]

/** Scenarios that depend only on the seed. */
export function syntheticScenarios(seed: number): Scenario[] {
  return templates.map(({ name, description, hours, spot }) => ({
    name,
    description,
    seed,
    hours,
    services: shop,
    spot: spot(new Random(seed).fork(name), hours * hour),
  }))
}

/** Two partial droughts: one leaves capacity for 40 % of the tasks, the other for 80 %. */
function partial(): CapacityTrace {
  const tasks = tasksOf(shop)
  return new CapacityTrace([
    { atSeconds: 0, capacity: Number.POSITIVE_INFINITY },
    { atSeconds: 2 * hour, capacity: Math.floor(tasks * 0.4) },
    { atSeconds: 10 * hour, capacity: Number.POSITIVE_INFINITY },
    { atSeconds: 14 * hour, capacity: Math.floor(tasks * 0.8) },
    { atSeconds: 20 * hour, capacity: Number.POSITIVE_INFINITY },
  ])
}

function afterCalmInEach(zones: ZoneTraces): ZoneTraces {
  return Object.fromEntries(Object.entries(zones).map(([zone, trace]) => [zone, afterCalm(trace)]))
}

/** Delays a trace, with unlimited capacity before it. */
export function afterCalm({ steps }: CapacityTrace): CapacityTrace {
  const later: TraceStep[] = steps.map(({ atSeconds, capacity }) => ({
    atSeconds: atSeconds + calmStartSeconds,
    capacity,
  }))
  return new CapacityTrace([{ atSeconds: 0, capacity: Number.POSITIVE_INFINITY }, ...later])
}
