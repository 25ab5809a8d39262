import { GetOpenIDConnectProviderCommand, GetRoleCommand } from '@aws-sdk/client-iam'
import {
  environmentCommands,
  environmentProblems,
  type FoundEnvironment,
  githubEnvironments,
} from '@tideway/bootstrap/github-environments'
import { fullName, parseRepository } from '@tideway/bootstrap/repository'
import { allows, type Statement } from '@tideway/constructs/iam-evaluator'
import { type Check, ok, once, wrong } from '../check'
import type { Context } from '../context'
import { codeOf } from '../failures'
import { GhError } from '../gh'
import { textOf } from '../synthesized'

const issuer = 'token.actions.githubusercontent.com'
const audience = 'sts.amazonaws.com'

export function githubChecks(context: Context): Check[] {
  const repository = parseRepository(context.github.repository)
  const name = repository === undefined ? context.github.repository : fullName(repository)
  const readRepository = once(async () => (await context.gh(`repos/${name}`)) as RepositoryAnswer)
  return [
    providerCheck(context),
    rolesCheck(context),
    subjectCheck(context, name, readRepository),
    ...environmentChecks(context, name, readRepository),
  ]
}

interface RepositoryAnswer {
  readonly id?: number
  readonly full_name?: string
  readonly default_branch?: string
  readonly private?: boolean
  readonly owner?: { readonly id?: number; readonly login?: string }
}

type ReadRepository = () => Promise<RepositoryAnswer>

function providerCheck({ aws, environment, github }: Context): Check {
  const fix = `npm run bootstrap -- -c ${environment.name}`
  const breaks = 'no workflow can assume a role'
  const inSettings = `githubProvider for ${environment.name} in tools/bootstrap/src/settings.ts`
  const OpenIDConnectProviderArn = `arn:aws:iam::${environment.account}:oidc-provider/${issuer}`
  return {
    area: 'GitHub',
    subject: 'OIDC provider',
    source: 'stacks',
    run: async () => {
      const provider = await aws.iam
        .send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
        .catch((error: unknown) => {
          if (/^NoSuchEntity/.test(codeOf(error) ?? '')) return undefined
          throw error
        })
      if (provider === undefined) {
        return wrong(`the account does not trust ${issuer}`, {
          breaks,
          fix: github.githubProvider === 'create' ? fix : `'create' as ${inSettings}, then ${fix}`,
        })
      }
      if (!provider.ClientIDList?.includes(audience)) {
        return wrong(`the provider does not accept tokens for ${audience}`, {
          breaks,
          fix: `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${OpenIDConnectProviderArn} --client-id ${audience}`,
        })
      }
      const isManaged = provider.Tags?.some(
        ({ Key, Value }) => Key === 'managed-by' && Value === 'tideway',
      )
      if (github.githubProvider === 'create' && !isManaged) {
        return wrong('the account has a provider that the bootstrap did not make', {
          breaks: 'the bootstrap fails: an account has one provider for GitHub',
          fix: `'adopt' as ${inSettings}`,
        })
      }
      return ok(`accepts tokens for ${audience}`)
    },
  }
}

interface CiRole {
  readonly name: string
  /** The trust policy that the bootstrap writes. */
  readonly trust: readonly Statement[]
  /** The ends of the subjects it trusts: `environment:dev`, `pull_request`. */
  readonly contexts: readonly string[]
}

/** The roles that workflows assume. */
function ciRoles({ platform, environment }: Context): CiRole[] {
  const arn = `arn:aws:iam::${environment.account}:oidc-provider/${issuer}`
  return platform.resources('aws_iam_role').flatMap(({ block }) => {
    const policy = textOf(block.assume_role_policy)
    if (!policy.includes(issuer)) return []
    // The provider's ARN, in place of the reference to it.
    const trust = statementsOf(policy.replace(/\$\{aws_iam_openid_connect_provider\.[^}]*\}/g, arn))
    const subjects = trust.flatMap(({ Condition = {} }) =>
      Object.values(Condition).flatMap((keys) => [keys[`${issuer}:sub`] ?? []].flat()),
    )
    const contexts = subjects.map((subject) => String(subject).split(':').slice(2).join(':'))
    return [{ name: textOf(block.name), trust, contexts: [...new Set(contexts)] }]
  })
}

/** The statements of a trust policy, which have no resource. */
function statementsOf(policy: string): Statement[] {
  const { Statement: found } = JSON.parse(policy) as { Statement: Statement | Statement[] }
  return [found].flat().map((statement) => ({ Resource: '*', ...statement }))
}

/** The trust policy of a role in the account. Undefined if there is no such role. */
async function deployedTrust({ aws }: Context, RoleName: string): Promise<Statement[] | undefined> {
  try {
    const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName }))
    const policy = Role?.AssumeRolePolicyDocument
    return policy === undefined ? undefined : statementsOf(decodeURIComponent(policy))
  } catch (error) {
    if (/^NoSuchEntity/.test(codeOf(error) ?? '')) return undefined
    throw error
  }
}

function rolesCheck(context: Context): Check {
  return {
    area: 'GitHub',
    subject: 'roles of CI',
    source: 'stacks',
    run: async () => {
      const roles = ciRoles(context)
      const found = await Promise.all(roles.map(({ name }) => deployedTrust(context, name)))
      const missing = roles.filter((_, index) => found[index] === undefined)
      if (missing.length === 0) return ok(`${roles.length} roles exist`)
      return wrong(`${missing.length} of ${roles.length} roles do not exist`, {
        breaks: 'workflows can neither plan nor deploy',
        fix: `npm run bootstrap -- -c ${context.environment.name}`,
        details: missing.map(({ name }) => name),
      })
    },
  }
}

interface SubjectAnswer {
  readonly use_default?: boolean
  readonly include_claim_keys?: readonly string[]
  readonly use_immutable_subject?: boolean
  readonly sub_claim_prefix?: string
}

function subjectCheck(context: Context, name: string, readRepository: ReadRepository): Check {
  const { gh, environment, github } = context
  const settingsFile = 'packages/constructs/src/organization.ts'
  const bootstrap = `npm run bootstrap -- -c ${environment.name}`
  return {
    area: 'GitHub',
    subject: 'subject of tokens',
    source: 'github',
    run: async () => {
      const customization = `repos/${name}/actions/oidc/customization/sub`
      const [repository, answer] = await Promise.all([
        readRepository(),
        gh(customization) as Promise<SubjectAnswer>,
      ])
      const { id, owner, full_name: found = name } = repository
      const withIds = `${found.replace('/', `@${owner?.id}/`)}@${id}`
      const breaks = 'AWS refuses the tokens of workflows: nothing can be planned or deployed'
      if (found.toLowerCase() !== name.toLowerCase()) {
        return wrong(
          `GitHub calls the repository ${found}; the settings say ${github.repository}`,
          {
            breaks,
            fix: `repository = '${withIds}' in ${settingsFile}, then ${bootstrap}`,
          },
        )
      }
      const claims = answer.include_claim_keys ?? []
      const isDefault =
        answer.use_default === true || claims.length === 0 || claims.join() === 'repo,context'
      if (!isDefault) {
        return wrong(`the subject is made of other claims: ${claims.join(', ')}`, {
          breaks,
          fix: `gh api --method PUT ${customization} -F use_default=true`,
        })
      }
      const roles = ciRoles(context)
      const branches = roles.flatMap(({ contexts }) =>
        contexts.flatMap((end) => /^ref:refs\/heads\/(.+)$/.exec(end)?.[1] ?? []),
      )
      const { default_branch: branch } = repository
      const [trusted] = branches
      if (branch !== undefined && trusted !== undefined && !branches.includes(branch)) {
        return wrong(`the default branch is ${branch}; the roles trust ${trusted}`, {
          breaks,
          fix: `gh api --method POST repos/${name}/branches/${branch}/rename -f new_name=${trusted}`,
        })
      }
      // GitHub's own prefix is right even where use_immutable_subject says otherwise.
      const prefix =
        answer.sub_claim_prefix ?? `repo:${answer.use_immutable_subject === true ? withIds : found}`
      const refused: string[] = []
      let isDeployed = true
      for (const { name: role, trust, contexts } of roles) {
        const deployed = await deployedTrust(context, role).catch(() => undefined)
        isDeployed &&= deployed !== undefined
        for (const end of contexts) {
          const subject = `${prefix}:${end}`
          const isTrusted = allows([{ Statement: deployed ?? trust }], {
            action: 'sts:AssumeRoleWithWebIdentity',
            resource: '*',
            principal: `arn:aws:iam::${environment.account}:oidc-provider/${issuer}`,
            context: {
              [`${issuer}:aud`]: audience,
              [`${issuer}:sub`]: subject,
              [`${issuer}:repository_id`]: String(id),
            },
          })
          if (!isTrusted) refused.push(`${role}: ${subject}`)
        }
      }
      if (refused.length > 0) {
        return wrong(
          `GitHub sends ${prefix}:..., which ${isDeployed ? 'roles do' : 'the bootstrap does'} not trust`,
          {
            breaks,
            fix: `repository = '${withIds}' in ${settingsFile}, then ${bootstrap}`,
            details: refused,
          },
        )
      }
      const who = isDeployed ? 'the roles trust it' : 'the bootstrap will make roles that trust it'
      return ok(`${prefix}:...; ${who}`)
    },
  }
}

function environmentChecks(
  { gh, environment, github }: Context,
  name: string,
  readRepository: ReadRepository,
): Check[] {
  return githubEnvironments(environment.name, github).map((desired) => ({
    area: 'GitHub',
    subject: `environment ${desired.name}`,
    source: 'github',
    run: async () => {
      // GitHub answers 404 for everything in a repository that it does not show.
      const repository = await readRepository()
      const path = `repos/${name}/environments/${encodeURIComponent(desired.name)}`
      const read = async (): Promise<FoundEnvironment | undefined> => {
        const found = await gh(path).catch((error: unknown) => {
          if (error instanceof GhError && error.status === 404) return undefined
          throw error
        })
        if (found === undefined) return undefined
        const { deployment_branch_policy: policy } = found as {
          deployment_branch_policy?: { custom_branch_policies?: boolean } | null
        }
        if (policy?.custom_branch_policies !== true) return { environment: found }
        const branchPolicies = await gh(`${path}/deployment-branch-policies?per_page=100`)
        return { environment: found, branchPolicies }
      }
      const found = await read()
      const problems = environmentProblems(desired, found)
      if (problems.length === 0) {
        const approval =
          desired.reviewers.length > 0
            ? desired.reviewers.join(', ')
            : 'nobody (none is configured)'
        return ok(`only for ${desired.branches.join(', ')}; approved by ${approval}`)
      }
      return wrong(problems.map(({ what }) => what).join('; '), {
        breaks: [...new Set(problems.map(({ breaks }) => breaks))].join('; '),
        fix: environmentCommands(name, desired, found).join(' && '),
        ...(repository.private && {
          details: [
            'private repositories have reviewers in GitHub Enterprise only: see pullRequestPlans in tools/bootstrap',
          ],
        }),
      })
    },
  }))
}
