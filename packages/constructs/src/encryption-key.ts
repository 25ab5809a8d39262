import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias'
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key'
import { Construct } from 'constructs'
import { type PolicyStatement, policyDocument } from './iam'
import { keyAlias } from './names'
import { type TidewayStack, tidewayStackOf } from './tideway-stack'
import { regionOf } from './us-east-1'

export interface EncryptionKeyProps {
  /** The part of its alias that tells it from the other keys of the stack. */
  readonly name: string
  /** What it encrypts, in a few words. */
  readonly description: string
  /**
   * AWS services that use it on their own behalf.
   * @default none: only principals of this account, as their IAM policies allow
   */
  readonly services?: readonly KeyService[]
}

export interface KeyService {
  /** Such as `cloudwatch.amazonaws.com`. */
  readonly principal: string
  /** Limits the use to this account's resources: services are shared by all accounts. */
  readonly condition: NonNullable<PolicyStatement['Condition']>
}

/** A KMS key that rotates every year, with an alias and a policy that names who may use it. */
export class EncryptionKey extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { protectData } = stack.environment
    const key = new KmsKey(this, 'key', {
      description: props.description,
      enableKeyRotation: true,
      deletionWindowInDays: protectData ? 30 : 7,
      policy: policyDocument(
        administeredByIam(stack, use),
        ...(props.services ?? []).map(
          ({ principal, condition }): PolicyStatement => ({
            Sid: `UsedBy${principal.split('.')[0]?.replace(/\W/g, '')}`,
            Principal: { Service: principal },
            Action: use,
            Resource: '*', // in a key policy: this key
            Condition: condition,
          }),
        ),
      ),
      // Whatever it encrypts is lost with it.
      lifecycle: { preventDestroy: protectData },
    })
    new KmsAlias(this, 'alias', {
      name: keyAlias(stack.environment, stack.stack, props.name),
      targetKeyId: key.keyId,
    })
    this.arn = key.arn
  }
}

/** Lets IAM policies of this account decide. Without it, nobody could change the key again. */
export function administeredByIam(
  { environment: { account } }: TidewayStack,
  use: readonly string[],
): PolicyStatement {
  return {
    Sid: 'AccountAdministersByIam',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: [...administration, ...use],
    Resource: '*', // in a key policy: this key
  }
}

/** CloudWatch Logs, for the log groups of this account in the region of the construct. */
export function logsService(user: Construct): KeyService {
  const { account } = tidewayStackOf(user).environment
  const region = regionOf(user)
  return {
    principal: `logs.${region}.amazonaws.com`,
    condition: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:log-group:*`,
      },
    },
  }
}

/**
 * A service that acts for resources of this account, and says so, as CloudWatch does. EventBridge does not,
 * and CloudFront names its distribution only: with this condition, theirs would be refused in silence.
 */
export function serviceOfAccount(principal: string, { environment }: TidewayStack): KeyService {
  return { principal, condition: { StringEquals: { 'aws:SourceAccount': environment.account } } }
}

const use = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
]

const administration = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:CreateGrant',
  'kms:DeleteAlias',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:ListRetirableGrants',
  'kms:PutKeyPolicy',
  'kms:RetireGrant',
  'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
]
