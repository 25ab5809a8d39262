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
 * Signs the public zone, so that nobody can answer in its place. Must stand in UsEast1: Route 53 takes its key
 * from there. Resolvers check the signatures once the zone above has the DS record; with that record in place
 * and the signing off, the domain is gone for them, so it is taken out first, and its time to live waited for.
 */
export class ZoneSigning extends Construct {
  readonly zoneId: string
  /** For the zone above, by whoever runs it. */
  readonly dsRecord: string

  constructor(scope: Construct, id: string, { zoneId }: ZoneSigningProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { name, account, protectData } = stack.environment
    // Of this account, for its zones: the service signs for everybody.
    const ofThisAccount = {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': 'arn:aws:route53:::hostedzone/*' },
    }
    const key = new KmsKey(this, 'key', {
      description: `Signs the public zone of ${name}`,
      // What DNSSEC asks for. KMS cannot rotate a key of this kind.
      customerMasterKeySpec: 'ECC_NIST_P256',
      keyUsage: 'SIGN_VERIFY',
      deletionWindowInDays: protectData ? 30 : 7,
      policy: policyDocument(
        administeredByIam(stack, ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign', 'kms:Verify']),
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
      // Without it nobody can sign, and whoever checks the signatures loses the domain.
      lifecycle: { preventDestroy: protectData },
    })
    new KmsAlias(this, 'alias', {
      name: keyAlias(stack.environment, stack.stack, 'zone-signing'),
      targetKeyId: key.keyId,
    })
    const signingKey = new Route53KeySigningKey(this, 'signing-key', {
      // Letters, digits and underscores only.
      name: `tideway_${name.replaceAll('-', '_')}`,
      hostedZoneId: zoneId,
      keyManagementServiceArn: key.arn,
    })
    const signing = new Route53HostedZoneDnssec(this, 'signing', {
      // Route 53 refuses to sign without a key, and to take the key of a zone that is signed.
      hostedZoneId: signingKey.hostedZoneId,
    })
    this.zoneId = signing.hostedZoneId
    this.dsRecord = signingKey.dsRecord
  }
}
