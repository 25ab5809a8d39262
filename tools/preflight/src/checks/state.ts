import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  paginateListBuckets,
} from '@aws-sdk/client-s3'
import { type Check, notChecked, type Outcome, ok, once, wrong } from '../check'
import type { Context } from '../context'
import { AccessDeniedError, codeOf } from '../failures'

/** The bucket with the states of all stacks, which the bootstrap makes. */
export function stateChecks({ aws, environment, platform }: Context): Check[] {
  const [Bucket = ''] = Object.values(platform.stacks).flatMap(
    ({ terraform }) => terraform?.backend?.s3?.bucket ?? [],
  )
  const owned = { Bucket, ExpectedBucketOwner: environment.account }
  const fix = `npm run bootstrap -- -c ${environment.name}`
  const isOurs = once(async () => {
    for await (const { Buckets = [] } of paginateListBuckets(
      { client: aws.s3 },
      { Prefix: Bucket },
    )) {
      if (Buckets.some(({ Name }) => Name === Bucket)) return true
    }
    return false
  })
  const check = (subject: string, run: () => Promise<Outcome>): Check => ({
    area: 'state bucket',
    subject,
    source: 'stacks',
    run,
  })
  /** A property of the bucket, once it exists. */
  const property = (subject: string, read: () => Promise<Outcome>) =>
    check(subject, async () =>
      (await isOurs()) ? read() : notChecked(`the account has no bucket ${Bucket}`),
    )
  return [
    check(Bucket, async () => {
      if (await isOurs()) return ok('exists, in this account')
      // The account of the name is in it, so only a foreign bucket can answer anything else than NoSuchBucket.
      const isTaken = await aws.s3.send(new GetBucketVersioningCommand({ Bucket })).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AccessDeniedError || codeOf(error) === 'PermanentRedirect')
            return true
          if (codeOf(error) === 'NoSuchBucket') return false
          throw error
        },
      )
      const breaks = 'Terraform cannot read or write the state of any stack'
      if (!isTaken) return wrong('the bucket does not exist', { breaks, fix })
      return wrong('the bucket belongs to another account', {
        breaks: `${breaks}; or it would write your secrets into the bucket of somebody else`,
        fix: `ask AWS support to release ${Bucket}, or use another account for ${environment.name}`,
      })
    }),
    property('versioning', async () => {
      const { Status } = await aws.s3.send(new GetBucketVersioningCommand(owned))
      if (Status === 'Enabled') return ok('on')
      return wrong(`versioning is ${Status ?? 'off'}`, {
        breaks: 'a state that is damaged or deleted cannot be restored',
        fix,
      })
    }),
    property('encryption', async () => {
      const rules = await aws.s3.send(new GetBucketEncryptionCommand(owned)).then(
        ({ ServerSideEncryptionConfiguration: found }) => found?.Rules ?? [],
        (error: unknown) => {
          if (codeOf(error) === 'ServerSideEncryptionConfigurationNotFoundError') return []
          throw error
        },
      )
      const [algorithm] = rules.flatMap(
        ({ ApplyServerSideEncryptionByDefault: found }) => found?.SSEAlgorithm ?? [],
      )
      if (algorithm?.startsWith('aws:kms')) return ok(algorithm)
      return wrong(`encrypted with ${algorithm ?? 'nothing'}, not with a KMS key`, {
        breaks: 'whoever may read the bucket can read the secrets in the states',
        fix,
      })
    }),
    property('public access', async () => {
      const found = await aws.s3.send(new GetPublicAccessBlockCommand(owned)).then(
        ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration,
        (error: unknown) => {
          if (codeOf(error) === 'NoSuchPublicAccessBlockConfiguration') return undefined
          throw error
        },
      )
      const open = (
        [
          'BlockPublicAcls',
          'BlockPublicPolicy',
          'IgnorePublicAcls',
          'RestrictPublicBuckets',
        ] as const
      ).filter((name) => found?.[name] !== true)
      if (open.length === 0) return ok('blocked')
      return wrong(`public access is not blocked: ${open.join(', ')} off`, {
        breaks: 'one mistake in a policy publishes the states, with their secrets',
        fix,
      })
    }),
  ]
}
