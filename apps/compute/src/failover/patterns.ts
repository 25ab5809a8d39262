import type { Capacity } from '../capacity'
import type { Cluster } from '../cluster'

/** An event pattern of EventBridge: every field that it names must match one of its values. */
export interface EventPattern {
  readonly source: readonly string[]
  readonly 'detail-type': readonly string[]
  readonly resources?: readonly Matcher[]
  readonly detail?: PatternFields
}

type Matcher = string | { readonly prefix: string } | { readonly wildcard: string }

interface PatternFields {
  /** One of them, beside the other fields. */
  readonly $or?: readonly PatternFields[]
  readonly [field: string]:
    | readonly Matcher[]
    | readonly PatternFields[]
    | PatternFields
    | undefined
}

/** Which of the two functions hears of it. */
export interface WatchedEvent {
  readonly description: string
  readonly pattern: EventPattern
  readonly tells: readonly ('drain' | 'reconcile')[]
}

/**
 * What the failover controller hears of, by the names of the rules. Rebalance recommendations are not among it: they come long before an
 * interruption, if one comes at all, and whoever follows them only churns. The Auto Scaling group follows its own.
 *
 * @param home region and account, as in ARNs
 */
export function watchedEvents(
  cluster: Cluster,
  capacity: Capacity,
  home: string,
): Readonly<Record<string, WatchedEvent>> {
  const inCluster = { clusterArn: [cluster.arn] }
  const ofService = { ...inCluster, group: [{ prefix: 'service:' }] }
  return {
    'placement-failure': {
      description: 'A service whose tasks cannot be placed',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Service Action'],
        detail: { ...inCluster, eventName: ['SERVICE_TASK_PLACEMENT_FAILURE'] },
      },
      tells: ['reconcile'],
    },
    'task-notice': {
      description: 'A task of a service that Spot takes back, or has taken',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          ...ofService,
          // The code is not always there.
          $or: [
            { stopCode: ['SpotInterruption', 'TerminationNotice'] },
            { stoppedReason: [{ wildcard: '*Your Spot Task was interrupted*' }] },
          ],
        },
      },
      tells: ['reconcile', 'drain'],
    },
    'task-state': {
      description: 'A task of a service that has begun, has ended, or waits for an instance',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: {
          ...ofService,
          // PROVISIONING is of interest on instances only, which a pattern cannot say: the function drops the rest.
          lastStatus: ['PROVISIONING', 'STOPPED'],
        },
      },
      tells: ['reconcile'],
    },
    'task-running': {
      description: 'A task of a service that runs: Spot may be back',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        detail: { ...ofService, desiredStatus: ['RUNNING'], lastStatus: ['RUNNING'] },
      },
      tells: ['reconcile'],
    },
    'deployment-state': {
      description: 'A release that has begun, is done or has failed: the standbys follow it',
      pattern: {
        source: ['aws.ecs'],
        'detail-type': ['ECS Deployment State Change'],
        resources: [{ prefix: `arn:aws:ecs:${home}:service/${cluster.name}/` }],
      },
      tells: ['reconcile'],
    },
    'instance-notice': {
      description: 'An instance that Spot takes back: of the cluster, or of a fleet',
      pattern: {
        source: ['aws.ec2'],
        'detail-type': ['EC2 Spot Instance Interruption Warning'],
      },
      tells: ['reconcile', 'drain'],
    },
    'launch-failure': {
      description: 'The Spot group of the cluster that gets no instance',
      pattern: {
        source: ['aws.autoscaling'],
        'detail-type': ['EC2 Instance Launch Unsuccessful'],
        detail: { AutoScalingGroupName: [capacity.spotGroupName] },
      },
      tells: ['reconcile'],
    },
  }
}
