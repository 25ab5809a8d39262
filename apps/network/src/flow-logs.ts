import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log'
import { EncryptionKey, logsService, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface FlowLogsProps {
  readonly vpcId: string
}

/** Records who talked to whom in the VPC, encrypted, for as long as the environment keeps its logs. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, { vpcId }: FlowLogsProps) {
    super(scope, id)
    const { name, logRetentionDays } = tidewayStackOf(this).environment
    const key = new EncryptionKey(this, 'key', {
      name: 'logs',
      description: `Logs of the ${name} network`,
      services: [logsService(this)],
    })
    const group = new CloudwatchLogGroup(this, 'group', {
      name: `/tideway/${name}/network/flow-logs`,
      retentionInDays: logRetentionDays,
      kmsKeyId: key.arn,
    })
    const role = new ServiceRole(this, 'flow-logs-writer', {
      service: 'vpc-flow-logs.amazonaws.com',
      statements: [
        {
          Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          Resource: [group.arn, `${group.arn}:*`],
        },
        // The service lists the groups before it writes, and AWS has no narrower resource for that.
        { Action: ['logs:DescribeLogGroups'], Resource: '*' },
      ],
    })
    new FlowLog(this, 'flow-log', {
      vpcId,
      trafficType: 'ALL',
      // One minute, not ten: a flow that matters in an incident is minutes old at most.
      maxAggregationInterval: 60,
      logDestinationType: 'cloud-watch-logs',
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags: { Name: `tideway-${name}` },
    })
  }
}
