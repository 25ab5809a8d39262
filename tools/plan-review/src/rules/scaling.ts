import type { Change } from '../change'
import { replicasOf } from '../helm'
import { isList, isObject, type Json, textOf, textsOf } from '../json'
import { kindOf } from '../kinds'
import { at, changesExisting, isUnknown, number, type Rule, turnedOff, updating } from './rule'
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
  const isImplied = /^(replicas|replicaCount|desired_count|reserved_concurrent_executions)$/.test(
    setting.name,
  )
  const was = number(setting.before)
  return was === undefined ? isImplied && isNothing(setting.before) : was !== 0
}

const isJudged = (change: Change) =>
  !isStore(change.type) && !/^(guard|access)$/.test(kindOf(change)?.role ?? '')

const amountsOf = (change: Change) => [...settingsOf(change), ...replicasOf(change)]

const zeroed = (change: Change) =>
  isJudged(change) ? amountsOf(change).filter((setting) => isToZero(change, setting)) : []

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

/** Processes without which a group does not replace what fails. */
const healing = /^(Launch|HealthCheck|ReplaceUnhealthy|AddToLoadBalancer)$/

function notHealed(change: Change): string[] {
  if (!changesExisting(change)) return []
  const { before, after } = change
  const had = new Set(textsOf(before.suspended_processes))
  const suspended = textsOf(after.suspended_processes)
    .filter((name) => healing.test(name) && !had.has(name))
    .map((name) => `${name} is suspended`)
  const toZero = settingsOf(change)
    .filter(({ name }) => /^min(imum)?_healthy_percent(age)?$|_minimum_healthy_percent$/.test(name))
    .filter((setting) => number(setting.after) === 0 && number(setting.before) !== 0)
    .map(arrow)
  return [...suspended, ...toZero]
}

const rollbacks = [
  ...['deployment_circuit_breaker.enable', 'deployment_circuit_breaker.rollback'],
  ...['alarms.enable', 'alarms.rollback', 'auto_rollback_configuration.enabled'],
]

/** The values of a budget: `{min_available}` of the provider, or `{minAvailable}` of a manifest. */
function budgetOf({ type }: Change, side: Change['before']) {
  const manifest = isObject(side.manifest) ? side.manifest : side
  const isBudget =
    /_pod_disruption_budget(_v\d+)?$/.test(type) || manifest.kind === 'PodDisruptionBudget'
  const value = (...paths: string[]) => paths.map((path) => at(manifest, path)).find(isSet)
  return isBudget
    ? {
        least: value('spec.min_available', 'spec.minAvailable'),
        most: value('spec.max_unavailable', 'spec.maxUnavailable'),
      }
    : undefined
}

const isSet = (value: Json | undefined) => !isNothing(value)

function looserBudget(change: Change): string[] {
  if (!changesExisting(change)) return []
  const [before, after] = [budgetOf(change, change.before), budgetOf(change, change.after)]
  if (before === undefined || after === undefined || isUnknown(change, 'spec')) return []
  const lines = [
    { name: 'min_available', was: before.least, is: after.least, sign: -1 },
    { name: 'max_unavailable', was: before.most, is: after.most, sign: 1 },
  ].flatMap(({ name, was, is, sign }) => {
    const isComparable = isPercent(was) === isPercent(is) || (sign < 0 && percentOf(is) === 0)
    const isLooser = isComparable && sign * (percentOf(is) - percentOf(was)) > 0
    return isLooser ? [arrow({ path: name, name, before: was, after: is })] : []
  })
  const isOpen = isSet(before.least) && !isSet(after.least) && /^100%$/.test(textOf(after.most))
  return isOpen ? [...lines, 'every pod may be unavailable'] : lines
}

const isPercent = (value: Json | undefined) => textOf(value).endsWith('%')
const percentOf = (value: Json | undefined) =>
  number(typeof value === 'string' ? value.replace('%', '') : value) ?? Number.NaN

/** How much of the traffic each target gets, by its place and its names. */
function weightsIn(value: Json, path = '', into = new Map<string, Weight>()) {
  if (isList(value)) for (const item of value) weightsIn(item, path, into)
  if (!isObject(value)) return into
  const names = Object.entries(value).filter(([, inner]) => typeof inner === 'string')
  for (const [name, inner] of Object.entries(value)) {
    const weight = number(inner)
    const here = path === '' ? name : `${path}.${name}`
    if (weightNames.test(name) && weight !== undefined)
      into.set(JSON.stringify([here, path === '' ? [] : names]), { path: here, weight, names })
    else if (!/^(capacity_provider_strategy|tags|tags_all)$/.test(name))
      weightsIn(inner, here, into)
  }
  return into
}

interface Weight {
  readonly path: string
  readonly weight: number
  readonly names: readonly (readonly [string, Json])[]
}

const weightNames = /^(weight|capacity_scaler|traffic_dial_percentage)$/

function withoutTraffic(change: Change): string[] {
  if (!changesExisting(change) || !/^(traffic|address|work)$/.test(kindOf(change)?.role ?? ''))
    return []
  if (!change.differences.some(({ before, after }) => hasZero(after) && before !== after)) return []
  const before = weightsIn(change.before)
  return [...weightsIn(change.after)].flatMap(([key, { path, weight, names }]) => {
    const was = before.get(key)?.weight ?? 0
    const target = names.find(([name]) => /^(arn|group|name|\w*(arn|id|service))$/.test(name))?.[1]
    const of = target === undefined || !path.includes('.') ? '' : ` of ${textOf(target)}`
    return was > 0 && weight === 0 ? [`${path}${of}: ${was} -> 0`] : []
  })
}

const hasZero = (value: Json | undefined) => /(^|[^\d.])0($|[^\d.])/.test(textOf(value))

export const scalingRules: readonly Rule[] = [
  {
    id: 'scaled-to-zero',
    severity: 'high',
    finds:
      'A service, group, pool or function is scaled to zero, or stopped: no tasks, instances, nodes, replicas or concurrency',
    why: 'From the apply on, nothing does its work, and requests fail.',
    next: 'Check that nothing calls it any more; destroy it if it is not needed.',
    actions: updating,
    check: (change) =>
      weakensFailover(change) ? [] : [...zeroed(change), ...stopped(change)].map(arrow),
  },
  {
    id: 'scaled-down',
    severity: 'medium',
    finds: 'A resource is scaled down: fewer tasks, instances, replicas or nodes, or a lower limit',
    why: 'It may not handle the load, and cannot scale above its limit.',
    next: 'Compare with the peak of last week.',
    actions: updating,
    check: (change) =>
      !isJudged(change) || zeroed(change).length > 0
        ? []
        : amountsOf(change)
            .filter(
              (setting) =>
                (sizes.test(setting.path) || amountIn(change, setting) !== undefined) &&
                isLower(change, setting),
            )
            .map(arrow),
  },
  {
    id: 'healing-off',
    severity: 'high',
    finds:
      'Nothing replaces what fails, or a deployment may stop everything at once: a suspended process of a group, no healthy minimum',
    why: 'The service loses its capacity at the next failure or deploy.',
    next: 'Keep a minimum above zero; suspend processes by hand, and for a short time.',
    check: notHealed,
  },
  {
    id: 'rollback-off',
    severity: 'medium',
    finds:
      'A deployment that fails is no longer stopped or rolled back, or a disruption budget lets more pods go at once',
    why: 'A broken release, or the drain of a node, takes more of the service away.',
    next: 'Leave it on, and repair what made it stop.',
    check: (change) => [...turnedOff(change, rollbacks), ...looserBudget(change)],
  },
  {
    id: 'weight-zero',
    severity: 'medium',
    finds: 'A target, a record or a backend that has traffic gets none: its weight becomes 0',
    why: 'All of its traffic moves to the others at once, or fails if there are none.',
    next: 'Check that the others are healthy, and can take all of it.',
    check: withoutTraffic,
  },
]
