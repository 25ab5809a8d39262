import { bucketName, nameOf } from '../src'
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
})
