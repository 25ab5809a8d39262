import type { PolicyStatement } from '@tideway/constructs'
import { Fn, Token } from 'cdktf'
import type { ServiceDefinition } from '../definition'
import { isShared, type SharedUse } from '../definition/uses'
import type { ServiceContext, ServiceProps } from './context'
import { resourceAccess } from './resource-access'

/** What a task needs to use a dependency. */
export interface Access {
  readonly environment: Readonly<Record<string, string>>
  /** ARNs of secrets and parameters, by the name of the variable. */
  readonly secrets: Readonly<Record<string, string>>
  readonly securityGroupIds: readonly string[]
  /** Statements of the task role. */
  readonly statements: readonly PolicyStatement[]
  /** Statements of the execution role, which reads the secrets. */
  readonly executionStatements: readonly PolicyStatement[]
}

const accessTo: Readonly<Record<SharedUse, (context: ServiceContext) => Partial<Access>>> = {
  database: ({ data }) => ({
    environment: { DATABASE_READER_HOST: data.database_reader_endpoint },
    secrets: { DATABASE: data.database_app_secret_arn },
    securityGroupIds: [data.database_client_security_group_id],
    executionStatements: [
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
    environment: { WORK_QUEUE_URL: workQueue.queue.url },
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
        Resource: workQueue.queue.arn,
      },
      {
        Sid: 'UseWorkQueueKey',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: workQueue.keyArn,
      },
    ],
  }),
}

/** The combined access to all dependencies of a service and to its own resources. */
export function accessOf({ name, definition, context }: ServiceProps<ServiceDefinition>): Access {
  const all: readonly Partial<Access>[] = [
    ...definition.uses.filter(isShared).map((use) => accessTo[use](context)),
    resourceAccess({ name, definition, context }),
  ]
  return {
    environment: Object.assign({}, ...all.map(({ environment }) => environment)),
    secrets: Object.assign({}, ...all.map(({ secrets }) => secrets)),
    securityGroupIds: all.flatMap(({ securityGroupIds = [] }) => securityGroupIds),
    statements: all.flatMap(({ statements = [] }) => statements),
    executionStatements: all.flatMap(({ executionStatements = [] }) => executionStatements),
  }
}
