import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { check, key, present, tableWith } from './expressions'

describe('a condition', () => {
  it.each([
    'desired = :four',
    '#d = :four',
    'desired <> :three',
    'desired < :ten AND desired <= :four and desired > :three',
    'desired >= :four',
    'desired BETWEEN :three AND :ten',
    'desired BETWEEN :three AND :ten AND held = :yes',
    'desired IN (:one, :four)',
    'memory.dwell > :ten',
    'memory.#last < :ten',
    'steps[1] <> :a',
    'tags = :tags',
    'contains(tags, :a)',
    'contains(title, :shop)',
    'begins_with(title, :shop)',
    'attribute_type(title, :S)',
    'attribute_exists(nothing)',
    'attribute_not_exists(#state)',
    'attribute_not_exists(steps[3])',
    'size(steps) = :three',
    'size(title) > :three AND :three < size(title)',
    'NOT desired = :one',
    'NOT (desired = :one OR held <> :yes)',
    // AND binds more than OR, NOT more than AND.
    'desired = :four OR desired = :one AND desired = :ten',
    'NOT desired = :one AND desired = :four',
    '(desired = :one OR desired = :four) AND held = :yes',
    // what is missing is unequal to anything.
    'absent <> :one',
    'NOT absent = :one',
  ])('holds: %s', async (condition) => {
    expect(await check(condition)).toBe(true)
  })

  it.each([
    'desired = :three',
    'desired = :text',
    'desired < :text',
    'desired > :four',
    'desired BETWEEN :ten AND :three',
    'desired IN (:one, :text)',
    '(desired = :four OR desired = :one) AND desired = :ten',
    'NOT (desired = :four AND held = :yes)',
    'absent < :one',
    'absent = :one',
    'begins_with(absent, :shop)',
    'begins_with(desired, :text)',
    'contains(title, :one)',
    'size(desired) = :one',
    'attribute_exists(memory.absent)',
    'attribute_exists(title.part)',
    'attribute_not_exists(id)',
  ])('does not hold: %s', async (condition) => {
    expect(await check(condition)).toBe(false)
  })

  it.each([
    ['desired =', 'Syntax error; token: "<EOF>"'],
    ['desired = :four AND', 'Syntax error'],
    ['desired == :four', 'Syntax error; token: "="'],
    ['desired = 4', 'Syntax error; token: "4"'],
    ["title = 'x'", 'Syntax error; token: "\'"'],
    ['(desired = :four', 'Syntax error'],
    ['desired = :four)', 'Syntax error; token: ")"'],
    ['_hidden = :four', 'Syntax error; token: "_"'],
    ['((desired = :four))', 'redundant parentheses'],
    ['state = :four', 'reserved keyword: state'],
    ['memory.Value = :four', 'reserved keyword: Value'],
    ['exists(desired)', 'Invalid function name; function: exists'],
    ['desired = sum(title)', 'Invalid function name; function: sum'],
    ['desired = :undefined', 'not defined; attribute value: :undefined'],
    ['#undefined = :four', 'not defined; attribute name: #undefined'],
    [' ', 'can not be empty'],
  ])('is refused: %s', async (condition, message) => {
    await expect(check(condition)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    })
  })

  it.each([
    [{ ExpressionAttributeValues: { ':x': { S: 'x' } } }, 'ExpressionAttributeValues unused'],
    [{ ExpressionAttributeNames: { '#x': 'x' } }, 'ExpressionAttributeNames unused'],
  ])('is to use what comes with it', async (unused, message) => {
    const { client } = tableWith(present)
    const ConditionExpression = 'attribute_exists(id)'
    const input = { TableName: 'states', Item: key, ConditionExpression, ...unused }
    await expect(client.send(new PutItemCommand(input))).rejects.toThrow(message)
  })
})
