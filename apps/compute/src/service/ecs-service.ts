import type { EcsService as EcsServiceResource } from '@cdktf/provider-aws/lib/ecs-service'
import { ServiceDiscoveryService } from '@cdktf/provider-aws/lib/service-discovery-service'
import { resourceName } from '@tideway/constructs'
import type { BlueGreenRelease, CapacityKind, RollingRelease } from '@tideway/ecs-spot'
import { createSpotService, standbyName } from '@tideway/ecs-spot/internal'
import { Construct } from 'constructs'
import { BeforeRelease } from '../before-release'
import { containerName, type EcsServiceDefinition, portOf, type Share } from '../definition'
import { Alarms } from './alarms'
import { connectConfiguration } from './connect'
import type { ServiceContext, ServiceProps } from './context'
import { ReleaseScaling } from './release-scaling'
import { Scaling } from './scaling'
import { architectureOf, Task } from './task'
import { Traffic } from './traffic'

/** A service of a definition: its tasks, traffic, alarms and autoscaling around a SpotService. */
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
    const monitored = {
      name,
      definition,
      context,
      serviceName: this.serviceName,
      standbyNames: definition.standbys.map((on) => standbyName(this.serviceName, on)),
      traffic,
    }
    const alarms = new Alarms(this, 'alarms', monitored)
    const { providerNames, association } = context.capacity
    const { primary, blueGreen } = createSpotService(this, {
      name,
      cluster: context.cluster,
      taskDefinition: task.definitionArn,
      taskSize: { ...definition, architecture: architectureOf(definition) },
      desiredCount: definition.tasks.min,
      capacity: placedOn(definition, context).map(({ on, ...share }) => ({
        capacityProvider: providerNames[on],
        ...share,
      })),
      standbys: definition.standbys.map((on) => ({
        name: on,
        capacityProvider: providerNames[on],
      })),
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
      preferences: definition,
      release: releaseOf(definition, {
        task,
        traffic,
        alarmNames: alarms.releaseAlarmNames,
        hookArns: beforeRelease ? [beforeRelease.functionArn] : [],
      }),
      dependsOn: [
        // AWS does not remove a provider that a service uses, so the service is destroyed first.
        association,
        ...task.granted,
        ...(traffic?.rules ?? []),
        ...(isBlueGreen ? [discovery] : []),
        ...(beforeRelease ? [beforeRelease.succeeded] : []),
      ],
    })
    this.primary = primary
    const { target } = new Scaling(this, 'scaling', { ...monitored, service: primary })
    if (blueGreen !== undefined) {
      new ReleaseScaling(blueGreen, 'scaling', {
        name,
        context,
        target,
        applicationName: blueGreen.applicationName,
        deploymentGroupName: blueGreen.deploymentGroupName,
      })
    }
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

interface ReleaseParts extends Pick<BlueGreenRelease, 'alarmNames' | 'hookArns'> {
  readonly task: Task
  readonly traffic: Traffic | undefined
}

function releaseOf(
  { release }: EcsServiceDefinition,
  { task, traffic, ...parts }: ReleaseParts,
): RollingRelease | BlueGreenRelease {
  if (release.kind === 'rolling') return { controller: 'ECS', ...release }
  if (traffic?.green === undefined) throw new Error('a blue/green release needs two target groups')
  return {
    controller: 'CODE_DEPLOY',
    targetGroupNames: [traffic.blue.name, traffic.green.name],
    listenerArn: traffic.listenerArn,
    ruleArns: traffic.rules.map(({ arn }) => arn),
    roleArns: [task.taskRoleArn, task.executionRoleArn],
    ...parts,
  }
}
