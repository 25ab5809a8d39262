/** A GitHub repository. The ids never change and are never given to another account or repository; names may be. */
export interface Repository {
  readonly owner: string
  readonly name: string
  readonly ids?: { readonly owner: string; readonly repository: string }
}

const pattern =
  /^(?<owner>[a-z\d][\w-]*)(?:@(?<ownerId>[1-9]\d*))?\/(?<name>[\w.-]+)(?:@(?<id>[1-9]\d*))?$/i

/** Reads `owner/name` or `owner@ID/name@ID`, as GitHub spells it in the subject of a token. */
export function parseRepository(spelling: string): Repository | undefined {
  const { owner, ownerId, name, id } = pattern.exec(spelling)?.groups ?? {}
  if (owner === undefined || name === undefined || /^\.{1,2}$/.test(name)) return undefined
  // `$` also matches before a final line break.
  if (spelling.endsWith('\n')) return undefined
  if (ownerId !== undefined && id !== undefined) {
    return { owner, name, ids: { owner: ownerId, repository: id } }
  }
  return ownerId === undefined && id === undefined ? { owner, name } : undefined
}

/** The repository of valid settings. */
export function repositoryNamed(spelling: string): Repository {
  const repository = parseRepository(spelling)
  if (repository === undefined) throw new Error(`${spelling} is no repository: check the settings`)
  return repository
}

/** `owner/name`, as GitHub's API and commands spell it. */
export function fullName({ owner, name }: Repository): string {
  return `${owner}/${name}`
}

/** How the subjects of its tokens begin, in both forms. GitHub sends the second one since 15 July 2026 for new names. */
export function subjectPrefixes(repository: Repository): { names: string; ids?: string } {
  const { owner, name, ids } = repository
  const names = `repo:${owner}/${name}`
  return ids === undefined
    ? { names }
    : { names, ids: `repo:${owner}@${ids.owner}/${name}@${ids.repository}` }
}

/**
 * Why the roles do not trust the subjects that GitHub sends, or nothing.
 *
 * @param found the body of `GET /repos/{owner}/{repo}`
 * @param customization the body of `GET /repos/{owner}/{repo}/actions/oidc/customization/sub`
 */
export function subjectProblems(
  repository: Repository,
  found: unknown,
  customization: unknown,
): string[] {
  const { id, name, owner } = objectOf(found)
  const { id: ownerId, login } = objectOf(owner)
  const { use_default, use_immutable_subject, sub_claim_prefix } = objectOf(customization)
  const spelling = `${login}@${ownerId}/${name}@${id}`
  const fix = `Set repository to '${spelling}' in packages/constructs/src/organization.ts, and run the bootstrap again.`
  if (use_default === false) {
    return [
      'GitHub sends subjects of its own template, which no role trusts. Reset it: ' +
        `gh api --method PUT repos/${login}/${name}/actions/oidc/customization/sub -F use_default=true`,
    ]
  }
  const { names, ids } = subjectPrefixes(repository)
  if (names !== `repo:${login}/${name}`) {
    return [
      `GitHub calls the repository ${login}/${name}; the roles trust ${fullName(repository)}. ${fix}`,
    ]
  }
  if (ids === undefined) {
    // Without an answer about the subject, the settings without ids may be right.
    const sendsIds = use_immutable_subject === true || /@/.test(String(sub_claim_prefix ?? ''))
    return sendsIds ? [`GitHub sends subjects with ids; the roles trust those without. ${fix}`] : []
  }
  return ids === `repo:${spelling}` ? [] : [`The ids of the repository are others. ${fix}`]
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
