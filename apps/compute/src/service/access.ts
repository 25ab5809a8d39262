import type { PolicyStatement } from '@tideway/constructs'
import { Fn, Token } from 'cdktf'
import type { ServiceContext } from './context'
import type { Use } from './definition'

/** What a task is given for what it uses. */
export interface Access {
  readonly environment: Readonly<Record<string, string>>
  /** By the name of the variable: the ARN of a secret or of a parameter. */
  readonly secrets: Readonly<Record<string, string>>
  readonly securityGroupIds: readonly string[]
  /** Of the role that its program has. */
  readonly statements: readonly PolicyStatement[]
  /** Of the role that starts it, which reads the secrets. */
  readonly startStatements: readonly PolicyStatement[]
}

const none: Access = {
  environment: {},
  secrets: {},
  securityGroupIds: [],
  statements: [],
  startStatements: [],
}

const accessTo: Readonly<Record<Use, (context: ServiceContext) => Partial<Access>>> = {
  database: ({ data }) => ({
    environment: { DATABASE_READER_HOST: data.database_reader_endpoint },
    secrets: { DATABASE: data.database_app_secret_arn },
    securityGroupIds: [data.database_client_security_group_id],
    startStatements: [
      {
        Sid: 'ReadDatabaseSecret',
        Action: 'secretsmanager:GetSecretValue',
        Resource: data.database_app_secret_arn,
      },
      { Sid: 'DecryptDatabaseSecret', Action: 'kms:Decrypt', Resource: data.database_key_arn },
    ],
  }),
  cache: ({ data }) => ({
    environment: {
      CACHE_HOST: data.cache_endpoint,
      CACHE_PORT: Token.asString(Fn.tostring(data.cache_port)),
      CACHE_USER: data.cache_user_name,
    },
    securityGroupIds: [data.cache_client_security_group_id],
    statements: [
      {
        Sid: 'ConnectToCache',
        Action: 'elasticache:Connect',
        Resource: [data.cache_arn, data.cache_user_arn],
      },
    ],
  }),
  'internal-alb': ({ internalAlb }) => ({
    environment: { INTERNAL_DOMAIN: internalAlb.domain },
    securityGroupIds: [internalAlb.clientSecurityGroupId],
  }),
  'work-queue': ({ workQueue }) => ({
    environment: { WORK_QUEUE_URL: workQueue.url },
    statements: [
      {
        Sid: 'UseWorkQueue',
        Action: [
          'sqs:ChangeMessageVisibility',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ReceiveMessage',
          'sqs:SendMessage',
        ],
        Resource: workQueue.arn,
      },
      {
        Sid: 'UseWorkQueueKey',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: workQueue.keyArn,
      },
    ],
  }),
}

/** All that a service uses, together. */
export function accessOf(uses: readonly Use[], context: ServiceContext): Access {
  return uses
    .map((use) => ({ ...none, ...accessTo[use](context) }))
    .reduce(
      (all, one) => ({
        environment: { ...all.environment, ...one.environment },
        secrets: { ...all.secrets, ...one.secrets },
        securityGroupIds: [...all.securityGroupIds, ...one.securityGroupIds],
        statements: [...all.statements, ...one.statements],
        startStatements: [...all.startStatements, ...one.startStatements],
      }),
      none,
    )
}
