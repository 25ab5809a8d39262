export * from './instance-profile'
export * from './instance-template'
