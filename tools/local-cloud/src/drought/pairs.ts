import type { Service } from '@tideway/spot-simulator'

const primaryTag = 'tideway:standby-of'

export function isPrimary({ tags }: Service): boolean {
  return !tags.has(primaryTag)
}

/** The primary of a standby, or the name of a primary itself. */
export function primaryOf({ name, tags }: Service): string {
  return tags.get(primaryTag) ?? name
}

/** Whether a primary names its standbys. */
export function hasStandbys({ tags }: Service): boolean {
  return tags.has('tideway:standbys')
}

export function desiredTasks(services: readonly Service[]): number {
  return services.reduce((sum, { desiredCount }) => sum + desiredCount, 0)
}
