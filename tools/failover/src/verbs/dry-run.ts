import { tags } from '@tideway/failover-lambda/tags'
import { UsageError } from '../errors'
import { settingStatus, settingText } from '../pair-status'
import { decideWith, type Present, total } from '../present'
import type { Verb } from '../verb'
import { change, changeExitCodes, changeOptions, changeUsage } from './operator-tags'

export const dryRun: Verb = {
  summary: 'decide and log, but change nothing',
  usage: `npm run failover -- dry-run on|off SERVICE|--all -c ENV [options]

on: the controller decides, logs and notifies, but changes nothing.
off: it changes again.

${changeUsage.replace('; required but in local', '')}

${changeExitCodes}`,
  options: changeOptions,
  run: (context, values, positionals) => {
    const setting = positionals.find((each) => each === 'on' || each === 'off')
    if (setting === undefined || positionals.length > 2) {
      throw new UsageError(
        `dry-run: must have on or off, and SERVICE or --all; got "${positionals.join(' ')}".`,
      )
    }
    const service = positionals.find((_, index) => index !== positionals.indexOf(setting))
    return change(context, values, service, {
      name: `dry-run ${setting}`,
      ...(setting === 'on'
        ? { set: { tag: tags.dryRun, setting: 'true' } }
        : { remove: [tags.dryRun] }),
      meaning: ({ pair }, present) => {
        const gone = values.all === true ? 'cluster' : 'service'
        const other = pair?.operator.tags.find(({ tag, on }) => tag === tags.dryRun && on !== gone)
        if (setting === 'on' || other === undefined) return meaning(present, setting === 'on')
        return `it stays ${settingText(settingStatus(other))}.`
      },
    })
  },
}

function meaning(present: Present, isOn: boolean): string {
  const has = total(present.observation.standbys)
  const next = total(decideWith(present, present.policy.mode).standbys)
  const would =
    next === has
      ? 'the controller would change nothing now'
      : `the controller would set it to ${next}`
  return isOn
    ? `its standby stays at ${has}, whatever is decided; ${would}.`
    : `its standby has ${has}; ${next === has ? 'that does not change now' : `it goes to ${next}`}.`
}
