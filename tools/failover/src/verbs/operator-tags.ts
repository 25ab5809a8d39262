import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-ecs'
import { operatorSettings } from '@tideway/failover-lambda/operator-settings'
import {
  formatOperatorTag,
  type OperatorTag,
  parseOperatorTag,
} from '@tideway/failover-lambda/operator-tag'
import type { Tags } from '@tideway/failover-lambda/pair'
import { tags } from '@tideway/failover-lambda/tags'
import { confirm } from '../ask'
import { callerName } from '../caller'
import { OperatorError, UsageError } from '../errors'
import { exitCodes } from '../exit-codes'
import { settingStatus, settingText } from '../pair-status'
import { type PairView, type Reader, readAllPairs, readerOf, readPair, realSleep } from '../pairs'
import { type Present, presentOf } from '../present'
import { wrap } from '../table'
import { secondsIn } from '../time'
import type { Values, VerbContext } from '../verb'

/** A change of an operator's tags, on one primary or on whole clusters. */
export interface Change {
  /** As in "hold api". */
  readonly name: string
  /** The tag that is set. Undefined: tags are only removed. */
  readonly set?: { readonly tag: string; readonly setting: string }
  readonly remove?: readonly string[]
  /** Whether a reason is required where changes are asked for. */
  readonly needsReason?: boolean
  /** What it means for a pair now, in a sentence. */
  meaning(view: PairView, present: Present): string
}

export const changeOptions = {
  all: { type: 'boolean' },
  for: { type: 'string' },
  until: { type: 'string' },
  reason: { type: 'string' },
} as const

export const changeUsage = `      --all            all pairs, by a tag on the cluster, those of tomorrow too
      --for 2h         ends after this time: 90s, 30m, 2h or 7d
      --until TIME     ends then: 2026-11-22T10:00:00Z
      --reason TEXT    why, for those who find it; required but in local`

export const changeExitCodes = `It says first what that means now, and asks. Exit code: 0 it is so (or was
already), 1 it could not be done, 2 wrong usage.`

/** A place for tags: a primary or a cluster. */
interface Target {
  readonly name: string
  readonly arn: string
  readonly on: 'cluster' | 'service'
  readonly cluster: string
  readonly tags: Tags
  readonly views: readonly PairView[]
}

export async function change(
  context: VerbContext,
  values: Values,
  service: string | undefined,
  wanted: Change,
): Promise<number> {
  if ((values.all === true) === (service !== undefined)) {
    throw new UsageError(
      `${wanted.name}: must have either SERVICE or --all; got ${service === undefined ? 'neither' : 'both'}.`,
    )
  }
  const reason = typeof values.reason === 'string' ? values.reason : undefined
  if (wanted.needsReason && context.asks && !reason?.trim()) {
    throw new UsageError(
      `--reason: must be given in ${context.environment}, for those who find it; got nothing.`,
    )
  }
  const endFrom = endOf(values)
  const reader = readerOf(context)
  const targets = await targetsOf(service, context, reader)
  const now = await context.now()
  const until = endFrom(now)
  const who = wanted.set === undefined ? undefined : await callerName(context)
  const tag: OperatorTag | undefined = wanted.set && {
    setting: wanted.set.setting,
    ...(until !== undefined && { until }),
    ...(who !== undefined && { by: who }),
    ...(reason !== undefined && { why: reason }),
  }
  const value = tag === undefined ? undefined : formatted(tag)
  const due = targets.filter((target) => !isAlready(target, wanted, tag))
  for (const target of targets) {
    if (!due.includes(target)) print(alreadyText(target, wanted), context)
  }
  if (due.length === 0) return exitCodes.fine
  let isOthers = false
  for (const target of due) {
    for (const line of await meaningLines(target, wanted, context, reader)) print(line, context)
    const others = othersSettings(target, wanted, who, now)
    isOthers ||= wanted.set !== undefined && others.length > 0
    for (const line of others) print(line, context)
  }
  await confirm(context, values, isOthers)
  for (const target of due) await write(target, wanted, value, context, reader)
  print(effectText(due), context)
  return exitCodes.fine
}

function print(line: string, { print: write }: VerbContext): void {
  for (const part of wrap(line, '  ')) write(part)
}

async function targetsOf(
  service: string | undefined,
  context: VerbContext,
  reader: Reader,
): Promise<Target[]> {
  const { region, account, controller } = context
  const arnOf = (rest: string) => `arn:aws:ecs:${region}:${account}:${rest}`
  if (service !== undefined) {
    const view = await readPair(service, context, reader)
    const { cluster, primary } = view
    const state = view.services.get(primary)
    if (!state?.active) {
      throw new OperatorError(
        `${primary}: the primary is gone, so it has no tags. To stop the controller for its standbys, hold the cluster: --all.`,
      )
    }
    const arn = arnOf(`service/${cluster}/${primary}`)
    return [{ name: primary, arn, on: 'service', cluster, tags: state.tags, views: [view] }]
  }
  const views = await readAllPairs(context, reader)
  return Promise.all(
    controller.clusters.map(async (cluster) => ({
      name: `cluster ${cluster}`,
      arn: arnOf(`cluster/${cluster}`),
      on: 'cluster' as const,
      cluster,
      tags: await reader.ecs.clusterTags(cluster),
      views: views.filter((view) => view.cluster === cluster),
    })),
  )
}

/** The end that the options name, by the time of AWS. */
function endOf(values: Values): (now: number) => number | undefined {
  const { for: period, until: time } = values
  if (period !== undefined && time !== undefined) {
    throw new UsageError('--for and --until: must not both be given.')
  }
  if (typeof period === 'string') {
    const seconds = secondsIn(period)
    if (seconds !== undefined) return (now) => Math.floor(now / 1000 + seconds) * 1000
    throw new UsageError(`--for: must be a time such as 90s, 30m, 2h or 7d; got "${period}".`)
  }
  if (typeof time !== 'string') return () => undefined
  const { until } = parseOperatorTag(`true until=${time}`)
  if (until === undefined) {
    throw new UsageError(
      `--until: must be a time with its zone, such as 2026-11-22T10:00:00Z; got "${time}".`,
    )
  }
  return (now) => {
    if (until > now) return until
    throw new UsageError(`--until: must be ahead of ${new Date(now).toISOString()}; got "${time}".`)
  }
}

function formatted(tag: OperatorTag): string {
  try {
    return formatOperatorTag(tag)
  } catch (error) {
    throw new UsageError(`--reason: ${error instanceof Error ? error.message : error}.`)
  }
}

/** What was set before with the same fields needs no write. A new end or reason does. */
function isAlready(
  { tags: found }: Target,
  { set, remove = [] }: Change,
  tag: OperatorTag | undefined,
): boolean {
  if (remove.some((name) => found[name] !== undefined)) return false
  if (set === undefined || tag === undefined) return true
  const before = found[set.tag]
  if (before === undefined) return false
  const parsed = parseOperatorTag(before)
  return (
    parsed.isValid &&
    parsed.setting === tag.setting &&
    parsed.until === tag.until &&
    (tag.why === undefined || parsed.why === tag.why)
  )
}

/** With what else holds or forces the pair: to remove its own tags is not enough then. */
function alreadyText({ name, on, views }: Target, { remove = [], set }: Change): string {
  const others = (views[0]?.pair?.operator.tags ?? []).filter(({ tag }) => remove.includes(tag))
  if (set !== undefined || on === 'cluster' || others.length === 0) {
    return `${name}: already so, nothing to do`
  }
  const stays = others.map((tag) => settingText(settingStatus(tag))).join(', and ')
  return `${name}: has no such tag of its own, nothing to do. It stays ${stays}: --all removes that.`
}

/** Pairs that are described one by one. The others are summed up. */
const maxDescribed = 20

async function meaningLines(
  { name, views, on }: Target,
  wanted: Change,
  context: VerbContext,
  reader: Reader,
): Promise<string[]> {
  const texts: string[] = []
  let calm = 0
  for (const view of views) {
    const present = await presentOf(view, context, reader)
    if (present === undefined) {
      texts.push(`${view.primary} is unpaired: nothing is changed for it in any case.`)
      continue
    }
    const { primary, standbys } = present.observation
    const isCalm =
      primary.running - primary.interrupted >= primary.desired &&
      standbys.every(({ desired }) => desired === 0)
    if (isCalm && on === 'cluster' && wanted.set?.tag !== tags.force) calm += 1
    else texts.push(`${view.primary}: ${wanted.meaning(view, present)}`)
  }
  const shown = texts.slice(0, maxDescribed)
  return [
    ...(on === 'cluster'
      ? [`${wanted.name} on ${name}, for all of its pairs (${views.length}):`]
      : []),
    ...shown,
    ...(texts.length > shown.length
      ? [`and ${texts.length - shown.length} more pairs that are not calm.`]
      : []),
    ...(calm > 0
      ? [
          `${calm === 1 ? '1 pair is' : `${calm} pairs are`} calm: nothing is missing, and no standby has tasks.`,
        ]
      : []),
  ]
}

/** What somebody else has set here, which this replaces, or what anybody has set, which it removes. */
function othersSettings(
  { tags: found, name, on }: Target,
  { set, remove = [] }: Change,
  who: string | undefined,
  now: number,
): string[] {
  const changed = [...remove, ...(set === undefined ? [] : [set.tag])]
  const own = Object.fromEntries(Object.entries(found).filter(([tag]) => changed.includes(tag)))
  const settings = operatorSettings(on === 'service' ? own : {}, on === 'cluster' ? own : {}, now)
  return settings.tags
    .filter(({ by }) => set === undefined || by !== who)
    .map((tag) => {
      const text = settingText(settingStatus(tag))
      return set === undefined
        ? `${name} is ${text}. This removes it.`
        : `${name} is already ${text}. This replaces it.`
    })
}

const readBackTries = 5

/** Writes the tags of a target, and reads them back: reads of ECS can be some seconds old. */
async function write(
  target: Target,
  { name: verb, set, remove = [] }: Change,
  value: string | undefined,
  context: VerbContext,
  reader: Reader,
): Promise<void> {
  const { ecs } = context.aws
  const { arn: resourceArn, name } = target
  const removed = remove.filter((tag) => target.tags[tag] !== undefined)
  if (set !== undefined && value !== undefined) {
    await ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: set.tag, value }] }))
  }
  if (removed.length > 0) {
    await ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: removed }))
  }
  for (let tries = 0; tries < readBackTries; tries++) {
    if (tries > 0) await (context.sleep ?? realSleep)(1000)
    const found = await tagsOf(target, reader)
    const isSet = set === undefined || found[set.tag] === value
    if (!isSet || removed.some((tag) => found[tag] !== undefined)) continue
    const written = set === undefined ? `removed ${removed.join(' and ')}` : `${set.tag} = ${value}`
    context.print(`${name}: ${written}`)
    return
  }
  throw new OperatorError(
    `${name}: ${verb} was accepted, but ECS does not return the tag yet, or somebody else has changed it. Run: npm run failover -- status`,
  )
}

async function tagsOf({ on, cluster, name }: Target, { ecs }: Reader): Promise<Tags> {
  if (on === 'cluster') return ecs.clusterTags(cluster)
  return (await ecs.describeServices(cluster, [name])).get(name)?.tags ?? {}
}

function effectText(targets: readonly Target[]): string {
  const { on } = targets[0] ?? { on: 'service' }
  const cache = on === 'cluster' ? ' plus ten seconds' : ''
  return `It takes effect with the next reconcile: at an event of the service, or with a sweep within a minute${cache}. A calm pair in a cluster of more than 100 services waits a minute for each hundred.`
}
