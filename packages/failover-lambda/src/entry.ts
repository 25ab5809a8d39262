import { type Memory, noMemory } from './observation'

/** All that is kept of a pair between two looks. */
export interface Entry {
  readonly cluster: string
  readonly primary: string
  /** As last read from the tags: they are read anew on every look, but this saves a call. */
  readonly standbys: readonly string[]
  readonly memory: Memory
  /** Tasks that were given notice, and when. */
  readonly noticed: Readonly<Record<string, number>>
  /** What people have been told of, so that they are told once. */
  readonly told: readonly string[]
  /** When ECS was last asked: what an event from well before says of the state was seen then. */
  readonly lookedAt: number
  /** Counts the writes, so that of two functions with the same old view only one can act. */
  readonly version: number
}

export function keyOf(cluster: string, primary: string): string {
  return `${cluster}/${primary}`
}

export function newEntry(cluster: string, primary: string): Entry {
  return {
    cluster,
    primary,
    standbys: [],
    memory: noMemory,
    noticed: {},
    told: [],
    lookedAt: 0,
    version: 0,
  }
}

/** Whether what is started on Spot now is likely to wait. A release asks this before it picks its capacity. */
export function isSpotShort(entry: Entry | undefined): boolean {
  if (entry === undefined) return false
  return entry.memory.spotShortAt !== undefined || entry.told.includes('covering')
}
