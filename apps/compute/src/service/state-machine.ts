import type { PolicyStatement } from '@tideway/constructs'

/** What the role of each state machine needs to log its errors and to trace its runs. */
export const logAndTrace: PolicyStatement = {
  Sid: 'LogAndTrace',
  Action: [
    'logs:CreateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:DescribeLogGroups',
    'logs:DescribeResourcePolicies',
    'logs:GetLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:UpdateLogDelivery',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ],
  Resource: '*', // log deliveries and traces have no ARN
}
