export type { ServiceDefinition } from '../definition'
export * from './own-resources'
export * from './owner'
export * from './services'
