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
} from './json'
import type { Regions } from './regions'

export type Action = 'create' | 'update' | 'replace' | 'delete' | 'forget' | 'read' | 'no-op'

/** One resource of a plan, and what becomes of it. `before` and `after` are raw, and for rules only. */
export interface Change {
  readonly address: string
  /** Where it is in the code, where that is known. */
  readonly path: string
  readonly type: string
  readonly action: Action
  readonly before: JsonObject
  readonly after: JsonObject
  /** Trees of `true` where a value is known after apply only. */
  readonly unknown: JsonObject
  readonly differences: readonly Difference[]
  /** The attributes that make a replacement of what would be an update. */
  readonly forcedBy: readonly string[]
  /** Why, where Terraform says it: tainted, asked for, not in the configuration. */
  readonly reason: string | undefined
  readonly movedFrom: string | undefined
  readonly importedAs: string | undefined
  /** An object that is left over from a replacement, and is destroyed by the way. */
  readonly isDeposed: boolean
  /** Where it is created, if nothing else of the stack is there. */
  readonly newRegion: string | undefined
}

const reasons: JsonObject = {
  replace_because_tainted: 'it is tainted: its creation failed half-way',
  replace_by_request: 'it was asked for with -replace',
  replace_by_triggers: 'replace_triggered_by says so',
  delete_because_no_resource_config: 'it is not in the code any more',
  delete_because_no_module: 'its module is not in the code any more',
  delete_because_wrong_repetition: 'count or for_each were added or taken away',
  delete_because_count_index: 'count is lower',
  delete_because_each_key: 'for_each has lost its key',
  delete_because_no_move_target: 'it was moved to where nothing is in the code',
}

/**
 * @param pathOf where in the code a resource with an address is
 * @param regions of the plan, for its own changes
 */
export function readChange(
  entry: Json,
  pathOf: (address: string) => string,
  regions?: Regions,
): Change | undefined {
  if (!isObject(entry)) return undefined
  const change = objectIn(entry, 'change')
  const address = textIn(entry, 'address') ?? '(no address)'
  const action = actionOf(listIn(change, 'actions'))
  const unknownMarks = change.after_unknown
  const importing = objectIn(change, 'importing')
  const previous = textIn(entry, 'previous_address')
  const isGone = action === 'delete' || action === 'forget'
  return {
    address,
    path: pathOf(address),
    type: textIn(entry, 'type') ?? '',
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
            // A create has no before, which needs no marks.
            beforeMarks: isObject(change.before) ? change.before_sensitive : false,
            afterMarks: change.after_sensitive,
            unknownMarks,
          }),
    forcedBy: listIn(change, 'replace_paths').map(pathInWords),
    reason: textIn(reasons, textIn(entry, 'action_reason') ?? ''),
    movedFrom: previous === undefined || previous === address ? undefined : previous,
    importedAs:
      'importing' in change && isObject(change.importing)
        ? (textIn(importing, 'id') ?? '(id unknown)')
        : undefined,
    isDeposed: textIn(entry, 'deposed') !== undefined,
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

function actionOf(actions: readonly Json[]): Action {
  const has = (action: string) => actions.includes(action)
  if (has('create') && (has('delete') || has('forget'))) return 'replace'
  for (const action of ['create', 'update', 'delete', 'forget', 'read'] as const)
    if (has(action)) return action
  return 'no-op'
}

/** `["rule", 0, "port"]` as `rule[0].port`. */
export function pathInWords(path: Json): string {
  if (!isList(path)) return textOf(path)
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${textOf(step)}`,
    )
    .join('')
}

/** The name of the attribute at the top of a path. */
export function attributeOf({ path }: Difference): string {
  return /^[^.[ ]*/.exec(path)?.[0] ?? path
}
