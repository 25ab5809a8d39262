import { assemble, type ReviewOptions } from '../src/assemble'
import type { Json, JsonObject } from '../src/json'
import { type PlanFile, parsePlan } from '../src/plan-file'
import type { PlanOrigin, StackReview } from '../src/review'

/** One resource of a plan, as Terraform writes it. */
export interface Entry {
  readonly type: string
  readonly address?: string
  readonly actions?: readonly string[]
  readonly before?: JsonObject | null
  readonly after?: JsonObject | null
  readonly unknown?: Json
  readonly beforeSensitive?: Json
  readonly afterSensitive?: Json
  readonly replacePaths?: Json
  readonly more?: JsonObject
  /** The other resources of its plan. */
  readonly others?: readonly Entry[]
}

export function resource(entry: Entry): Json {
  const { type, address = `${type}.it`, before = null, after = null } = entry
  const actions =
    entry.actions ?? (before === null ? ['create'] : after === null ? ['delete'] : ['update'])
  return {
    address,
    mode: 'managed',
    type,
    name: address.split('.').at(-1) ?? 'it',
    provider_name: 'registry.example/hashicorp/aws',
    change: {
      actions,
      before,
      after,
      after_unknown: entry.unknown ?? {},
      before_sensitive: entry.beforeSensitive ?? {},
      after_sensitive: entry.afterSensitive ?? {},
      ...(entry.replacePaths !== undefined && { replace_paths: entry.replacePaths }),
    },
    ...entry.more,
  }
}

export const replaced = ['delete', 'create'] as const

export function planOf(entries: readonly (Entry | Json)[], more: JsonObject = {}): PlanFile {
  const changes = entries.map((entry) => (isEntry(entry) ? resource(entry) : entry))
  const json = {
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: changes,
    ...more,
  }
  return parsePlan('sample.json', Buffer.from(JSON.stringify(json)))
}

function isEntry(entry: Entry | Json): entry is Entry {
  return typeof entry === 'object' && entry !== null && !('change' in entry)
}

export function originOf(changes: Partial<PlanOrigin> = {}): PlanOrigin {
  return {
    stack: 'sample',
    environment: 'dev',
    commit: undefined,
    state: undefined,
    usesSamples: false,
    owners: [],
    pathOf: (address) => address,
    ...changes,
  }
}

export const options: ReviewOptions = { acceptances: [], today: '2026-11-21', failOn: 'none' }

export function reviewOf(
  plan: PlanFile,
  changes: Partial<ReviewOptions> = {},
  origin: Partial<PlanOrigin> = {},
) {
  return assemble([{ plan, origin: originOf(origin) }], { ...options, ...changes })
}

export function stackOf(...args: Parameters<typeof reviewOf>): StackReview {
  const [stack] = reviewOf(...args).stacks
  if (stack === undefined) throw new Error('no stack')
  return stack
}

/**
 * The findings in a change, or in several of one plan, by rule. Those in the `others` of a change do not count.
 */
export function foundIn(entry: Entry | readonly Entry[]): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {}
  const entries = 'type' in entry ? [entry] : entry
  const others = entries.flatMap((each) => each.others ?? [])
  const own = new Set(entries.map(({ type, address = `${type}.it` }) => address))
  for (const { rule, details, address } of stackOf(planOf([...entries, ...others])).findings)
    if (others.length === 0 || own.has(address)) found[rule] = [...(found[rule] ?? []), ...details]
  return found
}
