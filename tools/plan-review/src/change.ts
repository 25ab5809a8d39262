import { type Difference, differencesIn } from './compare'
import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  listIn,
  objectIn,
  textIn,
  textOf,
  valueIn,
} from './json'
import type { Regions } from './regions'

export type Action =
  | 'create'
  | 'update'
  | 'replace'
  | 'delete'
  | 'forget'
  | 'read'
  | 'no-op'
  | 'unknown'

/** The planned change of one resource. `before` and `after` contain secrets: only rules read them. */
export interface Change {
  readonly address: string
  /** Its place in the code, or its address where the place is unknown. */
  readonly path: string
  readonly type: string
  readonly action: Action
  readonly before: JsonObject
  readonly after: JsonObject
  /** Trees with `true` for each value that is known only after the apply. */
  readonly unknown: JsonObject
  readonly differences: readonly Difference[]
  /** The attributes that turn an update into a replacement. */
  readonly forcedBy: readonly string[]
  /** The reason that Terraform gives, as text. */
  readonly reason: string | undefined
  readonly movedFrom: string | undefined
  readonly importedAs: string | undefined
  /** Whether a replacement creates the new resource before it destroys the old one. */
  readonly createsFirst: boolean
  /** Whether it is left over from an earlier replacement. */
  readonly isDeposed: boolean
  /** Why its entry in the plan cannot be read completely. */
  readonly problems: readonly string[]
  /** The region of a new resource, if the stack has nothing else there. */
  readonly newRegion: string | undefined
}

const reasons: JsonObject = {
  replace_because_tainted: 'it is tainted: its creation was incomplete',
  replace_by_request: 'it was requested with -replace',
  replace_by_triggers: 'replace_triggered_by requires it',
  delete_because_no_resource_config: 'it is no longer in the code',
  delete_because_no_module: 'its module is no longer in the code',
  delete_because_wrong_repetition: 'count or for_each was added or removed',
  delete_because_count_index: 'count is lower',
  delete_because_each_key: 'its key is no longer in for_each',
  delete_because_no_move_target: 'it was moved to an address that is not in the code',
}

/**
 * @param pathOf the place in the code of an address
 * @param regions the regions of the plan; without them `newRegion` stays undefined
 */
export function readChange(
  entry: Json,
  pathOf: (address: string) => string,
  regions?: Regions,
): Change {
  const change = objectIn(entry, 'change')
  const address = textIn(entry, 'address') || '(no address)'
  const actions = valueIn(change, 'actions')
  const action = actionOf(actions)
  const unknownMarks = change.after_unknown
  const importing = objectIn(change, 'importing')
  const previous = textIn(entry, 'previous_address')
  const isGone = action === 'delete' || action === 'forget'
  return {
    address,
    path: pathOf(address),
    type: typeOf(entry),
    action,
    before: isObject(change.before) ? change.before : {},
    after: isObject(change.after) ? change.after : {},
    unknown: isObject(unknownMarks) ? unknownMarks : {},
    differences:
      action === 'no-op' || isGone
        ? []
        : differencesIn({
            before: change.before ?? {},
            after: change.after ?? {},
            // A create has no values before, and so no marks for them.
            beforeMarks: isObject(change.before) ? change.before_sensitive : false,
            afterMarks: change.after_sensitive,
            unknownMarks,
          }),
    forcedBy: listIn(change, 'replace_paths').map(formatPath),
    reason: textIn(reasons, textIn(entry, 'action_reason') ?? ''),
    movedFrom: previous === undefined || previous === address ? undefined : previous,
    importedAs:
      'importing' in change && isObject(change.importing)
        ? (textIn(importing, 'id') ?? '(id unknown)')
        : undefined,
    createsFirst: listIn(change, 'actions')[0] === 'create',
    isDeposed: Boolean(textIn(entry, 'deposed')),
    problems: problemsOf(entry, action),
    newRegion: action === 'create' ? newRegionOf(address, regions) : undefined,
  }
}

function newRegionOf(address: string, regions: Regions | undefined): string | undefined {
  const region = regions?.of(address)
  return regions === undefined ||
    regions.used.size === 0 ||
    region === undefined ||
    regions.used.has(region)
    ? undefined
    : region
}

/** What Terraform and OpenTofu write. */
const knownActions = new Set([
  ...['no-op', 'create', 'read', 'update', 'delete', 'forget', 'open'],
  ...['delete,create', 'create,delete', 'create,forget', 'forget,create'],
])

/** An address without its modules, whose keys can contain dots and brackets. */
const withoutModules = (address: string) =>
  address.replace(/^(?:module\.[^.[]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)+/, '')

const isKnown = (actions: Json | undefined) =>
  isList(actions) && knownActions.has(actions.map(textOf).join())

/** The worst of some actions. */
function actionOf(value: Json | undefined): Action {
  const actions = isList(value) ? value : [value]
  const has = (action: string) => actions.includes(action)
  if (has('create') && (has('delete') || has('forget'))) return 'replace'
  for (const action of ['delete', 'forget', 'update', 'create'] as const)
    if (has(action)) return action
  if (!isKnown(value)) return 'unknown'
  return has('read') || has('open') ? 'read' : 'no-op'
}

/** The type of a resource, or the type in its address: `module.site["a.b"].aws_vpc.main` is an `aws_vpc`. */
function typeOf(entry: Json): string {
  const address = withoutModules(textIn(entry, 'address') ?? '')
  return textIn(entry, 'type') || (address.replace(/^data\./, '').split('.')[0] ?? '')
}

function problemsOf(entry: Json, action: Action): string[] {
  if (!isObject(entry)) return ['the entry is not an object']
  const change = valueIn(entry, 'change')
  const actions = valueIn(change, 'actions')
  const needed = { update: ['before', 'after'], replace: ['before', 'after'], create: ['after'] }
  const sides: readonly string[] = Object.hasOwn(needed, action)
    ? needed[action as keyof typeof needed]
    : []
  const noValues = ['before', 'after'].filter((side) => {
    const value = valueIn(change, side) ?? null
    return !isObject(value) && (value !== null || sides.includes(side))
  })
  return [
    ...(textIn(entry, 'address') ? [] : ['it has no address']),
    ...(typeOf(entry) === '' ? ['it has no type'] : []),
    ...(isObject(change) ? [] : ['it has no change']),
    ...(isObject(change) && !isKnown(actions)
      ? [`its action is unknown: ${textOf(actions ?? null).slice(0, 80)}`]
      : []),
    ...noValues.map((side) => `the values ${side} the change are missing, or are not an object`),
  ]
}

/** `["rule", 0, "port"]` as `rule[0].port`. */
function formatPath(path: Json): string {
  if (!isList(path)) return textOf(path)
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${textOf(step)}`,
    )
    .join('')
}

/** The name of the attribute at the top of a path. */
export function attributeOf({ path }: Pick<Difference, 'path'>): string {
  const end = path.search(/[.[ ]/)
  return end < 0 ? path : path.slice(0, end)
}
