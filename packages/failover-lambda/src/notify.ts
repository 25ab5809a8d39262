import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Notification } from './alerts'
import type { Settings } from './settings'

export interface NotifyDeps {
  readonly sns: SNSClient
  readonly settings: Settings
}

/** The limit of SNS. */
const maxSubjectLength = 100

/** Publishes a notification, if there is a topic. The id is an attribute too, for filters of subscriptions. */
export async function publish(
  { id, subject, message }: Notification,
  { sns, settings }: NotifyDeps,
): Promise<void> {
  if (settings.topicArn === '') return
  await sns.send(
    new PublishCommand({
      TopicArn: settings.topicArn,
      Subject: subject.slice(0, maxSubjectLength),
      Message: message,
      MessageAttributes: { id: { DataType: 'String', StringValue: id } },
    }),
  )
}
