import type { S3BackendConfig } from 'cdktf'
import type { Environment } from './environment'
import { bucketName, keyAlias } from './names'

/** The bucket with the states of all stacks of an environment. */
export function stateBucketName(environment: Environment): string {
  return bucketName(environment, 'state', 'the state bucket')
}

/** The object with the state of one stack. */
export function stateObjectKey(environment: Environment, stack: string): string {
  return `${environment.name}/${stack}.tfstate`
}

/** The S3 location of a stack's state: for its own backend and for the stacks that read its outputs. */
export function stateLocation(environment: Environment, stack: string): S3BackendConfig {
  const { account, region } = environment
  return {
    bucket: stateBucketName(environment),
    key: stateObjectKey(environment, stack),
    region,
    encrypt: true,
    kmsKeyId: `arn:aws:kms:${region}:${account}:${keyAlias(environment, 'bootstrap', 'state')}`,
    ...(environment.endpoints === 'emulator' && {
      skipMetadataApiCheck: true,
      skipRegionValidation: true,
      usePathStyle: true,
    }),
  }
}
