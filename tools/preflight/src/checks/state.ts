import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  paginateListBuckets,
} from '@aws-sdk/client-s3'
import { allOf, type Check, notChecked, type Outcome, ok, once, wrong } from '../check'
import type { Context } from '../context'
import { AccessDeniedError, codeOf } from '../failures'

/** The bucket with the states of all stacks, which the bootstrap makes. */
export function stateChecks({ aws, environment, platform }: Context): Check[] {
  const [Bucket = ''] = Object.values(platform.stacks).flatMap(
    ({ terraform }) => terraform?.backend?.s3?.bucket ?? [],
  )
  const { region } = environment
  const owned = { Bucket, ExpectedBucketOwner: environment.account }
  const fix = `npm run bootstrap -- -c ${environment.name}`
  const ownBucket = once(async () => {
    const pages = paginateListBuckets({ client: aws.s3 }, { Prefix: Bucket })
    return (await allOf(pages, ({ Buckets }) => Buckets)).find(({ Name }) => Name === Bucket)
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
      (await ownBucket()) ? read() : notChecked(`the account has no bucket ${Bucket}`),
    )
  return [
    check(Bucket, async () => {
      const breaks = 'Terraform cannot read or write the state of any stack'
      const own = await ownBucket()
      if (own !== undefined) {
        const { BucketRegion = region } = own
        if (BucketRegion === region) return ok('exists, in this account')
        return wrong(`the bucket is in ${BucketRegion}; Terraform looks for it in ${region}`, {
          breaks,
          fix: `aws s3 rb s3://${Bucket} if it is empty, then ${fix}; or correct the region of ${environment.name}`,
        })
      }
      // The account of the name is in it, so only a foreign bucket can answer anything else than NoSuchBucket.
      const isTaken = await aws.s3.send(new GetBucketVersioningCommand({ Bucket })).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AccessDeniedError || isOfOtherRegion(error)) return true
          if (codeOf(error) === 'NoSuchBucket') return false
          throw error
        },
      )
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

function isOfOtherRegion(error: unknown): boolean {
  return /^(PermanentRedirect|AuthorizationHeaderMalformed)$/.test(codeOf(error) ?? '')
}
