export type { Preferences } from './attached-primaries'
export * from './spot-failover'
