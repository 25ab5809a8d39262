import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias'
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { contextOf, type DeploymentContext, partInAccount } from './deployment-context'
import { type PolicyStatement, policyDocument } from './iam'

export interface EncryptionKeyProps {
  /** The last part of the alias, unique in the stack. */
  readonly name: string
  /** What the key encrypts. */
  readonly description: string
  /**
   * AWS services that use the key directly.
   * @default none: only principals of this account, within their IAM policies
   */
  readonly services?: readonly KeyService[]
}

export interface KeyService {
  /** Such as `cloudwatch.amazonaws.com`. */
  readonly principal: string
  /**
   * Limits the service to resources of this account: all accounts share the same service principal. Omit it only where
   * AWS does not document which keys the service sends, and the policy of the encrypted resource limits who may use it.
   */
  readonly condition?: NonNullable<PolicyStatement['Condition']>
}

/** A KMS key with yearly rotation, an alias and a key policy. */
export class EncryptionKey extends Construct {
  readonly arn: string
  /** Depend on this where the key must outlive a resource that does not name it. */
  readonly resource: ITerraformDependable

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id)
    const context = contextOf(this)
    const { prefix, protectData } = context
    const key = new KmsKey(this, 'key', {
      description: props.description,
      enableKeyRotation: true,
      deletionWindowInDays: protectData ? 30 : 7,
      policy: policyDocument(
        administeredByIam(context, use),
        ...(props.services ?? []).map(
          ({ principal, condition }): PolicyStatement => ({
            Sid: `UsedBy${principal.split('.')[0]?.replace(/\W/g, '')}`,
            Principal: { Service: principal },
            Action: use,
            Resource: '*', // in a key policy: this key
            ...(condition && { Condition: condition }),
          }),
        ),
      ),
      // Deleting the key makes the data that it encrypts unreadable.
      lifecycle: { preventDestroy: protectData },
    })
    new KmsAlias(this, 'alias', {
      name: `alias/${prefix}-${partInAccount(this, props.name)}`,
      targetKeyId: key.keyId,
    })
    this.arn = key.arn
    this.resource = key
  }
}

/** Delegates access to the IAM policies of this account. Without this statement, no principal can manage the key. */
export function administeredByIam(
  { account }: Pick<DeploymentContext, 'account'>,
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
export function logsService(construct: Construct): KeyService {
  const { account, region } = contextOf(construct)
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
 * A service that sends the account of its resource to KMS, as CloudWatch does. EventBridge does not send it, and
 * CloudFront sends the distribution only: with this condition, KMS would reject their calls silently.
 */
export function serviceOfAccount(
  principal: string,
  { account }: Pick<DeploymentContext, 'account'>,
): KeyService {
  return { principal, condition: { StringEquals: { 'aws:SourceAccount': account } } }
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
