import type { StackName } from '@tideway/constructs/stacks'

/** The roles through which services of AWS act for a stack, by service. An account has one of each, for all its users. */
export const serviceLinkedRoles: Readonly<
  Partial<Record<StackName, Readonly<Record<string, string>>>>
> = {
  data: {
    'elasticache.amazonaws.com': 'AWSServiceRoleForElastiCache',
    'rds.amazonaws.com': 'AWSServiceRoleForRDS',
  },
  compute: {
    'autoscaling.amazonaws.com': 'AWSServiceRoleForAutoScaling',
    'ecs.amazonaws.com': 'AWSServiceRoleForECS',
    'ecs.application-autoscaling.amazonaws.com':
      'AWSServiceRoleForApplicationAutoScaling_ECSService',
    'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
    // Nothing makes these three by itself: a fleet, or a group with Spot instances, fails without them.
    'ec2fleet.amazonaws.com': 'AWSServiceRoleForEC2Fleet',
    'spot.amazonaws.com': 'AWSServiceRoleForEC2Spot',
    'spotfleet.amazonaws.com': 'AWSServiceRoleForEC2SpotFleet',
  },
}
