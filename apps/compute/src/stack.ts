import {
  EncryptionKey,
  Monitoring,
  publish,
  read,
  type StackProps,
  stacks,
  TidewayStack,
} from '@tideway/constructs'
import { SpotCapacity, SpotFailover } from '@tideway/ecs-spot'
import { operatorTags } from '@tideway/failover-lambda/tags'
import type { Construct } from 'constructs'
import { Cluster } from './cluster'
import { externalHosts, type Traffic } from './definition'
import { checkServices } from './definition/check-services'
import { Discovery } from './discovery'
import { ProcessingFleet, WebFleet } from './fleets'
import { ExternalAlb, InternalAlb } from './load-balancers'
import { Registry } from './registry'
import { type ServiceDefinition, ServiceResources, Services, TeamTopics } from './service'
import { servicesOf } from './services'
import { type ComputeSettings, checkSettings } from './settings'
import { WorkQueue } from './work-queue'

export interface ComputeStackProps extends StackProps<ComputeSettings> {
  /** @default the services in the files of src/services, and perhaps the examples */
  readonly services?: Readonly<Record<string, ServiceDefinition>>
}

export class ComputeStack extends TidewayStack<'compute'> {
  constructor(scope: Construct, props: ComputeStackProps) {
    const { environment, settings, services = servicesOf(environment.name) } = props
    super(scope, 'compute', {
      environment,
      owner: stacks.compute.owner,
      // A deploy must not remove an operator's hold on a service.
      foreignTags: operatorTags,
    })
    checkSettings(settings, environment)
    checkServices(services)

    const network = read(this, 'network')
    const data = read(this, 'data')
    const placement = {
      vpcId: network.vpc_id,
      subnetIds: network.private_subnet_ids,
      publicZoneId: network.public_zone_id,
      logsBucketName: data.logs_bucket_name,
    }

    const { keyArn: logKeyArn, alarmTopicArn } = new Monitoring(this, 'monitoring')
    const { arn: secretsKeyArn } = new EncryptionKey(this, 'secrets', {
      // The role that plans the edge uses this alias.
      name: 'secrets',
      description: `Secrets and parameters of the services in ${environment.name}`,
    })
    const cluster = new Cluster(this, 'cluster', { logKeyArn })
    const capacity = new SpotCapacity(this, 'capacity', { cluster, ...placement, ...settings })

    const externalAlb = new ExternalAlb(this, 'external-alb', {
      ...placement,
      subnetIds: network.public_subnet_ids,
      logKeyArn,
      secretsKeyArn,
      ...settings.externalAlb,
    })
    const internalAlb = new InternalAlb(this, 'internal-alb', placement)
    const discovery = new Discovery(this, 'discovery', placement)
    const { repositories } = new Registry(this, 'registry', { services })
    const workQueue = new WorkQueue(this, 'work-queue', { visibilitySeconds: 120 })

    const topics = new TeamTopics(this, 'teams', {
      definitions: Object.values(services),
      keyArn: logKeyArn,
      defaultArn: alarmTopicArn,
    })
    const resources = new ServiceResources(this, 'service-resources', {
      services,
      logsBucketName: data.logs_bucket_name,
      topics,
    })

    const { use, webInstances, processingOnDemand, processingSpot } = settings.fleets
    if (use === 'on') {
      new WebFleet(this, 'web-fleet', { ...placement, alb: externalAlb, instances: webInstances })
      new ProcessingFleet(this, 'processing-fleet', {
        ...placement,
        workQueue,
        onDemandInstances: processingOnDemand,
        spotInstances: processingSpot,
      })
    }

    const { covered, coveredRoleArns } = new Services(this, 'services', {
      definitions: services,
      ...settings.services,
      ...placement,
      cluster,
      capacity,
      externalAlb,
      internalAlb,
      discovery,
      repositories,
      workQueue,
      resources,
      data,
      logKeyArn,
      secretsKeyArn,
      topics,
    })
    new SpotFailover(this, 'failover', {
      cluster,
      spotProviderNames: capacity.spotProviderNames,
      spotGroups: [
        { name: capacity.spotGroupName, providerName: capacity.providerNames['ec2-spot'] },
      ],
      serviceNames: covered,
      taskRoleArns: coveredRoleArns,
      targetGroupNames: ['tideway-*'],
      keyDescription: `What the failover controller of ${environment.name} hears and remembers`,
      logKeyArn,
      topicArn: alarmTopicArn,
      serviceTopicArns: topics.arnsOf(services),
      ...settings.failover,
    })

    const { loadBalancer } = externalAlb
    const hostNames = (isServed: (protocol: Traffic['protocol']) => boolean) =>
      externalHosts(services, isServed).map((host) => `${host}.${environment.domain}`)
    publish(this, {
      cluster_name: cluster.name,
      cluster_arn: cluster.arn,
      origin_host_name: externalAlb.hostName,
      origin_header_name: externalAlb.originHeader.name,
      origin_secret_arn: externalAlb.originSecretArn,
      external_alb_arn: loadBalancer.arn,
      external_alb_arn_suffix: loadBalancer.arnSuffix,
      external_alb_dns_name: loadBalancer.dnsName,
      external_alb_zone_id: loadBalancer.zoneId,
      external_alb_security_group_id: externalAlb.securityGroupId,
      external_alb_https_listener_arn: externalAlb.httpsListenerArn,
      external_hosts: hostNames((protocol) => protocol !== 'grpc'),
      external_grpc_hosts: hostNames((protocol) => protocol === 'grpc'),
    })
  }
}
