import { AwsError, type ServiceModel } from '../../endpoint'
import type { Random } from '../../random'
import { callOperation, checkParameters, notSimulated, type Operations } from '../operations'
import { type ExpressionInput, parseCondition } from './expression'
import { bytesOf, equal, type Item, invalid, Table, type TableProps } from './table'

export interface DynamoDbOptions {
  /** The chance that BatchGetItem returns a key as unprocessed. @default none */
  readonly unprocessed?: { readonly probability: number; readonly random: Random }
}

interface KeysAndAttributes {
  readonly Keys: readonly Item[]
  readonly ConsistentRead?: boolean
}

interface BatchGetInput {
  readonly RequestItems: Readonly<Record<string, KeysAndAttributes>>
}

interface PutInput extends ExpressionInput {
  readonly TableName: string
  readonly Item: Item
  readonly ConditionExpression?: string
}

interface DeleteInput extends ExpressionInput {
  readonly TableName: string
  readonly Key: Item
  readonly ConditionExpression?: string
}

interface QueryInput extends ExpressionInput {
  readonly TableName: string
  readonly IndexName?: string
  readonly KeyConditionExpression?: string
  readonly ExclusiveStartKey?: Item
}

const maxBatchKeys = 100
const maxPageBytes = 1024 * 1024
const placeholders = ['ExpressionAttributeNames', 'ExpressionAttributeValues']

/** The part of DynamoDB that the failover controller calls. Every read returns the last write. */
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
    return callOperation('dynamodb', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    BatchGetItem: {
      parameters: ['RequestItems'],
      run: (input: BatchGetInput) => this.batchGet(input),
    },
    DeleteItem: {
      parameters: ['TableName', 'Key', 'ConditionExpression', ...placeholders],
      run: (input: DeleteInput) => {
        const table = this.table(input.TableName)
        const id = table.idOf(input.Key)
        checkCondition(table.get(id), input)
        table.delete(id)
        return {}
      },
    },
    PutItem: {
      parameters: ['TableName', 'Item', 'ConditionExpression', ...placeholders],
      run: (input: PutInput) => this.put(input),
    },
    Query: {
      parameters: [
        'TableName',
        'IndexName',
        'KeyConditionExpression',
        'ExclusiveStartKey',
        ...placeholders,
      ],
      run: (input: QueryInput) => this.query(input),
    },
  }

  private batchGet({ RequestItems }: BatchGetInput): object {
    const requests = Object.entries(RequestItems)
    const count = requests.flatMap(([, { Keys }]) => Keys).length
    if (count < 1 || count > maxBatchKeys) {
      throw invalid(`BatchGetItem takes 1 to ${maxBatchKeys} keys, got ${count}`)
    }
    const Responses: Record<string, Item[]> = {}
    const UnprocessedKeys: Record<string, KeysAndAttributes> = {}
    for (const [name, request] of requests) {
      checkParameters('dynamodb BatchGetItem RequestItems', request, ['Keys', 'ConsistentRead'])
      if (request.ConsistentRead !== true) {
        throw notSimulated('dynamodb BatchGetItem', 'an eventually consistent read', [
          'ConsistentRead: true',
        ])
      }
      const table = this.table(name)
      const ids = request.Keys.map((key) => table.idOf(key))
      if (new Set(ids).size < ids.length) {
        throw invalid('Provided list of item keys contains duplicates')
      }
      const unprocessed = request.Keys.filter(() => this.isUnprocessed())
      Responses[name] = request.Keys.filter((key) => !unprocessed.includes(key))
        .map((key) => table.get(table.idOf(key)))
        .filter((item) => item !== undefined)
      if (unprocessed.length > 0) UnprocessedKeys[name] = { ...request, Keys: unprocessed }
    }
    return { Responses, UnprocessedKeys }
  }

  private put(input: PutInput): object {
    const table = this.table(input.TableName)
    checkCondition(table.get(table.keyOf(input.Item)), input)
    table.put(input.Item)
    return {}
  }

  /** A page of an index ends after 1 MB, so callers that read only one page fail in tests. */
  private query(input: QueryInput): object {
    const { TableName, IndexName, KeyConditionExpression = '', ExclusiveStartKey } = input
    const table = this.table(TableName)
    if (IndexName === undefined) {
      throw notSimulated('dynamodb Query', 'a query without IndexName', ['a query of an index'])
    }
    const index = table.index(IndexName)
    const condition = parseCondition('KeyConditionExpression', KeyConditionExpression, input)
    const { attribute, value } = condition
    if (attribute !== index.hashKey || value === undefined) {
      throw invalid(`Query condition missed key schema element: ${index.hashKey}`)
    }
    const start = ExclusiveStartKey && table.keyOf(ExclusiveStartKey)
    const Items: Item[] = []
    let bytes = 0
    for (const keys of table.keysIn(index, value)) {
      if (start !== undefined && table.keyOf(keys) <= start) continue
      Items.push(keys)
      bytes += bytesOf(keys)
      if (bytes > maxPageBytes) return { Items, Count: Items.length, LastEvaluatedKey: keys }
    }
    return { Items, Count: Items.length }
  }

  private isUnprocessed(): boolean {
    const { unprocessed } = this.options
    return unprocessed?.random.chance(unprocessed.probability) ?? false
  }

  /** @param name or ARN */
  private table(name: string): Table {
    const table = this.tables.get(name.split('/').at(-1) ?? '')
    if (table !== undefined) return table
    throw new AwsError('ResourceNotFoundException', 'Requested resource not found')
  }
}

function checkCondition(
  old: Item | undefined,
  input: ExpressionInput & { readonly ConditionExpression?: string },
): void {
  if (input.ConditionExpression === undefined) return
  const { attribute, value } = parseCondition(
    'ConditionExpression',
    input.ConditionExpression,
    input,
  )
  const stored = old?.[attribute]
  if (value === undefined ? stored !== undefined : !equal(stored, value)) {
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed')
  }
}
