import { EcsService, type EcsServiceConfig } from '@cdktf/provider-aws/lib/ecs-service'
import { ServiceDiscoveryService } from '@cdktf/provider-aws/lib/service-discovery-service'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { tags as failoverTags } from '@tideway/failover-lambda/tags'
import { Construct } from 'constructs'
import { Alarms } from './alarms'
import { BlueGreen } from './blue-green'
import type { ServiceContext } from './context'
import { type LongRunningDefinition, type Share, standbyName } from './definition'
import { Scaling } from './scaling'
import { containerName, containerPort, Task } from './task'
import { Traffic } from './traffic'

export interface LongRunningProps {
  readonly name: string
  readonly definition: LongRunningDefinition
  readonly context: ServiceContext
}

/** How long a new task may take to be healthy before the load balancer's opinion counts. */
const graceSeconds = 60

/** A service that always runs, and its standbys: the same tasks on capacity that is not taken back. */
export class LongRunning extends Construct {
  readonly serviceName: string
  readonly standbyNames: readonly string[]
  /** What its tasks run as, and what starts them. */
  readonly roleArns: readonly string[]

  constructor(scope: Construct, id: string, { name, definition, context }: LongRunningProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const named = (part: string) => nameOf(environment, 'aws_ecs_service', part, this.node.path)
    const standbys = definition.standbys.map((kind) => ({
      on: kind,
      serviceName: named(standbyName(name, kind)),
    }))
    const task = new Task(this, 'task', { name, definition, context })
    this.roleArns = [task.taskRoleArn, task.startRoleArn]
    const traffic =
      definition.traffic &&
      new Traffic(this, 'traffic', { name, definition, traffic: definition.traffic, task, context })
    const discovery = new ServiceDiscoveryService(this, 'discovery', {
      name,
      description: `Tasks of ${name}, those of its standbys among them`,
      dnsConfig: {
        namespaceId: context.discovery.namespaceId,
        routingPolicy: 'MULTIVALUE',
        dnsRecords: [{ type: 'A', ttl: 10 }],
      },
      // ECS takes a task out when it stops: nothing else reports its health here.
      healthCheckCustomConfig: { failureThreshold: 1 },
      forceDestroy: true,
    })

    const common = {
      cluster: context.cluster.arn,
      taskDefinition: task.definitionArn,
      networkConfiguration: {
        subnets: context.subnetIds,
        securityGroups: task.securityGroupIds,
        assignPublicIp: false,
      },
      serviceRegistries: { registryArn: discovery.arn },
      ...(traffic && {
        loadBalancer: [{ targetGroupArn: traffic.blue.arn, containerName, containerPort }],
        healthCheckGracePeriodSeconds: graceSeconds,
      }),
      enableEcsManagedTags: true,
      propagateTags: 'SERVICE',
      dependsOn: [
        // And gone before it: a provider that a service uses cannot be taken back.
        context.capacity.association,
        ...task.granted,
        ...(traffic ? [traffic.attached] : []),
      ],
    } satisfies Partial<EcsServiceConfig>

    this.serviceName = named(name)
    const isBlueGreen = definition.release.kind === 'blue-green'
    const primary = new EcsService(this, 'service', {
      ...common,
      ...releaseOf(definition),
      name: this.serviceName,
      desiredCount: definition.tasks.least,
      capacityProviderStrategy: strategyOf(definition.capacity, context),
      ...(standbys.length > 0 && {
        tags: { [failoverTags.standbys]: standbys.map(({ serviceName }) => serviceName).join(' ') },
      }),
      lifecycle: {
        ignoreChanges: [
          // Autoscaling decides it.
          'desired_count',
          // CodeDeploy decides these with each release. The provider would replace the service for another strategy.
          ...(isBlueGreen
            ? ['task_definition', 'load_balancer', 'capacity_provider_strategy']
            : []),
        ],
      },
    })
    for (const { on, serviceName } of standbys) {
      new EcsService(this, `standby-${on}`, {
        ...common,
        ...rolling(100, 200),
        name: serviceName,
        desiredCount: 0,
        capacityProviderStrategy: strategyOf([{ on, weight: 1 }], context),
        tags: { [failoverTags.standbyOf]: this.serviceName },
        // All three are the failover controller's: it follows what the primary serves.
        lifecycle: { ignoreChanges: ['desired_count', 'task_definition', 'load_balancer'] },
        dependsOn: [...common.dependsOn, primary],
      })
    }
    this.standbyNames = standbys.map(({ serviceName }) => serviceName)

    const watched = {
      name,
      definition,
      context,
      serviceName: this.serviceName,
      standbyNames: this.standbyNames,
      traffic,
    }
    const alarms = new Alarms(this, 'alarms', watched)
    new Scaling(this, 'scaling', { ...watched, service: primary })
    if (traffic !== undefined && isBlueGreen) {
      new BlueGreen(this, 'blue-green', {
        name,
        context,
        service: primary,
        task,
        traffic,
        alarmNames: alarms.releaseAlarmNames,
      })
    }
  }
}

function strategyOf(
  capacity: LongRunningDefinition['capacity'] | readonly Share<'fargate' | 'ec2'>[],
  context: ServiceContext,
) {
  return capacity.map(({ on, base, weight }) => ({
    capacityProvider: context.capacity.providerNames[on],
    ...(base !== undefined && { base }),
    weight,
  }))
}

function releaseOf({ release }: LongRunningDefinition): Partial<EcsServiceConfig> {
  return release.kind === 'blue-green'
    ? { deploymentController: { type: 'CODE_DEPLOY' } }
    : {
        ...rolling(release.minHealthyPercent, release.maxPercent),
        // Without it, the provider takes the service down and makes another one when its strategy changes.
        forceNewDeployment: true,
      }
}

function rolling(minHealthyPercent: number, maxPercent: number) {
  return {
    deploymentController: { type: 'ECS' },
    deploymentMinimumHealthyPercent: minHealthyPercent,
    deploymentMaximumPercent: maxPercent,
    deploymentCircuitBreaker: { enable: true, rollback: true },
    availabilityZoneRebalancing: 'ENABLED',
  } satisfies Partial<EcsServiceConfig>
}
