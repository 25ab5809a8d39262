export * from './dynamodb'
export { type AttributeValue, type Item, Table, type TableProps } from './table'
