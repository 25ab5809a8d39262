export * from './capacity-settings'
export * from './instance-types'
export * from './spot-capacity'
