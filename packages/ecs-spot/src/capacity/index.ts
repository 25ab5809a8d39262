export * from './capacity-settings'
export { type CpuArchitecture, cpuArchitecture, onDemandTypes, spotTypes } from './instance-types'
export * from './spot-capacity'
