/** An alert that is active. */
export interface ActiveAlert {
  /** Milliseconds since 1970. */
  readonly beganAt: number
  /** The version of the record in which it began. Unlike the time, it never repeats. */
  readonly version: number
}

/** The beginning or the end of an alert. */
export interface AlertChange extends ActiveAlert {
  readonly alert: string
  /** Undefined: the alert begins. */
  readonly endedAt?: number
  readonly dryRun: boolean
  /** Of a beginning: what was found, and what to do. */
  readonly detail?: string | undefined
}

export interface Alerts {
  readonly active: Readonly<Record<string, ActiveAlert>>
  /** Changes that may not have been published, oldest first. They are published until that is recorded. */
  readonly pending: readonly AlertChange[]
}

export const noAlerts: Alerts = { active: {}, pending: [] }

/** What the notification of a beginning says besides its name, by the name of the alert. */
export type Details = Readonly<Record<string, string>>

/** A limit for the size of the record while the topic rejects every message. The oldest changes are dropped. */
const maxPending = 50

/**
 * Updates the active alerts. The changes are pending, also if an alert ends before its beginning has been published: the
 * controller cannot tell whether a message whose call failed was sent.
 */
export function changeAlerts(
  { active, pending }: Alerts,
  names: readonly string[],
  {
    at,
    version,
    dryRun,
    details = {},
  }: {
    readonly at: number
    readonly version: number
    readonly dryRun: boolean
    readonly details?: Details
  },
): Alerts {
  const over = Object.entries(active).filter(([alert]) => !names.includes(alert))
  const begun = names.filter((alert) => active[alert] === undefined)
  const now = names.map((alert) => [alert, active[alert] ?? { beganAt: at, version }])
  return {
    active: Object.fromEntries(now),
    pending: [
      ...pending,
      ...over.map(([alert, began]) => ({ alert, ...began, endedAt: at, dryRun })),
      ...begun.map((alert) => ({ alert, beganAt: at, version, dryRun, detail: details[alert] })),
    ].slice(-maxPending),
  }
}

/** The alerts that have begun and are not over for those who received every message except the pending ones. */
export function publishedAlerts({ active, pending }: Alerts): string[] {
  const names = new Set([...Object.keys(active), ...pending.map(({ alert }) => alert)])
  return [...names].filter((name) => {
    const next = pending.find(({ alert }) => alert === name)
    return next === undefined || next.endedAt !== undefined
  })
}

/** A message of SNS without its topic. */
export interface Notification {
  readonly id: string
  readonly subject: string
  readonly message: string
}

/** Equal for equal changes: each repeat of a notification has the id of the first. */
export function notificationOf(
  cluster: string,
  primary: string,
  { alert, beganAt, endedAt, version, dryRun, detail }: AlertChange,
): Notification {
  const isOver = endedAt !== undefined
  const change = isOver ? 'over' : 'begins'
  const id = [cluster, primary, alert, beganAt, version, change].join('/')
  return {
    id,
    subject: `${primary}: ${alert} ${isOver ? 'is over' : 'begins'}`,
    message: JSON.stringify({
      id,
      cluster,
      primary,
      begun: isOver ? [] : [alert],
      over: isOver ? [alert] : [],
      beganAt: new Date(beganAt).toISOString(),
      ...(isOver && { endedAt: new Date(endedAt).toISOString() }),
      dryRun,
      detail,
    }),
  }
}
