/** Parses parameters of the query protocol: `Targets.member.1.Id=x` becomes `{ Targets: [{ Id: 'x' }] }`. */
export function formTree(parameters: URLSearchParams): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [key, value] of parameters) {
    const path = key.replace(/\.member\.(\d+)/g, '.$1').split('.')
    let node: Record<string, unknown> = root
    for (const [index, part] of path.entries()) {
      if (index === path.length - 1) node[part] = value
      else {
        node[part] ??= {}
        node = node[part] as Record<string, unknown>
      }
    }
  }
  return lists(root) as Record<string, unknown>
}

function lists(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key, lists(value)] as const)
  const isList = entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key))
  return isList ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}
