type EventStatus = 'Pending' | 'InProgress' | 'Succeeded' | 'Failed' | 'Skipped'

const names = [
  'BeforeInstall',
  'Install',
  'AfterInstall',
  'BeforeAllowTraffic',
  'AllowTraffic',
  'AfterAllowTraffic',
] as const

/** The lifecycle events of a release to ECS. Hooks do not run here, so they are skipped. */
export interface Lifecycle {
  begin(name: 'Install' | 'AllowTraffic', now: number): void
  end(name: 'Install' | 'AllowTraffic', now: number): void
  /** Ends what is in progress, and skips what has not begun. */
  close(status: 'Succeeded' | 'Failed', now: number): void
  /** By the names of the API. */
  events(): readonly object[]
}

export function lifecycleOf(hooks: ReadonlyMap<string, string>): Lifecycle {
  const events = names
    .filter((name) => name === 'Install' || name === 'AllowTraffic' || hooks.has(name))
    .map((name) => ({
      lifecycleEventName: name,
      status: (hooks.has(name) ? 'Skipped' : 'Pending') as EventStatus,
      startTime: undefined as number | undefined,
      endTime: undefined as number | undefined,
    }))
  const eventNamed = (name: string) => events.find((each) => each.lifecycleEventName === name)
  return {
    begin: (name, now) =>
      Object.assign(eventNamed(name) ?? {}, { status: 'InProgress', startTime: now / 1000 }),
    end: (name, now) =>
      Object.assign(eventNamed(name) ?? {}, { status: 'Succeeded', endTime: now / 1000 }),
    close: (status, now) => {
      for (const event of events) {
        if (event.status === 'InProgress') Object.assign(event, { status, endTime: now / 1000 })
        else if (event.status === 'Pending') event.status = 'Skipped'
      }
    },
    events: () => events.map((event) => ({ ...event })),
  }
}
