import type { Change } from './change'
import { isSame, type JsonObject } from './json'

/** Pairs of a deleted and a created resource that are probably one resource with a new name in the code. */
export function likelyRenames(
  changes: readonly Change[],
): { from: string; to: string; type: string }[] {
  const created = changes.filter(({ action }) => action === 'create')
  const byType = new Map<string, Change[]>()
  for (const change of created)
    byType.set(change.type, [...(byType.get(change.type) ?? []), change])
  const renames: { from: string; to: string; type: string }[] = []
  for (const deleted of changes) {
    if (deleted.action !== 'delete' || deleted.isDeposed) continue
    const candidates = byType.get(deleted.type) ?? []
    // Hundreds of candidates would not be useful.
    if (candidates.length > 200) continue
    const similar = candidates
      .map((change) => ({ change, similarity: similarity(deleted.before, change.after) }))
      .filter((candidate) => candidate.similarity >= 0.8)
      .sort((one, other) => other.similarity - one.similarity)
    const [best, second] = similar
    // Two equally similar candidates are ambiguous.
    if (best === undefined || second?.similarity === best.similarity) continue
    renames.push({ from: deleted.address, to: best.change.address, type: deleted.type })
    byType.set(
      deleted.type,
      candidates.filter((change) => change !== best.change),
    )
  }
  return renames
}

/** The share of values of the new resource that the old one has too. */
function similarity(before: JsonObject, after: JsonObject): number {
  const set = Object.entries(after).filter(
    ([key, value]) =>
      value !== null &&
      value !== false &&
      value !== '' &&
      key !== 'tags_all' &&
      !(Array.isArray(value) && value.length === 0),
  )
  if (set.length < 2) return 0
  return (
    set.filter(([key, value]) => Object.hasOwn(before, key) && isSame(before[key], value)).length /
    set.length
  )
}
