export type { StoredAlarm } from '../patches/cloudwatch'
export { Alarms } from './alarms'
export { MetricStore } from './metric-store'
