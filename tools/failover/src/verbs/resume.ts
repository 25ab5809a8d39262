import { missingOf } from '@tideway/failover-lambda/decide'
import { tags } from '@tideway/failover-lambda/tags'
import { settingStatus, settingText } from '../pair-status'
import type { PairView } from '../pairs'
import { decideWith, type Present, total } from '../present'
import type { Values, Verb } from '../verb'
import { change, changeExitCodes } from './operator-tags'

const removed: readonly string[] = [tags.hold, tags.force]

export const resume: Verb = {
  summary: 'end hold and force',
  usage: `npm run failover -- resume SERVICE|--all -c ENV

Removes hold and force, so that the controller decides again. --all removes them
from the cluster, and leaves those of single services.

      --all            the tags of the cluster

${changeExitCodes}`,
  options: { all: { type: 'boolean' } },
  run: (context, values, [service]) =>
    change(context, values, service, {
      name: 'resume',
      remove: removed,
      meaning: (view, present) => resumed(view, present, values),
    }),
}

function resumed({ pair }: PairView, present: Present, { all }: Values): string {
  const has = total(present.observation.standbys)
  const gone = all === true ? 'cluster' : 'service'
  const remaining = (pair?.operator.tags ?? []).filter(
    ({ on, tag }) => on !== gone || !removed.includes(tag),
  )
  const next = total(decideWith(present, 'auto').standbys)
  const missing = missingOf(present.observation.primary)
  const after =
    remaining.length > 0
      ? `it stays ${remaining.map((tag) => settingText(settingStatus(tag))).join(', and ')}`
      : next === has
        ? `its standby stays at ${has} for now`
        : `its standby goes from ${has} to ${next}`
  return `${missing} of ${present.observation.primary.desired} tasks are missing; ${after}.`
}
