import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version'
import { tidewayStackOf } from '@tideway/constructs'
import { DataResource, Fn } from 'cdktf'
import { Construct } from 'constructs'

export interface OriginSecretProps {
  readonly generation: number
  readonly keyArn: string
}

/** A header that only the CDN knows the value of. */
export interface OriginHeader {
  readonly name: string
  /** Those that are let in: today's, and the one before it until the CDN sends today's. */
  readonly values: string[]
}

/**
 * The value of the header that the CDN proves itself by. Unlike other secrets it stands in this stack's
 * state, in the rules of the listener that compare it: AWS gives it back to anyone who may describe them.
 * So nothing is won by keeping it out with an ephemeral resource, and a plan need not read a secret. It
 * opens no data, only the way round the CDN, for somebody who stands inside CloudFront as it is.
 */
export class OriginSecret extends Construct {
  readonly arn: string
  readonly header: OriginHeader

  constructor(scope: Construct, id: string, { generation, keyArn }: OriginSecretProps) {
    super(scope, id)
    const { name, protectData } = tidewayStackOf(this).environment
    // A rotation has two steps, this stack and then the edge: in between, the CDN sends the value before.
    const generations = generation === 1 ? [1] : [generation, generation - 1]
    const [today = '', ...before] = generations.map((each) => this.value(each))
    const secret = new SecretsmanagerSecret(this, 'secret', {
      name: `tideway/${name}/compute/origin-header`,
      description: 'What the CDN sends to the external load balancer to prove itself',
      kmsKeyId: keyArn,
      recoveryWindowInDays: protectData ? 30 : 0,
    })
    this.arn = new SecretsmanagerSecretVersion(this, 'value', {
      secretId: secret.id,
      secretStringWo: today,
      secretStringWoVersion: generation,
    }).arn
    this.header = { name: 'x-tideway-origin', values: [today, ...before] }
  }

  /** 122 random bits, made when it is first applied and kept by the state from then on. */
  private value(generation: number): string {
    const made = new DataResource(this, `generation-${generation}`, {
      input: { value: Fn.sensitive(Fn.uuid()) },
      lifecycle: { ignoreChanges: ['input'] },
    })
    // Said again, since the resource forgets it: plans are shown on pull requests.
    return Fn.sensitive(made.output.lookup('value'))
  }
}
