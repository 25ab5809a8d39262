import { InvalidSettingsError, stackNames } from '@tideway/constructs'
import { environmentNamed, environments } from '@tideway/constructs/environments'
import {
  referenceTo,
  resourcesOf,
  type Synthesized,
  soleResource,
  statementsOf,
} from '@tideway/constructs/testing'
import { checkSettings, settings } from '../src/settings'
import { bootstrap, managedPoliciesOf, type RoleKind, roleOf, roles } from './fixture'

const json = bootstrap()
const subjects: Record<RoleKind, string[]> = {
  plan: ['repo:acme/shop:pull_request', 'repo:acme/shop:ref:refs/heads/main'],
  deploy: ['repo:acme/shop:environment:test'],
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

  it.each(roles)(
    '%s %s is assumed with a token of GitHub for exactly its subjects',
    (stack, kind) => {
      expect(statementsOf(roleOf(json, stack, kind).assume_role_policy)).toEqual([
        {
          Effect: 'Allow',
          Principal: { Federated: providerOf(json) },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: {
              'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
              'token.actions.githubusercontent.com:sub': subjects[kind],
            },
          },
        },
      ])
    },
  )

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
  ])('include the repository %j', (repository) => {
    const build = () => bootstrap({ repository })
    expect(build).toThrow(InvalidSettingsError)
    expect(build).toThrow('tools/bootstrap/src/settings.ts: test.repository: must be one GitHub')
    expect(build).toThrow(`; got ${JSON.stringify(repository)}.`)
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
