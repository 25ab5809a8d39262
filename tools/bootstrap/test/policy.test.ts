import { allows } from './policy'

// The proofs about the roles are worth as much as this evaluator.
describe('the policy evaluator', () => {
  const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:b/*' }
  const readOne = { action: 's3:GetObject', resource: 'arn:b/one' }

  it('refuses what nothing allows', () => {
    expect(allows([], readOne)).toBe(false)
    expect(allows([read], { ...readOne, action: 's3:PutObject' })).toBe(false)
    expect(allows([read], { ...readOne, resource: 'arn:b' })).toBe(false)
  })

  it('allows what a statement names, with wildcards and in any case of the action', () => {
    expect(allows([read], readOne)).toBe(true)
    expect(allows([read], { ...readOne, action: 'S3:getobject' })).toBe(true)
    expect(allows([{ ...read, Action: ['iam:*', 's3:Get*'] }], readOne)).toBe(true)
    expect(allows([{ ...read, Resource: ['arn:c', 'arn:*/one'] }], readOne)).toBe(true)
  })

  it('takes no other sign than * for a wildcard', () => {
    expect(allows([{ ...read, Resource: 'arn.b/one' }], readOne)).toBe(false)
    const reference = `\${type.id.arn}`
    expect(allows([{ ...read, Resource: `${reference}/*` }], readOne)).toBe(false)
    expect(
      allows([{ ...read, Resource: `${reference}/*` }], { ...readOne, resource: `${reference}/x` }),
    ).toBe(true)
  })

  it('lets a deny win over any allow, wherever it stands', () => {
    const deny = { Effect: 'Deny', Action: 's3:*', Resource: '*' }
    expect(allows([deny, read], readOne)).toBe(false)
    expect(allows([read, deny], readOne)).toBe(false)
  })

  it('takes NotAction for every action but those', () => {
    const but = { Effect: 'Allow', NotAction: ['iam:*'], Resource: '*' }
    expect(allows([but], readOne)).toBe(true)
    expect(allows([but], { action: 'iam:CreateRole', resource: 'arn:r' })).toBe(false)
  })

  it('wants every condition to hold', () => {
    const conditional = { ...read, Condition: { StringEquals: { 'aws:a': ['1', '2'] } } }
    expect(allows([conditional], readOne)).toBe(false)
    expect(allows([conditional], { ...readOne, context: { 'aws:a': '3' } })).toBe(false)
    expect(allows([conditional], { ...readOne, context: { 'aws:a': '2' } })).toBe(true)
  })

  it('gives up on what it does not understand', () => {
    const like = { ...read, Condition: { StringLike: { 'aws:a': '*' } } }
    expect(() => allows([like], readOne)).toThrow('StringLike')
    expect(() => allows([{ Effect: 'Allow', Resource: '*' }], readOne)).toThrow('cannot tell')
  })
})
