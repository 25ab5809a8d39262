import type { Environment } from '@tideway/constructs'
import {
  referenceAt,
  type Synthesized,
  synthesizedOnce,
  testApp,
  testEnvironment,
} from '@tideway/constructs/testing'
import type { CacheSettings, DatabaseSettings } from '../src/settings'
import { DataStack } from '../src/stack'

export { addressAt, isProtected, referred, servicesOf } from '@tideway/constructs/testing'

export const twoZones = ['eu-central-1a', 'eu-central-1b']

export interface Changes {
  readonly database?: Partial<DatabaseSettings>
  readonly cache?: Partial<CacheSettings>
}

/** The data tier in three zones: a writer and two readers, and a cache of three nodes. */
export const dataTier = synthesizedOnce(
  (environment: Partial<Environment> = {}, { database, cache }: Changes = {}) =>
    new DataStack(testApp(), {
      environment: testEnvironment(environment),
      settings: {
        database: {
          minCapacity: 0.5,
          maxCapacity: 4,
          pauseAfterSeconds: 'never',
          readers: 2,
          backupRetentionDays: 14,
          ...database,
        },
        cache: { nodeType: 'cache.t4g.small', nodes: 3, snapshotRetentionDays: 5, ...cache },
      },
    }),
)

/** The reference to the key of a part. */
export function keyRef(json: Synthesized, part: string): string {
  return referenceAt(json, 'aws_kms_key', `${part}/key/key`, 'arn')
}

/** The reference to an output of the network. */
export function networkOutput(name: string): string {
  return `\${data.terraform_remote_state.network.outputs.${name}}`
}
