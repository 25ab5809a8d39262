import { type Alerts, noAlerts } from './alerts'
import type { Reading } from './meter-names'
import { type Memory, noMemory } from './observation'
import type { Starts } from './starts'

/** Everything that the controller stores about a pair between two reconciles. */
export interface PairRecord {
  readonly cluster: string
  readonly primary: string
  /** As last read from the tags. Every reconcile reads the tags again; the stored names save a call. */
  readonly standbys: readonly string[]
  /** Since when the tags or the settings of the services do not agree. Absent while they do. */
  readonly disagreesSince?: number | undefined
  /** Services that name the primary, which does not name them. Described until they agree. Absent without any. */
  readonly claimants?: readonly string[] | undefined
  readonly memory: Memory
  /** Tasks with an interruption notice, and the time of the notice. */
  readonly interruptedTasks: Readonly<Record<string, number>>
  readonly alerts: Alerts
  /** The task set of the primary that received the traffic. Undefined for services without CodeDeploy. */
  readonly taskSet?: string
  /** What its standby tasks cost, in US dollars per hour. Absent where the price is unknown or 0. */
  readonly coverPrice?: number
  /** How long its tasks took to start. Absent until some have been seen. */
  readonly starts?: Starts
  /** The interrupted tasks that the reconcile function has deregistered because others replace them. */
  readonly deregisteredTasks?: readonly string[]
  /** Whether ECS deregistered its interrupted tasks at their notice. Absent until that has been seen. */
  readonly isDeregisteredByEcs?: boolean
  /** Since when its meters run, and how fast. Absent in records of the previous release. */
  readonly metered?: Reading | undefined
  /** The time of the last ECS query, whose result includes the effect of earlier events. */
  readonly reconciledAt: number
  /** Counts the writes: if two functions read the same version, only one of them can write and act. */
  readonly version: number
}

export function pairKey(cluster: string, primary: string): string {
  return `${cluster}/${primary}`
}

export function newPairRecord(cluster: string, primary: string): PairRecord {
  return {
    cluster,
    primary,
    standbys: [],
    memory: noMemory,
    interruptedTasks: {},
    alerts: noAlerts,
    reconciledAt: 0,
    version: 0,
  }
}

/** Whether tasks that start on Spot now are likely to wait. A release reads this before it picks its capacity. */
export function isSpotShort(record: PairRecord | undefined): boolean {
  if (record === undefined) return false
  return record.memory.spotShortAt !== undefined || record.alerts.active.covering !== undefined
}
