export * from './capacity'
export { cpuArchitecture } from './instance-types'
