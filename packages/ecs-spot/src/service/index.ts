export * from './standby'
