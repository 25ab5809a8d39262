/**
 * What a resource does, which decides what its destroy does:
 * - `data` is lost, and a deploy cannot restore it
 * - `address`: others refer to it by name, address or id, or its contents are in transit
 * - `traffic` passes through it, and `work` runs on it
 * - `access`: it lets someone do something; `guard`: it keeps someone from it, or protects what others hold
 * - `watch`: it raises an alarm, or starts something
 * - `glue` has no harm of its own
 */
export type Role = 'data' | 'address' | 'traffic' | 'work' | 'access' | 'guard' | 'watch' | 'glue'

export interface Kind {
  readonly role: Role
  /** What is destroyed, for the line of a finding. */
  readonly label: string
  /** Whether it goes without a finding of its own if the resource that it belongs to is destroyed too. */
  readonly isPart: boolean
  /** Whether its replacement does no harm: it is how the provider changes it. */
  readonly isCalm: boolean
  /** Whether its replacement does no harm if the new one is created first: what uses it changes to that in the same apply. */
  readonly handsOver: boolean
  /** Whether it is one of several equal instances of a cluster. */
  readonly isInstance: boolean
  /** Whether a table has the type; otherwise the words in its name decide. */
  readonly isKnown: boolean
}
