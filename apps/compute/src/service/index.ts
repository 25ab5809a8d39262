export type { ServiceDefinition } from '../definition'
export * from './services'
