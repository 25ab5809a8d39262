import { services } from '@tideway/compute/src/services'
import { settings } from '@tideway/compute/src/settings'
import {
  type AutoScalingGroupSettings,
  type CapacityTrace,
  drought,
  type StrategyItem,
  unlimited,
} from '@tideway/spot-simulator'
import type { Scenario, ServiceLoad } from './scenario'

/** The services of the platform as they are deployed: their capacity, standbys, releases and instances. */

const hour = 3600
const minute = 60

const providerNames = {
  fargate: 'FARGATE',
  'fargate-spot': 'FARGATE_SPOT',
  ec2: 'ec2',
  'ec2-spot': 'ec2-spot',
} as const

function definitionOf(name: string) {
  const definition = services[name]
  if (definition?.runs === 'always') return definition
  throw new RangeError(`apps/compute/src/services: must have a service ${name} that always runs`)
}

function maxTasksOf(name: string): number {
  return definitionOf(name).tasks.max
}

function deployedService(name: string): ServiceLoad {
  const { capacity, release, standbys, tasks, traffic } = definitionOf(name)
  const strategy: StrategyItem[] = capacity.map(({ on, base = 0, weight }) => ({
    capacityProvider: providerNames[on],
    base,
    weight,
  }))
  const isOnFargate = capacity.some(({ on }) => on === 'fargate-spot')
  return {
    name,
    // On instances as many that they do not stand empty.
    desiredCount: isOnFargate ? tasks.min : 4 * tasks.min,
    isLoadBalanced: traffic !== undefined,
    providers: isOnFargate
      ? { spot: 'FARGATE_SPOT', onDemand: 'FARGATE' }
      : { spot: 'ec2-spot', onDemand: 'ec2' },
    strategy,
    standbys: standbys.map((on) => providerNames[on]),
    deployment:
      release.kind === 'blue-green'
        ? { controller: 'CODE_DEPLOY' }
        : { minimumHealthyPercent: release.minHealthyPercent, maximumPercent: release.maxPercent },
  }
}

/** Of the worker, which needs one of the two virtual CPUs of m7g.large. */
const tasksPerInstance = 2

function deployedGroups(spot: CapacityTrace): AutoScalingGroupSettings[] {
  const { ec2, ec2Spot } = settings.prod
  const group = (
    name: string,
    { minInstances, maxInstances, targetCapacityPercent }: typeof ec2Spot,
  ) => ({
    name,
    tasksPerInstance,
    minInstances,
    maxInstances,
    spotInstanceDraining: true,
    scaling: { kind: 'managed', targetCapacityPercent, warmupSeconds: minute } as const,
  })
  return [
    { ...group('ec2', ec2), isSpot: false },
    { ...group('ec2-spot', ec2Spot), isSpot: true, capacity: spot },
  ]
}

const droughtFrom = hour

/** So slow that target tracking keeps up while it gets all tasks that it wants. */
function growth({ from, seconds, to }: { from: number; seconds: number; to: number }) {
  const steps = seconds / minute
  return Array.from({ length: steps }, (_, index) => ({
    atSeconds: from + index * minute,
    factor: 1 + ((to - 1) * (index + 1)) / steps,
  }))
}

/** What else happens around the beginning of a drought. */
function variantsOf(
  service: ServiceLoad,
): Readonly<Record<string, Partial<Scenario> & Pick<Scenario, 'description'>>> {
  const { name } = service
  const lead = `The service ${name} as it is deployed, without Spot for 90 minutes.`
  return {
    drought: { description: `${lead} It begins in calm.` },
    // New tasks have started, and old ones still run.
    release: {
      description: `${lead} It begins in the middle of a release.`,
      changes: [{ kind: 'release', service: name, atSeconds: droughtFrom - 3 * minute }],
    },
    autoscaling: {
      description: `${lead} It begins while the load grows to 2.5 times as much.`,
      services: [
        {
          ...service,
          load: {
            maxTasks: maxTasksOf(name),
            surges: [
              { atSeconds: 0, factor: 1 },
              ...growth({ from: droughtFrom - 15 * minute, seconds: 30 * minute, to: 2.5 }),
              { atSeconds: droughtFrom + hour, factor: 1 },
            ],
          },
        },
      ],
    },
    upgrade: {
      description: `${lead} It begins in the middle of an upgrade of the controller.`,
      changes: [
        { kind: 'upgrade', atSeconds: droughtFrom + 1 },
        { kind: 'upgrade', atSeconds: droughtFrom + 40 },
      ],
    },
  }
}

export function deployedScenarios(seed: number): Scenario[] {
  const noSpot = drought({ fromSeconds: droughtFrom, toSeconds: 2.5 * hour })
  return ['api', 'worker'].flatMap((name) => {
    const service = deployedService(name)
    const isOnFargate = service.providers?.spot === 'FARGATE_SPOT'
    return Object.entries(variantsOf(service)).map(([what, variant]) => ({
      name: `${name}-${what}`,
      seed,
      hours: 4,
      services: [service],
      spot: { 'us-east-1a': isOnFargate ? noSpot : unlimited() },
      ...(!isOnFargate && { groups: deployedGroups(noSpot) }),
      ...variant,
    }))
  })
}
