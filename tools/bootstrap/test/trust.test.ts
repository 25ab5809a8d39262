import { InvalidSettingsError, stackNames } from '@tideway/constructs'
import { environmentNamed, environments } from '@tideway/constructs/environments'
import { allows, type Statement } from '@tideway/constructs/iam-evaluator'
import {
  type Block,
  referenceTo,
  resourcesOf,
  type Synthesized,
  soleResource,
  statementsOf,
} from '@tideway/constructs/testing'
import { type BootstrapSettings, checkSettings, settings } from '../src/settings'
import { bootstrap, managedPoliciesOf, type RoleKind, roleOf, roles } from './fixture'

const json = bootstrap()

interface Token {
  readonly sub: string
  readonly repository_id?: string
  readonly aud?: string
}

/** Whether STS accepts the token for the role. GitHub sends the ids as claims in any form of the subject. */
function accepts(
  role: Block,
  { sub, repository_id = '34', aud = 'sts.amazonaws.com' }: Token,
): boolean {
  // A trust policy has no resource: it belongs to its role.
  const statements = statementsOf(role.assume_role_policy).map((each) => ({
    ...(each as Statement),
    Resource: '*',
  }))
  const claims = { sub, aud, repository_id, repository: 'acme/shop', repository_owner_id: '12' }
  return allows([{ Statement: statements }], {
    action: 'sts:AssumeRoleWithWebIdentity',
    resource: 'arn:aws:iam::123456789012:role/any',
    context: Object.fromEntries(
      Object.entries(claims).map(([name, value]) => [
        `token.actions.githubusercontent.com:${name}`,
        value,
      ]),
    ),
  })
}

/** The contexts that GitHub puts at the end of a subject, by event and job. */
const contexts = [
  'ref:refs/heads/main', // push, schedule, workflow_dispatch
  'pull_request',
  'environment:test',
  'environment:test-plan',
  'environment:Test',
  'environment:test-plan-2',
  'environment:prod',
  'environment:prod-plan',
  'environment:*',
  'ref:refs/heads/gh-readonly-queue/main/pr-7-0123456789abcdef', // merge_group
  'ref:refs/heads/feature',
  'ref:refs/heads/main2',
  'ref:refs/heads/feature/main',
  'ref:refs/tags/main',
  'ref:refs/tags/v1',
  'ref:refs/pull/7/merge',
  'ref:refs/heads/main:environment:test', // a claim customized by the owner
  'pull_request_target',
  'workflow_dispatch',
  'environment:test%3Aref',
  'environment:test ',
  'environment:TEST-PLAN',
  'job_workflow_ref:acme/shop/.github/workflows/deploy.yml@refs/heads/main',
  '*',
  '',
]

/** Which contexts each role accepts, by the setting for pull requests. */
const accepted: Record<BootstrapSettings['pullRequestPlans'], Record<RoleKind, string[]>> = {
  open: { plan: ['ref:refs/heads/main', 'pull_request'], deploy: ['environment:test'] },
  approved: {
    plan: ['ref:refs/heads/main', 'environment:test-plan'],
    deploy: ['environment:test'],
  },
}

/** A repository, and which tokens with a context that its roles accept are of that repository. */
const tokens: Record<string, Record<string, [trusted: boolean, prefix: string, id?: string]>> = {
  'acme@12/shop@34': {
    'the subject with ids': [true, 'repo:acme@12/shop@34'],
    'the subject without ids': [true, 'repo:acme/shop'],
    'a new repository with the old name, subject with ids': [false, 'repo:acme@12/shop@35', '35'],
    'a new repository with the old name, subject without ids': [false, 'repo:acme/shop', '35'],
    'a new owner of both names': [false, 'repo:acme@13/shop@36', '36'],
    'a new owner of both names, subject without ids': [false, 'repo:acme/shop', '36'],
    'the repository after a rename': [false, 'repo:acme@12/store@34'],
    'the repository after a rename, subject without ids': [false, 'repo:acme/store'],
    'the repository after a transfer': [false, 'repo:other@13/shop@34'],
    'a fork': [false, 'repo:mallory@99/shop@77', '77'],
    'a fork, subject without ids': [false, 'repo:mallory/shop', '77'],
    'another repository of the owner': [false, 'repo:acme@12/shop-2@35', '35'],
    'ids that only begin alike': [false, 'repo:acme@12/shop@345', '345'],
    'another case': [false, 'repo:Acme@12/shop@34'],
  },
  'acme/shop': {
    'the subject without ids': [true, 'repo:acme/shop'],
    'a subject with ids': [false, 'repo:acme@12/shop@34'],
    'a fork': [false, 'repo:mallory/shop', '77'],
    'another repository': [false, 'repo:acme/shop2', '35'],
  },
}

function providerOf(synthesized: Synthesized): string {
  const provider = soleResource(synthesized, 'aws_iam_openid_connect_provider')
  return referenceTo(synthesized, 'aws_iam_openid_connect_provider', provider, 'arn')
}

describe('the roles of CI', () => {
  it('are one to plan and one to deploy for every stack', () => {
    const names = Object.values(resourcesOf(json, 'aws_iam_role')).map(({ name }) => name)
    const expected = stackNames.flatMap((stack) =>
      ['plan', 'deploy'].map((kind) => `tideway-test-ci-${stack}-${kind}`),
    )
    expect(names.sort()).toEqual(expected.sort())
  })

  it.each(roles)('%s %s is assumed with a token for AWS from the provider', (stack, kind) => {
    for (const statement of statementsOf(roleOf(json, stack, kind).assume_role_policy)) {
      expect(statement).toMatchObject({
        Effect: 'Allow',
        Principal: { Federated: providerOf(json) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
        },
      })
      expect(Object.keys(statement.Condition ?? {})).toEqual(['StringEquals'])
    }
  })

  for (const [repository, cases] of Object.entries(tokens)) {
    for (const pullRequestPlans of ['open', 'approved'] as const) {
      const synthesized = bootstrap({ repository, pullRequestPlans })
      it.each(Object.entries(cases))(
        `of ${repository} with ${pullRequestPlans} plans accept exactly their subjects: %s`,
        (_, [trusted, prefix, repository_id]) => {
          for (const [stack, kind] of roles) {
            const role = roleOf(synthesized, stack, kind)
            const found = contexts.filter((context) =>
              accepts(role, {
                sub: `${prefix}:${context}`,
                ...(repository_id && { repository_id }),
              }),
            )
            expect(found).toEqual(trusted ? accepted[pullRequestPlans][kind] : [])
          }
        },
      )
    }
  }

  it('reject tokens for another audience', () => {
    const role = roleOf(json, 'data', 'deploy')
    const sub = 'repo:acme@12/shop@34:environment:test'
    expect(accepts(role, { sub })).toBe(true)
    expect(accepts(role, { sub, aud: 'https://github.com/acme' })).toBe(false)
  })

  it('of prod plan from main and after an approval only', () => {
    expect(settings.prod).toMatchObject({ pullRequestPlans: 'approved' })
    expect(settings.prod.reviewers).not.toEqual([])
  })

  it.each(roles)('%s %s has no wildcard in its trust', (stack, kind) => {
    expect(roleOf(json, stack, kind).assume_role_policy).not.toMatch(/[*?]/)
  })

  it.each(stackNames)('%s plan has the managed policies that exclude data', (stack) => {
    expect(managedPoliciesOf(json, stack, 'plan')).toEqual([
      'arn:aws:iam::aws:policy/SecurityAudit',
      'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess',
    ])
  })

  it.each(stackNames)('%s deploy has a managed policy without IAM', (stack) => {
    expect(managedPoliciesOf(json, stack, 'deploy')).toEqual([
      'arn:aws:iam::aws:policy/PowerUserAccess',
    ])
  })
})

describe("the provider of GitHub's tokens", () => {
  it('accepts tokens for AWS', () => {
    expect(soleResource(json, 'aws_iam_openid_connect_provider')).toMatchObject({
      url: 'https://token.actions.githubusercontent.com',
      client_id_list: ['sts.amazonaws.com'],
    })
  })

  it('is referenced, not created, with adopt', () => {
    const adopting = bootstrap({ githubProvider: 'adopt' })
    expect(resourcesOf(adopting, 'aws_iam_openid_connect_provider')).toEqual({})
    for (const [stack, kind] of roles) {
      const [trust] = statementsOf(roleOf(adopting, stack, kind).assume_role_policy)
      expect(trust?.Principal).toEqual({
        Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
      })
    }
  })
})

describe('invalid settings', () => {
  it.each([
    'acme/*',
    '*/*',
    'acme/shop:*',
    'acme/sho?',
    'acme',
    '',
    'acme/shop/more',
    'acme/shop\n',
    'acme@12/shop',
    'acme/shop@34',
    'acme@*/shop@34',
    'acme@12/shop@*',
    'acme@0/shop@0',
    'acme@12/shop@34\n',
    'acme@12/..@34',
    'repo:acme/shop',
    '-acme/shop',
  ])('include the repository %j', (repository) => {
    const build = () => bootstrap({ repository })
    expect(build).toThrow(InvalidSettingsError)
    expect(build).toThrow('tools/bootstrap/src/settings.ts: test.repository: must be one GitHub')
    expect(build).toThrow(`; got ${JSON.stringify(repository)}.`)
  })

  it.each([
    [['octocat']],
    [['@octocat ']],
    [["@octocat'; true"]],
    [['@acme/a/b']],
    [Array(7).fill('@octocat')],
    ['@octocat' as never],
  ])('include the reviewers %j', (reviewers) => {
    expect(() => bootstrap({ reviewers })).toThrow(
      'reviewers: must be up to six of @user and @organization/team; got',
    )
  })

  it('include an unknown value of githubProvider', () => {
    const misspelt = { githubProvider: 'adpot' as never }
    expect(() => bootstrap(misspelt)).toThrow(
      'githubProvider: must be "create" or "adopt"; got "adpot". Choose either.',
    )
  })
})

describe('the default bootstrap settings', () => {
  it.each(Object.keys(environments) as (keyof typeof environments)[])('are valid in %s', (name) => {
    expect(() => checkSettings(settings[name], environmentNamed(name).name)).not.toThrow()
  })
})
