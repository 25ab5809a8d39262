import {
  checkEach,
  type EnvironmentName,
  isString,
  oneOf,
  throwIfInvalid,
} from '@tideway/constructs'

export interface BootstrapSettings {
  /** The GitHub repository whose workflows may assume the roles, as `owner/name`. */
  readonly repository: string
  /** An account has one provider for GitHub's tokens: `create` it, or `adopt` an existing one. */
  readonly githubProvider: 'create' | 'adopt'
}

const repository = 'example-org/tideway'

export const settings: Readonly<Record<EnvironmentName, BootstrapSettings>> = {
  local: { repository, githubProvider: 'create' },
  dev: { repository, githubProvider: 'create' },
  prod: { repository, githubProvider: 'create' },
}

export function checkSettings(found: BootstrapSettings, environment: string): void {
  const path = `tools/bootstrap/src/settings.ts: ${environment}`
  const { problems } = checkEach<BootstrapSettings>(path, found, {
    repository: {
      hasType: isString,
      // A wildcard would trust workflows of other repositories.
      isValid: (name) => /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name),
      must: 'be one GitHub repository, as owner/name, without a wildcard',
      fix: 'Set the repository that deploys this platform.',
    },
    githubProvider: oneOf('create', 'adopt'),
  })
  throwIfInvalid(problems)
}
