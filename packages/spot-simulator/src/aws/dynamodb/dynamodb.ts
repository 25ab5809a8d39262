import { AwsError, type ServiceModel } from '../../endpoint'
import type { Random } from '../../random'
import { callOperation, type Operations } from '../operations'
import { type BatchGetInput, type BatchWriteInput, batchGet, batchWrite } from './batch'
import { invalid } from './invalid'
import { project } from './path'
import { type PlaceholderInput, Placeholders } from './placeholders'
import { projectionOf, query, type ReadInput, scan } from './read'
import { Table, type TableProps } from './table'
import type { Item } from './value'
import { type DeleteInput, type PutInput, put, remove, type UpdateInput, update } from './write'

export interface DynamoDbOptions {
  /** Of each part of a batch to be left undone. @default none is */
  readonly unprocessed?: { readonly probability: number; readonly random: Random }
}

interface ForTable {
  readonly TableName?: string
}

interface GetInput extends PlaceholderInput {
  readonly Key: Item
  readonly ProjectionExpression?: string
}

/** From before expressions. The model does not read them, and must not pass over them in silence. */
const legacyParameters = [
  'Expected',
  'AttributeUpdates',
  'AttributesToGet',
  'ConditionalOperator',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
]

/** DynamoDB with tables made in code. Reads are of the last write always, those of an index too. */
export class DynamoDb implements ServiceModel {
  readonly protocol = 'json'
  private readonly tables = new Map<string, Table>()

  constructor(private readonly options: DynamoDbOptions = {}) {}

  createTable(props: TableProps): Table {
    const table = new Table(props)
    this.tables.set(props.name, table)
    return table
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    const legacy = legacyParameters.find((name) => Object.hasOwn(input, name))
    if (legacy !== undefined) throw invalid(`the model of dynamodb does not read ${legacy}`)
    return callOperation('dynamodb', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    GetItem: (input: ForTable & GetInput) => get(this.table(input), input),
    PutItem: (input: ForTable & PutInput) => put(this.table(input), input),
    UpdateItem: (input: ForTable & UpdateInput) => update(this.table(input), input),
    DeleteItem: (input: ForTable & DeleteInput) => remove(this.table(input), input),
    Query: (input: ForTable & ReadInput) => query(this.table(input), input),
    Scan: (input: ForTable & ReadInput) => scan(this.table(input), input),
    BatchGetItem: (input: BatchGetInput) =>
      batchGet((TableName) => this.table({ TableName }), input, this.isLeft),
    BatchWriteItem: (input: BatchWriteInput) =>
      batchWrite((TableName) => this.table({ TableName }), input, this.isLeft),
  }

  private readonly isLeft = (): boolean => {
    const { unprocessed } = this.options
    return unprocessed?.random.chance(unprocessed.probability) ?? false
  }

  /** By name or ARN. */
  private table({ TableName = '' }: ForTable): Table {
    const table = this.tables.get(TableName.split('/').at(-1) ?? '')
    if (table === undefined) {
      throw new AwsError('ResourceNotFoundException', 'Requested resource not found')
    }
    return table
  }
}

function get(table: Table, input: GetInput): object {
  const placeholders = new Placeholders(input)
  const paths = projectionOf(input.ProjectionExpression, placeholders)
  placeholders.checkUsed()
  const item = table.get(input.Key)
  return item ? { Item: paths ? project(item, paths) : item } : {}
}
