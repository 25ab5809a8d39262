import { resolveImport, specifiersIn, withoutComments } from './imports'

/**
 * Finds import cycles. Imports of types count: neither file of such a cycle can be understood without the other.
 *
 * @param sources the text of each source file, by its path relative to `root`
 * @returns each cycle as a path through its files, from the first in alphabetical order
 */
export function circularImports(root: string, sources: ReadonlyMap<string, string>): string[][] {
  const files = new Set(sources.keys())
  const imports = new Map<string, string[]>()
  for (const [file, source] of sources) {
    const targets = specifiersIn(withoutComments(source)).map(({ text }) =>
      resolveImport(root, files, file, text),
    )
    imports.set(file, [...new Set(targets.filter((target) => target !== undefined))].sort())
  }
  const cycles: string[][] = []
  const reported = new Set<string>()
  for (const file of [...files].sort()) {
    if (reported.has(file)) continue
    const cycle = shortestCycle(file, imports)
    if (cycle === undefined) continue
    cycles.push(cycle)
    for (const member of cycle) reported.add(member)
  }
  return cycles
}

/** The shortest path of imports that leads from a file to itself, without repeating the file at the end. */
function shortestCycle(
  start: string,
  imports: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const visited = new Set<string>()
  const queue = [[start]]
  for (const path of queue) {
    for (const target of imports.get(path.at(-1) ?? '') ?? []) {
      if (target === start) return path
      if (visited.has(target)) continue
      visited.add(target)
      queue.push([...path, target])
    }
  }
  return undefined
}
