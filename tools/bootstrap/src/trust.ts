import { type PolicyStatement, policyDocument } from '@tideway/constructs'
import { githubTokens } from './github-provider'
import { type Repository, subjectPrefixes } from './repository'

/**
 * The trust policy of a role for jobs of one repository.
 *
 * Somebody else can take over a name that is free again, and with it the subject without ids. So if the ids are known,
 * that subject counts only in a token whose `repository_id` is this repository's. Both forms are then the same
 * repository, and it can change from one to the other at any time.
 *
 * @param contexts the ends of the subjects: `environment:prod`, `ref:refs/heads/main`, `pull_request`
 */
export function trustPolicy(
  repository: Repository,
  contexts: readonly string[],
  providerArn: string,
): string {
  const { names, ids } = subjectPrefixes(repository)
  const trusts = (prefix: string, repositoryId?: string): PolicyStatement => ({
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        [`${githubTokens}:aud`]: 'sts.amazonaws.com',
        [`${githubTokens}:sub`]: contexts.map((context) => `${prefix}:${context}`),
        ...(repositoryId !== undefined && { [`${githubTokens}:repository_id`]: repositoryId }),
      },
    },
  })
  return ids === undefined
    ? policyDocument(trusts(names))
    : policyDocument(trusts(ids), trusts(names, repository.ids?.repository))
}
