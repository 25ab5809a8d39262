import type { S3BackendConfig } from 'cdktf'
import type { Environment } from './environment'

/** The bucket that holds the state of every stack of an environment. Its account makes the name unique in the world. */
export function stateBucketName(environment: Environment): string {
  return `tideway-${environment.name}-state-${environment.account}`
}

/** The alias of the key that encrypts it, without the prefix that KMS asks for. */
export function stateKeyAlias(environment: Environment): string {
  return `tideway-${environment.name}-state`
}

/** The object that holds the state of one stack. */
export function stateObjectKey(environment: Environment, stack: string): string {
  return `${environment.name}/${stack}.tfstate`
}

/** Where the state of one stack is: for its own backend, and for those that read its outputs. */
export function stateLocation(environment: Environment, stack: string): S3BackendConfig {
  const { account, region } = environment
  return {
    bucket: stateBucketName(environment),
    key: stateObjectKey(environment, stack),
    region,
    encrypt: true,
    kmsKeyId: `arn:aws:kms:${region}:${account}:alias/${stateKeyAlias(environment)}`,
    ...(environment.endpoints === 'emulator' && {
      skipCredentialsValidation: true,
      skipMetadataApiCheck: true,
      skipRegionValidation: true,
      usePathStyle: true,
    }),
  }
}
