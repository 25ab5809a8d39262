import { Construct } from 'constructs'
import { AlarmTopic } from './alarm-topic'
import { EncryptionKey, logsService, serviceOfAccount } from './encryption-key'
import { tidewayStackOf } from './tideway-stack'

/** The monitoring of a stack: the key of its log groups and the topic of its alarms. */
export class Monitoring extends Construct {
  readonly keyArn: string
  readonly alarmTopicArn: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const key = new EncryptionKey(this, 'key', {
      name: 'monitoring',
      description: `Logs and alarms of the ${stack.stack} stack in ${stack.environment.name}`,
      services: [
        logsService(this),
        serviceOfAccount('cloudwatch.amazonaws.com', stack.environment),
      ],
    })
    this.keyArn = key.arn
    this.alarmTopicArn = new AlarmTopic(this, 'alarms', { keyArn: key.arn }).arn
  }
}
