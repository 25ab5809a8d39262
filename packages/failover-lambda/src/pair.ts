import { defaultPolicy, type Policy } from './observation'
import { tags } from './tags'

/** A service and its on-demand siblings, as the tags of the service say. */
export interface Pair {
  readonly cluster: string
  readonly primary: string
  readonly standbys: readonly string[]
  readonly policy: Policy
  /** Decide and tell, and change nothing. */
  readonly dryRun: boolean
  /** Tags that say nothing that can be understood: told in the log, and otherwise as if not there. */
  readonly misread: readonly string[]
}

export type Tags = Readonly<Record<string, string>>

/** The pair that a service is the primary of. Undefined for every other service. */
export function pairOf(cluster: string, primary: string, found: Tags): Pair | undefined {
  // Tag values have no commas: names are parted by spaces.
  const standbys = [...new Set((found[tags.standbys] ?? '').split(/\s+/))].filter(
    (name) => name !== '' && name !== primary,
  )
  if (standbys.length === 0) return undefined
  const misread: string[] = []
  const number = (tag: string, least: number): number | undefined => {
    const text = found[tag]
    if (text === undefined) return undefined
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text)
    misread.push(tag)
    return undefined
  }
  const force = found[tags.force] === 'all' ? Number.MAX_SAFE_INTEGER : number(tags.force, 0)
  const dwellSeconds = number(tags.dwellSeconds, 60) ?? defaultPolicy.dwellSeconds
  const policy: Policy = {
    ...defaultPolicy,
    maxStandby: number(tags.maxStandby, 0) ?? defaultPolicy.maxStandby,
    dwellSeconds,
    maxDwellSeconds: Math.max(defaultPolicy.maxDwellSeconds, dwellSeconds),
    mode: isSet(found[tags.hold]) ? 'hold' : force === undefined ? 'auto' : { force },
  }
  return { cluster, primary, standbys, policy, dryRun: isSet(found[tags.dryRun]), misread }
}

/** Anything but an explicit no: an operator at night who writes `yes`, `1` or nothing at all means it. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && !['false', 'no', 'off', '0'].includes(value.trim().toLowerCase())
}
