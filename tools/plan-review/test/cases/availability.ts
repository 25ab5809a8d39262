import type { JsonObject } from '../../src/json'
import type { PlanCase } from '../plan-case'
import { account, changed, changesOf, type Resources, without } from './configurations'

const network: Resources = {
  aws_vpc: { it: { cidr_block: '10.0.0.0/16' } },
  aws_subnet: {
    a: { vpc_id: '${aws_vpc.it.id}', cidr_block: '10.0.1.0/24', availability_zone: 'us-east-1a' },
    b: { vpc_id: '${aws_vpc.it.id}', cidr_block: '10.0.2.0/24', availability_zone: 'us-east-1b' },
  },
}
const subnets = ['${aws_subnet.a.id}', '${aws_subnet.b.id}']

const containers = (image: string) =>
  JSON.stringify([{ name: 'shop', image, essential: true, memory: 512, cpu: 256 }])
const service: Resources = {
  aws_ecs_cluster: { it: { name: 'main' } },
  aws_ecs_task_definition: {
    it: { family: 'shop', container_definitions: containers('shop:1') },
  },
  aws_ecs_service: {
    it: {
      name: 'shop',
      cluster: '${aws_ecs_cluster.it.id}',
      task_definition: '${aws_ecs_task_definition.it.arn}',
      desired_count: 2,
      launch_type: 'EC2',
      deployment_controller: { type: 'ECS' },
    },
  },
}
const runs = (changes: JsonObject) => changed(service, 'aws_ecs_service', changes)
const serviceCases = changesOf(service, {
  'service-destroyed': [without(service, 'aws_ecs_service'), 'work-destroyed aws_ecs_service.it'],
  'service-replaced': [runs({ name: 'shop-2' }), 'work-destroyed aws_ecs_service.it'],
  'service-replaced-new-first': [
    runs({ name: 'shop-2', lifecycle: { create_before_destroy: true } }),
    'replaced-new-first aws_ecs_service.it',
  ],
  'service-to-zero': [runs({ desired_count: 0 }), 'scaled-to-zero aws_ecs_service.it'],
  'service-scaled-out': [runs({ desired_count: 4 })],
  'service-new-image': [
    changed(service, 'aws_ecs_task_definition', { container_definitions: containers('shop:2') }),
  ],
})

const group: Resources = {
  ...network,
  aws_launch_template: {
    it: { name: 'instances', image_id: 'ami-12c6146b', instance_type: 'm5.large' },
  },
  aws_autoscaling_group: {
    it: {
      name: 'it',
      min_size: 2,
      max_size: 4,
      desired_capacity: 2,
      vpc_zone_identifier: subnets,
      launch_template: { id: '${aws_launch_template.it.id}', version: '$Latest' },
    },
  },
}
const scales = (changes: JsonObject) => changed(group, 'aws_autoscaling_group', changes)
const groupCases = changesOf(group, {
  'instances-destroyed': [
    without(group, 'aws_autoscaling_group'),
    'work-destroyed aws_autoscaling_group.it',
  ],
  'instances-to-zero': [
    scales({ min_size: 0, max_size: 0, desired_capacity: 0 }),
    'scaled-to-zero aws_autoscaling_group.it',
  ],
  'instances-scaled-out': [scales({ min_size: 3, max_size: 9, desired_capacity: 3 })],
  'instances-grown': [changed(group, 'aws_launch_template', { instance_type: 'm5.2xlarge' })],
  'instances-shrunk': [
    changed(group, 'aws_launch_template', { instance_type: 't3.small' }),
    'instance-shrunk aws_launch_template.it',
  ],
})

const cluster: Resources = {
  aws_rds_cluster: {
    it: {
      cluster_identifier: 'it',
      engine: 'aurora-postgresql',
      engine_version: '15.4',
      master_username: 'admin1',
      manage_master_user_password: true,
      skip_final_snapshot: true,
      apply_immediately: true,
      allow_major_version_upgrade: true,
    },
  },
  aws_rds_cluster_instance: {
    it: {
      count: 2,
      identifier: 'it-${count.index}',
      cluster_identifier: '${aws_rds_cluster.it.id}',
      engine: 'aurora-postgresql',
      instance_class: 'db.r6g.large',
    },
  },
}
const clusterCases = changesOf(cluster, {
  'cluster-one-instance-less': [
    changed(cluster, 'aws_rds_cluster_instance', { count: 1 }),
    'replaced-new-first aws_rds_cluster_instance.it[1]',
  ],
  'cluster-without-instances': [
    changed(cluster, 'aws_rds_cluster_instance', { count: 0 }),
    'work-destroyed aws_rds_cluster_instance.it[0]',
    'work-destroyed aws_rds_cluster_instance.it[1]',
  ],
  'cluster-third-instance': [changed(cluster, 'aws_rds_cluster_instance', { count: 3 })],
  'cluster-destroyed': [
    {},
    'data-destroyed aws_rds_cluster.it',
    'snapshot-skipped aws_rds_cluster.it',
  ],
})

const balancer: Resources = {
  ...network,
  aws_lb: { it: { name: 'it', internal: true, subnets } },
  aws_lb_target_group: {
    it: { name: 'it', port: 80, protocol: 'HTTP', vpc_id: '${aws_vpc.it.id}' },
  },
  aws_lb_listener: {
    it: {
      load_balancer_arn: '${aws_lb.it.arn}',
      port: 80,
      protocol: 'HTTP',
      default_action: { type: 'forward', target_group_arn: '${aws_lb_target_group.it.arn}' },
    },
  },
  aws_lb_listener_rule: {
    it: {
      listener_arn: '${aws_lb_listener.it.arn}',
      priority: 10,
      condition: { path_pattern: { values: ['/api/*'] } },
      action: { type: 'forward', target_group_arn: '${aws_lb_target_group.it.arn}' },
    },
  },
}
const balancerCases = changesOf(balancer, {
  'listener-destroyed': [
    without(without(balancer, 'aws_lb_listener_rule'), 'aws_lb_listener'),
    'traffic-destroyed aws_lb_listener.it',
  ],
  'listener-rule-destroyed': [
    without(balancer, 'aws_lb_listener_rule'),
    'traffic-destroyed aws_lb_listener_rule.it',
  ],
  'listener-rule-added': [
    {
      ...balancer,
      aws_lb_listener_rule: {
        ...balancer.aws_lb_listener_rule,
        more: { ...balancer.aws_lb_listener_rule?.it, priority: 20 },
      },
    },
  ],
})

const topic: Resources = {
  aws_sns_topic: { it: { name: 'it' } },
  aws_secretsmanager_secret: { it: { name: 'it' } },
  aws_secretsmanager_secret_version: {
    it: { secret_id: '${aws_secretsmanager_secret.it.id}', secret_string: 'hunter2-old' },
  },
  aws_wafv2_web_acl: {
    it: {
      name: 'it',
      scope: 'REGIONAL',
      default_action: { allow: {} },
      visibility_config: {
        metric_name: 'it',
        cloudwatch_metrics_enabled: true,
        sampled_requests_enabled: true,
      },
    },
  },
  aws_sns_topic_subscription: {
    it: {
      topic_arn: '${aws_sns_topic.it.arn}',
      protocol: 'sqs',
      endpoint: `arn:aws:sqs:us-east-1:${account}:jobs`,
    },
  },
}
const topicCases = changesOf(topic, {
  'topic-destroyed': [
    without(without(topic, 'aws_sns_topic_subscription'), 'aws_sns_topic'),
    'address-destroyed aws_sns_topic.it',
  ],
  'subscription-destroyed': [
    without(topic, 'aws_sns_topic_subscription'),
    'watch-removed aws_sns_topic_subscription.it',
  ],
  'secret-version-destroyed': [
    without(topic, 'aws_secretsmanager_secret_version'),
    'address-destroyed aws_secretsmanager_secret_version.it',
  ],
  'secret-rotated': [
    changed(topic, 'aws_secretsmanager_secret_version', { secret_string: 'hunter2-new' }),
  ],
  'firewall-destroyed': [
    without(topic, 'aws_wafv2_web_acl'),
    'guard-destroyed aws_wafv2_web_acl.it',
  ],
})

/** What runs or passes traffic. */
export const availabilityCases: Readonly<Record<string, PlanCase>> = {
  ...serviceCases,
  ...groupCases,
  ...clusterCases,
  ...balancerCases,
  ...topicCases,
}
