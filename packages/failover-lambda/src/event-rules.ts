/** An EventBridge event pattern: every field that it names must match one of its values. */
export type EventPattern = {
  readonly source: readonly string[]
  readonly 'detail-type': readonly string[]
  readonly resources?: readonly Matcher[]
  readonly detail?: PatternFields
}

type Matcher =
  | string
  | { readonly prefix: string }
  | { readonly wildcard: string }
  | { readonly exists: boolean }

type PatternFields = {
  /** At least one of these must match, in addition to the other fields. */
  readonly $or?: readonly PatternFields[]
  readonly [field: string]:
    | readonly Matcher[]
    | readonly PatternFields[]
    | PatternFields
    | undefined
}

/** The names of the two functions, as the bundle exports them. */
export type HandlerName = 'drain' | 'reconcile'

export interface EventRule {
  readonly description: string
  readonly pattern: EventPattern
  /** The functions that receive the event, each through its own queue. */
  readonly targets: readonly HandlerName[]
}

/** The values of the deployment that the patterns contain. */
export interface EventSources {
  readonly clusterArn: string
  readonly clusterName: string
  /** The Auto Scaling groups of Spot capacity providers. Without any, no rule reports failed launches. */
  readonly spotGroupNames: readonly string[]
  /** `region:account`, as in ARNs. */
  readonly regionAndAccount: string
}

/**
 * The events that the controller receives, by the name of the rule. `requests.ts` parses the same events.
 *
 * Rebalance recommendations have no rule: most are not followed by an interruption, so acting on them only moves
 * healthy tasks. The Auto Scaling group handles its own.
 */
export function eventRules({
  clusterArn,
  clusterName,
  spotGroupNames,
  regionAndAccount,
}: EventSources): Readonly<Record<string, EventRule>> {
  const inCluster = { clusterArn: [clusterArn] }
  const ofService = { ...inCluster, group: [{ prefix: 'service:' }] }
  return {
    'placement-failure': {
      description: 'A service whose tasks cannot be placed',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Service Action'],
        detail: { ...inCluster, eventName: ['SERVICE_TASK_PLACEMENT_FAILURE'] },
      },
      targets: ['reconcile'],
    },
    'task-notice': {
      description: 'A task of a service that Spot takes back, or has taken',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          ...inCluster,
          // Some notices arrive without a group.
          group: [...ofService.group, { exists: false }],
          // Some interruptions arrive without a stop code.
          $or: [
            { stopCode: ['SpotInterruption', 'TerminationNotice'] },
            { stoppedReason: [{ wildcard: '*Your Spot Task was interrupted*' }] },
          ],
        },
      },
      targets: ['reconcile', 'drain'],
    },
    'task-state': {
      description: 'A task of a service that has begun, has ended, or waits for an instance',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          ...ofService,
          // PROVISIONING matters only on EC2. A pattern cannot express that, so the function ignores the rest.
          lastStatus: ['PROVISIONING', 'STOPPED'],
        },
      },
      targets: ['reconcile'],
    },
    'task-running': {
      description: 'A task of a service that runs: Spot may be back',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: { ...ofService, desiredStatus: ['RUNNING'], lastStatus: ['RUNNING'] },
      },
      targets: ['reconcile'],
    },
    'deployment-state': {
      description: 'A release that has begun, is done or has failed: the standbys follow it',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Deployment State Change'],
        resources: [{ prefix: `arn:aws:ecs:${regionAndAccount}:service/${clusterName}/` }],
      },
      targets: ['reconcile'],
    },
    'instance-notice': {
      description: 'An instance that Spot takes back: of the cluster, or of a fleet',
      pattern: {
        source: ['aws.ec2'],
        'detail-type': ['EC2 Spot Instance Interruption Warning'],
      },
      targets: ['reconcile', 'drain'],
    },
    ...(spotGroupNames.length > 0 && {
      'launch-failure': {
        description: 'The Spot group of the cluster that gets no instance',
        pattern: {
          source: ['aws.autoscaling'],
          'detail-type': ['EC2 Instance Launch Unsuccessful'],
          detail: { AutoScalingGroupName: spotGroupNames },
        },
        targets: ['reconcile'],
      },
    }),
  }
}
