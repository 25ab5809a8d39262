import type { Change } from './change'
import { isList, isObject, type Json, type JsonObject, textOf } from './json'
import { kindOf } from './kinds'
import { isDestroyed, oncePerPlan, type Plan } from './rules/rule'

/** Keys with an identity of the resource itself. */
function identitiesOf({ type, before }: Change): string[] {
  const noun = type.split('_').at(-1) ?? ''
  const keys = ['id', 'arn', 'name', 'self_link', 'url', 'identifier', 'key_id', noun]
  return [...keys, `${noun}_id`, `${noun}_identifier`, `${noun}_name`].flatMap((key) => {
    const value = Object.hasOwn(before, key) ? before[key] : undefined
    return typeof value === 'string' && value !== '' ? [value] : []
  })
}

/** An ARN, an id of Azure or a link of Google names one resource of the world; other ids are short names. */
const isUnique = (value: string) => /^(arn:|\/subscriptions\/|projects\/|https?:\/\/)/.test(value)

/** Whether an attribute such as `bucket` or `zone_id` names a resource of a type, by the noun of the type. */
function namesType(key: string, type: string): boolean {
  const noun = type.split('_').at(-1) ?? ''
  return key.split('_').some((word) => word === noun || word === `${noun}s`)
}

/** A key, a certificate or a role that something uses is not what it belongs to. */
const isUse = (key: string) => /certificate|kms|role_arn$|execution|^(id|arn|name)$/.test(key)

interface Destroyed {
  readonly byIdentity: ReadonlyMap<string, readonly Change[]>
  readonly byAddress: ReadonlyMap<string, Change>
}

const destroyedIn = oncePerPlan(({ changes }): Destroyed => {
  const destroyed = changes.filter(isDestroyed)
  const byIdentity = new Map<string, Change[]>()
  for (const change of destroyed) {
    for (const identity of new Set(identitiesOf(change))) {
      const list = byIdentity.get(identity) ?? []
      // Many resources with one name are ambiguous, and slow.
      if (list.length < 50) list.push(change)
      byIdentity.set(identity, list)
    }
  }
  return { byIdentity, byAddress: new Map(destroyed.map((change) => [change.address, change])) }
})

/**
 * Whether a resource is a part of another one that the plan destroys in the same way, such as the policy of a bucket
 * or the records of a zone: the finding of the whole is enough.
 */
export function goesWithItsWhole(change: Change, plan: Plan): boolean {
  if (!isDestroyed(change) || kindOf(change)?.isPart !== true) return false
  const { byIdentity, byAddress } = destroyedIn(plan)
  const { type, address, action, before } = change
  const isWhole = (whole: Change | undefined) =>
    whole !== undefined && whole.type !== type && whole.action === action
  for (const [key, value] of Object.entries(before)) {
    if (typeof value !== 'string' || value === '' || isUse(key)) continue
    const wholes = byIdentity.get(value) ?? []
    if (wholes.some((whole) => isWhole(whole) && (isUnique(value) || namesType(key, whole.type))))
      return true
  }
  // A plan without the values of the part: by the same name, in the same module and instance.
  const words = address.includes(`${type}.`) ? type.split('_') : []
  return words.some((_, length) => {
    const prefix = words.slice(0, length).join('_')
    return (
      length > 1 &&
      isWhole(byAddress.get(address.replace(`${type}.`, `${prefix}.`))) &&
      !Object.entries(before).some(([key, value]) => textOf(value) !== '' && namesType(key, prefix))
    )
  })
}

/** The first resource that stays, and the first that goes, that names each destroyed resource of a list. */
export interface Users {
  readonly staying: string | undefined
  readonly going: string | undefined
}

/** Who names a destroyed role, policy, user or key. */
export const usersOf = (change: Change, plan: Plan): Users =>
  usersIn(plan).get(change.address) ?? { staying: undefined, going: undefined }

/** By the addresses of what is destroyed. */
const usersIn = oncePerPlan(({ changes }): ReadonlyMap<string, Users> => {
  const targets = changes.filter(
    // No other resource names a permission: it only has the same holder.
    (change) =>
      isDestroyed(change) &&
      kindOf(change)?.role === 'access' &&
      kindOf(change)?.label !== 'permissions',
  )
  const byIdentity = new Map<string, Change[]>()
  for (const target of targets)
    for (const identity of new Set(identitiesOf(target)))
      byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), target].slice(0, 50))
  const found = new Map<string, Users>()
  if (byIdentity.size === 0) return found
  for (const user of changes) {
    const isGoing = user.action === 'delete' || user.action === 'forget' || user.isDeposed
    // The parts of a role and its likes are no use of it.
    if (isGoing && kindOf(user)?.role === 'access') continue
    const values: JsonObject = isGoing || user.action === 'no-op' ? user.before : user.after
    for (const { key, text } of textsIn(values)) {
      for (const target of byIdentity.get(text) ?? []) {
        if (
          target === user ||
          !(isUnique(text) || (namesType(key, target.type) && !/^name$/.test(key)))
        )
          continue
        const { staying, going } = found.get(target.address) ?? {}
        found.set(
          target.address,
          isGoing
            ? { staying, going: going ?? user.address }
            : { staying: staying ?? user.address, going },
        )
      }
    }
  }
  return found
})

/** Every text in the values, and the ARNs in documents. */
function* textsIn(values: JsonObject): Generator<{ key: string; text: string }> {
  const rest: { key: string; value: Json }[] = Object.entries(values).map(([key, value]) => ({
    key,
    value,
  }))
  for (let each = rest.pop(); each !== undefined; each = rest.pop()) {
    const { key, value } = each
    if (typeof value === 'string') {
      yield { key, text: value }
      if (value.length < 100_000 && value.includes('arn:'))
        for (const [text] of value.matchAll(/arn:[^"'\s,\\]+/g))
          if (text !== value) yield { key, text }
    } else if (isList(value)) for (const item of value) rest.push({ key, value: item })
    else if (isObject(value))
      for (const [inner, item] of Object.entries(value)) rest.push({ key: inner, value: item })
  }
}
