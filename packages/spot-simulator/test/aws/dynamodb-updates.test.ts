import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Item } from '../../src'
import { apply, key, present, tableWith } from './expressions'

describe('an update', () => {
  it.each<[string, Item]>([
    ['SET desired = :ten', { desired: { N: '10' } }],
    [
      'SET desired = desired + :one, held = :title',
      { desired: { N: '5' }, held: { S: 'shop-web' } },
    ],
    ['set desired = :ten - desired', { desired: { N: '6' } }],
    ['SET desired = title, title = desired', { desired: { S: 'shop-web' }, title: { N: '4' } }],
    ['SET hits = if_not_exists(hits, :three) + :one', { hits: { N: '4' } }],
    ['SET desired = if_not_exists(desired, :three) + :one', { desired: { N: '5' } }],
    ['SET memory.dwell = :one', { memory: { M: { dwell: { N: '1' }, 'last-seen': { N: '7' } } } }],
    ['SET steps[1] = :a', { steps: { L: [{ S: 'one' }, { S: 'a' }, { S: 'three' }] } }],
    ['SET steps[9] = :a', { steps: { L: [...stepsOf('one', 'two', 'three', 'a')] } }],
    [
      'SET steps = list_append(:more, steps)',
      { steps: { L: stepsOf('four', 'one', 'two', 'three') } },
    ],
    ['REMOVE steps[0], steps[1]', { steps: { L: stepsOf('three') } }],
    ['REMOVE memory.#last', { memory: { M: { dwell: { N: '60' } } } }],
    ['ADD desired :ten, hits :one', { desired: { N: '14' }, hits: { N: '1' } }],
    ['ADD tags :c, extras :c', { tags: { SS: ['a', 'b', 'c'] }, extras: { SS: ['c'] } }],
    ['SET desired = :one REMOVE absent ADD hits :one', { desired: { N: '1' }, hits: { N: '1' } }],
  ])('%s', async (expression, changed) => {
    expect(await apply(expression)).toEqual({ ...present, ...changed })
  })

  it('removes attributes, and a set with its last member', async () => {
    const { title: _, tags: __, ...rest } = present
    expect(await apply('REMOVE title DELETE tags :ab')).toEqual(rest)
  })

  it.each([
    ['SET desired = :one SET held = :yes', 'can only be used once'],
    ['SET memory.dwell = :one, memory = :one', 'overlap'],
    ['SET id = :a', 'part of the key'],
    ['SET desired = absent + :one', 'does not exist in the item'],
    ['SET desired = title + :one', 'incorrect data type'],
    ['ADD title :one', 'incorrect data type'],
    ['ADD desired :c', 'incorrect data type'],
    ['SET absent.part = :one', 'invalid for update'],
    ['SET status = :one', 'reserved keyword: status'],
    ['SET desired = :one +', 'Syntax error'],
    ['SET desired = :one, ', 'Syntax error'],
    ['desired = :one', 'Syntax error'],
    ['SET desired = size(title)', 'Invalid function name'],
    ['REMOVE steps[a]', 'Syntax error'],
  ])('is refused: %s', async (expression, message) => {
    await expect(apply(expression)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    })
  })

  it('counts in decimals, with all digits', async () => {
    const { table, client } = tableWith({ ...key, desired: { N: '9007199254740993' } })
    const add = async (N: string) => {
      const ExpressionAttributeValues = { ':n': { N } }
      const UpdateExpression = 'ADD desired :n'
      const input = { TableName: 'states', Key: key, UpdateExpression, ExpressionAttributeValues }
      await client.send(new UpdateItemCommand(input))
      return table.all()[0]?.desired
    }
    expect(await add('0.10')).toEqual({ N: '9007199254740993.1' })
    expect(await add('-9007199254740993')).toEqual({ N: '0.1' })
    expect(await add('-1e-1')).toEqual({ N: '0' })
    expect(await add('-25e3')).toEqual({ N: '-25000' })
    await expect(add('many')).rejects.toThrow('numeric value')
  })
})

function stepsOf(...texts: string[]): { S: string }[] {
  return texts.map((S) => ({ S }))
}

it('a projection has only what it names', async () => {
  const { client } = tableWith(present)
  const ProjectionExpression = 'desired, memory.#last, steps[2], steps[0], absent'
  const ExpressionAttributeNames = { '#last': 'last-seen' }
  const input = { TableName: 'states', Key: key, ProjectionExpression, ExpressionAttributeNames }
  expect((await client.send(new GetItemCommand(input))).Item).toEqual({
    desired: { N: '4' },
    memory: { M: { 'last-seen': { N: '7' } } },
    steps: { L: stepsOf('one', 'three') },
  })
})
