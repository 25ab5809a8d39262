export * from './spot-failover'
