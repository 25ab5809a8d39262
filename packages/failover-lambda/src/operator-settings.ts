import type { Policy } from './observation'
import { isOver, type OperatorTag, parseOperatorTag } from './operator-tag'
import { tags } from './tags'

type Tags = Readonly<Record<string, string>>

/** What an operator has set for a pair now. */
export interface OperatorSettings {
  readonly mode: Policy['mode']
  /** Decide, log and notify, but change nothing. */
  readonly dryRun: boolean
  /** The tags that lead to this. */
  readonly tags: readonly CountingTag[]
  /** The next end of one of them, in milliseconds since 1970. */
  readonly endsAt?: number
}

/** A tag that counts, because it is valid and its end is ahead. */
export interface CountingTag extends OperatorTag {
  readonly tag: string
  readonly on: 'cluster' | 'service'
}

/** The limit of ECS for a service. */
export const maxTasks = 5000

const readers = { [tags.hold]: isSet, [tags.dryRun]: isSet, [tags.force]: isForce } as const

type ReadTag = keyof typeof readers

/** The tags that count on a primary, and on the cluster for all of its pairs. */
export const clusterWideTags = Object.keys(readers) as readonly ReadTag[]

/**
 * A tag on either side holds a pair, or makes it a dry run. The force of a primary comes before that of the cluster, and
 * a hold before both.
 */
export function operatorSettings(own: Tags, ofCluster: Tags, now: number): OperatorSettings {
  const counting = (tag: ReadTag) => [
    ...countingTag(own, tag, 'service', now),
    ...countingTag(ofCluster, tag, 'cluster', now),
  ]
  const holds = counting(tags.hold)
  const dryRuns = counting(tags.dryRun)
  const [force] = counting(tags.force)
  const modes = holds.length > 0 || force === undefined ? holds : [force]
  const all = [...modes, ...dryRuns]
  const ends = all.flatMap(({ until }) => until ?? [])
  return {
    mode: modeOf(holds, force),
    dryRun: dryRuns.length > 0,
    tags: all,
    ...(ends.length > 0 && { endsAt: Math.min(...ends) }),
  }
}

/** The tags whose value or end cannot be read. A hold and a dry run count without their end, because that is safe. */
export function invalidOperatorTags(found: Tags, now: number): string[] {
  return clusterWideTags.filter((tag) => {
    const value = found[tag]
    if (value === undefined) return false
    const parsed = parseOperatorTag(value)
    if (!parsed.isValid) return true
    return tag === tags.force && !isOver(parsed, now) && forceIn(parsed.setting) === undefined
  })
}

function countingTag(found: Tags, tag: ReadTag, on: CountingTag['on'], now: number): CountingTag[] {
  const value = found[tag]
  if (value === undefined) return []
  const { isValid, ...parsed } = parseOperatorTag(value)
  if (isOver(parsed, now) || !readers[tag](parsed.setting, isValid)) return []
  return [{ tag, on, ...parsed }]
}

function modeOf(holds: readonly CountingTag[], force: CountingTag | undefined): Policy['mode'] {
  if (holds.length > 0) return 'hold'
  const count = forceIn(force?.setting ?? '')
  return count === undefined ? 'auto' : { force: count }
}

/** Any text except an explicit no counts as yes: an operator may write `true`, `yes`, `1` or nothing. */
function isSet(setting: string): boolean {
  return !['false', 'no', 'off', '0'].includes(setting.trim().toLowerCase())
}

function isForce(setting: string, isValid: boolean): boolean {
  return isValid && forceIn(setting) !== undefined
}

function forceIn(setting: string): number | undefined {
  if (setting === 'all') return Number.MAX_SAFE_INTEGER
  return /^\d+$/.test(setting) && Number(setting) <= maxTasks ? Number(setting) : undefined
}
