import {
  AlarmTopic,
  EncryptionKey,
  logsService,
  serviceOfAccount,
  type TidewayStack,
} from '@tideway/constructs'
import { Construct } from 'constructs'

/** What the other parts report to: a key for their log groups, and the topic of their alarms. */
export class Monitoring extends Construct {
  readonly keyArn: string
  readonly alarmTopicArn: string

  constructor(stack: TidewayStack, id: string) {
    super(stack, id)
    const key = new EncryptionKey(stack, 'monitoring-key', {
      description: `Logs and alarms of the ${stack.environment.name} data tier`,
      services: [logsService(stack), serviceOfAccount('cloudwatch.amazonaws.com', stack)],
    })
    this.keyArn = key.arn
    this.alarmTopicArn = new AlarmTopic(stack, 'alarms-topic', { keyArn: key.arn }).arn
  }
}
