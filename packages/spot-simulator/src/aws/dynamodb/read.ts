import { type Condition, holds, type Operand } from './condition'
import { invalid } from './invalid'
import { keyCondition } from './key-condition'
import { byHash, bySortKey, type Order } from './order'
import { parseCondition } from './parse-condition'
import { checkNoOverlap, type Path, project } from './path'
import { type PlaceholderInput, Placeholders } from './placeholders'
import { Reader } from './reader'
import type { LocatedItem, Table } from './table'
import { type Item, itemBytes } from './value'

export interface ReadInput extends PlaceholderInput {
  readonly IndexName?: string
  readonly ConsistentRead?: boolean
  readonly KeyConditionExpression?: string
  readonly FilterExpression?: string
  readonly ProjectionExpression?: string
  readonly Select?: string
  readonly Limit?: number
  readonly ExclusiveStartKey?: Item
  readonly ScanIndexForward?: boolean
}

/** A page ends here even without a Limit: callers that read one page only are found out. */
const maxPageBytes = 1024 * 1024

export function query(table: Table, input: ReadInput): object {
  const placeholders = new Placeholders(input)
  const hashKey = table.hashKeyOf(input.IndexName)
  // An index has its hash key alone; the table's sort key is not its own.
  const sortKey = input.IndexName === undefined ? table.props.sortKey : undefined
  const label = 'KeyConditionExpression'
  const parsed = parseCondition(input.KeyConditionExpression ?? '', label, placeholders)
  const { hash, range } = keyCondition(parsed, hashKey, sortKey)
  const direction = input.ScanIndexForward === false ? -1 : 1
  const order: Order = (one, other) => direction * bySortKey(table, one, other)
  const items = table
    .itemsOf(input.IndexName ?? table.props.name, hash)
    .filter(({ item }) => range.every((condition) => holds(condition, item)))
  const keys = sortKey === undefined ? [hashKey] : [hashKey, sortKey]
  return page(table, input, placeholders, items, order, keys)
}

export function scan(table: Table, input: ReadInput): object {
  table.hashKeyOf(input.IndexName)
  const items = table.itemsOf(input.IndexName ?? table.props.name)
  return page(table, input, new Placeholders(input), items, byHash(), [])
}

function page(
  table: Table,
  input: ReadInput,
  placeholders: Placeholders,
  found: readonly LocatedItem[],
  order: Order,
  unfilterable: readonly string[],
): object {
  if (input.ConsistentRead && input.IndexName !== undefined) {
    throw invalid('Consistent reads are not supported on global secondary indexes')
  }
  const { Limit = Number.POSITIVE_INFINITY } = input
  if (Limit < 1) throw invalid(`Limit ${Limit}: must be greater than or equal to 1`)
  const filter = filterOf(input, placeholders, unfilterable)
  const paths = projectionOf(input.ProjectionExpression, placeholders)
  placeholders.checkUsed()
  const start = startOf(table, input)
  // The item of the start key may be gone by now: the page begins with what would come after it.
  const left = start === undefined ? [...found] : found.filter((one) => order(one, start) > 0)
  const items: Item[] = []
  let last: Item | undefined
  let [evaluated, bytes] = [0, 0]
  for (const { item } of left.sort(order)) {
    evaluated++
    bytes += itemBytes(item)
    if (filter === undefined || holds(filter, item)) items.push(paths ? project(item, paths) : item)
    if (evaluated < Limit && bytes <= maxPageBytes) continue
    // Even when nothing comes after: DynamoDB has not looked yet.
    last = item
    break
  }
  return {
    Count: items.length,
    ScannedCount: evaluated,
    ...(input.Select === 'COUNT' ? {} : { Items: items }),
    ...(last && { LastEvaluatedKey: startKey(table, input.IndexName, last) }),
  }
}

export function projectionOf(
  expression: string | undefined,
  placeholders: Placeholders,
): Path[] | undefined {
  if (expression === undefined) return undefined
  const reader = new Reader(expression, 'ProjectionExpression', placeholders)
  const paths = reader.list(() => reader.path())
  reader.end()
  checkNoOverlap(paths, reader.label)
  return paths
}

function filterOf(
  { FilterExpression }: ReadInput,
  placeholders: Placeholders,
  unfilterable: readonly string[],
): Condition | undefined {
  if (FilterExpression === undefined) return undefined
  const filter = parseCondition(FilterExpression, 'FilterExpression', placeholders)
  const key = attributesOf(filter).find((name) => unfilterable.includes(name))
  if (key === undefined) return filter
  throw invalid(
    `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`,
  )
}

/** The top attributes that a condition looks at. */
function attributesOf(condition: Condition): string[] {
  const operand = (one: Operand) => (one.kind === 'value' ? [] : [String(one.path[0])])
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...attributesOf(condition.left), ...attributesOf(condition.right)]
    case 'not':
      return attributesOf(condition.condition)
    case 'compare':
      return [condition.left, condition.right].flatMap(operand)
    case 'between':
      return [condition.operand, condition.least, condition.most].flatMap(operand)
    case 'in':
      return [condition.operand, ...condition.among].flatMap(operand)
    default:
      return [String(condition.path[0])]
  }
}

function startKey(table: Table, indexName: string | undefined, item: Item): Item {
  const names = new Set([table.hashKeyOf(indexName), ...table.keyAttributes])
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)))
}

function startOf(table: Table, input: ReadInput): LocatedItem | undefined {
  const { ExclusiveStartKey: item } = input
  if (item === undefined) return undefined
  const names = new Set([table.hashKeyOf(input.IndexName), ...table.keyAttributes])
  const given = Object.keys(item)
  if (given.length !== names.size || !given.every((name) => names.has(name))) {
    throw invalid('The provided starting key is invalid')
  }
  return { id: table.idOf(table.keyOf(item)), item }
}
