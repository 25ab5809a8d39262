export { drought } from '@tideway/spot-simulator'
export * from './fault-table'
export * from './simulated-account'
export * from './simulated-controller'
