export { HealthCheck } from './health-check'
export { QueryLog } from './query-log'
export { SiteRecords } from './site-records'
export { ZoneSigning } from './zone-signing'
