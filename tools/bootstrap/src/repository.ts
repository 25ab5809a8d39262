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
