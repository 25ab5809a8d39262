import fc from 'fast-check'
import { type Alerts, noAlerts } from '../src/alerts'

/** The module under test: the real one, or one that a test has changed on purpose. */
export type AlertsModule = Pick<
  typeof import('../src/alerts'),
  'changeAlerts' | 'notificationOf' | 'publishedAlerts'
>

/** A notification as its receivers get it. */
export interface Received {
  readonly id: string
  readonly message: string
}

interface Message {
  readonly id: string
  readonly cluster: string
  readonly primary: string
  readonly begun: readonly string[]
  readonly over: readonly string[]
  readonly beganAt: string
  readonly endedAt?: string
}

/** A time in which an alert was active, as its receivers see it. */
export interface AlertPeriod {
  readonly pair: string
  readonly alert: string
  readonly beganAt: number
  readonly endedAt: number
}

/**
 * The periods that follow from the notifications, once repeats are dropped.
 *
 * @throws if a repeat differs from the first, if a second id names the same change, or if changes are out of order
 */
export function periodsOf(received: readonly Received[]): AlertPeriod[] {
  const first = new Map<string, string>()
  const ended: AlertPeriod[] = []
  const open = new Map<string, AlertPeriod>()
  for (const { id, message } of received) {
    const before = first.get(id)
    check(before === undefined || before === message, 'a repeat equals the first', id)
    if (before !== undefined) continue
    first.set(id, message)
    const content: Message = JSON.parse(message)
    check(content.id === id, 'the message and its attribute have one id', id)
    const [alert = ''] = [...content.begun, ...content.over]
    const pair = `${content.cluster}/${content.primary}`
    const key = `${pair}/${alert}`
    const beganAt = Date.parse(content.beganAt)
    const current = open.get(key)
    if (content.begun.length > 0) {
      check(current === undefined, 'an alert begins after it was over', id)
      open.set(key, { pair, alert, beganAt, endedAt: Number.POSITIVE_INFINITY })
    } else {
      check(current?.beganAt === beganAt, 'an alert is over after it began', id)
      open.delete(key)
      ended.push({ pair, alert, beganAt, endedAt: Date.parse(content.endedAt ?? '') })
    }
  }
  return [...ended, ...open.values()]
}

const names = ['covering', 'uncovered', 'on-demand-short']

/** Reconciles of one pair: the alerts of each decision, and how far its function gets. */
const reconciles = fc.array(
  fc.record({
    alerts: fc.subarray(names),
    afterMilliseconds: fc.integer({ min: 0, max: 2 }),
    reaches: fc.constantFrom('confirmed', 'recorded', 'one-published', 'published', 'late'),
  }),
  { minLength: 1, maxLength: 20 },
)

/** What must be true of the notifications, whatever fails between the record, the topic and the record. */
export function checkNotifications(
  { changeAlerts, notificationOf: notify, publishedAlerts }: AlertsModule,
  runs: number,
): void {
  fc.assert(
    fc.property(reconciles, (steps) => {
      const received: Received[] = []
      const publish = (pending: Alerts['pending']) =>
        received.push(...pending.map((change) => notify('main', 'api', change)))
      let alerts = noAlerts
      let version = 0
      let at = 0
      let late: Alerts['pending'] = []
      const expected: AlertPeriod[] = []
      const active = new Map<string, AlertPeriod>()
      for (const { alerts: now, afterMilliseconds, reaches } of [
        ...steps,
        { alerts: steps.at(-1)?.alerts ?? [], afterMilliseconds: 1, reaches: 'confirmed' },
      ]) {
        at += afterMilliseconds
        for (const [alert, period] of active) {
          if (now.includes(alert)) continue
          active.delete(alert)
          expected.push({ ...period, endedAt: at })
        }
        for (const alert of now) {
          if (active.has(alert)) continue
          active.set(alert, {
            pair: 'main/api',
            alert,
            beganAt: at,
            endedAt: Number.POSITIVE_INFINITY,
          })
        }
        alerts = changeAlerts(alerts, now, { at, version, dryRun: false })
        version++
        const { pending } = alerts
        if (reaches === 'one-published') publish(pending.slice(0, 1))
        if (['confirmed', 'published'].includes(reaches)) publish(pending)
        if (reaches === 'confirmed') {
          alerts = { ...alerts, pending: [] }
          version++
          check(
            isSame(publishedAlerts(alerts), now),
            'what was published equals what is active',
            alerts,
          )
        }
        // A slow function publishes after the next one.
        publish(late)
        late = reaches === 'late' ? pending : []
      }
      check(
        isSame(periodsOf(received).map(show), [...expected, ...active.values()].map(show)),
        'each alert is notified, from its beginning to its end',
        { received, expected },
      )
    }),
    { numRuns: runs },
  )
}

const show = ({ alert, beganAt, endedAt }: AlertPeriod) => `${alert} ${beganAt} ${endedAt}`

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join() === [...other].sort().join()
}

function check(isTrue: boolean, law: string, details: unknown): asserts isTrue {
  if (!isTrue) throw new Error(`${law}: ${JSON.stringify(details)}`)
}
