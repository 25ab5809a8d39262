import { type EnvironmentName, refuse } from '@tideway/constructs'

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

/** A repository with a wildcard would let strangers' workflows in. */
export function checkSettings({ repository: got }: BootstrapSettings, environment: string): void {
  if (/^[\w.-]+\/[\w.-]+$/.test(got)) return
  refuse([
    {
      path: `tools/bootstrap/src/settings.ts: ${environment}.repository`,
      must: 'be one GitHub repository, as owner/name, without a wildcard',
      got,
      fix: 'Name the repository that this is deployed from.',
    },
  ])
}
