export * from './failover'
