import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import { CloudwatchLogResourcePolicy } from '@cdktf/provider-aws/lib/cloudwatch-log-resource-policy'
import { Route53QueryLog } from '@cdktf/provider-aws/lib/route53-query-log'
import { nameOf, policyDocument, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface QueryLogProps {
  readonly zoneId: string
  readonly domain: string
  readonly logKeyArn: string
}

/** Which names of the public zone are asked for. Must stand in UsEast1: Route 53 writes nowhere else. */
export class QueryLog extends Construct {
  constructor(scope: Construct, id: string, { zoneId, domain, logKeyArn }: QueryLogProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const group = new CloudwatchLogGroup(this, 'group', {
      // The console of Route 53 looks for this name.
      name: `/aws/route53/${domain}`,
      retentionInDays: environment.logRetentionDays,
      kmsKeyId: logKeyArn,
    })
    const policy = new CloudwatchLogResourcePolicy(this, 'policy', {
      policyName: nameOf(
        environment,
        'aws_cloudwatch_log_resource_policy',
        'query-log',
        this.node.path,
      ),
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
      // Route 53 tries to write at once.
      dependsOn: [policy],
    })
  }
}
