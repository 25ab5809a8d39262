import { EcsService, type EcsServiceConfig } from '@cdktf/provider-aws/lib/ecs-service'
import {
  type DeploymentContext,
  failedChecks,
  resourceName,
  setContext,
  throwIfInvalid,
} from '@tideway/constructs/parts'
import type { TaskSize } from '@tideway/constructs/prices'
import { tags } from '@tideway/failover-lambda/tags'
import { Construct } from 'constructs'
import type { ClusterReference } from '../capacity'
import { completeContext } from '../context'
import { BlueGreen, type BlueGreenRelease } from './blue-green'
import { type FailoverPreferences, preferenceChecks, preferenceTags } from './preferences'
import {
  acceptedBy,
  rollingRelease,
  type ServiceShape,
  standbyName,
  standbyService,
  taskPrice,
} from './standby'
import { type CapacityShare, isFargate, strategyChecks } from './strategy'

/** ECS replaces the tasks, and rolls the release back if they fail to start. */
export interface RollingRelease {
  readonly controller: 'ECS'
  /** Healthy tasks that ECS keeps in a release, in percent of the desired count. @default 100 */
  readonly minHealthyPercent?: number
  /** Tasks of both revisions that may run in a release, in percent of the desired count. @default 200 */
  readonly maxPercent?: number
}

export interface StandbyCapacity {
  /** A part of the name of the standby, `<service>-standby-<name>`, and of its construct id. */
  readonly name: string
  /** A capacity provider on demand. It may be of the other family: a standby on Fargate covers instances too. */
  readonly capacityProvider: string
}

/** With the arguments of `aws_ecs_service` that its standbys share, and `account` and `region` outside a stack with a context. */
export interface SpotServiceProps
  extends Omit<ServiceShape, 'cluster' | 'forEach'>,
    Partial<DeploymentContext> {
  /** A part of the names: the service is `<prefix>-<name>`. By default, the prefix is the name of the cluster. */
  readonly name: string
  readonly cluster: ClusterReference
  /** The ARN of a revision. */
  readonly taskDefinition: string
  /** The size of a task, which determines the price of its standbys. */
  readonly taskSize: TaskSize
  /** Tasks at its creation. Later, autoscaling or an operator sets their number. */
  readonly desiredCount: number
  /** Where the tasks run: all on Fargate, or all on instances. */
  readonly capacity: readonly CapacityShare[]
  /** What covers a Spot shortage, in this order. @default none */
  readonly standbys?: readonly StandbyCapacity[]
  /** Subnets and security groups of tasks with network interfaces of their own. */
  readonly networkConfiguration?: ServiceShape['networkConfiguration']
  /** The target groups of the tasks. @default none */
  readonly loadBalancer?: ServiceShape['loadBalancer']
  /**
   * A registration in Cloud Map. Where CodeDeploy releases the service, the name returns the new tasks before they get
   * traffic.
   *
   * @default none
   */
  readonly serviceRegistries?: ServiceShape['serviceRegistries']
  /** @default true */
  readonly enableEcsManagedTags?: boolean
  /** @default SERVICE */
  readonly propagateTags?: string
  /** @default a rolling release */
  readonly release?: RollingRelease | BlueGreenRelease
  /** @default those of the controller */
  readonly preferences?: FailoverPreferences
  /** Tags of the service and of its standbys, besides those of the failover. @default none */
  readonly tags?: Readonly<Record<string, string>>
  /** For instance the association of a capacity provider, which AWS does not remove while a service uses it. */
  readonly dependsOn?: ServiceShape['dependsOn']
}

/** The resources of a primary and its standbys. */
export interface SpotServiceResources {
  /** The ECS name of the primary. */
  readonly serviceName: string
  /** The ECS names of the standbys, in their order. */
  readonly standbyNames: readonly string[]
  readonly primary: EcsService
  readonly standbys: readonly EcsService[]
  /** What releases a service with the controller CODE_DEPLOY. */
  readonly blueGreen?: BlueGreen
}

/** An ECS service on Spot, and its standbys: the same tasks on on-demand capacity, which the failover scales. */
export class SpotService extends Construct implements SpotServiceResources {
  readonly serviceName: string
  readonly standbyNames: readonly string[]
  readonly primary: EcsService
  readonly standbys: readonly EcsService[]
  readonly blueGreen?: BlueGreen

  constructor(scope: Construct, id: string, props: SpotServiceProps) {
    super(scope, id)
    setContext(this, completeContext(this, props, props.cluster.name))
    const resources = createSpotService(this, props)
    this.serviceName = resources.serviceName
    this.standbyNames = resources.standbyNames
    this.primary = resources.primary
    this.standbys = resources.standbys
    this.blueGreen = resources.blueGreen
  }
}

/** The resources of a SpotService, directly in a construct that has others too. */
export function createSpotService(scope: Construct, props: SpotServiceProps): SpotServiceResources {
  throwIfInvalid(problemsOf(scope.node.path, props))
  const {
    name,
    cluster,
    taskSize,
    desiredCount,
    capacity,
    standbys = [],
    release = { controller: 'ECS' },
    preferences = {},
    tags: ownTags,
    ...shared
  } = props
  const { serviceName, standbyNames } = namesOf(scope, name, standbys)
  const shape: ServiceShape = {
    enableEcsManagedTags: true,
    propagateTags: 'SERVICE',
    ...shared,
    cluster: cluster.arn,
  }
  // ECS cannot change the registration of a service that CodeDeploy releases: an earlier one stays, with its name.
  const isBlueGreen = release.controller === 'CODE_DEPLOY'
  const registration = isBlueGreen ? ['service_registries'] : []
  const primary = new EcsService(scope, 'service', {
    ...releaseOf(release),
    ...acceptedBy(capacity[0]?.capacityProvider ?? '', shape),
    name: serviceName,
    desiredCount,
    capacityProviderStrategy: [...capacity],
    ...((standbys.length > 0 || ownTags) && {
      tags: {
        ...ownTags,
        ...(standbys.length > 0 && {
          [tags.standbys]: standbyNames.join(' '),
          ...preferenceTags(preferences),
        }),
      },
    }),
    lifecycle: {
      ignoreChanges: [
        // Managed by autoscaling.
        'desired_count',
        // Managed by CodeDeploy. The provider would replace the service to change its strategy.
        ...(isBlueGreen ? ['task_definition', 'load_balancer', 'capacity_provider_strategy'] : []),
        ...registration,
      ],
    },
  })
  const standbyServices = standbys.map((standby, index) =>
    standbyService(scope, `standby-${standby.name}`, {
      shape: { ...shape, dependsOn: [...(shape.dependsOn ?? []), primary] },
      name: standbyNames[index] ?? '',
      primaryName: serviceName,
      capacityProvider: standby.capacityProvider,
      taskPrice: taskPrice(taskSize),
      tags: ownTags,
      ignoreChanges: registration,
    }),
  )
  return {
    serviceName,
    standbyNames,
    primary,
    standbys: standbyServices,
    ...(release.controller === 'CODE_DEPLOY' && {
      blueGreen: new BlueGreen(scope, 'blue-green', {
        name,
        clusterName: cluster.name,
        service: primary,
        release,
      }),
    }),
  }
}

function namesOf(scope: Construct, name: string, standbys: readonly StandbyCapacity[]) {
  const nameOf = (part: string) => resourceName(scope, 'aws_ecs_service', part)
  const serviceName = nameOf(name)
  const standbyNames = standbys.map((standby) => nameOf(standbyName(name, standby.name)))
  throwIfInvalid(
    failedChecks(
      scope.node.path,
      { standbyNames },
      {
        standbyNames: [
          [
            standbyNames.join(' ').length <= 256,
            'have 256 characters together, with spaces: a tag names them',
            'Shorten the name of the service, or use fewer standbys.',
          ],
        ],
      },
    ),
  )
  return { serviceName, standbyNames }
}

function problemsOf(path: string, props: SpotServiceProps) {
  const { capacity, standbys = [], release, loadBalancer, preferences = {} } = props
  const isBlueGreen = release?.controller === 'CODE_DEPLOY'
  const names = standbys.map(({ name }) => name)
  return failedChecks(path, props, {
    capacity: [
      ...strategyChecks(capacity),
      [
        !isBlueGreen || capacity.every(({ capacityProvider }) => isFargate(capacityProvider)),
        'be Fargate for blue/green: CodeDeploy does not support managed scaling of instances',
        'Use Fargate, or a rolling release.',
      ],
    ],
    standbys: [
      [
        standbys.every(({ capacityProvider }) => capacityProvider !== 'FARGATE_SPOT'),
        'be on demand: a standby on Spot fails together with the tasks that it covers',
        'Choose "FARGATE", or a provider of instances on demand.',
      ],
      [new Set(names).size === names.length, 'have different names', 'Rename one.'],
    ],
    preferences: preferenceChecks(preferences),
    loadBalancer: [
      [
        !isBlueGreen || (Array.isArray(loadBalancer) && loadBalancer.length === 1),
        'have the first target group alone for blue/green: CodeDeploy uses one at a time',
        'Name it here, and both in targetGroupNames.',
      ],
    ],
  })
}

function releaseOf(release: RollingRelease | BlueGreenRelease): Partial<EcsServiceConfig> {
  if (release.controller === 'CODE_DEPLOY') {
    return { deploymentController: { type: 'CODE_DEPLOY' } }
  }
  const { minHealthyPercent = 100, maxPercent = 200 } = release
  return {
    ...rollingRelease(minHealthyPercent, maxPercent),
    // Without it, the provider replaces the service to change its strategy.
    forceNewDeployment: true,
  }
}
