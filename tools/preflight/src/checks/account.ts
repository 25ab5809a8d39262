import { DescribeRegionsCommand } from '@aws-sdk/client-ec2'
import { paginateListRoles } from '@aws-sdk/client-iam'
import { GetSubscriptionStateCommand } from '@aws-sdk/client-shield'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { serviceLinkedRoles } from '@tideway/bootstrap/service-linked-role-names'
import { isCredentialError, messageOf } from '@tideway/constructs/aws-errors'
import { allOf, type Check, ok, once, wrong } from '../check'
import type { Context } from '../context'
import { codeOf, describeFailure } from '../failures'

/** Whose credentials these are. */
export function identityOf({ aws }: Pick<Context, 'aws'>) {
  return once(async () => aws.sts.send(new GetCallerIdentityCommand({})))
}

const environmentsFile = 'packages/constructs/src/environments.ts'

export function identityChecks(
  { environment, aws }: Context,
  identity: ReturnType<typeof identityOf>,
): Check[] {
  const { account, region, name } = environment
  return [
    {
      area: 'identity',
      subject: 'account',
      source: 'aws',
      run: async () => {
        const caller = await identity().catch((error: unknown) => {
          if (!isCredentialError(codeOf(error) ?? '')) throw error
          // The other checks fail for the same reason, and do not repeat what the SDK says.
          return `${describeFailure(error)}: ${messageOf((error as Error).cause)}`
        })
        if (typeof caller === 'string') {
          return wrong(caller, {
            breaks: 'every call of AWS',
            fix: 'aws sso login, or set AWS_PROFILE or the AWS_ variables',
          })
        }
        if (caller.Account === account) return ok(`${account}, as ${caller.Arn}`)
        return wrong(
          `the credentials are of account ${caller.Account}; ${name} is in ${account} (${environmentsFile})`,
          {
            breaks: 'Terraform refuses to plan, and nothing else of the account can be checked',
            fix: `log in to ${account} (AWS_PROFILE=... aws sso login), or correct the account of ${name}`,
          },
        )
      },
    },
    {
      area: 'identity',
      subject: `region ${region}`,
      source: 'aws',
      run: async () => {
        const { Regions: [found] = [] } = await aws.ec2Global.send(
          new DescribeRegionsCommand({
            AllRegions: true,
            Filters: [{ Name: 'region-name', Values: [region] }],
          }),
        )
        const breaks = 'every call in the region fails'
        if (found === undefined) {
          return wrong(`AWS has no region ${region}`, {
            breaks,
            fix: `correct the region of ${name} in ${environmentsFile}`,
          })
        }
        if (found.OptInStatus !== 'not-opted-in') return ok(`enabled (${found.OptInStatus})`)
        return wrong(`${region} is disabled in this account`, {
          breaks,
          fix: `aws account enable-region --region-name ${region}`,
        })
      },
    },
  ]
}

/** The bootstrap creates or adopts all of them. */
export function serviceLinkedRoleChecks({ aws, environment }: Context): Check[] {
  const existing = once(async () => {
    const pages = paginateListRoles({ client: aws.iam }, { PathPrefix: '/aws-service-role/' })
    return new Set((await allOf(pages, ({ Roles }) => Roles)).map(({ RoleName }) => RoleName))
  })
  return Object.entries(serviceLinkedRoles).flatMap(([stack, roles]) =>
    Object.entries(roles).map(([service, role]) => ({
      area: 'service-linked roles',
      subject: role,
      source: 'stacks',
      run: async () => {
        if ((await existing()).has(role)) return ok('exists')
        return wrong(`the account has no ${role}`, {
          breaks: `${service} refuses resources of ${stack}, or its first deploy must be repeated`,
          fix: `npm run bootstrap -- -c ${environment.name} (or aws iam create-service-linked-role --aws-service-name ${service})`,
        })
      },
    })),
  )
}

export function shieldCheck({ platform, aws, environment }: Context): Check {
  const isUsed = platform.resources('aws_shield_protection').length > 0
  return {
    area: 'Shield',
    subject: 'subscription',
    source: isUsed ? 'aws' : 'settings',
    run: async () => {
      if (!isUsed) return ok('not needed: Shield Advanced is off')
      const { SubscriptionState } = await aws.shield
        .send(new GetSubscriptionStateCommand({}))
        .catch((error: unknown) => {
          if (codeOf(error) !== 'ResourceNotFoundException') throw error
          return { SubscriptionState: 'INACTIVE' }
        })
      if (SubscriptionState === 'ACTIVE') return ok('active')
      return wrong(`the account has no subscription to Shield Advanced (${SubscriptionState})`, {
        breaks: 'the deploy of compute fails at its Shield protection',
        fix: `aws shield create-subscription (3,000 USD a month, for a year), or shieldAdvanced: 'off' for ${environment.name} in apps/compute/src/settings.ts`,
      })
    },
  }
}
