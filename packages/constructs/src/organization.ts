/**
 * Whose clone this is. Replace it with `npm run init`, which also writes what is derived from it.
 * The rest of what is yours: environments.ts beside it, and the owners in stacks.ts.
 */

/**
 * The GitHub repository whose workflows deploy: `owner@ID/name@ID`, or `owner/name`. The ids are those of GitHub's
 * documentation.
 *
 * With the ids, nobody who takes over the name later is trusted, and tokens with both forms of subject work. Without
 * them, repositories that were created, renamed or transferred since 15 July 2026 cannot assume the roles. To find them:
 * `gh api repos/OWNER/NAME --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`
 */
export const repository: string = 'example-org@123456/tideway@456789'

/** The team that owns everything outside the stacks, and approves deploys of production. */
export const platformTeam: string = 'platform-team'

const fullName = repository.replace(/@\d+/g, '')

/** Where `docs/operations` is read: the description of each alarm ends with the address of its page. */
export const runbooks = `https://github.com/${fullName}/blob/main/docs/operations`

/** A team as CODEOWNERS and the reviewers of GitHub environments name it. */
export function mention(team: string): string {
  return `@${fullName.split('/')[0]}/${team}`
}
