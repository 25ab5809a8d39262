import {
  Certificate,
  Firewall,
  Monitoring,
  publish,
  read,
  type StackProps,
  stacks,
  TidewayStack,
  UsEast1,
} from '@tideway/constructs'
import type { Construct } from 'constructs'
import { AccessLog } from './access-log'
import { Alarms } from './alarms'
import { Distribution } from './distribution'
import { HealthCheck, QueryLog, SiteRecords, ZoneSigning } from './dns'
import { Hosts } from './hosts'
import { checkSettings, type EdgeSettings } from './settings'

export class EdgeStack extends TidewayStack<'edge'> {
  constructor(scope: Construct, { environment, settings }: StackProps<EdgeSettings>) {
    super(scope, 'edge', { environment, owner: stacks.edge.owner })
    checkSettings(settings, environment)

    const network = read(this, 'network')
    const data = read(this, 'data')
    const compute = read(this, 'compute')
    const zone = { zoneId: network.public_zone_id }
    const { domain } = environment

    const usEast1 = new UsEast1(this, 'us-east-1')
    const monitoring = new Monitoring(usEast1, 'monitoring')
    const certificate = new Certificate(usEast1, 'certificate', { domainName: domain, ...zone })
    const firewall = new Firewall(usEast1, 'firewall', {
      protects: 'cdn',
      from: { requestsPerAddress: settings.requestsPerAddress },
      logKeyArn: monitoring.keyArn,
    })
    const site = new Distribution(this, 'distribution', {
      domain,
      certificateArn: certificate.arn,
      firewallArn: firewall.arn,
      assets: { hostName: data.assets_bucket_domain_name },
      services: {
        hostName: compute.origin_host_name,
        secretHeader: compute.origin_header_name,
        secretArn: compute.origin_secret_arn,
      },
      ...settings,
    })
    const { resource: distribution } = site
    const { destinationArn } = new AccessLog(usEast1, 'access-log', {
      distributionArn: distribution.arn,
      logsBucketArn: data.logs_bucket_arn,
    })

    new SiteRecords(this, 'records', { ...zone, domain, distribution })
    const healthCheck = new HealthCheck(this, 'health-check', { domain })
    new QueryLog(usEast1, 'query-log', { ...zone, domain, logKeyArn: monitoring.keyArn })
    const signing =
      settings.dnssec === 'on' ? new ZoneSigning(usEast1, 'zone-signing', zone) : undefined

    new Alarms(usEast1, 'alarms', {
      topicArn: monitoring.alarmTopicArn,
      distributionId: distribution.id,
      healthCheckId: healthCheck.id,
      certificateArn: certificate.arn,
      signedZoneId: signing?.zoneId,
    })

    new Hosts(usEast1, 'hosts', {
      ...zone,
      ...settings,
      domain,
      domainProof: certificate.proof,
      http: compute.external_hosts,
      grpc: compute.external_grpc_hosts,
      firewallArn: firewall.arn,
      origin: site.servicesOrigin,
      responseHeadersPolicyId: site.responseHeadersPolicyId,
      logDestinationArn: destinationArn,
      topicArn: monitoring.alarmTopicArn,
    })

    publish(this, {
      site_url: `https://${domain}`,
      distribution_id: distribution.id,
      distribution_arn: distribution.arn,
      distribution_domain_name: distribution.domainName,
      zone_ds_record: signing?.dsRecord ?? '',
    })
  }
}
