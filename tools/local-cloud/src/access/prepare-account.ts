import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '@tideway/constructs'
import { keyAlias } from '@tideway/constructs/names'
import { replaceReferences, type StackJson } from '@tideway/constructs/references'
import { stateBucketName } from '@tideway/constructs/state'
import { sampleStates, samplesOf } from '@tideway/terraform/sample-states'
import { AwsCalls } from '../aws-call'
import { type AwsClients, awsClients } from '../aws-clients'
import { operatorKeyOf } from './callers'

/**
 * Creates what plans of an environment read in an account of the emulator: the roles of its bootstrap, and samples of the
 * states. Without Terraform, which would work in the folder that may hold the state of a real bootstrap.
 *
 * @param folder of the synthesized bootstrap
 */
export async function prepareAccount(
  url: string,
  environment: Environment,
  folder: string,
): Promise<void> {
  const operator = operatorKeyOf(environment.account)
  const aws = awsClients(url, operator)
  await createRoles(aws, folder)
  // The plan of edge reads its value.
  const alias = keyAlias(environment, 'compute', 'secrets')
  const { KeyMetadata } = await aws.kms.createKey({})
  await aws.kms.createAlias({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId })
  const { ARN } = await new AwsCalls(url, operator).json<{ ARN: string }>(
    'secretsmanager',
    'CreateSecret',
    {
      Name: `tideway/${environment.name}/compute/origin-header`,
      SecretString: 'a sample',
      KmsKeyId: alias,
    },
  )
  const sampleArn = String(samplesOf('compute', environment).origin_secret_arn?.value)
  for (const [file, state] of Object.entries(sampleStates(environment))) {
    await aws.s3.putObject({
      Bucket: stateBucketName(environment),
      Key: `${environment.name}/${file}`,
      Body: state.replaceAll(sampleArn, ARN),
    })
  }
}

/** Creates the roles of the synthesized bootstrap, with their boundary, the state bucket and its key. */
async function createRoles({ iam, kms, s3 }: AwsClients, folder: string): Promise<void> {
  const { resource = {} }: StackJson = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8'))
  const attributes = new Map<string, string>()
  const resolved = (value: unknown) =>
    replaceReferences(String(value), (_, expression) => attributes.get(expression) ?? expression)
  const each = async (
    type: string,
    create: (texts: Readonly<Record<string, string>>) => Promise<Record<string, string>>,
  ) => {
    for (const [id, values] of Object.entries(resource[type] ?? {})) {
      const texts = Object.entries(values).map(([name, value]) => [name, resolved(value)])
      const created = await create(Object.fromEntries(texts))
      for (const [name, value] of Object.entries(created)) {
        attributes.set(`\${${type}.${id}.${name}}`, value)
      }
    }
  }
  await each('aws_kms_key', async () => {
    const { KeyMetadata: { Arn = '', KeyId = '' } = {} } = await kms.createKey({})
    return { arn: Arn, id: KeyId, key_id: KeyId }
  })
  await each('aws_kms_alias', async ({ name, target_key_id }) => {
    await kms.createAlias({ AliasName: name, TargetKeyId: target_key_id })
    return {}
  })
  await each('aws_s3_bucket', async ({ bucket: Bucket = '' }) => {
    await s3.createBucket({ Bucket })
    return { arn: `arn:aws:s3:::${Bucket}`, id: Bucket }
  })
  await each('aws_iam_policy', async ({ name, path, policy }) => {
    const { Policy } = await iam.createPolicy({
      PolicyName: name,
      Path: path,
      PolicyDocument: policy,
    })
    return { arn: Policy?.Arn ?? '' }
  })
  await each(
    'aws_iam_role',
    async ({ name = '', path, assume_role_policy, permissions_boundary }) => {
      await iam.createRole({
        RoleName: name,
        Path: path,
        AssumeRolePolicyDocument: assume_role_policy,
        PermissionsBoundary: permissions_boundary,
      })
      return { name }
    },
  )
  await each('aws_iam_role_policy', async ({ role, name, policy }) => {
    await iam.putRolePolicy({ RoleName: role, PolicyName: name, PolicyDocument: policy })
    return {}
  })
  await each('aws_iam_role_policy_attachment', async ({ role, policy_arn }) => {
    await iam.attachRolePolicy({ RoleName: role, PolicyArn: policy_arn })
    return {}
  })
}
