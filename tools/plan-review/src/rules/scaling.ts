import type { Change } from '../change'
import { textOf } from '../json'
import { kindOf } from '../kinds'
import { number, type Rule } from './rule'
import { arrow, isNothing, isSwitchedOff, isSwitchedOn, type Setting, settingsOf } from './settings'
import { weakensFailover } from './spot'
import { isStore } from './stores'

/** What is counted. */
const units =
  /^(replica|instance|node|worker|task|machine|vm|pod|server|agent|runner|vcpu|execution|concurrency)s?$/
/** The other words in the name of a count: `desired_size`, `numReplicas`, `maximum_capacity_units`. */
const fillers =
  /^(desired|target|total|initial|manual|base|provisioned|reserved|concurrent|number|num|of|count|size|capacity|scale|unit|units|ec2|elastic)$/
/** Without a word for what is counted, a name must say that it is an amount of it. */
const bare = /^(desired_(count|capacity|size)|(total_)?target_(size|capacity)|capacity)$/

type Amount = 'floor' | 'ceiling' | 'count'

/** Whether a setting counts what runs, or limits it. */
function amountIn({ type }: Change, { path, name }: Setting): Amount | undefined {
  // Percentages, instances that wait in a pool, and the choice of machines.
  if (/managed_scaling|warm_pool|accelerator|instance_requirements|step_/.test(path))
    return undefined
  const words = (name.split('/').at(-1) ?? '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_')
  const isFloor = words.some((word) => /^min(imum)?$/.test(word))
  const isCeiling = words.some((word) => /^max(imum)?$/.test(word))
  const rest = words.filter((word) => !/^(min|max)(imum)?$/.test(word))
  const own = rest.filter((word) => !fillers.test(word))
  const isAmount =
    own.length > 0
      ? own.length === 1 && units.test(own[0] ?? '')
      : isFloor || isCeiling
        ? rest.some((word) => /^(size|capacity|count|scale)$/.test(word)) ||
          /(capacity|scaling\w*|autoscal\w*)\.(min|max)(imum)?$/.test(path)
        : bare.test(rest.join('_'))
  if (!isAmount && !/pool size$|formation quantity$/.test(`${type} ${name}`)) return undefined
  return isFloor ? 'floor' : isCeiling ? 'ceiling' : 'count'
}

/** Sizes of the tasks and functions themselves. */
const sizes = /^(cpu|memory|memory_size|available_memory_mb)$/

/** Cloud Run and Cloud Functions take a limit of 0 as the default limit. */
const hasDefaultLimit = /^google_cloud_?(run|functions)/
/** A plan for later, and no scaling of this apply. */
const isSchedule = /_schedule(d_action)?$/

/** A negative number is no limit. */
function isLower({ type }: Change, { name, before, after }: Setting): boolean {
  const [was, is] = [number(before), number(after)]
  if (is === 0 && hasDefaultLimit.test(type) && !/(^|[._/])min/.test(name)) return false
  return was !== undefined && is !== undefined && is >= 0 && was >= 0 && is < was
}

function isToZero(change: Change, setting: Setting): boolean {
  const amount = amountIn(change, setting)
  if (amount === undefined || amount === 'floor' || isSchedule.test(change.type)) return false
  if (amount === 'ceiling' && hasDefaultLimit.test(change.type)) return false
  if (/vcpu|initial/.test(setting.name) && amount === 'count') return false
  if (number(setting.after) !== 0) return false
  // Without a value, the provider runs one; without a reservation, a function has the limit of the account.
  const isImplied = /^(replicas|desired_count|reserved_concurrent_executions)$/.test(setting.name)
  const was = number(setting.before)
  return was === undefined ? isImplied && isNothing(setting.before) : was !== 0
}

const isJudged = (change: Change) =>
  !isStore(change.type) && !/^(guard|access)$/.test(kindOf(change)?.role ?? '')

const zeroed = (change: Change) =>
  isJudged(change) ? settingsOf(change).filter((setting) => isToZero(change, setting)) : []

const switches = /^(enabled|is_enabled|enable)$/
const pauses = /(^|\.)(suspend|suspended|paused)$/
const states = /^(desired_status|desired_state|activation_policy|power_state|instance_state|state)$/
const stopWord = /^(terminated|stopped|never|suspended|paused|shutdown|deallocated)$/i

/** What still exists, and no longer runs. */
function stopped(change: Change): Setting[] {
  const isRunning = /^(work|traffic|address)$/.test(kindOf(change)?.role ?? '')
  return settingsOf(change).filter(({ path, name, before, after }) => {
    if (states.test(name)) return stopWord.test(textOf(after)) && !stopWord.test(textOf(before))
    if (!isRunning) return false
    if (pauses.test(path)) return isSwitchedOff(before) && isSwitchedOn(after)
    return switches.test(path) && isSwitchedOn(before) && isSwitchedOff(after) && !isNothing(after)
  })
}

export const scalingRules: readonly Rule[] = [
  {
    id: 'scaled-to-zero',
    severity: 'high',
    finds:
      'A service, group, pool or function is scaled to zero, or stopped: no tasks, instances, nodes, replicas or concurrency',
    why: 'From the apply on, nothing does its work, and requests fail.',
    next: 'Check that nothing calls it any more; destroy it if it is not needed.',
    check: (change) =>
      weakensFailover(change) ? [] : [...zeroed(change), ...stopped(change)].map(arrow),
  },
  {
    id: 'scaled-down',
    severity: 'medium',
    finds: 'A resource is scaled down: fewer tasks, instances, replicas or nodes, or a lower limit',
    why: 'It may not handle the load, and cannot scale above its limit.',
    next: 'Compare with the peak of last week.',
    check: (change) =>
      !isJudged(change) || zeroed(change).length > 0
        ? []
        : settingsOf(change)
            .filter(
              (setting) =>
                (sizes.test(setting.path) || amountIn(change, setting) !== undefined) &&
                isLower(change, setting),
            )
            .map(arrow),
  },
]
