import { FlowLog } from '@cdktf/provider-aws/lib/flow-log'
import {
  EncryptionKey,
  logGroup,
  logsService,
  ServiceRole,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'

export interface FlowLogsProps {
  readonly vpcId: string
}

/** VPC flow logs, encrypted, with the log retention of the environment. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, { vpcId }: FlowLogsProps) {
    super(scope, id)
    const { name } = tidewayStackOf(this).environment
    const key = new EncryptionKey(this, 'key', {
      name: 'logs',
      description: `Logs of the ${name} network`,
      services: [logsService(this)],
    })
    const group = logGroup(this, 'group', {
      name: `/tideway/${name}/network/flow-logs`,
      keyArn: key.arn,
    })
    const role = new ServiceRole(this, 'flow-logs-writer', {
      service: 'vpc-flow-logs.amazonaws.com',
      statements: [
        {
          Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          Resource: [group.arn, `${group.arn}:*`],
        },
        // The service lists all groups before it writes. AWS supports no narrower resource for this action.
        { Action: ['logs:DescribeLogGroups'], Resource: '*' },
      ],
    })
    new FlowLog(this, 'flow-log', {
      vpcId,
      trafficType: 'ALL',
      // One minute instead of ten, so that recent flows are visible during an incident.
      maxAggregationInterval: 60,
      logDestinationType: 'cloud-watch-logs',
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags: { Name: `tideway-${name}` },
    })
  }
}
