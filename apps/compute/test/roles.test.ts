import { resourcesOf, statementsOf } from '@tideway/constructs/testing'
import { compute } from './fixture'

// To be read in a review: who gained what. Nothing else tests by a snapshot.
it('every role may do what stands in its snapshot', () => {
  const json = compute()
  const roles = Object.values(resourcesOf(json, 'aws_iam_role_policy')).map(
    ({ '//': { metadata }, policy }) => [metadata.path, statementsOf(policy)] as const,
  )
  expect(Object.fromEntries(roles)).toMatchSnapshot()
})
