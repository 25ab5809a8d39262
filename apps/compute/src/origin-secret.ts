import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version'
import { tidewayStackOf } from '@tideway/constructs'
import { DataResource, Fn } from 'cdktf'
import { Construct } from 'constructs'
import { originHeaderName } from './definition/traffic'

export interface OriginSecretProps {
  readonly generation: number
  readonly keyArn: string
}

/** The header that authenticates the CDN. */
export interface OriginHeader {
  readonly name: string
  /** The accepted values: the current one and, during a rotation, the previous one. */
  readonly values: string[]
}

/**
 * The value of the header that authenticates the CDN. Unlike other secrets it is in this stack's state: the listener
 * rules contain it, and anyone who can describe them can read it. So an ephemeral resource would not protect it,
 * and with the value in the state, a plan needs no permission to read secrets. A leaked value only allows other CloudFront distributions to reach the load balancer.
 */
export class OriginSecret extends Construct {
  readonly arn: string
  readonly header: OriginHeader

  constructor(scope: Construct, id: string, { generation, keyArn }: OriginSecretProps) {
    super(scope, id)
    const { name, protectData } = tidewayStackOf(this).environment
    // A rotation deploys this stack and then the CDN. In between, the CDN sends the previous value.
    const generations = generation === 1 ? [1] : [generation, generation - 1]
    const [current = '', ...previous] = generations.map((each) => this.value(each))
    const secret = new SecretsmanagerSecret(this, 'secret', {
      name: `tideway/${name}/compute/origin-header`,
      description: 'What the CDN sends to the external load balancer to prove itself',
      kmsKeyId: keyArn,
      recoveryWindowInDays: protectData ? 30 : 0,
    })
    this.arn = new SecretsmanagerSecretVersion(this, 'value', {
      secretId: secret.id,
      secretStringWo: current,
      secretStringWoVersion: generation,
    }).arn
    this.header = { name: originHeaderName, values: [current, ...previous] }
  }

  /** 122 random bits, generated at the first apply and kept in the state. */
  private value(generation: number): string {
    const stored = new DataResource(this, `generation-${generation}`, {
      input: { value: Fn.sensitive(Fn.uuid()) },
      lifecycle: { ignoreChanges: ['input'] },
    })
    // The resource drops the sensitive mark, and plans are shown on pull requests.
    return Fn.sensitive(stored.output.lookup('value'))
  }
}
