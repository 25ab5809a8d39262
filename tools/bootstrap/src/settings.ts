import {
  checkEach,
  type EnvironmentName,
  isString,
  isStrings,
  mention,
  oneOf,
  platformTeam,
  repository,
  throwIfInvalid,
} from '@tideway/constructs'
import { parseRepository } from './repository'

export interface BootstrapSettings {
  /**
   * The GitHub repository whose workflows may assume the roles, as in packages/constructs/src/organization.ts.
   */
  readonly repository: string
  /** An account has one provider for GitHub's tokens: `create` it, or `adopt` an existing one. */
  readonly githubProvider: 'create' | 'adopt'
  /**
   * Who may plan with the code of a pull request, and so read the states: `open` is every pull request of the repository;
   * `approved` are jobs of the GitHub environment `<environment>-plan`, which wait for a reviewer.
   */
  readonly pullRequestPlans: 'open' | 'approved'
  /**
   * Who approves jobs of the GitHub environments, as `@user` or `@organization/team`, six at most. GitHub has required
   * reviewers for private repositories in GitHub Enterprise only.
   */
  readonly reviewers: readonly string[]
}

export const settings: Readonly<Record<EnvironmentName, BootstrapSettings>> = {
  local: { repository, githubProvider: 'create', pullRequestPlans: 'open', reviewers: [] },
  dev: { repository, githubProvider: 'create', pullRequestPlans: 'open', reviewers: [] },
  prod: {
    repository,
    githubProvider: 'create',
    pullRequestPlans: 'approved',
    reviewers: [mention(platformTeam)],
  },
}

export function checkSettings(found: BootstrapSettings, environment: string): void {
  const path = `tools/bootstrap/src/settings.ts: ${environment}`
  const { problems } = checkEach<BootstrapSettings>(path, found, {
    repository: {
      hasType: isString,
      // A wildcard would trust workflows of other repositories.
      isValid: (name) => parseRepository(name) !== undefined,
      must: 'be one GitHub repository, as owner@ID/name@ID or owner/name, without a wildcard',
      fix: 'Set the repository that deploys this platform.',
    },
    githubProvider: oneOf('create', 'adopt'),
    pullRequestPlans: oneOf('open', 'approved'),
    reviewers: {
      hasType: isStrings,
      isValid: (names) =>
        names.length <= 6 && names.every((name) => /^@[\w-]+(\/[\w-]+)?(?!\n)$/.test(name)),
      must: 'be up to six of @user and @organization/team',
      fix: 'Write them as in CODEOWNERS.',
    },
  })
  throwIfInvalid(problems)
}
