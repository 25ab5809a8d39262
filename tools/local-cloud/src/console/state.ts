import type { Sample, TaskCounts, TimelineEntry } from '../drought/timeline'
import type { ComparisonSample, FailureCause, PolicyTotals, RequestSample } from '../load/measures'
import type { RingBuffer } from '../ring-buffer'
import { type Behaviour, behaviours } from '../tasks/behaviour'

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
  /** The longest time with fewer tasks than it had. A start or a scale-out loses none. */
  readonly longestLossSeconds: number
}

/** A broken part, and how often it was seen. */
export interface ShownProblem {
  readonly part: string
  readonly message: string
  readonly count: number
  /** The first and the last time, in seconds since the start. */
  readonly at: number
  readonly lastAt: number
  /** It did not occur in the last minutes. */
  readonly isPast: boolean
}

/** A release that shifts traffic, or has ended within the last minutes. */
export interface ReleaseState {
  readonly service: string
  readonly state: 'in progress' | 'succeeded' | 'rolled back' | 'failed'
  /** Percent of the requests that reach the new revision. */
  readonly percent: number
  /** What it waits for, or why it was rolled back. */
  readonly detail: string
}

/** A service that runs by the clock. */
export interface ScheduleState {
  readonly name: string
  /** `cron(0 3 * * ? *)` */
  readonly expression: string
  /** Seconds since the start. */
  readonly nextAt?: number
  /** The last ones and those that failed before, newest first. */
  readonly executions: readonly ExecutionState[]
}

export interface ExecutionState {
  readonly name: string
  /** Seconds since the start. */
  readonly at: number
  readonly endedAt?: number
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'
  /** The states of the definition that it entered, in order: `Run on Spot`, `Run on demand`. */
  readonly states: readonly string[]
}

/** What answers requests: processes, or stand-ins in this process. */
export interface ProgramsState {
  readonly kind: 'processes' | 'stand-ins'
  /** `the clock runs 60 times faster` */
  readonly reason: string
  /** Each request that is sent stands for so many. */
  readonly requestsPerSample: number
}

export interface StackProgress {
  readonly name: string
  readonly status: 'waiting' | 'in progress' | 'deployed' | 'unchanged' | 'failed'
  readonly done: number
  readonly all: number
  readonly seconds: number
  /** The resources in progress, longest first: `aws_lb.external` and its seconds. */
  readonly waitsFor: readonly { readonly address: string; readonly seconds: number }[]
}

/** A deployment by Terraform, in progress or done. */
export interface DeploymentState {
  readonly stacks: readonly StackProgress[]
  readonly seconds: number
  readonly status: 'in progress' | 'deployed' | 'failed'
  /** Why it failed. */
  readonly error?: string
  /** The resources that the rest waits for, in order, as far as known. */
  readonly criticalPath: readonly {
    readonly address: string
    readonly seconds: number
    readonly isDone: boolean
  }[]
}

/** `synthesized`: in the simulator alone. `deployed`: on what Terraform has deployed. */
export type Phase = 'synthesized' | 'deployed'

/** The values that change all the time. */
export interface CurrentState {
  /** Seconds of the simulated clock. */
  readonly at: number
  /** Simulated seconds per second. */
  readonly speed: number
  readonly phase: Phase
  readonly droughts: readonly string[]
  readonly services: readonly ServiceState[]
  /** The last one first. */
  readonly problems: readonly ShownProblem[]
  /** Requests per second of all services. Undefined without a load. */
  readonly load?: number
  /** What the applications do at an interruption notice. */
  readonly behaviour: Behaviour
  /** The live simulation first. Empty without a comparison. */
  readonly comparison: readonly PolicyTotals[]
  readonly failures: readonly FailureCause[]
  readonly releases: readonly ReleaseState[]
  readonly schedules: readonly ScheduleState[]
  readonly deployment?: DeploymentState
  readonly programs?: ProgramsState
  /** `http://127.0.0.1:40124`, which stands for the site. */
  readonly edge?: string
}

/** The current state, and what was recorded since the last update. */
export interface Update extends CurrentState {
  readonly samples: readonly Sample[]
  readonly timeline: readonly TimelineEntry[]
  readonly requests: readonly RequestSample[]
  readonly comparisonSamples: readonly ComparisonSample[]
}

/** Everything on the console, for a page that opens. */
export interface ConsoleState extends Update {
  readonly stacks: readonly StackState[]
  readonly spotProviders: readonly string[]
  readonly zones: readonly string[]
  readonly brokenZoneMinutes: number
  readonly speeds: readonly number[]
  /** Choices of requests per second. Empty without a load. */
  readonly loads: readonly number[]
  readonly behaviours: readonly Behaviour[]
}

/** The last items of a list that grows. */
export type Recorded<Item> = Pick<RingBuffer<Item>, 'all' | 'since' | 'total'>

/** Parts beside a simulation that fill the console. Each is optional, and read for every update. */
export interface ConsoleSources {
  readonly load?: {
    /** Requests per second of all services. */
    requestsPerSecond: number
    /** The rate at the start. @default 0 */
    readonly usualRate?: number
    readonly requests: Recorded<RequestSample>
    readonly failures: () => readonly FailureCause[]
  }
  readonly comparison?: {
    readonly samples: Recorded<ComparisonSample>
    readonly totals: () => readonly PolicyTotals[]
  }
  /** @default those of the simulation */
  readonly releases?: () => readonly ReleaseState[]
  readonly schedules?: () => readonly ScheduleState[]
  readonly deployment?: () => DeploymentState | undefined
  readonly programs?: () => ProgramsState
  readonly edge?: string
}

/** The effect of a button. */
export type Action =
  | { readonly kind: 'drought'; readonly provider: string; readonly on: boolean }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'interrupt-all' }
  | { readonly kind: 'break-zone'; readonly zone: string }
  /** The tasks of a broken revision never pass their health checks. */
  | { readonly kind: 'release'; readonly isBroken: boolean }
  /** Starts the scheduled services now. A run that fails does so for another reason than capacity. */
  | { readonly kind: 'run'; readonly isFailing: boolean }
  | { readonly kind: 'speed'; readonly speed: number }
  | { readonly kind: 'load'; readonly requestsPerSecond: number }
  | { readonly kind: 'behaviour'; readonly behaviour: Behaviour }

export const speeds = [1, 10, 60, 300] as const
/** Requests per second. */
export const loads = [0, 50, 200, 1000, 5000] as const

export type * from '../load/measures'
export { type Behaviour, behaviours }
