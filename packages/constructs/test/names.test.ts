import { Token } from 'cdktf'
import { bucketName, nameOf } from '../src'
import { checkedName } from '../src/parts'
import { testEnvironment } from '../src/testing'

describe('names', () => {
  it('contain the environment', () => {
    expect(nameOf(testEnvironment(), 'aws_lb', 'external', 'compute/albs')).toBe(
      'tideway-test-external',
    )
  })

  it('stop the synthesis if one is too long for a load balancer', () => {
    const name = () =>
      nameOf(testEnvironment(), 'aws_lb', 'a-very-descriptive-name', 'compute/albs')
    expect(name).toThrow(
      'compute/albs (name of aws_lb): must have 32 characters at most, and this has 36; got "tideway-test-a-very-descriptive-name". Shorten "a-very-descriptive-name" by 4 or more.',
    )
  })

  it('can be as long as the limit', () => {
    const part = 'x'.repeat(32 - 'tideway-test-'.length)
    expect(nameOf(testEnvironment(), 'aws_lb', part, 'here')).toHaveLength(32)
  })

  it.each(['Upper', 'under_score', 'two--hyphens', 'end-', ''])('reject the part "%s"', (part) => {
    expect(() => nameOf(testEnvironment(), 'aws_iam_role', part, 'here')).toThrow(
      'here (name of aws_iam_role): must consist of lower-case letters, digits and single hyphens',
    )
  })

  it('of buckets are globally unique by their account', () => {
    const other = testEnvironment({ account: '111122223333' })
    expect(bucketName(testEnvironment(), 'logs', 'here')).not.toBe(
      bucketName(other, 'logs', 'here'),
    )
  })

  it.each(['${local.prefix}', Token.asString({ resolve: () => 'later' })])(
    'with the prefix %s, which only an apply knows, have room for 37 characters',
    (prefix) => {
      const name = (part: string) => checkedName(prefix, 'aws_iam_role', part, 'here')
      expect(name('a'.repeat(26))).toBe(`${prefix}-${'a'.repeat(26)}`)
      expect(() => name('a'.repeat(27))).toThrow('must have 64 characters at most, and this has 65')
      expect(() => name('Upper')).toThrow('must consist of lower-case letters')
    },
  )
})
