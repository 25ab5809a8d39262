import {
  environmentCommands,
  environmentProblems,
  type FoundEnvironment,
  type GithubEnvironment,
  githubEnvironments,
} from '../src/github-environments'

const [prod, plan] = githubEnvironments('prod', {
  pullRequestPlans: 'approved',
  reviewers: ['@Acme/platform-team', '@octocat'],
}) as [GithubEnvironment, GithubEnvironment]

const team = {
  type: 'Team',
  reviewer: {
    id: 7,
    name: 'Platform team',
    slug: 'platform-team',
    url: 'https://api.github.com/teams/7',
    html_url: 'https://github.com/orgs/acme/teams/platform-team',
    permission: 'push',
    parent: null,
  },
}
const user = {
  type: 'User',
  reviewer: { login: 'Octocat', id: 9, type: 'User', site_admin: false },
}
const approval = {
  id: 3736,
  node_id: 'MDQ6R2F0ZTM3MzY=',
  type: 'required_reviewers',
  prevent_self_review: true,
  reviewers: [team, user],
}
const custom = { protected_branches: false, custom_branch_policies: true }
const mainOnly = policies([1, 'main'])

/** The body of an environment, as GitHub's API returns it. */
function environment(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 161171787,
    name: 'prod',
    url: 'https://api.github.com/repos/acme/shop/environments/prod',
    can_admins_bypass: true,
    protection_rules: [approval, { id: 3737, type: 'branch_policy' }],
    deployment_branch_policy: custom,
    ...changes,
  }
}

function policies(...found: [id: number, name: string, type?: string][]) {
  return {
    total_count: found.length,
    branch_policies: found.map(([id, name, type = 'branch']) => ({ id, name, type })),
  }
}

function found(changes: Record<string, unknown>, branchPolicies: unknown = mainOnly) {
  return { environment: environment(changes), branchPolicies }
}

const reviewedBy = (changes: object) => ({ protection_rules: [{ ...approval, ...changes }] })

/** Each way to weaken the protection, what is reported, and which requests restore it. */
const weakened: [string, FoundEnvironment | undefined, string[], string[]][] = [
  [
    'no environment',
    undefined,
    ['the GitHub environment prod does not exist'],
    ['PUT', 'POST main'],
  ],
  [
    'every branch',
    found({ deployment_branch_policy: null }, policies()),
    [
      'prod: jobs of every branch and tag may use it; allowed: main',
      'prod: jobs of main may not use it',
    ],
    ['PUT', 'POST main'],
  ],
  [
    'protected branches',
    found(
      { deployment_branch_policy: { protected_branches: true, custom_branch_policies: false } },
      policies(),
    ),
    [
      'prod: jobs of every protected branch may use it; allowed: main',
      'prod: jobs of main may not use it',
    ],
    ['PUT', 'POST main'],
  ],
  [
    'another branch',
    found({}, policies([1, 'main'], [2, 'release/*'])),
    ['prod: jobs of release/* may use it; allowed: main'],
    ['PUT', 'DELETE 2'],
  ],
  [
    'a tag with the name of the branch',
    found({}, policies([3, 'main', 'tag'])),
    ['prod: jobs of tag main may use it; allowed: main', 'prod: jobs of main may not use it'],
    ['PUT', 'DELETE 3', 'POST main'],
  ],
  [
    'no branch at all',
    found({}, policies()),
    ['prod: jobs of main may not use it'],
    ['PUT', 'POST main'],
  ],
  [
    'no approval',
    found({ protection_rules: [] }),
    ['prod: @acme/platform-team, @octocat cannot approve its jobs'],
    ['PUT'],
  ],
  [
    'a reviewer too few',
    found(reviewedBy({ reviewers: [team] })),
    ['prod: @octocat cannot approve its jobs'],
    ['PUT'],
  ],
  [
    'a team of that name in another organization',
    found(
      reviewedBy({
        reviewers: [
          user,
          {
            ...team,
            reviewer: {
              ...team.reviewer,
              html_url: 'https://github.com/orgs/evil/teams/platform-team',
            },
          },
        ],
      }),
    ),
    [
      'prod: @acme/platform-team cannot approve its jobs',
      'prod: @evil/platform-team can approve its jobs',
    ],
    ['PUT'],
  ],
  [
    'self-review',
    found(reviewedBy({ prevent_self_review: false })),
    ['prod: who starts a job may approve it'],
    ['PUT'],
  ],
]

/** The method of each command, with the branch or the id that it concerns. */
function requestsOf(commands: readonly string[]): string[] {
  return commands.map((command) => {
    const method = /--method (\w+)/.exec(command)?.[1] ?? ''
    const subject = /name=([^']*)'|\/(\d+)$/.exec(command)
    return [method, subject?.[1] ?? subject?.[2]].filter(Boolean).join(' ')
  })
}

describe('the problems of a GitHub environment', () => {
  it('are none where it is as desired, whatever the case of its reviewers', () => {
    expect(environmentProblems(prod, found({}))).toEqual([])
    expect(environmentCommands('acme/shop', prod, found({}))).toEqual([])
  })

  it.each(weakened)(
    'name what is wrong, and the commands change it: %s',
    (_, state, what, requests) => {
      const problems = environmentProblems(prod, state)
      expect(problems.map((problem) => problem.what)).toEqual(what)
      expect(problems.every(({ breaks }) => breaks !== '')).toBe(true)
      expect(requestsOf(environmentCommands('acme/shop', prod, state))).toEqual(requests)
    },
  )

  it.each([
    undefined,
    null,
    {},
    [],
    'not found',
    { protection_rules: 'none', deployment_branch_policy: 1 },
  ])('include the lack of any protection in an unknown answer: %j', (body) => {
    expect(environmentProblems(prod, { environment: body }).length).toBeGreaterThan(1)
  })

  it('do not include the approval of their own jobs by the only reviewer', () => {
    const alone = { ...prod, reviewers: ['@octocat'] }
    const own = found(reviewedBy({ reviewers: [user], prevent_self_review: false }))
    expect(environmentProblems(alone, own)).toEqual([])
    expect(environmentCommands('acme/shop', alone, undefined)[0]).toMatch(
      /prevent_self_review=false$/,
    )
    expect(environmentProblems({ ...prod, reviewers: ['@acme/leads'] }, own)).toContainEqual(
      expect.objectContaining({ what: 'prod: who starts a job may approve it' }),
    )
  })

  it('do not include more protection than desired', () => {
    expect(environmentProblems({ ...prod, reviewers: [] }, found({}))).toEqual([])
  })
})

describe('the commands', () => {
  it('look up the ids of reviewers', () => {
    expect(environmentCommands('acme/shop', prod, undefined)).toEqual([
      `gh api --silent --method PUT repos/acme/shop/environments/prod -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true' -F 'reviewers[][type]=Team' -F "reviewers[][id]=$(gh api orgs/Acme/teams/platform-team --jq .id)" -F 'reviewers[][type]=User' -F "reviewers[][id]=$(gh api users/octocat --jq .id)" -F prevent_self_review=true`,
      `gh api --silent --method POST repos/acme/shop/environments/prod/deployment-branch-policies -f 'name=main' -f type=branch`,
    ])
  })

  it('keep what the request would reset: the timer, the reviewers, the limits of administrators', () => {
    const state = found({
      deployment_branch_policy: null,
      can_admins_bypass: false,
      protection_rules: [{ id: 1, type: 'wait_timer', wait_timer: 30 }, approval],
    })
    const [put] = environmentCommands('acme/shop', { ...prod, reviewers: [] }, state)
    expect(put).toContain(
      `-F 'reviewers[][type]=Team' -F "reviewers[][id]=7" -F 'reviewers[][type]=User' -F "reviewers[][id]=9" -F prevent_self_review=true -F wait_timer=30 -F can_admins_bypass=false`,
    )
  })
})

describe('the GitHub environments', () => {
  it('are the deploy from main, and the approved plans of pull requests', () => {
    expect([prod.name, prod.branches]).toEqual(['prod', ['main']])
    expect([plan.name, plan.branches]).toEqual(['prod-plan', ['refs/pull/*/merge']])
    expect(plan.reviewers).toEqual(prod.reviewers)
  })

  it('are the deploy alone where every pull request may plan', () => {
    const open = githubEnvironments('dev', { pullRequestPlans: 'open', reviewers: [] })
    expect(open).toEqual([{ name: 'dev', branches: ['main'], reviewers: [] }])
  })
})
