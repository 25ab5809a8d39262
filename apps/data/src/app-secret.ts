import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { Database } from './database'

export interface AppSecretProps {
  readonly database: Database
}

/**
 * The database credentials of applications, in the JSON format of AWS clients and rotation functions.
 * Terraform generates the password at apply and writes it without storing it in the plan or the state.
 */
export class AppSecret extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, { database }: AppSecretProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { name, protectData } = stack.environment
    // cdktf 0.21 has no ephemeral resources. Remove when it, or its successor, supports them.
    stack.addOverride('ephemeral.aws_secretsmanager_random_password.database_app', {
      password_length: 40,
      // Some punctuation breaks connection strings.
      exclude_punctuation: true,
    })
    const secret = new SecretsmanagerSecret(this, 'secret', {
      name: `tideway/${name}/database/app`,
      description: 'Application user of the database',
      kmsKeyId: database.keyArn,
      // Where data is protected, a deleted secret can be restored for 30 days.
      recoveryWindowInDays: protectData ? 30 : 0,
      lifecycle: { preventDestroy: protectData },
    })
    new SecretsmanagerSecretVersion(this, 'first-value', {
      secretId: secret.id,
      secretStringWo: JSON.stringify({
        engine: 'postgres',
        host: database.endpoint,
        port: database.port,
        dbname: database.databaseName,
        username: 'tideway_app',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform fills it in
        password: '${ephemeral.aws_secretsmanager_random_password.database_app.random_password}',
      }),
      // A higher number writes a new password. Rotation changes the secret without Terraform.
      secretStringWoVersion: 1,
      // A version without a label is deleted some rotations later. The next deploy would then create it again, with a
      // password that the database does not have. Rotation moves AWSCURRENT only, so this label stays.
      versionStages: ['AWSCURRENT', 'tideway-first'],
      lifecycle: { ignoreChanges: ['version_stages'] },
    })
    this.arn = secret.arn
  }
}
