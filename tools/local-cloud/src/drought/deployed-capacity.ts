import { environments } from '@tideway/constructs/environments'
import {
  type CapacityTrace,
  EcsSimulation,
  type Programs,
  unlimited,
} from '@tideway/spot-simulator'
import { tasksIn } from '../clock/definition'
import { type Deployed, strategyOf } from '../delivery/deployed'
import type { StoredService } from '../patches/ecs'
import type { DeployedPath } from '../path/deployed-path'

/** Assumed: the simulator does not model the sizes of tasks and instances. */
const tasksPerInstance = 2

const zones = environments.local.availabilityZones

export function inAllZones(trace: CapacityTrace): Record<string, CapacityTrace> {
  return Object.fromEntries(zones.map((zone) => [zone, trace]))
}

/** The clusters of the deployed services, with capacity in all zones. */
export function createAws(
  { services, stateMachines }: Deployed,
  seed: number,
  programs: Programs,
): EcsSimulation {
  return new EcsSimulation({
    seed,
    clusters: [
      ...new Set([
        ...services.map(({ clusterName }) => clusterName),
        ...tasksIn(stateMachines).clusters,
      ]),
    ],
    fargate: inAllZones(unlimited()),
    fargateSpot: inAllZones(unlimited()),
    ...programs,
  })
}

/** Adds the target groups, with the settings that their requests depend on. */
export function addTargetGroups(
  aws: EcsSimulation,
  { targetGroups }: Deployed,
  path: DeployedPath | undefined,
): void {
  for (const group of targetGroups) {
    const settings = path?.targetGroups.find(({ arn }) => arn === group.arn)
    const { intervalSeconds, healthyThreshold, unhealthyThreshold } = settings?.healthCheck ?? {}
    aws.loadBalancers.createTargetGroup({
      ...group,
      ...(settings && { deregistrationDelaySeconds: settings.deregistrationDelaySeconds }),
      ...(intervalSeconds !== undefined && { healthCheckIntervalSeconds: intervalSeconds }),
      ...(healthyThreshold !== undefined && { healthyThreshold }),
      ...(unhealthyThreshold !== undefined && { unhealthyThreshold }),
    })
  }
}

/** Adds the Auto Scaling groups, with the instances that their services need at the start. */
export function addGroups(aws: EcsSimulation, { groups, services }: Deployed): void {
  for (const { providerName, targetCapacityPercent, ...group } of groups) {
    const own = services.filter((service) =>
      strategyOf(service).some(({ capacityProvider }) => capacityProvider === providerName),
    )
    const tasks = own.reduce((sum, { desiredCount }) => sum + desiredCount, 0)
    const needed = Math.ceil(tasks / tasksPerInstance)
    aws.addAutoScalingGroup(
      {
        ...group,
        name: providerName,
        tasksPerInstance,
        initialInstances: Math.max(group.minInstances, Math.min(needed, group.maxInstances)),
        scaling: { kind: 'managed', targetCapacityPercent },
        capacity: inAllZones(unlimited()),
      },
      own[0]?.clusterName,
    )
  }
}

/** Adds a service that already runs at its desired count. */
export function addService(aws: EcsSimulation, service: StoredService): void {
  const { deploymentConfiguration, deploymentController, loadBalancers = [] } = service
  const { healthCheckGracePeriodSeconds } = service
  const { minimumHealthyPercent, maximumPercent, deploymentCircuitBreaker } =
    (deploymentConfiguration ?? {}) as {
      minimumHealthyPercent?: number
      maximumPercent?: number
      deploymentCircuitBreaker?: { enable: boolean; rollback: boolean }
    }
  const { type = 'ECS' } = (deploymentController ?? {}) as { type?: 'ECS' | 'CODE_DEPLOY' }
  aws.createService({
    name: service.serviceName,
    cluster: service.clusterName,
    desiredCount: service.desiredCount,
    taskDefinition: service.taskDefinition,
    strategy: strategyOf(service),
    loadBalancers: loadBalancers as {
      targetGroupArn: string
      containerName: string
      containerPort: number
    }[],
    tags: Object.fromEntries(service.tags.map(({ key, value }) => [key, value])),
    controller: type,
    ...(minimumHealthyPercent !== undefined && { minimumHealthyPercent }),
    ...(maximumPercent !== undefined && { maximumPercent }),
    ...(deploymentCircuitBreaker && { circuitBreaker: deploymentCircuitBreaker }),
    ...(healthCheckGracePeriodSeconds !== undefined && {
      healthCheckGraceSeconds: Number(healthCheckGracePeriodSeconds),
    }),
    startsSteady: true,
  })
}
