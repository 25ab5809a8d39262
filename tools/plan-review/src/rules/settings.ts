import { attributeOf, type Change } from '../change'
import { type Difference, differencesIn } from '../compare'
import { isList, isObject, type Json, type JsonObject, textOf, valueIn } from '../json'
import { hidden, unknown } from '../secrets'
import { changesExisting, ofLast, oncePerPlan, type Plan } from './rule'

/** One value that an existing resource has before and after. It may be sensitive: print it with `arrow`. */
export interface Setting {
  /** Its place, without the indexes of lists: `rule.lifecycle.delete_after`. */
  readonly path: string
  /** The name at the end of the path. */
  readonly name: string
  readonly before: Json | undefined
  readonly after: Json | undefined
  readonly isSensitive?: boolean
}

/** The changed settings of an existing resource, at any depth. Values that are not known yet are left out. */
export const settingsOf = ofLast((change: Change): readonly Setting[] => {
  if (!changesExisting(change)) return []
  const settings: Setting[] = []
  const redacted = change.differences.filter(
    ({ before, after }) => hasHidden(before) || hasHidden(after),
  )
  const differences = redacted.length === 0 ? change.differences : withSensitive(change, redacted)
  const found = differences
    .filter(({ path }) => !path.includes(' ('))
    .map(({ path, before, after }) => ({
      path: path.replace(/\[[^\]]*\]/g, ''),
      name: '',
      before,
      after,
      isSensitive: redacted.some((secret) => path.startsWith(secret.path)),
    }))
  for (const setting of joined(found)) addLeaves(setting, settings)
  return settings
})

/** One block that becomes another one: not one less and one more. */
function joined(settings: readonly Setting[]): Setting[] {
  const places = new Map<string, Setting[]>()
  for (const setting of settings) {
    const place = places.get(setting.path)
    if (place === undefined) places.set(setting.path, [setting])
    else place.push(setting)
  }
  return [...places.values()].flatMap((group) => {
    const [one, other] = group
    if (group.length !== 2 || one === undefined || other === undefined) return group
    return one.after === undefined && other.before === undefined
      ? [{ ...one, after: other.after }]
      : group
  })
}

const hasHidden = (value: Json | undefined) => textOf(value).includes(hidden)

const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

/** The differences with the values of those attributes that contain hidden ones. */
function withSensitive(change: Change, redacted: readonly Difference[]): readonly Difference[] {
  const { before, after, unknown: marks, differences } = change
  const names = new Set(redacted.map(attributeOf))
  const isHidden = (path: string) => names.has('') || names.has(attributeOf({ path }))
  const pick = (side: JsonObject) =>
    Object.fromEntries(Object.entries(side).filter(([name]) => isHidden(name)))
  const sides = { before: pick(before), after: pick(after), unknownMarks: pick(marks) }
  return [
    ...differences.filter(({ path }) => !isHidden(path)),
    ...differencesIn({ ...sides, beforeMarks: false, afterMarks: false }),
  ].sort((one, other) => order(attributeOf(one), attributeOf(other)))
}

function addLeaves(setting: Setting, into: Setting[]): void {
  const { path, before, after } = setting
  if (after === unknown) return
  const [was, is] = [single(before), single(after)]
  if (isObject(was) || isObject(is)) {
    const keys = [was, is].flatMap((side) => (isObject(side) ? Object.keys(side) : []))
    for (const key of new Set(keys)) {
      const values = { before: valueIn(was, key), after: valueIn(is, key) }
      addLeaves({ ...setting, ...values, path: `${path}.${key}` }, into)
    }
  }
  into.push({ ...setting, name: path.split('.').at(-1) ?? path })
}

/** Providers write one block as a list of one. */
const single = (value: Json | undefined) => (isList(value) && value.length === 1 ? value[0] : value)

/** Covers `true`, `ENABLED`, `ACTIVE`, `DELETE_PROTECTION_ENABLED`. */
const onWord = /(^|_)(true|on|enabled?|active)$/i
const offWord = /^$|(^|_)(false|off|disabled?|inactive|suspended|none)$/i

export const isSwitchedOn = (value: Json | undefined) =>
  value === true || onWord.test(wordOf(value))
export const isSwitchedOff = (value: Json | undefined) =>
  value === undefined || value === null || value === false || offWord.test(wordOf(value))

const wordOf = (value: Json | undefined) => (typeof value === 'string' ? value : 'other')

export const isNothing = (value: Json | undefined) =>
  value === undefined || value === null || value === '' || (isList(value) && value.length === 0)

/** Settings with a name that were on and are off. */
export function switchedOff(change: Change, names: RegExp): string[] {
  return settingsOf(change)
    .filter(({ path, name }) => names.test(name) || names.test(path))
    .filter(({ before, after }) => isSwitchedOn(before) && isSwitchedOff(after))
    .map(({ path }) => `${path} is turned off`)
}

/** Settings with a name that were off, or not set, and are on. */
export function switchedOn(change: Change, names: RegExp): string[] {
  return settingsOf(change)
    .filter(({ name }) => names.test(name))
    .filter(({ before, after }) => isSwitchedOff(before) && isSwitchedOn(after))
    .map(({ path }) => `${path} is turned on`)
}

export const arrow = ({ path, before, after, isSensitive }: Setting) =>
  isSensitive
    ? `${path}: ${hidden} -> ${hidden}`
    : `${path}: ${printed(before)} -> ${printed(after)}`
const printed = (value: Json | undefined) => (isNothing(value) ? 'none' : textOf(value))

const seconds: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
}

/** A number, or a duration in seconds: `7`, `"7"`, `604800s`, `P30D`, `PT1H`. */
export function amountOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value)
  const short = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(value)
  if (short !== null) return Number(short[1]) * (seconds[short[2] ?? ''] ?? 0)
  const iso =
    /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(
      value,
    )
  if (iso === null) return undefined
  const units = [365 * 86_400, 30 * 86_400, 604_800, 86_400, 3600, 60, 1]
  return units.reduce((sum, unit, index) => sum + unit * Number(iso[index + 1] ?? 0), 0)
}

/** The types of the deleted resources of a plan, by their names. */
const deletedNames = oncePerPlan(({ changes }) => {
  const names = new Map<Json, string[]>()
  for (const { type, action, isDeposed, before } of changes) {
    if (action !== 'delete' || isDeposed) continue
    for (const name of new Set([before.id, before.arn, before.name, before.bucket])) {
      if (typeof name !== 'string' || name === '') continue
      const types = names.get(name)
      if (types === undefined) names.set(name, [type])
      else if (!types.includes(type)) types.push(type)
    }
  }
  return names
})

/** Whether a resource is deleted with the one that it configures: the versioning of a bucket with the bucket. */
export function goesWithParent({ type, before }: Change, plan: Plan): boolean {
  const deleted = deletedNames(plan)
  return Object.entries(before).some(
    ([key, value]) =>
      key !== 'id' &&
      value !== null &&
      deleted.get(value)?.some((whole) => whole !== type && isPartOf(type, whole)),
  )
}

/** Settings that the name of their type does not join with what they configure. */
const partsOf: Readonly<Record<string, RegExp>> = {
  aws_backup_selection: /^aws_backup_plan$/,
  aws_backup_vault_lock_configuration: /^aws_backup_vault$/,
  aws_efs_backup_policy: /^aws_efs_file_system$/,
  aws_redshift_snapshot_copy: /^aws_redshift_cluster$/,
  aws_db_instance_automated_backups_replication: /^aws_db_instance$/,
  azurerm_storage_container_immutability_policy: /^azurerm_storage_container$/,
}

const isPartOf = (part: string, whole: string) =>
  part.startsWith(`${whole}_`) ||
  (Object.hasOwn(partsOf, part) ? partsOf[part]?.test(whole) : undefined) ||
  /^azurerm_(management_lock|backup_protected)/.test(part)
