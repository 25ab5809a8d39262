import { invalid } from './invalid'
import { project } from './path'
import { type PlaceholderInput, Placeholders } from './placeholders'
import { projectionOf } from './read'
import type { Table } from './table'
import type { Item } from './value'

export interface KeysAndAttributes extends PlaceholderInput {
  readonly Keys: readonly Item[]
  readonly ProjectionExpression?: string
}

export interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item }
  readonly DeleteRequest?: { readonly Key: Item }
}

export interface BatchGetInput {
  readonly RequestItems: Readonly<Record<string, KeysAndAttributes>>
}

export interface BatchWriteInput {
  readonly RequestItems: Readonly<Record<string, readonly WriteRequest[]>>
}

/** Whether this one is left undone, and named in the answer for another try. */
type IsLeft = () => boolean

export function batchGet(
  tableOf: (name: string) => Table,
  { RequestItems }: BatchGetInput,
  isLeft: IsLeft,
): object {
  const requests = Object.entries(RequestItems)
  checkSize(requests.flatMap(([, { Keys }]) => Keys).length, 100)
  const Responses: Record<string, Item[]> = {}
  const UnprocessedKeys: Record<string, KeysAndAttributes> = {}
  for (const [name, request] of requests) {
    const table = tableOf(name)
    checkDistinct(request.Keys.map((key) => table.idOf(key)))
    const placeholders = new Placeholders(request)
    const paths = projectionOf(request.ProjectionExpression, placeholders)
    placeholders.checkUsed()
    const left = request.Keys.filter(isLeft)
    const found = request.Keys.filter((key) => !left.includes(key))
      .map((key) => table.get(key))
      .filter((item) => item !== undefined)
    Responses[name] = paths ? found.map((item) => project(item, paths)) : found
    if (left.length > 0) UnprocessedKeys[name] = { ...request, Keys: left }
  }
  return { Responses, UnprocessedKeys }
}

export function batchWrite(
  tableOf: (name: string) => Table,
  { RequestItems }: BatchWriteInput,
  isLeft: IsLeft,
): object {
  const requests = Object.entries(RequestItems)
  checkSize(requests.flatMap(([, writes]) => writes).length, 25)
  for (const [name, writes] of requests) {
    const table = tableOf(name)
    checkDistinct(writes.map((write) => table.idOf(keyOf(table, write))))
  }
  const UnprocessedItems: Record<string, readonly WriteRequest[]> = {}
  for (const [name, writes] of requests) {
    const table = tableOf(name)
    const left = writes.filter(isLeft)
    if (left.length > 0) UnprocessedItems[name] = left
    for (const write of writes) {
      if (left.includes(write)) continue
      if (write.PutRequest) table.put(write.PutRequest.Item)
      else table.delete(keyOf(table, write))
    }
  }
  return { UnprocessedItems }
}

function keyOf(table: Table, { PutRequest, DeleteRequest }: WriteRequest): Item {
  if (PutRequest) return table.keyOf(PutRequest.Item)
  if (DeleteRequest) return DeleteRequest.Key
  throw invalid('Supplied AttributeValue has no PutRequest or DeleteRequest')
}

function checkSize(count: number, most: number): void {
  if (count >= 1 && count <= most) return
  throw invalid(
    count === 0
      ? 'The batch write request list for a table cannot be null or empty'
      : `Too many items requested for the batch: ${count}, at most ${most}`,
  )
}

function checkDistinct(ids: readonly string[]): void {
  if (new Set(ids).size < ids.length) {
    throw invalid('Provided list of item keys contains duplicates')
  }
}
