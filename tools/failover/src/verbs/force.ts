import { maxTasks } from '@tideway/failover-lambda/operator-settings'
import { priceIn } from '@tideway/failover-lambda/pair'
import { tags } from '@tideway/failover-lambda/tags'
import { UsageError } from '../errors'
import type { PairView } from '../pairs'
import { decideWith, missingOf, type Present, total } from '../present'
import type { Verb } from '../verb'
import { change, changeExitCodes, changeOptions, changeUsage } from './operator-tags'

export const force: Verb = {
  usage: `npm run failover -- force N|all SERVICE|--all -c ENV [--for 2h] [--reason TEXT]

The standbys of the pair get N tasks (or as many as the primary wants), whatever the state
of Spot, until resume or the end. max-standby and a maximum price still limit it.

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
      meaning: (view, present) => forced(wanted, view, present),
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

function forced(wanted: number, { services, pair }: PairView, present: Present): string {
  const { observation, policy } = present
  const decision = decideWith(present, { force: wanted })
  const has = total(observation.standbys)
  const gets = total(decision.standbys)
  const missing = missingOf(observation)
  const asked = Math.min(wanted, observation.primary.desired)
  const prices = decision.standbys.map(({ name, desired }) => {
    const price = priceIn(services.get(name)?.tags ?? {}, tags.taskPrice)
    return price === undefined ? undefined : price * desired
  })
  const sum = prices.reduce<number>((all, price) => all + (price ?? 0), 0)
  const isCapped = decision.alerts.includes('cover-capped')
  const parts = [
    has === gets ? `its standby stays at ${has}` : `its standby goes from ${has} to ${gets}`,
    ...(prices.includes(undefined) ? [] : [`which costs $${sum.toFixed(2)} an hour`]),
    ...(isCapped
      ? [
          `because a maximum price ($${(policy.maxCoverPrice ?? 0).toFixed(2)} an hour) allows no more`,
        ]
      : gets < asked
        ? [`because ${tags.maxStandby} allows ${policy.maxStandby} tasks of a standby`]
        : wanted > observation.primary.desired && wanted !== Number.MAX_SAFE_INTEGER
          ? [`because the primary wants only ${observation.primary.desired}`]
          : []),
    ...(missing > gets
      ? [`and ${missing - gets} of its ${missing} missing tasks stay missing`]
      : []),
  ]
  const isHeld = pair?.policy.mode === 'hold'
  return `${parts.join(', ')}.${isHeld ? ' It is held, and a hold comes before a force: nothing happens until resume.' : ''}`
}
