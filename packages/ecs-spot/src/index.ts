// The public API: api.md lists it, and CHANGELOG.md says what a version may change.
export { type DeploymentContext, setContext } from '@tideway/constructs/parts'
export type { TaskSize } from '@tideway/constructs/prices'
export { operatorTags } from '@tideway/failover-lambda/tags'
export {
  type CapacityKind,
  type ClusterReference,
  type CpuArchitecture,
  type GroupSettings,
  type InstanceSettings,
  type OnDemandSettings,
  onDemandTypes,
  SpotCapacity,
  type SpotCapacityProps,
  spotTypes,
} from './capacity'
export type * from './describe/service-description'
export {
  type FailoverSettings,
  SpotFailover,
  type SpotFailoverProps,
  type SpotGroup,
} from './failover'
export {
  BlueGreen,
  type BlueGreenRelease,
  type CapacityShare,
  type FailoverPreferences,
  type RollingRelease,
  SpotService,
  type SpotServiceProps,
  type SpotServiceResources,
  type StandbyCapacity,
  type TargetGroupProps,
  targetGroup,
} from './service'
