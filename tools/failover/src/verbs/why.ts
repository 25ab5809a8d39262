import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { missingOf } from '@tideway/failover-lambda/decide'
import type { Evidence, Reason } from '@tideway/failover-lambda/observation'
import { preferenceRules } from '@tideway/failover-lambda/observation'
import { operatorSettings } from '@tideway/failover-lambda/operator-settings'
import type { Tags } from '@tideway/failover-lambda/pair'
import { tags } from '@tideway/failover-lambda/tags'
import { UsageError } from '../errors'
import { exitCodes } from '../exit-codes'
import { settingStatus, settingText, statusOf } from '../pair-status'
import { interruptedTasks, type PairView, readerOf, readPair } from '../pairs'
import {
  after,
  decideWith,
  type Present,
  presentOf,
  project,
  servingToGiveBack,
  total,
} from '../present'
import { printFound, wrap } from '../table'
import { duration, moment, secondsIn } from '../time'
import type { Verb, VerbContext } from '../verb'

/** A line of the log, as far as this command reads it. Another release can lack fields. */
interface Line {
  readonly desired?: number
  readonly running?: number
  readonly interrupted?: number
  readonly healthy?: number
  readonly evidence?: readonly string[]
  readonly standbys?: Readonly<Record<string, string>>
  readonly reasons?: readonly string[]
  readonly alerts?: readonly string[]
  readonly dryRun?: boolean
}

/** Equal decisions in a row. */
export interface Decided {
  readonly from: number
  readonly to: number
  readonly times: number
  readonly line: Line
}

export const why: Verb = {
  summary: 'the last decisions about a pair in words, and when it gives back',
  usage: `npm run failover -- why SERVICE -c ENV [options]

Shows the last decisions of the controller about a pair, with the evidence that
made them, then the present, and what has to change for its standbys to be given
back. SERVICE is a primary or one of its standbys.

      --since TIME     how far back: 90s, 30m, 3h or 2d (default: 1h)

Exit code: 0 it was printed, 1 it could not be read, 2 wrong usage.`,
  options: { since: { type: 'string' } },
  async run(context, values, [service]) {
    const seconds = secondsIn(typeof values.since === 'string' ? values.since : '1h')
    if (seconds === undefined) {
      throw new UsageError(
        `--since: must be a time such as 90s, 30m, 3h or 2d; got "${values.since}".`,
      )
    }
    const reader = readerOf(context)
    const view = await readPair(service, context, reader)
    const now = await context.now()
    const decided = await decisionsOf(view, now - 1000 * seconds, context)
    const present = await presentOf(view, context, reader)
    const running = await interruptedTasks([view], reader)
    const state = statusOf(view, running.get(`${view.cluster}/${view.primary}`), undefined)
    const outlook = outlookOf(view, present)
    const lines = [
      `${view.primary} in cluster ${view.cluster} (${context.environment}), ${moment(now)}`,
      '',
      `Decisions of the last ${duration(1000 * seconds)}:`,
      ...(decided.length === 0
        ? [`  none: the log ${context.controller.logGroupName} has no decision about it since then`]
        : decided.flatMap(decisionLines)),
      '',
      `Now: ${state.states.join(', ')}`,
      ...presentLines(view, present, now).map((line) => `  ${line}`),
      '',
      'Outlook:',
      ...outlook.map((line) => `  ${line}`),
    ]
    const found = { ...state, decisions: decided.map(jsonOf), outlook }
    printFound(context, values, found, () => lines.flatMap((line) => wrap(line, '    ')))
    return exitCodes.fine
  },
}

/** Pages of ten thousand lines, so that a wrong time does not read for hours. */
const maxPages = 50

async function decisionsOf(
  { cluster, primary }: PairView,
  startTime: number,
  { aws, controller }: VerbContext,
): Promise<Decided[]> {
  const filterPattern = `{ ($.message = "decided") && ($.cluster = "${cluster}") && ($.primary = "${primary}") }`
  const found: { at: number; line: Line }[] = []
  let nextToken: string | undefined
  for (let page = 0; page < maxPages; page++) {
    // A page can be empty and have another one after it.
    const result = await aws.logs.send(
      new FilterLogEventsCommand({
        logGroupName: controller.logGroupName,
        startTime: Math.floor(startTime),
        filterPattern,
        nextToken,
      }),
    )
    for (const { timestamp = 0, message = '' } of result.events ?? []) {
      const line = lineIn(message)
      if (line !== undefined) found.push({ at: timestamp, line })
    }
    nextToken = result.nextToken
    if (nextToken === undefined) break
  }
  return folded(found.sort((one, other) => one.at - other.at))
}

function lineIn(message: string): Line | undefined {
  try {
    return JSON.parse(message) as Line
  } catch {
    return undefined
  }
}

export function folded(lines: readonly { readonly at: number; readonly line: Line }[]): Decided[] {
  const all: Decided[] = []
  for (const { at, line } of lines) {
    const last = all.at(-1)
    if (
      last !== undefined &&
      JSON.stringify(withoutTimes(last.line)) === JSON.stringify(withoutTimes(line))
    ) {
      all[all.length - 1] = { ...last, to: at, times: last.times + 1 }
    } else {
      all.push({ from: at, to: at, times: 1, line })
    }
  }
  return all
}

function withoutTimes({
  desired,
  running,
  interrupted,
  healthy,
  evidence,
  standbys,
  reasons,
  alerts,
  dryRun,
}: Line) {
  return { desired, running, interrupted, healthy, evidence, standbys, reasons, alerts, dryRun }
}

function jsonOf({ from, to, times, line }: Decided) {
  const iso = (at: number) => new Date(at).toISOString()
  return { from: iso(from), to: iso(to), times, ...withoutTimes(line) }
}

const evidenceWords: Readonly<Record<Evidence['kind'], string>> = {
  interruption: 'an interruption notice',
  'launch-failure': 'a failed launch of the Spot Auto Scaling group',
  'placement-failure': 'a placement failure on Spot',
  'service-message': "the service's own message that capacity is unavailable",
  'stuck-provisioning': 'a task that waits too long for an instance',
}

export const reasonWords: Readonly<Record<Reason, string>> = {
  calm: 'no task is missing and no standby has tasks',
  cover: 'the standby has, or gets, the missing tasks',
  'fail-back':
    "enough of the primary's tasks served for the whole window, so the standby is lowered",
  force: "an operator's force sets the standby",
  'growth-limited': 'the desired count grew in the shortage to more than cover follows yet',
  hold: "an operator's hold: nothing is changed",
  'no-evidence':
    'tasks are missing, without recent evidence of a Spot shortage: no more is covered',
  paused: 'the desired count is 0, so there is nothing to cover',
  'primary-gone': 'the primary is gone, so there is nothing to cover',
  reserve: 'the standby keeps a reserve, because Spot was lost lately',
  stabilizing: 'fewer standby tasks are enough, but not yet for the whole window',
  'unknown-health': 'target health could not be read, so nothing is given back',
  'within-bounds': 'the standby had more tasks than its maximum',
}

function words(names: readonly string[], table: Readonly<Record<string, string>>): string {
  return names.map((name) => table[name] ?? name).join('; ')
}

function decisionLines({ from, to, times, line }: Decided): string[] {
  const { desired = 0, running = 0, interrupted = 0, healthy, standbys = {}, evidence = [] } = line
  const time = (at: number) => new Date(at).toISOString().slice(11, 19)
  const when = times === 1 ? time(from) : `${time(from)} to ${time(to)}, ${times} times`
  const counts = [
    `wants ${desired}, runs ${running}`,
    ...(interrupted > 0 ? [`${interrupted} with a notice`] : []),
    ...(healthy === undefined || healthy === running ? [] : [`${healthy} serve`]),
  ]
  const changes = Object.entries(standbys).map(([name, change]) => {
    const [before, after] = change.split('->')
    return before === after ? `${name} stays at ${after}` : `${name} ${before} -> ${after}`
  })
  const alerts = line.alerts ?? []
  return [
    `  ${when}: ${counts.join(', ')}. ${changes.join(', ')}${line.dryRun === true ? ' (dry run: nothing was changed)' : ''}`,
    `    because ${words(line.reasons ?? [], reasonWords)}`,
    // Messages of a service stay in ECS for weeks: in a calm, they are history.
    ...(evidence.length > 0 && !(line.reasons ?? []).includes('calm')
      ? [`    evidence: ${words(evidence, evidenceWords)}`]
      : []),
    ...(alerts.length > 0 ? [`    alerts: ${alerts.join(', ')}`] : []),
  ]
}

function presentLines(
  { pair, record, agreement }: PairView,
  present: Present | undefined,
  now: number,
): string[] {
  const ago = (at: number) => `${duration(now - at)} ago (${moment(at)})`
  const { memory, alerts } = record
  const settings = pair?.operator.tags ?? []
  const { losses = [], spotShortAt, stabilizationSeconds } = memory
  return [
    ...(present === undefined ? [] : [countsText(present)]),
    ...settings.map((tag) => settingText(settingStatus(tag))),
    ...agreement.refusals,
    record.reconciledAt === 0
      ? 'the controller has not seen it yet'
      : `last reconcile ${ago(record.reconciledAt)}`,
    spotShortAt === undefined
      ? 'no recent evidence of a Spot shortage'
      : `Spot was last short ${ago(spotShortAt)}`,
    ...(present === undefined
      ? []
      : [
          `window: ${Math.max(stabilizationSeconds ?? 0, present.policy.stabilizationSeconds)} s in which enough of the primary's tasks serve, before a failback`,
        ]),
    ...(losses.length > 0
      ? [
          `losses of Spot that still count: ${losses.length}, the last one ${ago(losses.at(-1) ?? 0)}`,
        ]
      : []),
    ...Object.entries(alerts.active).map(
      ([alert, { beganAt }]) => `alert ${alert} since ${ago(beganAt)}`,
    ),
  ]
}

function countsText({ observation }: Present): string {
  const { desired, running, interrupted, healthy } = observation.primary
  const standbys = observation.standbys.map(
    (each) => `${each.name} ${each.running} of ${each.desired}`,
  )
  return `wants ${desired}, runs ${running}, ${interrupted} with a notice, ${healthy ?? '?'} serve; standby tasks: ${standbys.join(', ')}`
}

/** What comes next, and what has to change for the standbys to be given back. */
function outlookOf(view: PairView, present: Present | undefined): string[] {
  const { pair, agreement } = view
  if (pair === undefined || present === undefined) {
    return [
      `nothing is changed until the tags of both services agree: ${agreement.refusals.join('; ')}`,
    ]
  }
  const { observation, policy, memory, now } = present
  const { desired, healthy } = observation.primary
  const has = total(observation.standbys)
  const missing = missingOf(observation.primary)
  const isAuto = policy.mode === 'auto'
  const lines: string[] = []
  if (policy.mode === 'hold') {
    const force = hiddenForceOf(view, now)
    const next = force && `, it is ${settingText(settingStatus(force))}; without both`
    lines.push(`nothing is changed while it is held; without the hold${next ?? ''}:`)
  } else if (!isAuto) {
    lines.push('the force counts, whatever Spot does; without the force:')
  }
  const decision = decideWith(present, 'auto')
  const next = total(decision.standbys)
  if (observation.primary.status === 'gone' || desired === 0) {
    const change = has === next ? '' : `: the standby goes from ${has} to ${next}`
    return [...lines, `there is nothing to cover${change}`]
  }
  if (next > has) lines.push(`the next decision raises the standby from ${has} to ${next}`)
  if (has === 0) {
    if (next > 0) return lines
    const shortage =
      missing > 0
        ? 'evidence of a Spot shortage, or for the tasks to run'
        : 'evidence of a Spot shortage'
    return [
      ...lines,
      `no standby has tasks, so there is nothing to give back; it waits for ${shortage}`,
    ]
  }
  const covered = next > has ? after(present, decision) : present
  const serving = servingToGiveBack(covered)
  if (serving === undefined) {
    const reserve = reserveText(present)
    return [
      ...lines,
      reserve ?? `nothing is given back, even if all ${desired} tasks of the primary serve`,
    ]
  }
  const isEnough = healthy !== undefined && serving <= healthy
  const first = project(covered, isEnough ? healthy : serving)[0]
  const whole = project(covered, desired).at(-1)
  const when = (at: number) => (at <= now ? 'at the next reconcile' : `after ${duration(at - now)}`)
  const change = `goes to ${first?.desired} ${when(first?.at ?? now)}`
  lines.push(
    isEnough
      ? `enough of the primary's tasks serve: the standby ${change}`
      : `it gives back the first tasks once ${serving} of the primary's ${desired} tasks serve (now ${healthy ?? 'unknown'}), and ${change} of that`,
  )
  if (whole !== undefined && whole.desired !== first?.desired) {
    lines.push(`with all ${desired} serving, it is down to ${whole.desired} ${when(whole.at)}`)
  }
  if (memory.spotShortAt === undefined && missing > 0) {
    lines.push('more cover needs new evidence of a Spot shortage')
  }
  if (pair.operator.dryRun) lines.push('it is a dry run, so none of this is done')
  return lines
}

/** The force that counts once the hold ends. */
function hiddenForceOf({ services, primary, clusterTags }: PairView, now: number) {
  const withoutHold = (found: Tags = {}) =>
    Object.fromEntries(Object.entries(found).filter(([tag]) => tag !== tags.hold))
  const own = withoutHold(services.get(primary)?.tags)
  const settings = operatorSettings(own, withoutHold(clusterTags), now)
  return settings.tags.find(({ tag }) => tag === tags.force)
}

function reserveText({ memory: { losses = [] }, policy: { prefer } }: Present): string | undefined {
  const { reserveSecondsPerLoss, maxReserveSeconds } = preferenceRules[prefer]
  const last = losses.at(-1)
  if (last === undefined || reserveSecondsPerLoss === 0) return undefined
  const until = last + 1000 * Math.min(reserveSecondsPerLoss * losses.length, maxReserveSeconds)
  return `the reserve stays until about ${moment(until)}, if Spot is not lost again`
}
