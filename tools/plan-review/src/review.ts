import type { Acceptance } from './acceptances'
import { type Action, attributeOf, type Change, readChange } from './change'
import { type Difference, differencesIn } from './compare'
import { costOf, type StackCost } from './cost'
import { isObject, type Json, listIn, objectIn, textIn, textOf } from './json'
import { isKnownType } from './kinds'
import { memoized } from './memo'
import type { PlanFile } from './plan-file'
import { Regions } from './regions'
import { likelyRenames } from './renames'
import { type Plan, type Rule, rank, rules, type Severity } from './rules'
import { Secrets } from './secrets'
import { goesWithItsWhole } from './wholes'

/** Facts about a plan that the plan file does not contain. */
export interface PlanOrigin {
  readonly stack: string
  readonly environment: string | undefined
  /** The commit that was planned. */
  readonly commit: string | undefined
  /** The state that was planned against. */
  readonly state: { readonly serial: number; readonly lineage: string } | undefined
  /** Whether the plan uses sample values for stacks that are not deployed yet. */
  readonly usesSamples: boolean
  /** The required approvers of a change of this stack. */
  readonly owners: readonly string[]
  /** The place in the code of an address. */
  readonly pathOf: (address: string) => string
}

export interface Finding {
  readonly rule: string
  readonly severity: Severity
  readonly address: string
  readonly path: string
  readonly action: Action
  readonly details: readonly string[]
  readonly accepted: Acceptance | undefined
}

export interface ShownChange {
  readonly address: string
  readonly path: string
  readonly type: string
  readonly action: Action
  readonly isDeposed: boolean
  readonly forcedBy: readonly string[]
  readonly reason: string | undefined
  readonly differences: readonly Difference[]
}

export interface OutputChange {
  readonly name: string
  readonly action: Action
  readonly differences: readonly Difference[]
}

export interface Counts {
  readonly create: number
  readonly update: number
  readonly replace: number
  readonly delete: number
  readonly forget: number
  readonly unknown: number
  readonly read: number
  readonly move: number
  readonly import: number
}

export interface StackReview {
  readonly stack: string
  readonly environment: string | undefined
  readonly file: string
  readonly sha256: string
  readonly terraformVersion: string | undefined
  readonly formatVersion: string
  readonly commit: string | undefined
  readonly state: PlanOrigin['state']
  readonly usesSamples: boolean
  readonly warnings: readonly string[]
  readonly counts: Counts
  readonly highest: Severity | undefined
  readonly owners: readonly string[]
  readonly findings: readonly Finding[]
  readonly changes: readonly ShownChange[]
  /** Updates of tags or versions only, which are counted and not listed. */
  readonly minor: { readonly tagsOnly: number; readonly versionOnly: number }
  readonly moves: readonly { readonly from: string; readonly to: string }[]
  readonly imports: readonly { readonly address: string; readonly id: string }[]
  readonly renames: readonly { readonly from: string; readonly to: string; readonly type: string }[]
  readonly drift: readonly ShownChange[]
  readonly outputs: readonly OutputChange[]
  readonly failedChecks: readonly string[]
  /** The types of changed resources that no rule knows, the most frequent first. */
  readonly unknownTypes: readonly { readonly type: string; readonly count: number }[]
  readonly cost: StackCost
}

/** Reviews one plan. The review contains no secrets of the plan. */
export function reviewPlan(
  plan: PlanFile,
  origin: PlanOrigin,
  acceptances: readonly Acceptance[],
): StackReview {
  const { json } = plan
  const secrets = new Secrets(json)
  const regions = new Regions(json)
  const all = listIn(json, 'resource_changes').map((entry) => {
    const change = readChange(entry, origin.pathOf, regions)
    // Terraform only reads data: any other action is of a resource.
    const isData = textIn(entry, 'mode') === 'data' && ['read', 'no-op'].includes(change.action)
    return { change, isData }
  })
  const managed = all.filter(({ isData }) => !isData).map(({ change }) => change)
  const real = managed.filter(({ action }) => action !== 'no-op' && action !== 'read')
  const context = { changes: managed, configuration: objectIn(json, 'configuration') }
  const findings = real
    .filter((change) => change.action !== 'delete' || !goesWithItsWhole(change, context))
    .flatMap((change) => findingsOf(change, context, origin.stack, acceptances))
    .sort((one, other) => rank(other.severity) - rank(one.severity))
  const tagsOnly = new Set(real.filter((change) => isOnly(change, tagAttributes)))
  const versionOnly = new Set(real.filter((change) => isOnly(change, versionAttributes)))
  const open = findings.filter(({ accepted }) => accepted === undefined)
  const review: StackReview = {
    stack: origin.stack,
    environment: origin.environment,
    file: plan.file,
    sha256: plan.sha256,
    terraformVersion: textIn(json, 'terraform_version'),
    formatVersion: plan.formatVersion,
    commit: origin.commit,
    state: origin.state,
    usesSamples: origin.usesSamples,
    warnings: plan.warnings,
    counts: {
      create: count(managed, 'create'),
      update: count(managed, 'update'),
      replace: count(managed, 'replace'),
      delete: count(managed, 'delete'),
      forget: count(managed, 'forget'),
      unknown: count(managed, 'unknown'),
      read: all.filter(({ change }) => change.action === 'read').length,
      move: managed.filter(({ movedFrom }) => movedFrom !== undefined).length,
      import: managed.filter(({ importedAs }) => importedAs !== undefined).length,
    },
    highest: open[0]?.severity,
    owners: origin.owners,
    findings,
    changes: real
      .filter((change) => !tagsOnly.has(change) && !versionOnly.has(change))
      .map(shownChange),
    minor: { tagsOnly: tagsOnly.size, versionOnly: versionOnly.size },
    moves: managed.flatMap(({ movedFrom, address }) =>
      movedFrom === undefined ? [] : [{ from: movedFrom, to: address }],
    ),
    imports: managed.flatMap(({ importedAs, address }) =>
      importedAs === undefined ? [] : [{ address, id: importedAs }],
    ),
    renames: likelyRenames(real),
    drift: driftIn(json, origin.pathOf),
    outputs: outputsIn(json),
    failedChecks: failedChecksIn(json),
    unknownTypes: unknownTypesIn(real),
    cost: costOf(managed),
  }
  return redacted(review, secrets)
}

function count(changes: readonly Change[], action: Action): number {
  return changes.filter((change) => change.action === action).length
}

/** The rules that judge changes of a type. */
const rulesFor = memoized((type): readonly Rule[] =>
  rules.filter(({ types }) => types?.test(type) !== false),
)

function findingsOf(
  change: Change,
  plan: Plan,
  stack: string,
  acceptances: readonly Acceptance[],
): Finding[] {
  const findings: Finding[] = []
  for (const rule of rulesFor(change.type)) {
    if (rule.actions?.includes(change.action) === false) continue
    const details = rule.check(change, plan)
    if (details.length === 0) continue
    findings.push({
      rule: rule.id,
      severity: rule.severity,
      address: change.address,
      path: change.path,
      action: change.action,
      details: [...new Set(details)],
      accepted: acceptances.find(
        (entry) =>
          entry.rule === rule.id &&
          entry.address === change.address &&
          (entry.stack === undefined || entry.stack === stack),
      ),
    })
  }
  return findings
}

function unknownTypesIn(changes: readonly Change[]): StackReview['unknownTypes'] {
  const counts = new Map<string, number>()
  for (const change of changes)
    if (!isKnownType(change)) counts.set(change.type, (counts.get(change.type) ?? 0) + 1)
  return [...counts]
    .map(([type, count]) => ({ type, count }))
    .sort((one, other) => other.count - one.count || (one.type < other.type ? -1 : 1))
}

function isOnly({ action, differences }: Change, names: readonly string[]): boolean {
  return (
    action === 'update' &&
    differences.length > 0 &&
    differences.every((difference) => names.includes(attributeOf(difference)))
  )
}

const tagAttributes = ['tags', 'tags_all']

/** The attributes that change with a newer image or package. */
const versionAttributes = [
  ...['version', 'latest_version', 'version_id', 'qualified_arn', 'etag', 'last_modified'],
  ...['source_code_hash', 'source_hash'],
]

function shownChange({
  address,
  path,
  type,
  action,
  isDeposed,
  forcedBy,
  reason,
  differences,
}: Change): ShownChange {
  return { address, path, type, action, isDeposed, forcedBy, reason, differences }
}

/**
 * Changes made outside Terraform. Many of them are computed values, so only the attributes that this plan depends
 * on are listed, if Terraform names those.
 */
function driftIn(json: Json, pathOf: (address: string) => string): ShownChange[] {
  const relevant = relevantAttributes(json)
  return listIn(json, 'resource_drift').flatMap((entry) => {
    const change = readChange(entry, pathOf)
    if (change.movedFrom !== undefined) return []
    if (change.action === 'delete' || change.problems.length > 0) return [shownChange(change)]
    const attributes = relevant?.get(change.address)
    const differences =
      relevant === undefined
        ? change.differences
        : change.differences.filter((difference) => attributes?.has(attributeOf(difference)))
    return differences.length === 0 ? [] : [{ ...shownChange(change), differences }]
  })
}

function relevantAttributes(json: Json): Map<string, Set<string>> | undefined {
  if (!isObject(json) || !('relevant_attributes' in json)) return undefined
  const relevant = new Map<string, Set<string>>()
  for (const entry of listIn(json, 'relevant_attributes')) {
    const resource = textIn(entry, 'resource')
    const [first] = listIn(entry, 'attribute')
    if (resource === undefined) continue
    const names = relevant.get(resource) ?? new Set()
    names.add(textOf(first))
    relevant.set(resource, names)
  }
  return relevant
}

function outputsIn(json: Json): OutputChange[] {
  return Object.entries(objectIn(json, 'output_changes')).flatMap(([name, value]) => {
    const change = readChange(
      { address: name, type: 'output', change: value },
      (address) => address,
    )
    if (change.action === 'no-op') return []
    if (!isObject(value)) return [{ name, action: change.action, differences: [] }]
    const differences = differencesIn({
      before: value.before,
      after: value.after,
      beforeMarks: change.action === 'create' ? false : value.before_sensitive,
      afterMarks: value.after_sensitive,
      unknownMarks: value.after_unknown,
    })
    return [{ name, action: change.action, differences }]
  })
}

function failedChecksIn(json: Json): string[] {
  return listIn(json, 'checks').flatMap((check) => {
    const status = textIn(check, 'status')
    if (status !== 'fail' && status !== 'error') return []
    const address = textIn(objectIn(check, 'address'), 'to_display') ?? 'a check'
    const problems = listIn(check, 'instances').flatMap((instance) =>
      listIn(instance, 'problems').map((problem) => textIn(problem, 'message') ?? ''),
    )
    return [[address, ...problems].filter(Boolean).join(': ')]
  })
}

/** Properties that the review writes itself: a secret with the same text is not redacted there. */
const ownProperties = new Set([
  ...['stack', 'environment', 'file', 'sha256', 'commit', 'terraformVersion', 'formatVersion'],
  ...['owners', 'rule', 'severity', 'highest', 'action', 'type', 'accepted', 'state', 'counts'],
  ...['warnings', 'reason'],
])

/** Hides the secrets of the plan in everything that the review quotes. */
function redacted(review: StackReview, secrets: Secrets): StackReview {
  if (secrets.size === 0) return review
  const redact = (inner: unknown, isQuoted: boolean): unknown => {
    if (typeof inner === 'string')
      return isQuoted ? secrets.redactValue(inner) : secrets.redact(inner)
    if (typeof inner === 'number') return isQuoted ? secrets.redactValue(inner) : inner
    if (Array.isArray(inner)) return inner.map((item) => redact(item, isQuoted))
    if (typeof inner !== 'object' || inner === null) return inner
    return Object.fromEntries(
      Object.entries(inner).map(([key, item]) => {
        if (isQuoted) return [secrets.redact(key), redact(item, true)]
        // A value can be an object, whose keys come from the plan too.
        return [
          key,
          ownProperties.has(key) ? item : redact(item, key === 'before' || key === 'after'),
        ]
      }),
    )
  }
  return redact(review, false) as StackReview
}
