import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias'
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key'
import { Route53HostedZoneDnssec } from '@cdktf/provider-aws/lib/route53-hosted-zone-dnssec'
import { Route53KeySigningKey } from '@cdktf/provider-aws/lib/route53-key-signing-key'
import { administeredByIam, keyAlias, policyDocument, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface ZoneSigningProps {
  readonly zoneId: string
}

const principal = { Service: 'dnssec-route53.amazonaws.com' }

/**
 * Signs the public zone with DNSSEC. Must be in UsEast1: Route 53 requires the key there. Resolvers validate once
 * the parent zone has the DS record. Remove that record, and wait for its TTL, before you disable signing: otherwise
 * the domain does not resolve.
 */
export class ZoneSigning extends Construct {
  readonly zoneId: string
  /** For the owner of the parent zone. */
  readonly dsRecord: string

  constructor(scope: Construct, id: string, { zoneId }: ZoneSigningProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { name, account, protectData } = stack.environment
    // Limits the service, which signs for all accounts, to zones of this account.
    const ofThisAccount = {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': 'arn:aws:route53:::hostedzone/*' },
    }
    const key = new KmsKey(this, 'key', {
      description: `Signs the public zone of ${name}`,
      // Required by DNSSEC. KMS cannot rotate asymmetric keys.
      customerMasterKeySpec: 'ECC_NIST_P256',
      keyUsage: 'SIGN_VERIFY',
      deletionWindowInDays: protectData ? 30 : 7,
      policy: policyDocument(
        administeredByIam(stack.environment, [
          'kms:DescribeKey',
          'kms:GetPublicKey',
          'kms:Sign',
          'kms:Verify',
        ]),
        {
          Sid: 'SignsForRoute53',
          Principal: principal,
          Action: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'],
          Resource: '*', // in a key policy: this key
          Condition: ofThisAccount,
        },
        {
          Sid: 'GrantsForRoute53',
          Principal: principal,
          Action: 'kms:CreateGrant',
          Resource: '*', // in a key policy: this key
          Condition: { ...ofThisAccount, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        },
      ),
      // Without the key the zone cannot be signed, and validating resolvers reject the domain.
      lifecycle: { preventDestroy: protectData },
    })
    new KmsAlias(this, 'alias', {
      name: keyAlias(stack.environment, stack.stack, 'zone-signing'),
      targetKeyId: key.keyId,
    })
    const signingKey = new Route53KeySigningKey(this, 'signing-key', {
      // Route 53 allows letters, digits and underscores only.
      name: `tideway_${name.replaceAll('-', '_')}`,
      hostedZoneId: zoneId,
      keyManagementServiceArn: key.arn,
    })
    const signing = new Route53HostedZoneDnssec(this, 'signing', {
      // A reference to the key, which must exist before signing starts and until it has stopped.
      hostedZoneId: signingKey.hostedZoneId,
    })
    this.zoneId = signing.hostedZoneId
    this.dsRecord = signingKey.dsRecord
  }
}
