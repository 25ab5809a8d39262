export * from './fault-table'
export * from './simulated-account'
export * from './simulated-controller'
