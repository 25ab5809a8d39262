import { Fn, type ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { certificateRunsOut, edgeAlarm } from '../alarms'
import { HostCertificate } from './host-certificate'
import { HostDistribution, type HostDistributionProps } from './host-distribution'
import { HostList } from './host-list'

export interface HostsProps
  extends Omit<HostDistributionProps, 'part' | 'hosts' | 'protocol' | 'certificateArn'> {
  readonly domain: string
  /** The validation record of the domain. */
  readonly domainProof: ITerraformDependable
  /** Hosts of services, and those of services that speak gRPC. */
  readonly http: string[]
  readonly grpc: string[]
}

/**
 * The hosts of services below the domain. They have distributions of their own: paths of the site are assets, and the
 * firewall does not inspect the bodies of gRPC, so only hosts of gRPC accept it. Must be in UsEast1.
 */
export class Hosts extends Construct {
  constructor(scope: Construct, id: string, props: HostsProps) {
    super(scope, id)
    const http = new HostList(this, 'http', props.http)
    const grpc = new HostList(this, 'grpc', props.grpc)
    const all = new HostList(this, 'all', Fn.concat([http.values, grpc.values]))
    const certificate = new HostCertificate(this, 'certificate', { ...props, hosts: all })
    edgeAlarm(this, 'certificate-runs-out', {
      ...certificateRunsOut(certificate.arn),
      count: all.count,
      name: 'hosts-certificate-runs-out',
      topicArn: props.topicArn,
    })
    const common = { ...props, certificateArn: certificate.arn }
    new HostDistribution(this, 'http-hosts', {
      ...common,
      part: 'hosts',
      hosts: http,
      protocol: 'http',
    })
    new HostDistribution(this, 'grpc-hosts', {
      ...common,
      part: 'grpc-hosts',
      hosts: grpc,
      protocol: 'grpc',
    })
  }
}
