import type { S3BackendConfig } from 'cdktf'
import type { Environment } from './environment'
import { bucketName, keyAlias } from './names'

/** The bucket that holds the state of every stack of an environment. */
export function stateBucketName(environment: Environment): string {
  return bucketName(environment, 'state', 'the state bucket')
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
    kmsKeyId: `arn:aws:kms:${region}:${account}:${keyAlias(environment, 'bootstrap', 'state')}`,
    ...(environment.endpoints === 'emulator' && {
      skipCredentialsValidation: true,
      skipMetadataApiCheck: true,
      skipRegionValidation: true,
      usePathStyle: true,
    }),
  }
}
