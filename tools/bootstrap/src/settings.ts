import { type EnvironmentName, type Problem, refuse } from '@tideway/constructs'

export interface BootstrapSettings {
  /** The GitHub repository whose workflows may assume the roles, as `owner/name`. */
  readonly repository: string
  /** An account has one provider for GitHub's tokens: `create` it, or `adopt` one that is there already. */
  readonly githubProvider: 'create' | 'adopt'
}

const repository = 'example-org/tideway'

export const settings: Readonly<Record<EnvironmentName, BootstrapSettings>> = {
  local: { repository, githubProvider: 'create' },
  dev: { repository, githubProvider: 'create' },
  prod: { repository, githubProvider: 'create' },
}

export function checkSettings(
  { repository: named, githubProvider }: BootstrapSettings,
  environment: string,
): void {
  const path = `tools/bootstrap/src/settings.ts: ${environment}`
  const problems: Problem[] = []
  // A repository with a wildcard would let strangers' workflows in.
  if (!/^[\w.-]+\/[\w.-]+$/.test(named)) {
    problems.push({
      path: `${path}.repository`,
      must: 'be one GitHub repository, as owner/name, without a wildcard',
      got: named,
      fix: 'Name the repository that this is deployed from.',
    })
  }
  if (githubProvider !== 'create' && githubProvider !== 'adopt') {
    const must = 'be "create" or "adopt"'
    problems.push({
      path: `${path}.githubProvider`,
      must,
      got: githubProvider,
      fix: 'Choose either.',
    })
  }
  refuse(problems)
}
