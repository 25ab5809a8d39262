import { AcmCertificate } from '@cdktf/provider-aws/lib/acm-certificate'
import { AcmCertificateValidation } from '@cdktf/provider-aws/lib/acm-certificate-validation'
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record'
import { Construct } from 'constructs'

export interface CertificateProps {
  readonly domainName: string
  /** The public zone of that name: ACM checks ownership by a record in it. */
  readonly zoneId: string
}

/** A certificate that ACM renews automatically for as long as its validation record exists. */
export class Certificate extends Construct {
  /** Available once ACM has issued the certificate: AWS rejects a listener without an issued one. */
  readonly arn: string
  /** The validation record. ACM requires the same one for a wildcard below the name. */
  readonly proof: Route53Record

  constructor(scope: Construct, id: string, { domainName, zoneId }: CertificateProps) {
    super(scope, id)
    const certificate = new AcmCertificate(this, 'certificate', {
      domainName,
      validationMethod: 'DNS',
      // A listener uses the old certificate until it has the new one.
      lifecycle: { createBeforeDestroy: true },
    })
    const proof = certificate.domainValidationOptions.get(0)
    this.proof = new Route53Record(this, 'proof', {
      zoneId,
      name: proof.resourceRecordName,
      type: proof.resourceRecordType,
      records: [proof.resourceRecordValue],
      ttl: 300,
      // ACM requests the same record for every certificate of the same name.
      allowOverwrite: true,
    })
    this.arn = new AcmCertificateValidation(this, 'validation', {
      certificateArn: certificate.arn,
      validationRecordFqdns: [this.proof.fqdn],
    }).certificateArn
  }
}
