import { missingOf } from '@tideway/failover-lambda/decide'
import { maxTasks } from '@tideway/failover-lambda/operator-settings'
import { tags } from '@tideway/failover-lambda/tags'
import { UsageError } from '../errors'
import { pricePerHour, settingStatus, settingText } from '../pair-status'
import type { PairView } from '../pairs'
import { decideWith, type Present, total } from '../present'
import type { Verb } from '../verb'
import { change, changeExitCodes, changeOptions, changeUsage } from './operator-tags'

export const force: Verb = {
  summary: 'set the standbys of a pair, or of all, to a number of tasks',
  usage: `npm run failover -- force N|all SERVICE|--all -c ENV [options]

The standbys of the pair get N tasks, at most as many as the primary wants,
whatever the state of Spot, until resume or the end. max-standby and a maximum
price still limit it.

${changeUsage}

${changeExitCodes}`,
  options: changeOptions,
  run: (context, values, positionals) => {
    const [count, ...rest] = countFirst(positionals)
    const wanted = count === 'all' ? Number.MAX_SAFE_INTEGER : Number(count)
    return change(context, values, rest[0], {
      name: `force ${count}`,
      set: { tag: tags.force, setting: String(count) },
      needsReason: true,
      meaning: (view, present) => forced(wanted, values.all === true, view, present),
    })
  },
}

/** Also where the service comes before the count. */
function countFirst(positionals: readonly string[]): readonly string[] {
  const isCount = (text: string) =>
    text === 'all' || (/^\d+$/.test(text) && Number(text) <= maxTasks)
  const index = positionals.findIndex(isCount)
  if (index < 0 || positionals.length > 2) {
    throw new UsageError(
      `force: must have a number of tasks from 0 to ${maxTasks}, or all, and SERVICE or --all; got "${positionals.join(' ')}".`,
    )
  }
  return [positionals[index] ?? '', ...positionals.filter((_, each) => each !== index)]
}

function forced(
  wanted: number,
  isOnAll: boolean,
  { services, pair }: PairView,
  present: Present,
): string {
  const { observation, policy } = present
  const decision = decideWith(present, { force: wanted })
  const has = total(observation.standbys)
  const gets = total(decision.standbys)
  const missing = missingOf(observation.primary)
  const price = pricePerHour(
    decision.standbys.map(({ name, desired }) => ({
      desired,
      tags: services.get(name)?.tags ?? {},
    })),
  )
  const isCapped = decision.alerts.includes('cover-capped')
  const parts = [
    has === gets ? `its standby stays at ${has}` : `its standby goes from ${has} to ${gets}`,
    ...(price === null ? [] : [`which costs $${price.toFixed(2)} an hour`]),
    ...(isCapped
      ? [
          `because a maximum price ($${(policy.maxCoverPrice ?? 0).toFixed(2)} an hour) allows no more`,
        ]
      : limitText(gets, wanted, policy.maxStandby, observation.primary.desired)),
    ...(missing > gets
      ? [
          `and ${missing - gets} of its ${missing} missing tasks ${missing - gets === 1 ? 'stays' : 'stay'} missing`,
        ]
      : []),
  ]
  const set = pair?.operator.tags ?? []
  const own = set.find(({ tag, on }) => tag === tags.force && on === 'service')
  if (isOnAll && own !== undefined) {
    return `it stays ${settingText(settingStatus(own))}: its own force comes before that of the cluster.`
  }
  const before = set.filter(({ tag }) => tag === tags.hold || tag === tags.dryRun)
  const stays = before.map((tag) => settingText(settingStatus(tag))).join(', and ')
  return [
    `${parts.join(', ')}.`,
    ...(before.length === 0 ? [] : [`It is ${stays}: nothing happens until that ends.`]),
  ].join(' ')
}

/** Why the standbys get fewer tasks than asked for. Together they get at most what the primary wants. */
function limitText(gets: number, wanted: number, maxStandby: number, desired: number): string[] {
  if (gets >= wanted) return []
  if (maxStandby < desired)
    return [`because ${tags.maxStandby} allows ${maxStandby} tasks of a standby`]
  return wanted === Number.MAX_SAFE_INTEGER ? [] : [`because the primary wants only ${desired}`]
}
