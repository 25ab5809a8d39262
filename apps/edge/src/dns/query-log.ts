import { CloudwatchLogResourcePolicy } from '@cdktf/provider-aws/lib/cloudwatch-log-resource-policy'
import { Route53QueryLog } from '@cdktf/provider-aws/lib/route53-query-log'
import { logGroup, policyDocument, resourceName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface QueryLogProps {
  readonly zoneId: string
  readonly domain: string
  readonly logKeyArn: string
}

/** Logs the queries of the public zone. Must be in UsEast1: Route 53 writes to no other region. */
export class QueryLog extends Construct {
  constructor(scope: Construct, id: string, { zoneId, domain, logKeyArn }: QueryLogProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const group = logGroup(this, 'group', {
      // The Route 53 console expects this name.
      name: `/aws/route53/${domain}`,
      keyArn: logKeyArn,
    })
    const policy = new CloudwatchLogResourcePolicy(this, 'policy', {
      policyName: resourceName(this, 'aws_cloudwatch_log_resource_policy', 'query-log'),
      policyDocument: policyDocument({
        Sid: 'Route53Writes',
        Principal: { Service: 'route53.amazonaws.com' },
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: `${group.arn}:*`,
        Condition: {
          StringEquals: { 'aws:SourceAccount': environment.account },
          ArnLike: { 'aws:SourceArn': `arn:aws:route53:::hostedzone/${zoneId}` },
        },
      }),
    })
    new Route53QueryLog(this, 'log', {
      zoneId,
      cloudwatchLogGroupArn: group.arn,
      // Route 53 writes a test event when the log is created.
      dependsOn: [policy],
    })
  }
}
