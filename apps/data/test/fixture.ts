import type { Environment } from '@tideway/constructs'
import {
  type Block,
  referenceAt,
  resourcesOf,
  type Synthesized,
  statementsOf,
  synthesized,
  testApp,
  testEnvironment,
} from '@tideway/constructs/testing'
import type { CacheSettings, DatabaseSettings } from '../src/settings'
import { DataStack } from '../src/stack'

export const twoZones = ['eu-central-1a', 'eu-central-1b']

export interface Changes {
  readonly database?: Partial<DatabaseSettings>
  readonly cache?: Partial<CacheSettings>
}

/** The data tier in three zones: a writer and two readers, and a cache of three nodes. */
export function dataTier(
  environment: Partial<Environment> = {},
  { database, cache }: Changes = {},
): Synthesized {
  const stack = new DataStack(testApp(), {
    environment: testEnvironment(environment),
    settings: {
      database: {
        minCapacity: 0.5,
        maxCapacity: 4,
        readers: 2,
        backupRetentionDays: 14,
        ...database,
      },
      cache: { nodeType: 'cache.t4g.small', nodes: 3, snapshotRetentionDays: 5, ...cache },
    },
  })
  return synthesized(stack)
}

/** How others refer to the key of a part. */
export function keyRef(json: Synthesized, part: string): string {
  return referenceAt(json, 'aws_kms_key', `${part}/key/key`, 'arn')
}

/** The resource that a reference to one of its attributes names. */
export function referred(json: Synthesized, reference: string): Block {
  const [, type = '', id = ''] = /^\$\{(\w+)\.([\w-]+)\.\w+\}$/.exec(reference) ?? []
  const block = resourcesOf(json, type)[id]
  if (block === undefined) throw new Error(`${reference} names no resource of this stack`)
  return block
}

/** What `depends_on` calls the resource at a construct path. */
export function addressAt(json: Synthesized, type: string, path: string): string {
  return referenceAt(json, type, path, 'id').slice('${'.length, -'.id}'.length)
}

/** How the stack refers to an output of the network. */
export function networkOutput(name: string): string {
  return `\${data.terraform_remote_state.network.outputs.${name}}`
}

/** The statements of a key that name a service, which is all but the one of the account. */
export function servicesOf(key: Block): Block[] {
  return statementsOf(key.policy).filter(({ Principal }) => Principal.Service !== undefined)
}

export function isProtected({ lifecycle }: Block): boolean {
  return lifecycle?.prevent_destroy === true
}
