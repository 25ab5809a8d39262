import { missingOf } from '@tideway/failover-lambda/decide'
import { tags } from '@tideway/failover-lambda/tags'
import type { PairView } from '../pairs'
import { decideWith, type Present, total } from '../present'
import type { Verb } from '../verb'
import { change, changeExitCodes, changeOptions, changeUsage } from './operator-tags'

export const hold: Verb = {
  summary: 'change nothing for a pair, or for all',
  usage: `npm run failover -- hold SERVICE|--all -c ENV [options]

The controller changes nothing for the pair, until resume or the end. It still
logs its decisions, sends alerts, and deregisters interrupted tasks.

${changeUsage}

${changeExitCodes}`,
  options: changeOptions,
  run: (context, values, [service]) =>
    change(context, values, service, {
      name: 'hold',
      set: { tag: tags.hold, setting: 'true' },
      needsReason: true,
      meaning: held,
    }),
}

function held({ pair }: PairView, present: Present): string {
  const { observation } = present
  const has = total(observation.standbys)
  const runs = observation.standbys.reduce((sum, { running }) => sum + running, 0)
  const missing = missingOf(observation.primary)
  const without = total(decideWith(present, 'auto').standbys)
  const rest = Math.max(0, missing - runs)
  const parts = [
    missing > 0
      ? `${missing} of ${observation.primary.desired} tasks are missing, and its standby runs ${runs} of ${has}.`
      : `no task is missing, and its standby runs ${runs} of ${has}.`,
    has === 0 ? 'With a hold it stays at 0:' : `With a hold it stays at ${has}:`,
    rest > 0
      ? `${rest} ${rest === 1 ? 'stays' : 'stay'} missing${missing <= has ? ' until the standby tasks run' : ''}.`
      : has > 0
        ? 'it is not given back when Spot returns.'
        : 'nobody covers tasks that Spot takes away.',
    ...(without === has || pair?.operator.dryRun
      ? []
      : [`Without it, the next decision sets it to ${without}.`]),
  ]
  return parts.join(' ')
}
