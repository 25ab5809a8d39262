export * from './simulated-account'
export * from './simulated-controller'
