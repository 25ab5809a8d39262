import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster'
import {
  EncryptionKey,
  logGroup,
  logsService,
  resourceName,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'

export interface ClusterProps {
  readonly logKeyArn: string
}

/** The ECS cluster, with Container Insights and a log of `ecs execute-command` sessions. */
export class Cluster extends Construct {
  readonly arn: string
  /** A reference: resources that use it are created after the cluster and destroyed before it. */
  readonly name: string

  constructor(scope: Construct, id: string, { logKeyArn }: ClusterProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const name = resourceName(this, 'aws_ecs_cluster', 'compute')
    // The session log contains everything that operators type in a task, so it has its own key.
    const sessionKey = new EncryptionKey(this, 'session-key', {
      name: 'sessions',
      description: `Sessions in the tasks of ${environment.name}, and what was typed in them`,
      services: [logsService(this)],
    })
    const sessionLog = logGroup(this, 'session-log', {
      name: `/tideway/${environment.name}/compute/sessions`,
      keyArn: sessionKey.arn,
    })
    const insightsLog = logGroup(this, 'insights-log', {
      name: `/aws/ecs/containerinsights/${name}/performance`,
      keyArn: logKeyArn,
    })
    const cluster = new EcsCluster(this, 'cluster', {
      name,
      setting: [{ name: 'containerInsights', value: 'enhanced' }],
      configuration: {
        executeCommandConfiguration: {
          kmsKeyId: sessionKey.arn,
          logging: 'OVERRIDE',
          logConfiguration: {
            cloudWatchEncryptionEnabled: true,
            cloudWatchLogGroupName: sessionLog.name,
          },
        },
      },
      // Created first: a group that Container Insights creates itself is not removed by a destroy.
      dependsOn: [insightsLog],
    })
    this.arn = cluster.arn
    this.name = cluster.name
  }
}
