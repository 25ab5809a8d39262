import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret'
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { Database } from './database'

export interface AppSecretProps {
  readonly database: Database
}

/**
 * How applications log in to the database, in the form that AWS's own clients and rotation functions read.
 * The password is made while Terraform applies, and written without entering the plan or the state.
 */
export class AppSecret extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, { database }: AppSecretProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { name, protectData } = stack.environment
    // cdktf 0.21 knows no ephemeral resources; can go when it, or its successor, generates them.
    stack.addOverride('ephemeral.aws_secretsmanager_random_password.database_app', {
      password_length: 40,
      // Some of the others end a connection string.
      exclude_punctuation: true,
    })
    const secret = new SecretsmanagerSecret(this, 'secret', {
      name: `tideway/${name}/database/app`,
      description: 'Application user of the database',
      kmsKeyId: database.keyArn,
      // Where data is protected, a secret deleted by mistake can be had back for a month.
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
      // Written once. A higher number writes a new password; rotation changes the secret without Terraform.
      secretStringWoVersion: 1,
    })
    this.arn = secret.arn
  }
}
