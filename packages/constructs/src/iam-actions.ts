/** Actions without resource-level permissions: a policy can only allow them on `*`. */
export const actionsWithoutResource: readonly string[] = [
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
