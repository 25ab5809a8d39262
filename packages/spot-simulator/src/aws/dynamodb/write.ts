import { AwsError } from '../../endpoint'
import { holds } from './condition'
import { invalid } from './invalid'
import { parseCondition } from './parse-condition'
import { parseUpdate } from './parse-update'
import { type Path, project } from './path'
import { type PlaceholderInput, Placeholders } from './placeholders'
import type { Table } from './table'
import { updated } from './update'
import { type Item, normalizedItem } from './value'

export interface WriteInput extends PlaceholderInput {
  readonly ConditionExpression?: string
  readonly ReturnValues?: string
  readonly ReturnValuesOnConditionCheckFailure?: string
}

export interface PutInput extends WriteInput {
  readonly Item: Item
}

export interface DeleteInput extends WriteInput {
  readonly Key: Item
}

export interface UpdateInput extends DeleteInput {
  readonly UpdateExpression?: string
}

/**
 * The refusal with the item as it is. An AwsError carries no more than a code and a message, so this one is
 * not written as an answer: it comes to the caller as it is, in the shape that the SDK gives its own.
 */
export class ConditionFailedWithItem extends Error {
  override readonly name = 'ConditionalCheckFailedException'
  readonly $fault = 'client'
  readonly $metadata = { httpStatusCode: 400 }

  constructor(readonly Item: Item) {
    super(conditionFailed)
  }
}

const conditionFailed = 'The conditional request failed'

export function put(table: Table, input: PutInput): object {
  const old = table.get(table.keyOf(input.Item))
  const placeholders = new Placeholders(input)
  checkReturnValues(input, ['NONE', 'ALL_OLD'])
  checkCondition(input, placeholders, old)
  table.put(input.Item)
  return attributes(input.ReturnValues === 'ALL_OLD' ? old : undefined)
}

export function remove(table: Table, input: DeleteInput): object {
  const old = table.get(input.Key)
  const placeholders = new Placeholders(input)
  checkReturnValues(input, ['NONE', 'ALL_OLD'])
  checkCondition(input, placeholders, old)
  table.delete(input.Key)
  return attributes(input.ReturnValues === 'ALL_OLD' ? old : undefined)
}

/** Makes the item where there is none. */
export function update(table: Table, input: UpdateInput): object {
  const old = table.get(input.Key)
  const placeholders = new Placeholders(input)
  checkReturnValues(input, ['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW'])
  const { UpdateExpression } = input
  const actions = UpdateExpression === undefined ? [] : parseUpdate(UpdateExpression, placeholders)
  const key = actions.find(({ path }) => table.keyAttributes.includes(String(path[0])))
  if (key !== undefined) {
    throw invalid(
      `One or more parameter values were invalid: Cannot update attribute ${key.path[0]}. This attribute is part of the key`,
    )
  }
  checkCondition(input, placeholders, old)
  const result = updated(old ?? normalizedItem(input.Key), actions)
  table.put(result)
  const paths = actions.map(({ path }) => path)
  return attributes(returned(input.ReturnValues, old, result, paths))
}

function returned(
  which: string | undefined,
  old: Item | undefined,
  result: Item,
  paths: readonly Path[],
): Item | undefined {
  switch (which) {
    case 'ALL_OLD':
      return old
    case 'ALL_NEW':
      return result
    case 'UPDATED_OLD':
      return old && project(old, paths)
    case 'UPDATED_NEW':
      return project(result, paths)
    default:
      return undefined
  }
}

/** Reads the condition before anything is written, and refuses when it does not hold. */
function checkCondition(
  input: WriteInput,
  placeholders: Placeholders,
  old: Item | undefined,
): void {
  const { ConditionExpression, ReturnValuesOnConditionCheckFailure } = input
  const condition =
    ConditionExpression === undefined
      ? undefined
      : parseCondition(ConditionExpression, 'ConditionExpression', placeholders)
  placeholders.checkUsed()
  if (condition === undefined || holds(condition, old ?? {})) return
  if (ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && old !== undefined) {
    throw new ConditionFailedWithItem(old)
  }
  throw new AwsError('ConditionalCheckFailedException', conditionFailed)
}

function checkReturnValues({ ReturnValues }: WriteInput, possible: readonly string[]): void {
  if (ReturnValues === undefined || possible.includes(ReturnValues)) return
  throw invalid(`ReturnValues ${ReturnValues}: can only be ${possible.join(', ')}`)
}

function attributes(item: Item | undefined): object {
  return item && Object.keys(item).length > 0 ? { Attributes: item } : {}
}
