import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster'
import { EncryptionKey, logsService, nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface ClusterProps {
  readonly logKeyArn: string
}

/** The ECS cluster: what its tasks do is measured, and what people do inside them is written down. */
export class Cluster extends Construct {
  readonly arn: string
  /** A reference: what names the cluster by it is there after the cluster, and gone before it. */
  readonly name: string
  /** Encrypts the sessions of `ecs execute-command`: the role of a task that allows them must decrypt with it. */
  readonly sessionKeyArn: string
  /** Where those sessions are written down, by the role of the task. */
  readonly sessionLogArn: string

  constructor(scope: Construct, id: string, { logKeyArn }: ClusterProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const name = nameOf(environment, 'aws_ecs_cluster', 'compute', this.node.path)
    const log = (part: string, logName: string, kmsKeyId: string) =>
      new CloudwatchLogGroup(this, part, {
        name: logName,
        retentionInDays: environment.logRetentionDays,
        kmsKeyId,
      })
    // Whoever reads this log reads over the shoulder of those who work in a task: it has a key of its own.
    const sessionKey = new EncryptionKey(this, 'session-key', {
      name: 'sessions',
      description: `Sessions in the tasks of ${environment.name}, and what was typed in them`,
      services: [logsService(this)],
    })
    const sessionLog = log(
      'session-log',
      `/tideway/${environment.name}/compute/sessions`,
      sessionKey.arn,
    )
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
      // Container Insights would make this group by itself, and leave it behind.
      dependsOn: [log('insights-log', `/aws/ecs/containerinsights/${name}/performance`, logKeyArn)],
    })
    this.arn = cluster.arn
    this.name = cluster.name
    this.sessionKeyArn = sessionKey.arn
    this.sessionLogArn = sessionLog.arn
  }
}
