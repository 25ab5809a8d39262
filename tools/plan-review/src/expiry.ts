import {
  documentIn,
  isList,
  isObject,
  type Json,
  type JsonObject,
  listIn,
  objectIn,
  textOf,
  textsOf,
} from './json'
import { at, block, blocks, isOn, number } from './rules/rule'

/** What one lifecycle rule deletes. */
interface Expiry {
  /** What it deletes. Only rules of the same kind are compared. */
  readonly kind: string
  /** The prefixes of the names that it applies to. The empty prefix is every name. */
  readonly prefixes: readonly string[]
  /** Other conditions, as text. Without any, the rule applies to more. */
  readonly filter: string
  /** When, in the unit of the kind: lower deletes more. */
  readonly limit: number
  /** Versions that it keeps in any case. */
  readonly keeps?: number
  readonly text: string
}

/** The rules of a bucket, a registry or a storage account that delete. */
function expiriesIn(type: string, values: JsonObject): Expiry[] {
  if (/^aws_s3(control)?_bucket(_lifecycle_configuration)?$/.test(type))
    return ['rule', 'lifecycle_rule'].flatMap((name) => blocks(values, name).flatMap(ofS3))
  if (/^aws_ecr_lifecycle_policy$/.test(type)) return ofEcr(values.policy)
  if (type === 'google_storage_bucket') return blocks(values, 'lifecycle_rule').flatMap(ofGoogle)
  if (type === 'azurerm_storage_management_policy') return blocks(values, 'rule').flatMap(ofAzure)
  return []
}

/** The rules that delete something that no rule deleted before, or sooner. */
export function addedExpiries(type: string, before: JsonObject, after: JsonObject): string[] {
  const had = expiriesIn(type, before)
  return expiriesIn(type, after)
    .filter((expiry) => !had.some((other) => covers(other, expiry)))
    .map((expiry) => {
      const same = had.find(
        ({ kind, filter, prefixes }) =>
          kind === expiry.kind &&
          filter === expiry.filter &&
          prefixes.join() === expiry.prefixes.join(),
      )
      const scope = [
        ...expiry.prefixes.filter((prefix) => prefix !== '').map((prefix) => `under ${prefix}`),
        expiry.filter === '' ? '' : `with ${expiry.filter}`,
      ].filter(Boolean)
      const where = scope.length === 0 ? '' : `, ${scope.join(', ')}`
      return `${expiry.text}${same === undefined ? '' : `, not ${same.text}`}${where}`
    })
}

/** Whether a rule already deletes everything that another one deletes, at the same time or before. */
function covers(one: Expiry, other: Expiry): boolean {
  return (
    one.kind === other.kind &&
    one.limit <= other.limit &&
    (one.keeps ?? 0) <= (other.keeps ?? 0) &&
    (one.filter === '' || one.filter === other.filter) &&
    other.prefixes.every((prefix) => one.prefixes.some((wide) => prefix.startsWith(wide)))
  )
}

const days = (count: number) => `after ${count} day${count === 1 ? '' : 's'}`

/** A filter without its prefix. Providers write what is not set in several ways. */
function withoutPrefix(filter: JsonObject | undefined): string {
  const set = Object.entries({ ...filter, ...block(filter, 'and') })
    .filter(([key, value]) => !/^(prefix|and)$/.test(key) && !isEmpty(value))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return set.length === 0 ? '' : textOf(Object.fromEntries(set))
}

const isEmpty = (value: Json): boolean =>
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  (isList(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0)

function ofS3(rule: JsonObject): Expiry[] {
  if (!isOn(rule.status ?? rule.enabled ?? true)) return []
  const filter = block(rule, 'filter')
  const prefix = textOf(rule.prefix || filter?.prefix || block(filter, 'and')?.prefix || '')
  // The older block has its tags beside the prefix.
  const tags = objectIn(rule, 'tags')
  const scope = {
    prefixes: [prefix],
    filter: withoutPrefix({ ...filter, ...(Object.keys(tags).length > 0 && { tags }) }),
  }
  const old = block(rule, 'noncurrent_version_expiration')
  const [age, oldAge] = [
    number(at(rule, 'expiration.days')),
    number(old?.noncurrent_days ?? old?.days),
  ]
  const date = at(rule, 'expiration.date')
  const keeps = number(old?.newer_noncurrent_versions) ?? 0
  return [
    ...(age !== undefined && age > 0
      ? [{ ...scope, kind: 'objects', limit: age, text: `objects expire ${days(age)}` }]
      : []),
    ...(typeof date === 'string' && date !== ''
      ? [{ ...scope, kind: `objects at ${date}`, limit: 0, text: `objects expire on ${date}` }]
      : []),
    ...(oldAge !== undefined && oldAge > 0
      ? [
          {
            ...scope,
            kind: 'versions',
            limit: oldAge,
            keeps,
            text: `old versions expire ${days(oldAge)}, and ${keeps === 0 ? 'none' : `the newest ${keeps}`} of them stay${keeps === 1 ? 's' : ''}`,
          },
        ]
      : []),
  ]
}

function ofEcr(policy: Json | undefined): Expiry[] {
  return listIn(documentIn(policy), 'rules').flatMap((rule) => {
    const selection = objectIn(rule, 'selection')
    const limit = number(selection.countNumber)
    const action = textOf(objectIn(rule, 'action').type)
    if (limit === undefined || action !== 'expire') return []
    const counted = /moreThan$/i.test(textOf(selection.countType))
    const patterns = [
      ...textsOf(selection.tagPrefixList),
      ...textsOf(selection.tagPatternList).map((pattern) => pattern.replace(/\*$/, '')),
    ]
    const status = textOf(selection.tagStatus)
    const which = status === 'any' ? 'images' : `${status} images`
    return [
      {
        kind: counted ? 'images by count' : 'images by age',
        prefixes: patterns.length > 0 ? patterns : [''],
        filter: status === 'any' ? '' : status,
        limit,
        text: counted
          ? `${which} beyond the newest ${limit} expire`
          : `${which} expire ${days(limit)}`,
      },
    ]
  })
}

function ofGoogle(rule: JsonObject): Expiry[] {
  if (at(rule, 'action.type') !== 'Delete') return []
  const condition = block(rule, 'condition') ?? {}
  const { age, num_newer_versions, days_since_noncurrent_time, matches_prefix, ...rest } = condition
  const keeps = number(num_newer_versions) ?? 0
  const limit = (number(age) ?? 0) + (number(days_since_noncurrent_time) ?? 0)
  const prefixes = textsOf(matches_prefix)
  // A provider writes this beside the age, and it has no effect.
  const { send_age_if_zero, ...conditions } = rest
  const filter = withoutPrefix(conditions).replace('{"with_state":"ANY"}', '')
  const text = `objects are deleted ${days(limit)}${keeps > 0 ? `, beyond the newest ${keeps} versions` : ''}`
  return [
    {
      kind: 'objects',
      prefixes: prefixes.length > 0 ? prefixes : [''],
      filter,
      limit,
      keeps,
      text,
    },
  ]
}

function ofAzure(rule: JsonObject): Expiry[] {
  if (!isOn(rule.enabled)) return []
  const filters = block(rule, 'filters')
  const { prefix_match, ...others } = filters ?? {}
  const prefixes = textsOf(prefix_match)
  const scope = { prefixes: prefixes.length > 0 ? prefixes : [''], filter: withoutPrefix(others) }
  return ['base_blob', 'snapshot', 'version'].flatMap((what) =>
    Object.entries(block(rule, 'actions', what) ?? {}).flatMap(([name, value]) => {
      const limit = number(value)
      if (!/^delete_after_days|^auto_delete_after/.test(name) && !/^delete_after/.test(name))
        return []
      // The provider writes -1 for what is not set.
      if (limit === undefined || limit < 0) return []
      const kind = `${what} ${name}`
      return [
        { ...scope, kind, limit, text: `${what.replace('_', ' ')}s are deleted ${days(limit)}` },
      ]
    }),
  )
}
