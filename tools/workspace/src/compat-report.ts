/** The synthesized JSON by stack and environment. */
export type StackValues = ReadonlyMap<string, unknown>

/** A value that differs, and the stacks in which it does. Undefined: the value is absent. */
export interface Difference {
  readonly path: string
  readonly before: unknown
  readonly after: unknown
  readonly stacks: readonly string[]
}

/** By the name of today's package: the name to import it by, and the version to install. */
export type Packages = Readonly<Record<string, readonly [name: string, version: string]>>

export interface StackComparison {
  readonly synthesized: number
  readonly expected: number
  readonly differences: readonly Difference[]
}

/** What other packages change in this repository. */
export interface Comparison {
  /** Why npm cannot install them. */
  readonly installError?: string
  readonly typeErrors: readonly string[]
  readonly synthErrors: readonly string[]
  readonly stacks?: StackComparison
}

/** Compares all stacks, and joins what differs alike in several. */
export function compareStacks(before: StackValues, after: StackValues): StackComparison {
  const found = new Map<string, Difference & { stacks: string[] }>()
  let synthesized = 0
  for (const [stack, value] of before) {
    if (!after.has(stack)) continue
    synthesized++
    for (const difference of differencesBetween(value, after.get(stack))) {
      const key = JSON.stringify([difference.path, difference.before, difference.after])
      const known = found.get(key)
      if (known === undefined) found.set(key, { ...difference, stacks: [stack] })
      else known.stacks.push(stack)
    }
  }
  return { synthesized, expected: before.size, differences: [...found.values()] }
}

/**
 * Every difference between two JSON values. The comparison of plan-review ignores what makes no difference to AWS;
 * this one does not: `[]` and a missing block are not the same to Terraform.
 */
export function differencesBetween(before: unknown, after: unknown) {
  const [was, is] = [leavesOf(before), leavesOf(after)]
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((path) => JSON.stringify(was.get(path)) !== JSON.stringify(is.get(path)))
    .map((path) => ({ path, before: was.get(path), after: is.get(path) }))
}

/** The values without parts, empty objects and lists among them, by path. */
function leavesOf(value: unknown, path = '', leaves = new Map<string, unknown>()) {
  const parts = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (parts.length === 0) leaves.set(path, value)
  for (const [key, part] of parts) {
    const own = Array.isArray(value) ? `[${key}]` : /^[\w-]+$/.test(key) ? key : JSON.stringify(key)
    leavesOf(part, path === '' || Array.isArray(value) ? path + own : `${path}.${own}`, leaves)
  }
  return leaves
}

const isProviderVersion = ({ path }: { path: string }) =>
  /^terraform\.required_providers\.[\w-]+\.version$/.test(path)

/** cdktf writes its version and the construct of each resource below `//`, which Terraform ignores. */
const isComment = ({ path }: { path: string }) => /(^|\.)"\/\/"(\.|\[|$)/.test(path)

function valuesThatDiffer({ differences = [] }: Partial<StackComparison> = {}): Difference[] {
  return differences.filter((each) => !isProviderVersion(each) && !isComment(each))
}

/** Whether the repository could switch without a change of what it deploys. */
export function isCompatible(comparison: Comparison): boolean {
  const { installError, typeErrors, synthErrors, stacks } = comparison
  return (
    installError === undefined &&
    typeErrors.length + synthErrors.length === 0 &&
    stacks !== undefined &&
    stacks.synthesized === stacks.expected &&
    valuesThatDiffer(stacks).length === 0
  )
}

/** A table of the engines, and what is wrong with each. */
export function reportOf(comparisons: ReadonlyMap<string, Comparison>): string {
  const header = ['engine', 'typecheck', 'synthesis', 'values', 'provider versions', 'comments']
  const rows = [header, ...[...comparisons].map(([name, each]) => rowOf(name, each))]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [...table, ...[...comparisons].flatMap(([name, each]) => detailsOf(name, each))].join('\n')
}

function rowOf(name: string, { installError, typeErrors, synthErrors, stacks }: Comparison) {
  if (installError !== undefined) return [name, 'npm install fails']
  const { synthesized = 0, expected = 0, differences = [] } = stacks ?? {}
  const versions = new Set(
    differences.filter(isProviderVersion).map(({ before, after }) => `${before} -> ${after}`),
  )
  return [
    name,
    typeErrors.length === 0 ? 'ok' : `${typeErrors.length} errors`,
    `${synthErrors.length === 0 ? 'ok' : 'fails'}, ${synthesized} of ${expected}`,
    count(valuesThatDiffer(stacks)),
    [...versions].join(', ') || 'equal',
    count(differences.filter(isComment)),
  ]
}

function count({ length }: readonly unknown[]): string {
  return length === 0 ? 'equal' : `${length} differ`
}

function detailsOf(name: string, comparison: Comparison): string[] {
  const { installError, typeErrors, synthErrors, stacks } = comparison
  const lines = [
    ...(installError === undefined ? [] : [`npm install: ${installError}`]),
    ...typeErrors.map((error) => `typecheck: ${error}`),
    ...synthErrors.map((error) => `synthesis: ${error}`),
    ...valuesThatDiffer(stacks).map(
      ({ path, before, after, stacks }) =>
        `${path}: ${shown(before)} -> ${shown(after)} (${stacks.join(', ')})`,
    ),
  ]
  return lines.length === 0 ? [] : ['', name, ...lines.map((line) => `  ${line}`)]
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}

/** The errors in the output of tsc, each with its file. All of the output if it has none. */
export function typeErrorsIn(output: string): string[] {
  const errors = output.split('\n').filter((line) => /^\S.*\(\d+,\d+\): error TS\d+: /.test(line))
  return errors.length > 0 ? errors : [output.trim()]
}

const networkErrors =
  /^npm (?:error|ERR!) code (E(?:NOTFOUND|AI_AGAIN|CONN\w+|\w*TIMEDOUT|\w+UNREACH|NOTCACHED|5\d\d)|ERR_SOCKET_\w+)$/m

/** Why npm could not reach its registry. Undefined where it failed for another reason. */
export function networkErrorIn(output: string): string | undefined {
  return networkErrors.exec(output)?.[1]
}

/** Replaces packages in imports, or in the dependencies of a package.json. */
export function withPackages(source: string, packages: Packages): string {
  return Object.entries(packages).reduce(
    (text, [name, [to, version]]) =>
      text
        .replaceAll(new RegExp(`"${name}": "[^"]*"`, 'g'), `"${to}": "${version}"`)
        .replaceAll(new RegExp(`(?<=(['"\`]))${name}(?=\\1|/)`, 'g'), to),
    source,
  )
}
