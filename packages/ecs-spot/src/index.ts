export * from './capacity'
export * from './failover'
export * from './instances'
