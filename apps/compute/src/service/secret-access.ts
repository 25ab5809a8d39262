import type { Environment, PolicyStatement } from '@tideway/constructs'
import type { SecretSource } from '../definition'

/** The ARN of a parameter. Parameters at the top level have no slash in front. */
function parameterArn({ account, region }: Environment, name: string): string {
  return `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`
}

/** The ARN of a secret without the six characters that Secrets Manager appends to the name. */
function secretArn({ account, region }: Environment, name: string): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}`
}

/** Where ECS reads the value of a variable. */
export function valueFrom(source: SecretSource, environment: Environment): string {
  if ('parameter' in source) return parameterArn(environment, source.parameter)
  const arn = secretArn(environment, source.secret)
  return source.key === undefined ? arn : `${arn}:${source.key}::`
}

/** The statements of an execution role that reads secrets and parameters, and decrypts those alone. */
export function readStatements(
  sources: readonly SecretSource[],
  environment: Environment,
): PolicyStatement[] {
  const secrets = sources.flatMap((source) =>
    'secret' in source ? `${secretArn(environment, source.secret)}-??????` : [],
  )
  const parameters = sources.flatMap((source) =>
    'parameter' in source ? parameterArn(environment, source.parameter) : [],
  )
  return [
    ...readsFrom(environment, {
      service: 'secretsmanager',
      what: 'Secrets',
      action: 'secretsmanager:GetSecretValue',
      arns: secrets,
      context: 'SecretARN',
    }),
    ...readsFrom(environment, {
      service: 'ssm',
      what: 'Parameters',
      action: 'ssm:GetParameters',
      arns: parameters,
      context: 'PARAMETER_ARN',
    }),
  ]
}

interface Reads {
  readonly service: string
  readonly what: string
  readonly action: string
  readonly arns: readonly string[]
  /** The encryption context with which the service encrypts a value: the ARN of the secret or parameter. */
  readonly context: string
}

function readsFrom(
  { account, region }: Environment,
  { service, what, action, arns, context }: Reads,
): PolicyStatement[] {
  if (arns.length === 0) return []
  const Resource = [...new Set(arns)].sort()
  return [
    { Sid: `Read${what}`, Action: action, Resource },
    {
      Sid: `Decrypt${what}`,
      Action: 'kms:Decrypt',
      // Teams choose the keys of their secrets, which have no known ids here: the context limits what can be decrypted.
      Resource: `arn:aws:kms:${region}:${account}:key/*`,
      Condition: {
        StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` },
        StringLike: { [`kms:EncryptionContext:${context}`]: Resource },
      },
    },
  ]
}
