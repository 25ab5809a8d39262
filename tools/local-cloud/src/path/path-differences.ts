import type { DeployedPath } from './deployed-path'

/** Where two readings of the same path differ, apart from the ids, ARNs, addresses and secrets that AWS assigns. */
export function pathDifferences(one: DeployedPath, other: DeployedPath): string[] {
  const [lines, otherLines] = [linesOf(one), linesOf(other)]
  return [
    ...lines.filter((line) => !otherLines.includes(line)).map((line) => `- ${line}`),
    ...otherLines.filter((line) => !lines.includes(line)).map((line) => `+ ${line}`),
  ]
}

/** A line for each setting, with its place. Names replace what AWS assigns. */
function linesOf(path: DeployedPath): string[] {
  const names = assignedNames(path)
  // Longer ones first: some are the beginning of others.
  const assigned = [...names.keys()].sort((a, b) => b.length - a.length)
  const nameIn = (text: string) =>
    assigned
      .reduce((found, each) => found.replaceAll(each, names.get(each) ?? ''), text)
      .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'UUID')
  const named = (value: unknown): unknown => {
    if (typeof value === 'string') return nameIn(value)
    if (Array.isArray(value)) return value.map(named)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        key === 'accessControlId' ? item !== undefined : named(item),
      ]),
    )
  }
  const known = {
    ...path,
    // Validation records have names that are not known before.
    records: path.records.filter(({ name }) => !name.startsWith('_')),
    // Every account has some that no stack creates.
    securityGroups: path.securityGroups.filter(({ name }) => name !== 'default'),
    buckets: path.buckets.map(({ name, policy }) => ({ name, policy })),
  }
  return settingsIn(named(known), '').sort()
}

function assignedNames(path: DeployedPath): Map<string, string> {
  const names = new Map<string, string>()
  for (const { id, name } of path.securityGroups) names.set(id, name)
  for (const { arn, name } of path.targetGroups) names.set(arn, name)
  for (const { arn, name } of path.webAcls) names.set(arn, name)
  for (const { arn, names: hosts } of path.certificates) names.set(arn, [...hosts].sort().join())
  for (const { id, arn, domainName, aliases } of path.distributions) {
    for (const assigned of [id, arn, domainName]) names.set(assigned, aliases.join())
  }
  for (const { arn, name, dnsName, listeners } of path.loadBalancers) {
    names.set(arn, name)
    names.set(dnsName, name)
    for (const { arn: listenerArn, port, rules } of listeners) {
      names.set(listenerArn, `${name}:${port}`)
      for (const rule of rules) names.set(rule.arn, `${name}:${port}/${rule.priority}`)
    }
  }
  return names
}

/** The order of a list matters only where its items have no name of their own. */
function settingsIn(value: unknown, place: string): string[] {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object')) {
      return [`${place} = ${JSON.stringify([...value].sort())}`]
    }
    return value.flatMap((item, index) => settingsIn(item, `${place}[${keyOf(item) ?? index}]`))
  }
  if (typeof value !== 'object' || value === null) {
    return value === undefined ? [] : [`${place} = ${JSON.stringify(value)}`]
  }
  return Object.entries(value).flatMap(([key, item]) => settingsIn(item, `${place}.${key}`))
}

const keys = ['arn', 'priority', 'pathPattern', 'id', 'field', 'name', 'type', 'protocol'] as const

function keyOf(item: object): string | undefined {
  const given = item as Readonly<Record<string, unknown>>
  const found = keys.flatMap((key) => (given[key] === undefined ? [] : [String(given[key])]))
  return found.length === 0 ? undefined : JSON.stringify(found)
}
