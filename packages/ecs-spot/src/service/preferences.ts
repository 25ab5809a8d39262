import type { Check } from '@tideway/constructs/parts'
import { tags } from '@tideway/failover-lambda/tags'
import { isWhole } from './strategy'

/** What the owner of a service prefers. A field that is not set leaves the default of the controller. */
export interface FailoverPreferences {
  /** What its tasks do at an interruption notice, which is their SIGTERM. @default leave */
  readonly atNotice?: 'leave' | 'serve-until-drained'
  /** What matters more when failed requests and cost conflict. @default balance */
  readonly prefer?: 'availability' | 'balance' | 'cost'
  /** The duration of the slowest request. @default 5 */
  readonly slowestRequestSeconds?: number
  /** The `stopTimeout` of its containers: 30 unless the task definition sets it. @default 120 */
  readonly stopSeconds?: number
  /** The maximum price of its standbys, in US dollars per hour. What exceeds it stays missing. @default unlimited */
  readonly maxCoverDollarsPerHour?: number
}

/** The tags of a primary with the preferences that are set. */
export function preferenceTags(preferences: FailoverPreferences): Record<string, string> {
  const values = {
    [tags.maxCoverPrice]: preferences.maxCoverDollarsPerHour,
    [tags.atNotice]: preferences.atNotice,
    [tags.prefer]: preferences.prefer,
    [tags.slowestRequestSeconds]: preferences.slowestRequestSeconds,
    [tags.definedStopSeconds]: preferences.stopSeconds,
  }
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, `${value}`]],
    ),
  )
}

/** What the controller accepts. It ignores the tag of any other value. */
export function preferenceChecks({
  slowestRequestSeconds = 5,
  stopSeconds = 120,
  maxCoverDollarsPerHour = 1,
}: FailoverPreferences): Check[] {
  return [
    [
      isWhole(slowestRequestSeconds, 0, 120) && isWhole(stopSeconds, 2, 120),
      'have whole slowestRequestSeconds from 0 to 120, and stopSeconds from 2: a notice gives two minutes',
      'Choose in that range, or remove them.',
    ],
    [
      maxCoverDollarsPerHour >= 0.001 && maxCoverDollarsPerHour <= 1_000_000,
      'have maxCoverDollarsPerHour from 0.001 to 1000000',
      'Choose a price in that range, or remove it.',
    ],
  ]
}
