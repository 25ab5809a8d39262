/**
 * GitHub environments and their protection, as data: the desired state, its differences from what GitHub's API returns,
 * and the `gh` commands that remove them. Nothing here calls GitHub.
 */

/** A GitHub environment: a job that names it waits for its reviewers, and sends its name in the subject of its token. */
export interface GithubEnvironment {
  readonly name: string
  /** The only branches whose jobs may use it, as names or patterns. */
  readonly branches: readonly string[]
  /** `@user` or `@organization/team`: one of them approves each job. None: no approval. */
  readonly reviewers: readonly string[]
}

/** The bodies that GitHub's API returns for an environment. */
export interface FoundEnvironment {
  /** `GET /repos/{owner}/{repo}/environments/{name}` */
  readonly environment: unknown
  /** `GET /repos/{owner}/{repo}/environments/{name}/deployment-branch-policies`; nothing where any branch may deploy */
  readonly branchPolicies?: unknown
}

export interface EnvironmentProblem {
  /** What differs. */
  readonly what: string
  /** What it breaks. */
  readonly breaks: string
}

export interface EnvironmentPolicy {
  readonly pullRequestPlans: 'open' | 'approved'
  readonly reviewers: readonly string[]
}

/** The environment whose jobs plan pull requests, where these need an approval. */
export function planEnvironmentName(environment: string): string {
  return `${environment}-plan`
}

/** The GitHub environments of an environment of the platform. */
export function githubEnvironments(
  environment: string,
  { pullRequestPlans, reviewers }: EnvironmentPolicy,
): GithubEnvironment[] {
  const deploy = { name: environment, branches: ['main'], reviewers }
  if (pullRequestPlans === 'open') return [deploy]
  return [
    deploy,
    {
      name: planEnvironmentName(environment),
      // The ref that GitHub gives to the runs of a pull request. The merge queue does not plan.
      branches: ['refs/pull/*/merge'],
      reviewers,
    },
  ]
}

/**
 * How an environment differs from the desired one.
 *
 * @param found nothing, if GitHub answers 404
 */
export function environmentProblems(
  desired: GithubEnvironment,
  found: FoundEnvironment | undefined,
): EnvironmentProblem[] {
  const { name } = desired
  if (found === undefined) {
    return [
      {
        what: `the GitHub environment ${name} does not exist`,
        breaks: 'the first job that names it creates it without protection, and runs unapproved',
      },
    ]
  }
  const problems: EnvironmentProblem[] = []
  const add = (what: string, breaks: string) => problems.push({ what: `${name}: ${what}`, breaks })

  const { missing, extra } = differencesOf(desired.branches, branchesOf(found))
  if (extra.length > 0) {
    add(
      `jobs of ${extra.join(', ')} may use it; allowed: ${desired.branches.join(', ')}`,
      'code that is not on these branches can assume the roles of this environment',
    )
  }
  if (missing.length > 0) {
    add(`jobs of ${missing.join(', ')} may not use it`, 'GitHub rejects these jobs')
  }

  const rule = reviewRuleOf(found)
  const reviewers = differencesOf(
    desired.reviewers.map((each) => each.toLowerCase()),
    rule.reviewers.map(({ spelling }) => spelling),
  )
  if (reviewers.missing.length > 0) {
    add(
      `${reviewers.missing.join(', ')} cannot approve its jobs`,
      rule.reviewers.length === 0
        ? 'jobs run without an approval'
        : 'the people who should review cannot',
    )
  }
  if (desired.reviewers.length > 0 && reviewers.extra.length > 0) {
    add(`${reviewers.extra.join(', ')} can approve its jobs`, 'more people than intended approve')
  }
  if (hasSeveralReviewers(desired) && rule.reviewers.length > 0 && !rule.preventsSelfReview) {
    add('who starts a job may approve it', 'one person alone can merge and deploy')
  }
  return problems
}

/**
 * The commands that make the environment as desired, and nothing where it is. They keep what the PUT would reset:
 * its wait timer, and its reviewers where none are desired.
 *
 * @param repository `owner/name`
 */
export function environmentCommands(
  repository: string,
  desired: GithubEnvironment,
  found: FoundEnvironment | undefined,
): string[] {
  if (environmentProblems(desired, found).length === 0) return []
  const path = `repos/${repository}/environments/${desired.name}`
  const policies = policiesOf(found)
  const kept = policies.filter(
    ({ name, type }) => type === 'branch' && desired.branches.includes(name),
  )
  return [
    [
      `gh api --silent --method PUT ${path}`,
      "-F 'deployment_branch_policy[protected_branches]=false'",
      "-F 'deployment_branch_policy[custom_branch_policies]=true'",
      ...reviewFields(desired, found),
      ...otherFields(found),
    ].join(' '),
    ...policies
      .filter((policy) => !kept.includes(policy))
      .map(({ id }) => `gh api --silent --method DELETE ${path}/deployment-branch-policies/${id}`),
    ...desired.branches
      .filter((branch) => !kept.some(({ name }) => name === branch))
      .map(
        (branch) =>
          `gh api --silent --method POST ${path}/deployment-branch-policies -f 'name=${branch}' -f type=branch`,
      ),
  ]
}

function reviewFields(desired: GithubEnvironment, found: FoundEnvironment | undefined): string[] {
  const rule = reviewRuleOf(found)
  const reviewers =
    desired.reviewers.length > 0
      ? desired.reviewers.map(reviewerLookup)
      : rule.reviewers.map(({ type, id }) => ({ type, id: String(id) }))
  if (reviewers.length === 0) return []
  return [
    ...reviewers.flatMap(({ type, id }) => [
      `-F 'reviewers[][type]=${type}'`,
      `-F "reviewers[][id]=${id}"`,
    ]),
    `-F prevent_self_review=${hasSeveralReviewers(desired) || rule.preventsSelfReview}`,
  ]
}

/** The only reviewer must be able to approve what they started themselves. */
function hasSeveralReviewers({ reviewers }: GithubEnvironment): boolean {
  return reviewers.length > 1 || reviewers.some((each) => each.includes('/'))
}

/** GitHub's API takes the ids of reviewers, and these commands look them up. */
function reviewerLookup(reviewer: string): { type: 'User' | 'Team'; id: string } {
  const [owner = '', team] = reviewer.slice(1).split('/')
  return team === undefined
    ? { type: 'User', id: `$(gh api users/${owner} --jq .id)` }
    : { type: 'Team', id: `$(gh api orgs/${owner}/teams/${team} --jq .id)` }
}

/** The other settings of an environment, which the PUT would reset. */
function otherFields(found: FoundEnvironment | undefined): string[] {
  const timers = rulesOf(found).flatMap(({ type, wait_timer: minutes }) =>
    type === 'wait_timer' && typeof minutes === 'number' ? [`-F wait_timer=${minutes}`] : [],
  )
  const lockedOut = objectOf(found?.environment).can_admins_bypass === false
  return [...timers, ...(lockedOut ? ['-F can_admins_bypass=false'] : [])]
}

type Json = Readonly<Record<string, unknown>>

interface Policy {
  readonly id: number
  readonly name: string
  readonly type: string
}

/** What may deploy: the names of branches; tags and wider rules in words, which equal no desired branch. */
function branchesOf(found: FoundEnvironment): string[] {
  const policy = objectOf(objectOf(found.environment).deployment_branch_policy)
  if (policy.protected_branches === true) return ['every protected branch']
  if (policy.custom_branch_policies !== true) return ['every branch and tag']
  return policiesOf(found).map(({ name, type }) => (type === 'tag' ? `tag ${name}` : name))
}

function policiesOf(found: FoundEnvironment | undefined): Policy[] {
  return listOf(objectOf(found?.branchPolicies).branch_policies).flatMap((each) => {
    // GitHub omitted the type before tags could be named too.
    const { id, name, type = 'branch' } = objectOf(each)
    return typeof id === 'number' && typeof name === 'string' && typeof type === 'string'
      ? [{ id, name, type }]
      : []
  })
}

interface ReviewRule {
  readonly reviewers: readonly { type: string; id: number; spelling: string }[]
  readonly preventsSelfReview: boolean
}

function reviewRuleOf(found: FoundEnvironment | undefined): ReviewRule {
  const rules = rulesOf(found).filter(({ type }) => type === 'required_reviewers')
  const reviewers = rules
    .flatMap((rule) => listOf(rule.reviewers))
    .flatMap((each) => {
      const { type, reviewer } = objectOf(each)
      const { id, login, slug, html_url: page } = objectOf(reviewer)
      if (typeof id !== 'number') return []
      if (type === 'User') return [{ type, id, spelling: `@${login}`.toLowerCase() }]
      // The answer names the organization of a team only in its addresses.
      const organization = /\/orgs\/([^/]+)\//.exec(String(page))?.[1]
      return [{ type: 'Team', id, spelling: `@${organization}/${slug}`.toLowerCase() }]
    })
  return { reviewers, preventsSelfReview: rules.some((rule) => rule.prevent_self_review === true) }
}

function rulesOf(found: FoundEnvironment | undefined): Json[] {
  return listOf(objectOf(found?.environment).protection_rules).map(objectOf)
}

function differencesOf(
  desired: readonly string[],
  found: readonly string[],
): { missing: string[]; extra: string[] } {
  return {
    missing: desired.filter((each) => !found.includes(each)),
    extra: found.filter((each) => !desired.includes(each)),
  }
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
