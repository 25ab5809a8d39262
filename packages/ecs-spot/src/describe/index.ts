export type * from './service-description'
