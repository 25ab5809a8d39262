import { EncryptionKey, PrivateBucket, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

/** The bucket with the state of every stack, and its key. */
export class StateStore extends Construct {
  readonly bucketArn: string
  readonly keyArn: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    this.keyArn = new EncryptionKey(this, 'key', {
      // `stateLocation` names it so.
      name: 'state',
      description: `Terraform state of ${environment.name}`,
    }).arn
    this.bucketArn = new PrivateBucket(this, 'bucket', {
      holds: 'state',
      keyArn: this.keyArn,
      // A year of versions: a state can be had back as it was before any deploy.
      noncurrentDays: 365,
    }).arn
  }
}
