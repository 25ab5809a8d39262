import { EcsTag } from '@cdktf/provider-aws/lib/ecs-tag'
import { tags } from '@tideway/failover-lambda/tags'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { createdByTag } from '../created-by'
import type { ServiceDescription } from '../describe/service-description'
import { type ServiceShape, standbyService, taskPrice } from '../service/standby'

/** What the owner of a service prefers. A field that is not set leaves the default of the controller. */
export interface Preferences {
  /** What its tasks do at an interruption notice. @default leave */
  readonly atNotice?: 'leave' | 'serve-until-drained'
  /** What matters more when failed requests and cost conflict. @default balance */
  readonly prefer?: 'availability' | 'balance' | 'cost'
  /** The duration of its slowest request. @default 5 */
  readonly slowestRequestSeconds?: number
  /** The shortest `stopTimeout` of its containers. @default that of its description */
  readonly stopSeconds?: number
  /** The maximum price of its standby tasks, in US dollars per hour. @default unlimited */
  readonly maxCoverDollarsPerHour?: number
}

export interface AttachedPrimariesProps {
  readonly clusterArn: string
  readonly primaries: readonly ServiceDescription[]
  /** Follows the name of a primary in that of its standby. */
  readonly standbySuffix: string
  /** By the name of the primary. */
  readonly preferences: Readonly<Record<string, Preferences>>
}

/** The controller takes a longer time for the two minutes of a notice. */
const noticeSeconds = 120

/**
 * The standbys of services that others made, and the tags by which the controller finds them. A destroy removes both,
 * and changes nothing else about the services.
 */
export class AttachedPrimaries extends Construct {
  constructor(scope: Construct, id: string, props: AttachedPrimariesProps) {
    super(scope, id)
    for (const primary of props.primaries) {
      const { name, arn, standbys } = primary
      const created = standbys.length === 0 ? [this.standbyOf(primary, props)] : []
      const values = {
        ...preferenceTags(primary, props.preferences[name]),
        [tags.standbys]: [...standbys, ...created.map((standby) => standby.name)].join(' '),
      }
      for (const [key, value] of Object.entries(values)) {
        new EcsTag(this, `${name}-${key.slice(key.indexOf(':') + 1)}`, {
          resourceArn: arn,
          key,
          value,
          // The controller must not find a standby that is not there yet, or no more.
          dependsOn: created.map(({ resource }) => resource),
        })
      }
    }
  }

  private standbyOf(
    primary: ServiceDescription,
    { clusterArn, standbySuffix }: AttachedPrimariesProps,
  ): { name: string; resource: ITerraformDependable } {
    const name = `${primary.name}${standbySuffix}`
    const standby = standbyService(this, `${primary.name}-standby`, {
      shape: shapeOf(primary, clusterArn),
      name,
      primaryName: primary.name,
      capacityProvider: primary.standbyProvider,
      taskPrice: taskPrice(sizeOf(primary)),
      tags: { [createdByTag]: 'ecs-spot' },
    })
    return { name, resource: standby }
  }
}

/** Everything of a primary that its standby shares. */
function shapeOf(primary: ServiceDescription, cluster: string): ServiceShape {
  const { network, healthCheckGraceSeconds, connectNamespace } = primary
  const [registry] = primary.registries
  const onFargate = primary.standbyProvider === 'FARGATE'
  const isPlaced = primary.placementConstraints.length + primary.placementStrategy.length > 0
  return {
    cluster,
    taskDefinition: primary.taskDefinition,
    propagateTags: primary.propagateTags,
    enableEcsManagedTags: primary.enableManagedTags,
    enableExecuteCommand: primary.enableExecuteCommand,
    loadBalancer: [...primary.loadBalancers],
    ...(network && {
      networkConfiguration: {
        subnets: [...network.subnets],
        securityGroups: [...network.securityGroups],
        assignPublicIp: network.assignPublicIp,
      },
    }),
    ...(healthCheckGraceSeconds !== undefined && {
      healthCheckGracePeriodSeconds: healthCheckGraceSeconds,
    }),
    ...(registry && { serviceRegistries: registry }),
    ...(connectNamespace !== undefined && {
      serviceConnectConfiguration: { enabled: true, namespace: connectNamespace },
    }),
    ...(onFargate && primary.platformVersion && { platformVersion: primary.platformVersion }),
    ...(!onFargate &&
      isPlaced && {
        placementConstraints: [...primary.placementConstraints],
        orderedPlacementStrategy: [...primary.placementStrategy],
        // ECS rejects it with some of them.
        availabilityZoneRebalancing: 'DISABLED',
      }),
  }
}

function sizeOf({ task }: ServiceDescription) {
  return { ...task, architecture: task.architecture === 'ARM64' ? 'ARM64' : 'X86_64' } as const
}

function preferenceTags({ task }: ServiceDescription, preferences: Preferences = {}) {
  const stopSeconds = Math.max(2, preferences.stopSeconds ?? task.stopSeconds)
  const values = {
    [tags.atNotice]: preferences.atNotice,
    [tags.prefer]: preferences.prefer,
    [tags.slowestRequestSeconds]: preferences.slowestRequestSeconds,
    [tags.definedStopSeconds]: stopSeconds < noticeSeconds ? stopSeconds : undefined,
    [tags.maxCoverPrice]: preferences.maxCoverDollarsPerHour,
  }
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, `${value}`]],
    ),
  )
}
