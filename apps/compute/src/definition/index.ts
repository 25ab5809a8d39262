import type { BeforeReleaseFields } from './before-release'
import type { CapacityFields, FargateStrategy } from './capacity'
import type { ConnectFields } from './connect'
import type { ContainerFields, PortFields } from './container'
import type { InterruptionFields } from './interruption'
import type { LocalFields } from './local'
import type { LogFields } from './log'
import type { OwnerFields } from './owner'
import type { PermissionFields } from './permissions'
import type { BlueGreenRelease, RollingRelease } from './release'
import type { ResourceFields } from './resources'
import type { ScalingFields } from './scaling'
import type { ScheduleFields } from './schedule'
import type { SidecarFields } from './sidecars'
import type { Traffic } from './traffic'
import type { DependencyFields } from './uses'
import type { FeatureFlagFields, VariableFields } from './variables'

export type { BeforeReleaseCommand } from './before-release'
export type { Share, Strategy } from './capacity'
export { usesSpot } from './capacity'
export type { Connect } from './connect'
export {
  containerName,
  defaultPort,
  noticeSeconds,
  type ProgramFields,
  portOf,
  usesInstances,
} from './container'
export { ecrRepositoryArn, type Image } from './image'
export { defaultDeregistrationSeconds } from './interruption'
export { hasTopic, type OwnerFields, ownerTags } from './owner'
export type { ScalingMetric, ScalingTargets } from './scaling'
export type { ScheduleFields } from './schedule'
export {
  externalHosts,
  healthCheckOf,
  reservedPriorities,
  rulesOf,
  type Traffic,
  type TrafficRule,
} from './traffic'
export type { Use } from './uses'
export type { SecretSource, VariableFields } from './variables'

/** Each file of this folder has some of the fields of a service, with their checks. */
interface CommonDefinition
  extends BeforeReleaseFields,
    ContainerFields,
    VariableFields,
    FeatureFlagFields,
    LogFields,
    DependencyFields,
    PermissionFields,
    ResourceFields,
    SidecarFields,
    OwnerFields,
    LocalFields {}

interface AlwaysDefinition
  extends CommonDefinition,
    PortFields,
    ConnectFields,
    CapacityFields,
    InterruptionFields,
    ScalingFields {
  /**
   * A service of ECS.
   *
   * @example runs: 'always'
   */
  readonly runs: 'always'
  /**
   * Requests that a load balancer sends to the tasks.
   *
   * @default none
   * @example traffic: { from: 'internal', priority: 1010, requestsPerTask: 500 }
   */
  readonly traffic?: Traffic
}

export interface RollingDefinition extends AlwaysDefinition {
  /**
   * How new tasks replace old ones.
   *
   * @example release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 }
   */
  readonly release: RollingRelease
}

export interface BlueGreenDefinition extends AlwaysDefinition {
  readonly capacity: FargateStrategy
  readonly release: BlueGreenRelease
  readonly traffic: Traffic
}

export type EcsServiceDefinition = RollingDefinition | BlueGreenDefinition

/** A short task on Fargate that a schedule starts: on Spot first, on demand if Spot has no capacity or interrupts it. */
export interface ScheduledTaskDefinition extends CommonDefinition, ScheduleFields {}

export type ServiceDefinition = EcsServiceDefinition | ScheduledTaskDefinition

export function isScheduled(definition: ServiceDefinition): definition is ScheduledTaskDefinition {
  return definition.runs !== 'always'
}
