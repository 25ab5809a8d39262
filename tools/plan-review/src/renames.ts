import type { Change } from './change'
import { isSame, type JsonObject } from './json'

/** Of those that a plan deletes and creates, pairs that are most likely one thing with a new name in the code. */
export function likelyRenames(
  changes: readonly Change[],
): { from: string; to: string; type: string }[] {
  const created = changes.filter(({ action }) => action === 'create')
  const byType = new Map<string, Change[]>()
  for (const change of created)
    byType.set(change.type, [...(byType.get(change.type) ?? []), change])
  const renames: { from: string; to: string; type: string }[] = []
  for (const gone of changes) {
    if (gone.action !== 'delete' || gone.isDeposed) continue
    const candidates = byType.get(gone.type) ?? []
    // With very many of a type, nobody would read guesses.
    if (candidates.length > 200) continue
    const alike = candidates
      .map((change) => ({ change, likeness: likeness(gone.before, change.after) }))
      .filter(({ likeness: much }) => much >= 0.8)
      .sort((one, other) => other.likeness - one.likeness)
    const [best, second] = alike
    // Two that are equally alike cannot be told apart.
    if (best === undefined || second?.likeness === best.likeness) continue
    renames.push({ from: gone.address, to: best.change.address, type: gone.type })
    byType.set(
      gone.type,
      candidates.filter((change) => change !== best.change),
    )
  }
  return renames
}

/** How many of the values that the new one sets are those of the old one. */
function likeness(before: JsonObject, after: JsonObject): number {
  const said = Object.entries(after).filter(
    ([key, value]) =>
      value !== null &&
      value !== false &&
      value !== '' &&
      key !== 'tags_all' &&
      !(Array.isArray(value) && value.length === 0),
  )
  if (said.length < 2) return 0
  return (
    said.filter(([key, value]) => Object.hasOwn(before, key) && isSame(before[key], value)).length /
    said.length
  )
}
