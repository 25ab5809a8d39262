export { type Described, describeServices, type Refusal } from './describe'
export type { Selection } from './selection'
export type * from './service-description'
