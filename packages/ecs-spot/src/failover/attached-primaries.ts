import { EcsTag } from '@cdktf/provider-aws/lib/ecs-tag'
import { tags } from '@tideway/failover-lambda/tags'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { createdByTag } from '../created-by'
import type { ServiceDescription } from '../describe/service-description'
import {
  type FailoverPreferences,
  preferenceTags,
  type ServiceShape,
  standbyService,
  taskPrice,
} from '../service'

export interface AttachedPrimariesProps {
  readonly clusterArn: string
  readonly primaries: readonly ServiceDescription[]
  /** Follows the name of a primary in that of its standby. */
  readonly standbySuffix: string
  /** By the name of the primary. */
  readonly preferences: Readonly<Record<string, FailoverPreferences>>
}

/** The duration of a notice: the default of the controller. */
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
        ...preferenceTags({ ...ownPreferences(primary), ...props.preferences[name] }),
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

/** What a standby shares with its primary. */
function shapeOf(primary: ServiceDescription, cluster: string): ServiceShape {
  const { network, healthCheckGraceSeconds, connectNamespace } = primary
  const [registry] = primary.registries
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
    ...(primary.platformVersion && { platformVersion: primary.platformVersion }),
    placementConstraints: [...primary.placementConstraints],
    orderedPlacementStrategy: [...primary.placementStrategy],
  }
}

function sizeOf({ task }: ServiceDescription) {
  return { ...task, architecture: task.architecture === 'ARM64' ? 'ARM64' : 'X86_64' } as const
}

/** What the task definition says. */
function ownPreferences({ task: { stopSeconds } }: ServiceDescription): FailoverPreferences {
  return stopSeconds < noticeSeconds ? { stopSeconds } : {}
}
