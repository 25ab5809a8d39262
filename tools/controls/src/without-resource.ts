/** AWS knows no narrower resource for these: who may do them may do them to everything. */
export const withoutResource: readonly string[] = [
  'cloudwatch:PutMetricData',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ecs:DiscoverPollEndpoint',
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
]
