import { AcmCertificate } from '@cdktf/provider-aws/lib/acm-certificate'
import { AcmCertificateValidation } from '@cdktf/provider-aws/lib/acm-certificate-validation'
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record'
import { type ITerraformDependable, TerraformIterator, TerraformLocal, Token } from 'cdktf'
import { Construct } from 'constructs'
import { attributeOf, type HostList } from './host-list'

export interface HostCertificateProps {
  readonly domain: string
  readonly zoneId: string
  readonly hosts: HostList
  /** The validation record of the domain, which validates the wildcard below it too. */
  readonly domainProof: ITerraformDependable
}

/**
 * The certificate of the hosts: a wildcard for each name that they are below. A further host replaces it only if it is
 * below another name, and CloudFront uses the old one until it has the new one. Must be in UsEast1.
 */
export class HostCertificate extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, props: HostCertificateProps) {
    super(scope, id)
    const { domain, zoneId, hosts, domainProof } = props
    const { count } = hosts
    const wildcard = `*.${domain}`
    const others = new TerraformLocal(
      this,
      'names',
      `\${setsubtract([for host in ${hosts.expression} : replace(host, "/^[^.]+/", "*")], ["${wildcard}"])}`,
    )
    const certificate = new AcmCertificate(this, 'certificate', {
      count,
      domainName: wildcard,
      subjectAlternativeNames: Token.asList(`\${setunion(["${wildcard}"], ${others.fqn})}`),
      validationMethod: 'DNS',
      lifecycle: { createBeforeDestroy: true },
    })
    const proof = (attribute: string) =>
      `\${one([for option in ${certificate.fqn}[0].domain_validation_options : option.${attribute} if option.domain_name == each.value])}`
    const proofs = new Route53Record(this, 'proof', {
      forEach: TerraformIterator.fromList(Token.asList(others.expression)),
      zoneId,
      name: proof('resource_record_name'),
      type: proof('resource_record_type'),
      records: [proof('resource_record_value')],
      ttl: 300,
      allowOverwrite: true,
    })
    const validation = new AcmCertificateValidation(this, 'validation', {
      count,
      certificateArn: attributeOf(certificate, 'arn'),
      dependsOn: [domainProof, proofs],
    })
    this.arn = attributeOf(validation, 'certificate_arn')
  }
}
