import {
  type EcsServiceConfig,
  EcsService as EcsServiceResource,
} from '@cdktf/provider-aws/lib/ecs-service'
import { ServiceDiscoveryService } from '@cdktf/provider-aws/lib/service-discovery-service'
import { resourceName } from '@tideway/constructs'
import { type CapacityKind, rollingRelease, standbyService, taskPrice } from '@tideway/ecs-spot'
import { tags as failoverTags } from '@tideway/failover-lambda/tags'
import { Construct } from 'constructs'
import { BeforeRelease } from '../before-release'
import { containerName, type EcsServiceDefinition, portOf, type Share } from '../definition'
import { Alarms } from './alarms'
import { BlueGreen } from './blue-green'
import { connectConfiguration } from './connect'
import type { ServiceContext, ServiceProps } from './context'
import { Scaling } from './scaling'
import { architectureOf, Task } from './task'
import { Traffic } from './traffic'

/** A primary service and its standbys: the same tasks on on-demand capacity. */
export class EcsService extends Construct {
  readonly serviceName: string
  /** The task role and the execution role. */
  readonly roleArns: readonly string[]
  readonly primary: EcsServiceResource
  /** Of the tasks. */
  readonly securityGroupId: string
  readonly port: number

  constructor(
    scope: Construct,
    id: string,
    { name, definition, context }: ServiceProps<EcsServiceDefinition>,
  ) {
    super(scope, id)
    this.serviceName = resourceName(this, 'aws_ecs_service', name)
    const standbys = definition.standbys.map((on) => ({
      on,
      serviceName: resourceName(this, 'aws_ecs_service', `${name}-standby-${on}`),
    }))
    const standbyNames = standbys.map(({ serviceName }) => serviceName)
    const task = new Task(this, 'task', { name, definition, context })
    this.roleArns = [task.taskRoleArn, task.executionRoleArn]
    this.securityGroupId = task.securityGroupId
    this.port = portOf(definition)
    const traffic =
      definition.traffic &&
      new Traffic(this, 'traffic', { name, definition, traffic: definition.traffic, task, context })
    // Services that CodeDeploy releases were registered in it earlier.
    const discovery = new ServiceDiscoveryService(this, 'discovery', {
      name,
      description: `Tasks of ${name}, those of its standbys among them`,
      dnsConfig: {
        namespaceId: context.discovery.namespaceId,
        routingPolicy: 'MULTIVALUE',
        dnsRecords: [{ type: 'A', ttl: 10 }],
      },
      // ECS deregisters stopped tasks. Nothing else reports health here.
      healthCheckCustomConfig: { failureThreshold: 1 },
      forceDestroy: true,
    })

    const isBlueGreen = definition.release.kind === 'blue-green'
    const beforeRelease =
      definition.beforeRelease &&
      new BeforeRelease(this, 'before-release', {
        name,
        context,
        task,
        command: definition.beforeRelease,
        releasedBy: isBlueGreen ? 'code-deploy' : 'terraform',
      })
    const common = {
      cluster: context.cluster.arn,
      taskDefinition: task.definitionArn,
      networkConfiguration: {
        subnets: context.subnetIds,
        securityGroups: task.securityGroupIds,
        assignPublicIp: false,
      },
      // Cloud Map would return the tasks of both colours in a release by CodeDeploy, so callers by that name would get
      // the new revision before the canary has. They call the load balancer, which CodeDeploy moves.
      ...(!isBlueGreen && { serviceRegistries: { registryArn: discovery.arn } }),
      ...(traffic && {
        loadBalancer: [
          { targetGroupArn: traffic.blue.arn, containerName, containerPort: portOf(definition) },
        ],
        healthCheckGracePeriodSeconds: traffic.graceSeconds,
      }),
      ...connectConfiguration({ name, definition, context }),
      enableEcsManagedTags: true,
      propagateTags: 'SERVICE',
      dependsOn: [
        // AWS does not remove a provider that a service uses, so the service is destroyed first.
        context.capacity.association,
        ...task.granted,
        ...(traffic?.rules ?? []),
        ...(isBlueGreen ? [discovery] : []),
        ...(beforeRelease ? [beforeRelease.succeeded] : []),
      ],
    } satisfies Partial<EcsServiceConfig>

    // ECS cannot change the registration of a service that CodeDeploy releases: an earlier one stays, with its name.
    const registration = isBlueGreen ? ['service_registries'] : []
    const primary = new EcsServiceResource(this, 'service', {
      ...common,
      ...releaseOf(definition),
      name: this.serviceName,
      desiredCount: definition.tasks.min,
      capacityProviderStrategy: strategyOf(placedOn(definition, context), context),
      ...(standbys.length > 0 && {
        tags: { [failoverTags.standbys]: standbyNames.join(' '), ...preferenceTags(definition) },
      }),
      lifecycle: {
        ignoreChanges: [
          // Managed by autoscaling.
          'desired_count',
          // Managed by CodeDeploy. The provider would replace the service to change its strategy.
          ...(isBlueGreen
            ? ['task_definition', 'load_balancer', 'capacity_provider_strategy']
            : []),
          ...registration,
        ],
      },
    })
    this.primary = primary
    for (const { on, serviceName } of standbys) {
      standbyService(this, `standby-${on}`, {
        shape: { ...common, dependsOn: [...common.dependsOn, primary] },
        name: serviceName,
        primaryName: this.serviceName,
        capacityProvider: context.capacity.providerNames[on],
        taskPrice: taskPrice({ ...definition, architecture: architectureOf(definition) }),
        ignoreChanges: registration,
      })
    }

    const monitored = {
      name,
      definition,
      context,
      serviceName: this.serviceName,
      standbyNames,
      traffic,
    }
    const alarms = new Alarms(this, 'alarms', monitored)
    const { target } = new Scaling(this, 'scaling', { ...monitored, service: primary })
    if (traffic !== undefined && isBlueGreen) {
      new BlueGreen(this, 'blue-green', {
        name,
        context,
        service: primary,
        task,
        traffic,
        target,
        alarmNames: alarms.releaseAlarmNames,
        hookArns: beforeRelease ? [beforeRelease.functionArn] : [],
      })
    }
  }
}

/** Only what a service declares: the controller has the same defaults. */
function preferenceTags(definition: EcsServiceDefinition) {
  const { atNotice, prefer, slowestRequestSeconds, stopSeconds, maxCoverDollarsPerHour } =
    definition
  return {
    ...(maxCoverDollarsPerHour !== undefined && {
      [failoverTags.maxCoverPrice]: `${maxCoverDollarsPerHour}`,
    }),
    ...(atNotice && { [failoverTags.atNotice]: atNotice }),
    ...(prefer && { [failoverTags.prefer]: prefer }),
    ...(slowestRequestSeconds !== undefined && {
      [failoverTags.slowestRequestSeconds]: `${slowestRequestSeconds}`,
    }),
    ...(stopSeconds !== undefined && { [failoverTags.definedStopSeconds]: `${stopSeconds}` }),
  }
}

function placedOn(
  { capacity }: EcsServiceDefinition,
  { onDemandShare }: ServiceContext,
): EcsServiceDefinition['capacity'] {
  const shares = capacity as readonly Share<CapacityKind>[]
  const isOnSpotAlone = onDemandShare === 'off' && shares.some(({ on }) => on === 'ec2-spot')
  if (!isOnSpotAlone) return capacity
  return shares.filter((share): share is Share<'ec2-spot'> => share.on === 'ec2-spot')
}

function strategyOf(
  capacity: EcsServiceDefinition['capacity'] | readonly Share<'fargate' | 'ec2'>[],
  context: ServiceContext,
) {
  return capacity.map(({ on, base, weight }) => ({
    capacityProvider: context.capacity.providerNames[on],
    ...(base !== undefined && { base }),
    weight,
  }))
}

function releaseOf({ release }: EcsServiceDefinition): Partial<EcsServiceConfig> {
  return release.kind === 'blue-green'
    ? { deploymentController: { type: 'CODE_DEPLOY' } }
    : {
        ...rollingRelease(release.minHealthyPercent, release.maxPercent),
        // Without it, the provider replaces the service to change its strategy.
        forceNewDeployment: true,
      }
}
