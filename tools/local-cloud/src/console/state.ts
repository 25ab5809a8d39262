import type { Trouble } from '../delivery/troubles'
import type { Happening, Sample } from '../drought/story'

/** A stack as its state tells it. */
export interface StackState {
  readonly name: string
  /** How many resources of each type. */
  readonly kinds: Readonly<Record<string, number>>
  readonly addresses: readonly string[]
}

/** @param text Terraform's state */
export function stackState(name: string, text: string): StackState {
  const { resources = [] } = JSON.parse(text) as {
    resources?: { mode: string; type: string; name: string; instances: object[] }[]
  }
  const managed = resources.filter(({ mode }) => mode === 'managed')
  const kinds: Record<string, number> = {}
  for (const { type, instances } of managed) kinds[type] = (kinds[type] ?? 0) + instances.length
  return { name, kinds, addresses: managed.map((each) => `${each.type}.${each.name}`) }
}

export interface ServiceState {
  readonly name: string
  readonly desired: number
  readonly serving: number
  readonly spot: number
  readonly onDemand: number
  /** Tasks that its standbys are asked for. */
  readonly standby: number
  /** Of what all on demand would have cost since the beginning. */
  readonly relativeCost: number
  readonly longestShortfallSeconds: number
}

/** Everything that changes all the time. */
export interface Moment {
  /** Seconds of the simulated clock. */
  readonly at: number
  /** How many times as fast as the wall's. */
  readonly speed: number
  readonly droughts: readonly string[]
  readonly services: readonly ServiceState[]
  readonly troubles: readonly Trouble[]
}

/** All that the console shows, for a page that has just been opened. */
export interface Picture extends Moment {
  readonly stacks: readonly StackState[]
  readonly spotProviders: readonly string[]
  readonly zones: readonly string[]
  readonly brokenZoneMinutes: number
  readonly speeds: readonly number[]
  readonly samples: readonly Sample[]
  readonly happenings: readonly Happening[]
}

/** What has come since the last one. */
export interface Update extends Moment {
  readonly samples: readonly Sample[]
  readonly happenings: readonly Happening[]
}

/** What a button does. */
export type Action =
  | { readonly kind: 'drought'; readonly provider: string; readonly on: boolean }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'break-zone'; readonly zone: string }
  | { readonly kind: 'release' }
  | { readonly kind: 'speed'; readonly speed: number }

export const speeds = [1, 10, 60, 300] as const
