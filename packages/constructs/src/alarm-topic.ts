import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic'
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy'
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription'
import { Construct } from 'constructs'
import { contextOf, partInAccount, resourceName } from './deployment-context'
import { policyDocument } from './iam'
import { tlsOnly } from './tls-only'

export interface AlarmTopicProps {
  /** A key that `cloudwatch.amazonaws.com` may use. Without that grant, alarms are dropped silently. */
  readonly keyArn: string
  /** @default the addresses of the context */
  readonly emails?: readonly string[]
}

/** An encrypted topic that alarms publish to. It e-mails the addresses of a team, or of the context. */
export class AlarmTopic extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, { keyArn, emails }: AlarmTopicProps) {
    super(scope, id)
    const { account, alarmEmails = [] } = contextOf(this)
    const topic = new SnsTopic(this, 'topic', {
      name: resourceName(this, 'aws_sns_topic', partInAccount(this, id)),
      kmsMasterKeyId: keyArn,
    })
    new SnsTopicPolicy(this, 'policy', {
      arn: topic.arn,
      policy: policyDocument(
        {
          Sid: 'AlarmsOfThisAccountPublish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: topic.arn,
          Condition: { StringEquals: { 'aws:SourceAccount': account } },
        },
        // SNS rejects `sns:*`: some of its actions have no topic.
        ...tlsOnly(this, 'sns:Publish', topic.arn),
      ),
    })
    for (const [index, endpoint] of (emails ?? alarmEmails).entries()) {
      new SnsTopicSubscription(this, `mail-${index}`, {
        topicArn: topic.arn,
        protocol: 'email',
        endpoint,
      })
    }
    this.arn = topic.arn
  }
}
