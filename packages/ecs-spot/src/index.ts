export * from './capacity'
export * from './describe'
export * from './failover'
export * from './instances'
