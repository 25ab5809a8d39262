import {
  AlarmTopic,
  EncryptionKey,
  logsService,
  serviceOfAccount,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'

/** What the other parts report to: a key for their log groups, and the topic of their alarms. */
export class Monitoring extends Construct {
  readonly keyArn: string
  readonly alarmTopicArn: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const key = new EncryptionKey(this, 'key', {
      name: 'monitoring',
      description: `Logs and alarms of the ${stack.environment.name} data tier`,
      services: [logsService(stack), serviceOfAccount('cloudwatch.amazonaws.com', stack)],
    })
    this.keyArn = key.arn
    this.alarmTopicArn = new AlarmTopic(this, 'alarms', { keyArn: key.arn }).arn
  }
}
