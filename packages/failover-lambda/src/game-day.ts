/**
 * The simulated notice of a task on Fargate Spot, which AWS cannot interrupt on request. Only who may send to the queue of
 * the reconcile function can send it: no rule passes events with this source. It ends by itself.
 */
export const gameDay = {
  detailType: 'Tideway Game Day',
  source: 'tideway.game-day',
  /** A message that claims to count for longer is ignored. */
  maxSeconds: 3600,
  /** On an experiment template: the cluster that it is for. */
  templateTag: 'tideway:game-day-of',
  /** On an experiment template: the Auto Scaling group of which it interrupts an instance. */
  groupTag: 'tideway:game-day-group',
} as const

/** What a game day simulates: that Spot interrupts a task. */
export interface SimulatedNotice {
  readonly clusterArn: string
  readonly service: string
  readonly taskArn: string
  /** Who simulates it. */
  readonly by: string
  readonly at: number
  /** It does not count after this time, however late it arrives. */
  readonly until: number
}

/** A message for the queue of the reconcile function. */
export function gameDayMessage({ at, until, ...detail }: SimulatedNotice): string {
  const time = new Date(at).toISOString()
  return JSON.stringify({
    'detail-type': gameDay.detailType,
    source: gameDay.source,
    id: `${detail.taskArn} ${time}`,
    time,
    detail: { ...detail, until: new Date(until).toISOString() },
  })
}

/** The detail of a message, or why it is ignored. */
export function readGameDay(
  { clusterArn, service, taskArn, until, by }: Readonly<Record<string, unknown>>,
  now: number,
): Pick<SimulatedNotice, 'by' | 'clusterArn' | 'service' | 'taskArn'> | string {
  if (!(isText(clusterArn) && isText(service) && isText(taskArn) && isText(by))) {
    return 'the game day must name a cluster, a service, a task, and who runs it'
  }
  const end = isText(until) ? Date.parse(until) : Number.NaN
  if (!(end > now)) return 'the game day is over'
  if (end - now > 1000 * gameDay.maxSeconds) {
    return `the end of the game day is more than ${gameDay.maxSeconds} seconds ahead`
  }
  return { clusterArn, service, taskArn, by: by.slice(0, 100) }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
