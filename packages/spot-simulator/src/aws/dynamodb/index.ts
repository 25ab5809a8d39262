export * from './dynamodb'
export { Table, type TableProps } from './table'
export type { AttributeValue, Item } from './value'
export { ConditionFailedWithItem } from './write'
