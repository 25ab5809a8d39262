import type { Problem } from '../delivery/problems'
import type { Sample, TaskCounts, TimelineEntry } from '../drought/timeline'

export interface StackState {
  readonly name: string
  /** `aws_sqs_queue.events`, for each resource instance. */
  readonly addresses: readonly string[]
}

/** @param state the JSON of a Terraform state */
export function stackState(name: string, state: string): StackState {
  const { resources = [] } = JSON.parse(state) as {
    resources?: { mode: string; type: string; name: string; instances: object[] }[]
  }
  const addresses = resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap((each) => each.instances.map(() => `${each.type}.${each.name}`))
  return { name, addresses }
}

export interface ServiceState extends TaskCounts {
  readonly name: string
  /** The desired count of its standbys. */
  readonly standby: number
  /** Since the start, compared with On-Demand capacity only. */
  readonly relativeCost: number
  readonly longestShortfallSeconds: number
}

/** The values that change all the time. */
export interface CurrentState {
  /** Seconds of the simulated clock. */
  readonly at: number
  /** Simulated seconds per second. */
  readonly speed: number
  readonly droughts: readonly string[]
  readonly services: readonly ServiceState[]
  readonly problems: readonly Problem[]
}

/** The current state, and what was recorded since the last update. */
export interface Update extends CurrentState {
  readonly samples: readonly Sample[]
  readonly timeline: readonly TimelineEntry[]
}

/** Everything on the console, for a page that opens. */
export interface ConsoleState extends Update {
  readonly stacks: readonly StackState[]
  readonly spotProviders: readonly string[]
  readonly zones: readonly string[]
  readonly brokenZoneMinutes: number
  readonly speeds: readonly number[]
}

/** The effect of a button. */
export type Action =
  | { readonly kind: 'drought'; readonly provider: string; readonly on: boolean }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'break-zone'; readonly zone: string }
  | { readonly kind: 'release' }
  | { readonly kind: 'speed'; readonly speed: number }

export const speeds = [1, 10, 60, 300] as const
