import {
  type AtNotice,
  defaultPolicy,
  noticeSeconds,
  type Policy,
  type Preference,
  preferenceRules,
} from './observation'
import {
  invalidOperatorTags,
  maxTasks,
  type OperatorSettings,
  operatorSettings,
} from './operator-settings'
import { tags } from './tags'

/** A primary service, its standbys, and the settings in the primary's tags. */
export interface Pair {
  readonly cluster: string
  readonly primary: string
  readonly standbys: readonly string[]
  readonly policy: Policy
  readonly operator: OperatorSettings
  /** Tags with an invalid value. They are logged, and the default applies. */
  readonly invalidTags: readonly string[]
}

export type Tags = Readonly<Record<string, string>>

/** A longer window keeps cover for a shortage that ended the day before. */
const maxWindowSeconds = 24 * 3600

/** In US dollars per hour. */
const maxPrice = 1_000_000

const atNoticeValues: readonly AtNotice[] = ['serve-until-drained', 'leave']
const preferences: readonly Preference[] = ['cost', 'balance', 'availability']

/**
 * The pair of a primary, with the standbys that it names. Undefined for every other service: also for one that is tagged
 * as a standby, because a service has one part.
 *
 * @param now milliseconds since 1970
 */
export function pairOf(
  cluster: string,
  primary: string,
  found: Tags,
  now: number,
  clusterTags: Tags = {},
): Pair | undefined {
  const standbys = standbyNames(found).filter((name) => name !== primary)
  if (standbys.length === 0 || found[tags.standbyOf] !== undefined) return undefined
  const operator = operatorSettings(found, clusterTags, now)
  const invalidTags = invalidOperatorTags(found, now)
  const number = (tag: string, min: number, max: number): number | undefined => {
    const text = found[tag]
    if (text === undefined) return undefined
    if (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
    invalidTags.push(tag)
    return undefined
  }
  const price = priceIn(found, tags.maxCoverPrice)
  if (price === undefined && found[tags.maxCoverPrice] !== undefined) {
    invalidTags.push(tags.maxCoverPrice)
  }
  const choice = <Value extends string>(tag: string, values: readonly Value[], fallback: Value) => {
    const text = found[tag] ?? fallback
    const value = values.find((one) => one === text)
    if (value === undefined) invalidTags.push(tag)
    return value ?? fallback
  }
  const prefer = choice(tags.prefer, preferences, defaultPolicy.prefer)
  const rules = preferenceRules[prefer]
  const window = number(tags.stabilizationSeconds, 0, maxWindowSeconds)
  const stabilizationSeconds = window ?? rules.stabilizationSeconds
  const policy: Policy = {
    ...defaultPolicy,
    maxStandby: number(tags.maxStandby, 0, maxTasks) ?? defaultPolicy.maxStandby,
    stabilizationSeconds,
    lateStabilizationSeconds: window ?? rules.lateStabilizationSeconds,
    maxStabilizationSeconds: Math.max(rules.maxStabilizationSeconds, stabilizationSeconds),
    ...(price !== undefined && { maxCoverPrice: price }),
    mode: operator.mode,
    atNotice: choice(tags.atNotice, atNoticeValues, defaultPolicy.atNotice),
    prefer,
    slowestRequestSeconds:
      number(tags.slowestRequestSeconds, 0, noticeSeconds) ?? defaultPolicy.slowestRequestSeconds,
    stopSeconds:
      number(tags.stopSeconds, 2, noticeSeconds) ??
      number(tags.definedStopSeconds, 2, noticeSeconds) ??
      defaultPolicy.stopSeconds,
  }
  return { cluster, primary, standbys, policy, operator, invalidTags }
}

/** Tag values cannot contain commas, so names are space-separated. */
export function standbyNames(found: Tags): string[] {
  return [...new Set((found[tags.standbys] ?? '').split(/\s+/))].filter((name) => name !== '')
}

export function isPrimary(found: Tags): boolean {
  return standbyNames(found).length > 0
}

/** ECS rejects a whole call for another name, such as the ARN of a service. */
export function isServiceName(name: string): boolean {
  return /^[\w-]{1,255}$/.test(name)
}

/** A price in US dollars per hour. */
export function priceIn(found: Tags, tag: string): number | undefined {
  const text = found[tag] ?? ''
  return /^\d+(\.\d+)?$/.test(text) && Number(text) <= maxPrice ? Number(text) : undefined
}
