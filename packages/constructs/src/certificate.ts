import { AcmCertificate } from '@cdktf/provider-aws/lib/acm-certificate'
import { AcmCertificateValidation } from '@cdktf/provider-aws/lib/acm-certificate-validation'
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record'
import { Construct } from 'constructs'

export interface CertificateProps {
  readonly domainName: string
  /** A public zone that the name is in: ACM looks there for the proof that it is ours. */
  readonly zoneId: string
}

/** A certificate that ACM renews by itself for as long as its record stands. */
export class Certificate extends Construct {
  /** Known once ACM has issued it: a listener with any other is refused. */
  readonly arn: string

  constructor(scope: Construct, id: string, { domainName, zoneId }: CertificateProps) {
    super(scope, id)
    const certificate = new AcmCertificate(this, 'certificate', {
      domainName,
      validationMethod: 'DNS',
      // A listener holds the old one until it has the new one.
      lifecycle: { createBeforeDestroy: true },
    })
    const proof = certificate.domainValidationOptions.get(0)
    const record = new Route53Record(this, 'proof', {
      zoneId,
      name: proof.resourceRecordName,
      type: proof.resourceRecordType,
      records: [proof.resourceRecordValue],
      ttl: 300,
      // ACM asks for the same record whenever it is asked for the same name.
      allowOverwrite: true,
    })
    this.arn = new AcmCertificateValidation(this, 'validation', {
      certificateArn: certificate.arn,
      validationRecordFqdns: [record.fqdn],
    }).certificateArn
  }
}
