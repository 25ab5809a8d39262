import { invalid } from './invalid'
import { checkNoOverlap } from './path'
import type { Placeholders } from './placeholders'
import { Reader } from './reader'
import type { Assigned, UpdateAction } from './update'

const clauses = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const
type Clause = (typeof clauses)[number]

export function parseUpdate(expression: string, placeholders: Placeholders): UpdateAction[] {
  const reader = new Reader(expression, 'UpdateExpression', placeholders)
  const actions: UpdateAction[] = []
  const seen = new Set<Clause>()
  while (reader.token.kind !== 'end') {
    const clause = clauses.find((word) => reader.takes(word))
    if (clause === undefined) throw reader.error()
    if (seen.has(clause)) {
      throw invalid(
        `Invalid UpdateExpression: The "${clause}" section can only be used once in an update expression;`,
      )
    }
    seen.add(clause)
    actions.push(...reader.list(() => action(reader, clause)))
  }
  checkNoOverlap(
    actions.map(({ path }) => path),
    'UpdateExpression',
  )
  return actions
}

function action(reader: Reader, kind: Clause): UpdateAction {
  const path = reader.path()
  if (kind === 'REMOVE') return { kind, path }
  if (kind !== 'SET') return { kind, path, value: reader.value() }
  reader.expect('=')
  return { kind, path, assigned: assigned(reader) }
}

function assigned(reader: Reader): Assigned {
  const left = operand(reader)
  const sign = (['+', '-'] as const).find((symbol) => reader.takes(symbol))
  return sign === undefined ? left : { kind: sign, left, right: operand(reader) }
}

function operand(reader: Reader): Assigned {
  const name = reader.functionName()
  if (name === undefined) {
    return reader.token.kind === ':'
      ? { kind: 'value', value: reader.value() }
      : { kind: 'path', path: reader.path() }
  }
  if (name === 'if_not_exists') {
    const path = reader.path()
    reader.expect(',')
    const otherwise = operand(reader)
    reader.expect(')')
    return { kind: name, path, otherwise }
  }
  if (name !== 'list_append') throw reader.unknownFunction(name)
  const left = operand(reader)
  reader.expect(',')
  const right = operand(reader)
  reader.expect(')')
  return { kind: name, left, right }
}
