import type { BootstrapSettings } from '@tideway/bootstrap/settings'
import type { Environment } from '@tideway/constructs'
import type { Delegation } from '@tideway/terraform/delegation'
import type { Aws } from './aws'
import type { Gh } from './gh'
import type { Needs } from './needs'
import type { Platform } from './synthesized'

/** What the checks read. Tests replace each part. */
export interface Context {
  readonly environment: Environment
  readonly platform: Platform
  readonly needs: Needs
  readonly aws: Aws
  /** Whether the parent zone of a domain leads to these name servers. */
  readonly readDelegation: (domain: string, nameServers: readonly string[]) => Promise<Delegation>
  readonly gh: Gh
  readonly github: BootstrapSettings
  readonly now: Date
}

/** Whether a resource has the tags of every resource of an environment. */
export function isOwn(
  { name }: Environment,
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): boolean {
  const own = { 'managed-by': 'tideway', environment: name }
  return Object.entries(own).every(([key, value]) =>
    tags.some(({ Key, Value }) => Key === key && Value === value),
  )
}
