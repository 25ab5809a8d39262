import { parse } from 'yaml'
import type { Change } from './change'
import { isObject, type Json, type JsonObject, textIn, textsOf } from './json'
import { blocks, changesExisting } from './rules/rule'
import type { Setting } from './rules/settings'

/** The counts of replicas that a release sets: in YAML, or one by one, which comes last. */
export function replicasOf(change: Change): readonly Setting[] {
  if (change.type !== 'helm_release' || !changesExisting(change)) return []
  const [before, after] = [countsIn(change.before), countsIn(change.after)]
  return [...new Set([...before.keys(), ...after.keys()])].map((path) => ({
    path,
    name: path.split('.').at(-1) ?? path,
    before: before.get(path),
    after: after.get(path),
  }))
}

const isCount = /(^|\.)(replicas?|replicaCount|minReplicas|maxReplicas)$/

function countsIn(values: JsonObject): Map<string, Json> {
  const counts = new Map<string, Json>()
  for (const text of textsOf(values.values)) addCounts(documentOf(text), '', counts)
  for (const each of blocks(values, 'set')) {
    const path = textIn(each, 'name') ?? ''
    if (isCount.test(path)) counts.set(path, each.value ?? null)
  }
  return counts
}

function addCounts(value: Json, path: string, counts: Map<string, Json>): void {
  if (!isObject(value)) {
    if (isCount.test(path)) counts.set(path, value)
    return
  }
  for (const [key, inner] of Object.entries(value))
    addCounts(inner, path === '' ? key : `${path}.${key}`, counts)
}

/** YAML that cannot be read sets nothing that a rule can judge. */
function documentOf(text: string): Json {
  try {
    return parse(text, { logLevel: 'silent' }) ?? null
  } catch {
    return null
  }
}
